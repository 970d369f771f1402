"""The chunks of streamed chat and text completions, put together.

Sources: ``openai.types.chat.ChatCompletionChunk``, ``openai.types.Completion``; what others do otherwise: a first chunk
without choices (Azure's content filter), whole tool calls in one chunk (Mistral), usage under ``x_groq``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slm_instrument.dialects.shapes import listing, mapping, text

_SAYINGS = ("content", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call", "audio")


@dataclass(slots=True)
class _Envelope:
    """What stands around the choices of every chunk."""

    id: str | None = None
    model: str | None = None
    usage: Mapping[str, Any] | None = None

    def add(self, chunk: Mapping[str, Any]) -> None:
        self.id = self.id or text(chunk.get("id"))
        self.model = self.model or text(chunk.get("model"))
        self.usage = mapping(chunk.get("usage") or mapping(chunk.get("x_groq")).get("usage")) or self.usage

    def body(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "model": self.model, "usage": self.usage, "choices": choices}


@dataclass(slots=True)
class _Call:
    """A tool call that comes in pieces."""

    id: str | None = None
    name: str | None = None
    custom: bool = False
    arguments: list[str] = field(default_factory=list[str])

    def add(self, piece: Mapping[str, Any]) -> None:
        custom = mapping(piece.get("custom"))
        function = custom or mapping(piece.get("function")) or piece
        self.custom = self.custom or bool(custom)
        self.id = self.id or text(piece.get("id"))
        self.name = self.name or text(function.get("name"))
        self.arguments.append(_str(function.get("input" if custom else "arguments")))

    def body(self) -> dict[str, Any]:
        arguments = "".join(self.arguments)
        if self.custom:
            return {"id": self.id, "custom": {"name": self.name, "input": arguments}}
        return {"id": self.id, "function": {"name": self.name, "arguments": arguments}}


@dataclass(slots=True)
class _Choice:
    """A choice that comes in pieces."""

    content: list[str] = field(default_factory=list[str])
    refusal: list[str] = field(default_factory=list[str])
    calls: dict[int, _Call] = field(default_factory=dict[int, _Call])
    legacy: _Call | None = None
    transcript: list[str] = field(default_factory=list[str])
    audio: list[str] = field(default_factory=list[str])
    audio_id: str | None = None
    finish_reason: str | None = None

    def add(self, choice: Mapping[str, Any]) -> bool:
        delta = mapping(choice.get("delta"))
        self.finish_reason = text(choice.get("finish_reason")) or self.finish_reason
        self.content.append(_said(delta.get("content")))
        self.refusal.append(_str(delta.get("refusal")))
        for piece in listing(delta.get("tool_calls")):
            self._add_call(mapping(piece))
        legacy = mapping(delta.get("function_call"))
        if legacy:
            self.legacy = self.legacy or _Call()
            self.legacy.add(legacy)
        self._add_audio(mapping(delta.get("audio")))
        return any(delta.get(name) for name in _SAYINGS)

    def _add_call(self, piece: Mapping[str, Any]) -> None:
        index = piece.get("index")
        if not isinstance(index, int):  # then a piece with an id begins a call, one without goes on
            index = max(self.calls, default=-1) + (1 if piece.get("id") or not self.calls else 0)
        self.calls.setdefault(index, _Call()).add(piece)

    def _add_audio(self, audio: Mapping[str, Any]) -> None:
        self.audio_id = self.audio_id or text(audio.get("id"))
        self.audio.append(_str(audio.get("data")))
        self.transcript.append(_str(audio.get("transcript")))

    def message(self) -> dict[str, Any]:
        audio = {"id": self.audio_id, "data": "".join(self.audio), "transcript": "".join(self.transcript)}
        return {
            "content": "".join(self.content) or None,
            "refusal": "".join(self.refusal) or None,
            "tool_calls": [call.body() for _, call in sorted(self.calls.items())],
            "function_call": self.legacy.body()["function"] if self.legacy else None,
            "audio": audio if self.audio_id else None,
        }


class ChatChunks:
    """Chunks of a chat completion."""

    def __init__(self) -> None:
        self._envelope = _Envelope()
        self._choices: dict[int, _Choice] = {}

    def add(self, name: str, data: Mapping[str, Any]) -> bool:
        """Take a chunk; returns whether it brings something of the answer."""
        self._envelope.add(data)
        brought = False
        for raw in listing(data.get("choices")):
            choice = mapping(raw)
            if choice:
                brought |= self._choices.setdefault(_index(choice), _Choice()).add(choice)
        return brought

    @property
    def complete(self) -> bool:
        """Whether all choices begun have an end."""
        return bool(self._choices) and all(choice.finish_reason for choice in self._choices.values())

    def body(self) -> dict[str, Any]:
        """The chat completion."""
        choices = [
            {"message": choice.message(), "finish_reason": choice.finish_reason}
            for _, choice in sorted(self._choices.items())
        ]
        return self._envelope.body(choices)


class CompletionChunks:
    """Chunks of a text completion."""

    def __init__(self) -> None:
        self._envelope = _Envelope()
        self._texts: dict[int, list[str]] = {}
        self._ends: dict[int, str] = {}

    def add(self, name: str, data: Mapping[str, Any]) -> bool:
        """Take a chunk; returns whether it brings something of the answer."""
        self._envelope.add(data)
        brought = False
        for raw in listing(data.get("choices")):
            choice = mapping(raw)
            index, piece, end = _index(choice), _str(choice.get("text")), text(choice.get("finish_reason"))
            self._texts.setdefault(index, []).append(piece)
            if end:
                self._ends[index] = end
            brought |= bool(piece)
        return brought

    @property
    def complete(self) -> bool:
        """Whether all choices begun have an end."""
        return bool(self._texts) and len(self._ends) == len(self._texts)

    def body(self) -> dict[str, Any]:
        """The completion."""
        choices = [
            {"text": "".join(pieces), "finish_reason": self._ends.get(index)}
            for index, pieces in sorted(self._texts.items())
        ]
        return self._envelope.body(choices)


def _index(choice: Mapping[str, Any]) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def _str(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _said(content: Any) -> str:
    """A piece of the content; some providers send lists of parts, in which thoughts are parts of another type."""
    if isinstance(content, str):
        return content
    return "".join(_str(part.get("text")) for part in map(mapping, listing(content)) if part.get("type") == "text")
