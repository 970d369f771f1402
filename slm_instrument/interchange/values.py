"""What other tools' exports have in common: numbers and times in several forms, ids, notes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slm_instrument.dialects.openai_parts import read_metadata
from slm_instrument.dialects.shapes import listing, mapping, number, text

_DATE = len("20260301")
_MILLISECONDS = 1e11  # seconds since 1970 beyond this are milliseconds, which JavaScript counts
# Who a call was made for, under the names that people give it, the most telling first.
_ORIGINS = (
    "user_id", "userId", "end_user", "langfuse_user_id", "session_id", "sessionId", "langfuse_session_id", "thread_id",
    "conversation_id", "tenant_id",
)  # fmt: skip
_NOT_LABELS = frozenset({*_ORIGINS, "audience", "lc_agent_name", "lc_versions", "checkpoint_ns", "checkpoint_id"})
_FRAMEWORKS = ("ls_", "langgraph_", "_", "langfuse_")


def read_time(value: Any) -> datetime | None:
    """An aware UTC time from ISO 8601, where no zone means UTC, or from (milli)seconds since 1970; None for neither."""
    try:
        if isinstance(value, str) and (len(value) == _DATE or not _is_figure(value)):
            time = datetime.fromisoformat(value)
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        seconds = read_figure(value)
        if seconds is None:
            return None
        return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_figure(value: Any) -> float | None:
    """A number, or text that is one, as tables and exact decimals are written; else None."""
    if isinstance(value, str) and _is_figure(value):
        return number(float(value))
    return number(value)


def milliseconds(start: datetime | None, end: datetime | None) -> float | None:
    """From one time to another; None when either is unknown or they are the wrong way round."""
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds() * 1000


def read_id(value: Any) -> str | None:
    """An id, text or number; None for an empty one."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)


def origin_in(*noted: Mapping[str, Any]) -> str | None:
    """Who a call was made for, from the first of several sets of notes that tells."""
    found = (read_id(notes.get(name)) for name in _ORIGINS for notes in noted)
    return next((value for value in found if value), None)


def agent_in(notes: Mapping[str, Any]) -> str | None:
    """The agent that made a call, from what frameworks note."""
    names = ("lc_agent_name", "agent", "agent_name", "langgraph_node")
    return next((name for key in names if (name := text(notes.get(key)))), None)


def audience_in(notes: Mapping[str, Any]) -> dict[str, Any]:
    """``audience``, as a field of a call, where the notes tell that a person is talked to."""
    return {"audience": "human"} if notes.get("audience") == "human" else {}


def short_notes(notes: Any) -> dict[str, Any]:
    """What a user noted, as labels: short values, without ids of people, and of a framework's own the graph's node."""
    own = {
        name: value
        for name, value in mapping(notes).items()
        if name not in _NOT_LABELS and not name.startswith(_FRAMEWORKS)
    }
    return read_metadata({"metadata": own}) | present(node=text(mapping(notes).get("langgraph_node")))


def tags_in(value: Any) -> dict[str, Any]:
    """Tags as a label, without those that LangChain adds."""
    tags = [tag for tag in listing(value) if isinstance(tag, str) and not tag.startswith("seq:step:")]
    return {"tags": tags[:32]} if tags else {}


def present(**fields: Any) -> dict[str, Any]:
    """The fields that are known."""
    return {name: value for name, value in fields.items() if value is not None}


def _is_figure(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
