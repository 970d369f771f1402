"""Server-sent events of OpenAI's interfaces, read into the reply that they amount to.

The pieces of a stream are put together to the body that the same request would have got without streaming, and that
body is read by the dialect's own reader.

Sources: WHATWG HTML, "Server-sent events"; OpenAI reference of streaming, ``openai.types.responses`` (``*_event``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from slm_instrument.dialects import openai_chat, openai_completions, openai_responses
from slm_instrument.dialects.forms import Reply
from slm_instrument.dialects.openai_chunks import ChatChunks, CompletionChunks
from slm_instrument.dialects.openai_items import ResponseEvents
from slm_instrument.dialects.openai_parts import parse, read_error
from slm_instrument.dialects.shapes import mapping

Dialect = Literal["chat", "completions", "responses"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, if it has one, its data, and how many bytes of the stream had come when it was whole."""

    name: str
    data: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Streamed:
    """What a stream, or as much as there is of it, amounts to.

    ``complete`` says that the answer's end was seen; ``first_token`` after how many bytes its beginning was there.
    """

    reply: Reply
    complete: bool
    first_token: int | None


class Pieces(Protocol):
    """Puts the events of one stream together."""

    def add(self, name: str, data: Mapping[str, Any]) -> bool:
        """Take an event; returns whether it brings something of the answer."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the answer's end was seen."""
        ...

    def body(self) -> dict[str, Any]:
        """The body without streaming."""
        ...


_BLANK = (b"\n", b"\r\n", b"\r")
_PIECES: dict[Dialect, type[ChatChunks] | type[CompletionChunks] | type[ResponseEvents]] = {
    "chat": ChatChunks,
    "completions": CompletionChunks,
    "responses": ResponseEvents,
}
_READERS = {
    "chat": openai_chat.read_reply,
    "completions": openai_completions.read_reply,
    "responses": openai_responses.read_reply,
}


def read_stream(stream: bytes, dialect: Dialect) -> Streamed:
    """Read the bytes of a stream, whole or broken off."""
    pieces: Pieces = _PIECES[dialect]()
    error = first_token = None
    done = False
    for event in events(stream):
        if event.data.startswith(b"[DONE]"):
            done = True
            break
        data = mapping(parse(event.data))
        if event.name == "error" or data.get("error"):
            error = read_error(data if data.get("error") else {"error": data})
        if pieces.add(event.name, data) and first_token is None:
            first_token = event.end
    reply = _READERS[dialect](pieces.body())
    if error is not None:
        reply = replace(reply, error=error)
    return Streamed(reply, done or pieces.complete or error is not None, first_token)


def events(stream: bytes) -> Iterator[Event]:
    """The whole events of a stream; one that breaks off is left out, as the standard has it."""
    name, data, end = "", list[bytes](), 0
    for line in stream.splitlines(keepends=True):
        end += len(line)
        field, _, value = line.rstrip(b"\r\n").partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")
        elif line in _BLANK:
            if data:
                yield Event(name, b"\n".join(data), end)
            name, data = "", []
