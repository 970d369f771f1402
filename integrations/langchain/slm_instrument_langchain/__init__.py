"""slm_instrument for LangChain: one callback that records, one middleware that substitutes.

>>> from slm_instrument import Recorder
>>> from slm_instrument_langchain import SlmCallbackHandler
>>> handler = SlmCallbackHandler(Recorder("memory://"))
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from slm_instrument_langchain.callback import SlmCallbackHandler

if TYPE_CHECKING:
    from slm_instrument_langchain.middleware import SlmMiddleware

__all__ = ["SlmCallbackHandler", "SlmMiddleware"]


def __getattr__(name: str) -> Any:
    # The middleware needs the whole of langchain; whoever only records has langchain-core alone.
    if name == "SlmMiddleware":
        if find_spec("langchain") is None:
            raise ImportError('SlmMiddleware needs langchain: pip install "slm-instrument-langchain[middleware]"')
        from slm_instrument_langchain.middleware import SlmMiddleware

        return SlmMiddleware
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
