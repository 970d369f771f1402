"""What is recorded: one frozen dataclass per thing, in the words of the OpenTelemetry GenAI conventions.

A :class:`Call` is one LLM request and its answer. Prompts are kept in the OpenAI chat form, which every framework can
be turned into; :func:`message_from_openai` and :meth:`Message.to_openai` convert, and are inverse to each other for
what the form can say.

Source: OpenTelemetry semantic conventions for generative AI (``gen_ai.*``), OpenAI chat completions reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

import msgspec
import uuid_utils

Audience = Literal["agent", "human"]
Content = str | Sequence[Mapping[str, Any]] | None

OWN_TRACE = "own:"  # begins a trace id that is the application's name of a session; the store keeps a pseudonym
SERVED_BY_LLM = "llm"
SERVED_BY_SLM = "slm:"  # followed by the bundle's id


def new_id() -> str:
    """A fresh UUIDv7: unique, and sorted by the time it was made."""
    return str(uuid_utils.uuid7())


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model asked for; ``arguments`` is the JSON text as the model wrote it, valid or not."""

    name: str
    arguments: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message. ``content`` is text, a list of typed parts (text, image, ...), or None beside tool calls."""

    role: str
    content: Content = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None

    @property
    def text(self) -> str:
        """The textual content; other parts than text appear as ``[type]``."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "\n".join(_part_text(part) for part in self.content)

    def to_openai(self) -> dict[str, Any]:
        """The message as the OpenAI chat API takes it, absent fields left out."""
        out: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            out["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in self.tool_calls
            ]
        if self.tool_call_id is not None:
            out["tool_call_id"] = self.tool_call_id
        if self.name is not None:
            out["name"] = self.name
        return out


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that was offered to the model; ``parameters`` is its JSON schema."""

    name: str
    description: str | None = None
    parameters: Mapping[str, Any] | None = None

    def to_openai(self) -> dict[str, Any]:
        """The tool as the OpenAI chat API takes it."""
        function: dict[str, Any] = {"name": self.name}
        if self.description is not None:
            function["description"] = self.description
        if self.parameters is not None:
            function["parameters"] = dict(self.parameters)
        return {"type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, as the provider counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """How a call failed: the exception's class name and its text."""

    type: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One LLM request and its answer (or its failure).

    Times are UTC, durations milliseconds, cost US dollars. ``origin`` is the raw user, session or tenant id until the
    store has taken the call, and a keyed pseudonym when it is read back. ``labels`` are free notes of the importer:
    never an input of the analysis.
    """

    id: str = field(default_factory=new_id)
    trace_id: str | None = None
    parent_id: str | None = None
    call_index: int | None = None
    app: str | None = None
    agent: str | None = None
    provider: str | None = None
    model: str | None = None
    operation: str = "chat"
    framework: str | None = None
    started_at: datetime | None = None
    duration_ms: float | None = None
    time_to_first_token_ms: float | None = None
    messages: tuple[Message, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    response_format: Mapping[str, Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    response: Message | None = None
    error: Failure | None = None
    usage: Usage | None = None
    cost_usd: float | None = None
    audience: Audience = "agent"
    origin: str | None = None
    served_by: str = SERVED_BY_LLM
    labels: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a call, or of a trace and so of each of its calls: whether it did what it was for.

    ``name`` says who judges, or what: of several outcomes of one name the one that arrived last counts, and a call has
    failed when by any name it has. ``score`` is the figure behind the judgement, where there is one. There is no text
    in it: a comment may hold what the calls had masked.
    """

    good: bool
    call_id: str | None = None
    trace_id: str | None = None
    name: str = "feedback"
    score: float | None = None
    at: datetime | None = None
    id: str = field(default_factory=new_id)


def message_from_openai(raw: Mapping[str, Any]) -> Message:
    """Read a chat message in OpenAI form.

    Raises:
        ValueError: no role, or a field of the wrong type.
    """
    role, content = raw.get("role"), raw.get("content")
    if not isinstance(role, str):
        raise ValueError("a message has no role")
    if content is not None and not isinstance(content, str):
        content = _parts(content)
    calls: Any = raw.get("tool_calls") or ()
    legacy: Any = raw.get("function_call")
    if legacy and not calls:
        calls = ({"function": legacy},)
    return Message(
        role=role,
        content=content,
        tool_calls=tuple(_tool_call(call) for call in calls),
        tool_call_id=raw.get("tool_call_id"),
        name=raw.get("name"),
    )


def tool_from_openai(raw: Mapping[str, Any]) -> ToolSpec:
    """Read an offered tool in OpenAI form, with or without the ``function`` wrapper.

    Raises:
        ValueError: the tool has no name.
    """
    function = _object(raw.get("function")) or raw
    # A provider's own tools (web search, code interpreter) have a type and no name.
    name = function.get("name", raw.get("type"))
    if not isinstance(name, str):
        raise ValueError("a tool has no name")
    return ToolSpec(name, function.get("description"), _object(function.get("parameters")))


def _tool_call(raw: Any) -> ToolCall:
    call = _object(raw)
    if call is None:
        raise ValueError("a tool call is not an object")
    function = _object(call.get("function")) or call
    name, arguments = function.get("name"), function.get("arguments")
    if not isinstance(name, str):
        raise ValueError("a tool call has no name")
    if not isinstance(arguments, str):
        # Some frameworks log the parsed arguments: keep one form, the text.
        arguments = msgspec.json.encode({} if arguments is None else arguments).decode()
    return ToolCall(name, arguments, call.get("id"))


def _parts(content: Any) -> list[Mapping[str, Any]]:
    if not isinstance(content, list | tuple):
        raise ValueError(f"a message's content is {type(content).__name__}, not text or a list of parts")
    parts: list[Mapping[str, Any]] = []
    for part in cast("Sequence[Any]", content):
        shaped = {"type": "text", "text": part} if isinstance(part, str) else _object(part)
        if shaped is None:
            raise ValueError(f"a content part is {type(part).__name__}, not an object")
        parts.append(shaped)
    return parts


def _part_text(part: Mapping[str, Any]) -> str:
    text = part.get("text")
    return text if isinstance(text, str) else f"[{part.get('type', 'part')}]"


def _object(value: Any) -> Mapping[str, Any] | None:
    """The value when it is a JSON object."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None
