"""Record an agent's LLM calls, find its recurring tasks, and answer them with certified small models.

>>> from slm_instrument import Recorder                               # doctest: +SKIP
>>> recorder = Recorder("sqlite:///calls.db")                         # doctest: +SKIP
>>> agent.invoke(inputs, config={"callbacks": [SlmCallbackHandler(recorder)]})  # doctest: +SKIP

Importing this package is cheap: SQLAlchemy is loaded by the first store, models by the first student.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from slm_instrument.records import Call, Failure, Message, ToolCall, ToolSpec, Usage

if TYPE_CHECKING:
    from slm_instrument.capture import Recorder, annotate
    from slm_instrument.instrumentation import instrument
    from slm_instrument.store import open_store

__version__ = "0.1.0"

__all__ = [
    "Call",
    "Failure",
    "Message",
    "Recorder",
    "ToolCall",
    "ToolSpec",
    "Usage",
    "annotate",
    "instrument",
    "open_store",
]

_LATER = {
    "Recorder": "slm_instrument.capture",
    "annotate": "slm_instrument.capture",
    "instrument": "slm_instrument.instrumentation",
    "open_store": "slm_instrument.store",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
