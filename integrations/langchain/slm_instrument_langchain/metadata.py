"""What a run's config says of a call besides its content: for whom it is made, who listens, what the user noted."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from slm_instrument.plain import plain, plain_text
from slm_instrument.records import Audience

SERVED_BY = "slm_served_by"
"""Marks the run of a call that a student has answered: the substitutor's recorder has it, handlers leave it alone."""

# Who a call is made for, under the names that people use in a LangChain config, the most telling first.
_ORIGINS = (
    "user_id", "langfuse_user_id", "session_id", "langfuse_session_id", "thread_id", "conversation_id", "tenant_id",
)  # fmt: skip
_NOT_LABELS = frozenset(
    {*_ORIGINS, "audience", "lc_agent_name", "lc_versions", "checkpoint_ns", "run_id", "checkpoint_id"}
)
_OF_LANGCHAIN = ("ls_", "langgraph_", "__")
_HUMAN_TAG = "audience:human"
_MAX_LABELS = 32
_MAX_LABEL_CHARS = 200


def origin_of(metadata: Mapping[str, Any]) -> str | None:
    """Who a call is made for: the most telling id in a run's metadata."""
    return next((str(metadata[name]) for name in _ORIGINS if _is_id(metadata.get(name))), None)


def audience_of(metadata: Mapping[str, Any], tags: Iterable[Any]) -> Audience:
    """``human`` where the metadata (``audience``) or a tag (``audience:human``) says so: the call talks to a person."""
    said = metadata.get("audience")
    is_human = (isinstance(said, str) and said == "human") or any(isinstance(t, str) and t == _HUMAN_TAG for t in tags)
    return "human" if is_human else "agent"


def users_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the user noted: short values, without what LangChain adds and without ids of people."""
    found: dict[str, Any] = {}
    for name, value in metadata.items():
        if not _is_users_name(name) or len(found) == _MAX_LABELS:
            continue
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _MAX_LABEL_CHARS):
            found[plain_text(name)] = plain(value)
    return found


def users_tags(tags: Iterable[Any]) -> list[str]:
    """The tags, without those that LangChain adds and the one that names the audience."""
    found = [plain_text(tag) for tag in tags if isinstance(tag, str) and not tag.startswith("seq:step:")]
    return [tag for tag in found if tag != _HUMAN_TAG][:_MAX_LABELS]


def _is_users_name(name: Any) -> bool:
    return isinstance(name, str) and name not in _NOT_LABELS and not name.startswith(_OF_LANGCHAIN)


def _is_id(value: Any) -> bool:
    return (isinstance(value, str) and value != "") or (isinstance(value, int | UUID) and not isinstance(value, bool))
