"""Where calls and what is made of them are kept: SQLite by default, any database by its address.

>>> store = open_store("memory://")
>>> store.count_calls()
0
"""

from typing import TYPE_CHECKING, Any

from slm_instrument.store.base import (
    KILL_SWITCH,
    AnalysisRecord,
    AuditRecord,
    BundleRecord,
    Compared,
    DatasetRecord,
    Flag,
    Mode,
    Observation,
    Served,
    Tally,
    Task,
    Transition,
    Verdict,
)
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import EVERY_CALL, Note, Noted, Selection, Span

if TYPE_CHECKING:
    from slm_instrument.store.engine import open_store

__all__ = [
    "EVERY_CALL",
    "KILL_SWITCH",
    "AnalysisRecord",
    "AuditRecord",
    "BundleRecord",
    "Compared",
    "DatasetRecord",
    "Flag",
    "Mode",
    "Note",
    "Noted",
    "Observation",
    "Selection",
    "Served",
    "Span",
    "Store",
    "Tally",
    "Task",
    "Transition",
    "Verdict",
    "open_store",
]


def __getattr__(name: str) -> Any:
    # SQLAlchemy takes 200 ms to import; an agent that only asks for a Mode should not pay them.
    if name == "open_store":
        from slm_instrument.store.engine import open_store

        return open_store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
