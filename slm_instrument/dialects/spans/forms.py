"""What the ways of writing messages on a span have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slm_instrument.dialects.openai_parts import parse
from slm_instrument.dialects.shapes import listing, mapping
from slm_instrument.records import Message, ToolSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The messages of a call, as one way of writing them gives them; ``choices`` counts the answers."""

    messages: tuple[Message, ...] = ()
    response: Message | None = None
    finish_reason: str | None = None
    tools: tuple[ToolSpec, ...] = ()
    choices: int = 1


def structured(value: Any) -> Any:
    """An attribute that holds structure: as it is, or as JSON text, which is what most SDKs can carry."""
    return parse(value) if isinstance(value, str) else value


def first(attributes: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The first of some attributes that is there."""
    return next((value for name in names if (value := attributes.get(name)) is not None), None)


def content_parts(content: Any) -> Any:
    """A message's content; a list of typed parts that was made JSON text, to fit an attribute, is a list again."""
    if isinstance(content, str) and content.startswith("[{") and content.endswith("}]"):
        parts = listing(parse(content))
        return parts if parts and all("type" in mapping(part) for part in parts) else content
    return listing(content) if isinstance(content, tuple) else content
