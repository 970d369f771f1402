"""An answer that is to be written in a provider's wire format, and what the formats have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from slm_instrument.records import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer and what stands around it. Of tokens there are none: nobody bought any.

    ``id`` is of letters and digits, and unique: the ids of the answer and of its parts are made of it. ``created`` is
    in seconds since 1970. Every tool call of the message has an id.
    """

    message: Message
    model: str
    id: str
    created: int

    @property
    def text(self) -> str | None:
        """The text; None where there is none beside tool calls.

        Raises:
            ValueError: the answer is not only text.
        """
        content = self.message.content
        if content is not None and not isinstance(content, str):
            raise ValueError("an answer with other parts than text is not written")
        return content or (None if self.message.tool_calls else "")


def to_json(value: Any) -> bytes:
    """The bytes of a body, or of an event's data."""
    return msgspec.json.encode(value)


def to_event(data: Mapping[str, Any], name: str | None = None) -> bytes:
    """A server-sent event."""
    head = b"event: %s\n" % name.encode() if name is not None else b""
    return b"%sdata: %s\n\n" % (head, to_json(data))
