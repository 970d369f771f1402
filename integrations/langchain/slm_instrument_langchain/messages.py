"""LangChain's messages, tools and answers as records, and back.

Reading (:func:`to_message`) accepts whatever a LangChain callback can hold and never raises: what cannot be
read is recorded as far as it can be. Writing (:func:`to_ai_message`) makes the message type that a chat model returns.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
)
from langchain_core.messages.ai import UsageMetadata, add_ai_message_chunks
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.outputs import ChatGenerationChunk

from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.plain import plain, plain_media, plain_text
from slm_instrument.records import Content, Message, ToolCall, Usage, new_id

_ROLES: dict[type[BaseMessage], str] = {
    HumanMessage: "user",
    AIMessage: "assistant",
    SystemMessage: "system",
    ToolMessage: "tool",
    FunctionMessage: "function",
}
# How providers repeat, inside the content, the tool calls that LangChain also gives as ``tool_calls``.
_TOOL_CALL_PARTS = frozenset(
    {"tool_use", "tool_call", "tool_call_chunk", "function_call", "input_json_delta", "invalid_tool_call"}
)
_THOUGHTS = frozenset({"thinking", "redacted_thinking", "reasoning", "reasoning_content"})


Fields = Mapping[str, Any]
Frozen = tuple[BaseMessage, Any, Any, Any]


def freeze(message: Any) -> Any:
    """A message with what may be changed on it as it is now: agents set names on messages later, and mark their parts.

    Four references are cheaper to keep than a copy of all fields, both in time and in memory.
    """
    if not isinstance(message, BaseMessage):
        return message
    fields = message.__dict__
    content = fields["content"]
    if content.__class__ is list:
        content = [part.copy() if part.__class__ is dict else part for part in content]
    return message, content, fields.get("name"), fields.get("tool_calls")


def fields_of(frozen: Any) -> Fields:
    """The fields of a message that was frozen; none of anything else."""
    if not _is_frozen(frozen):
        return {}
    message, content, name, tool_calls = cast("Frozen", frozen)
    return {**message.__dict__, "content": content, "name": name, "tool_calls": tool_calls}


def join_chunks(came: Iterable[Any]) -> Any:
    """What came of a stream that broke off, as a message or as text; None when it was nothing but signals."""
    came = list(came)
    messages = [chunk.message for chunk in came if isinstance(chunk, ChatGenerationChunk)]
    if messages and all(isinstance(message, AIMessageChunk) for message in messages):
        joined: Any = add_ai_message_chunks(*cast("list[AIMessageChunk]", messages))
        return joined if joined.content or joined.tool_call_chunks else None
    texts = (chunk if isinstance(chunk, str) else getattr(chunk, "text", None) for chunk in came)
    return "".join(text for text in texts if isinstance(text, str)) or None


def to_messages(messages: Iterable[Any]) -> tuple[Message, ...]:
    """A prompt as records; each item as :func:`to_message` takes it."""
    return tuple([to_message(message) for message in messages])


def to_message(message: Any) -> Message:
    """A LangChain message as a record: OpenAI roles, media by digest, tool arguments as JSON text.

    Args:
        message: A LangChain message, frozen or not, or anything LangChain takes as one.
    """
    if _is_frozen(message):
        kind, fields = message[0].__class__, fields_of(message)
    else:
        if not isinstance(message, BaseMessage):
            try:
                (message,) = convert_to_messages([message])
            except Exception:
                return Message(role="unknown", content=_content(message, ()))
        kind, fields = message.__class__, message.__dict__
    is_answer = issubclass(kind, AIMessage)
    calls = _tool_calls(fields) if is_answer else ()
    return Message(
        _role(kind, fields),
        _content(fields.get("content"), calls, joined=is_answer),
        calls,
        text(fields.get("tool_call_id")),
        text(fields.get("name")),
    )


def to_answer(message: Any) -> Message:
    """A model's answer, a message or text, as a record without a name: LangChain's agents put their own on it later."""
    if isinstance(message, str):
        return Message("assistant", plain_text(message))
    found = to_message(message)
    return Message("assistant", found.content, found.tool_calls)


def to_ai_message(
    message: Message, *, usage: Usage | None = None, response_metadata: Mapping[str, Any] | None = None
) -> AIMessage:
    """An assistant's record as the message that a chat model would have returned.

    Arguments that are no JSON object become ``invalid_tool_calls``, as LangChain's own parsers do; a tool call without
    an id gets one, because the tool's answer must name it.
    """
    valid: list[Any] = []
    invalid: list[Any] = []
    for call in message.tool_calls:
        call_id = call.id or f"call_{new_id()}"
        arguments = _parsed(call.arguments)
        if isinstance(arguments, dict):
            valid.append(tool_call(name=call.name, args=cast("dict[str, Any]", arguments), id=call_id))
        else:
            error = "the arguments are not a JSON object"
            invalid.append(invalid_tool_call(name=call.name, args=call.arguments, id=call_id, error=error))
    content: Any = message.content
    if content is None or not isinstance(content, str):
        content = [dict(part) for part in content] if content else ""
    return AIMessage(
        content=content,
        tool_calls=valid,
        invalid_tool_calls=invalid,
        name=message.name,
        usage_metadata=_usage_metadata(usage),
        response_metadata=dict(response_metadata or {}),
    )


def _is_frozen(message: Any) -> bool:
    """Whether it is what :func:`freeze` makes."""
    return message.__class__ is tuple and len(message) == 4 and isinstance(message[0], BaseMessage)


def _role(kind: type[BaseMessage], fields: Fields) -> str:
    if issubclass(kind, ChatMessage):
        return text(fields.get("role")) or "unknown"
    extra = fields.get("additional_kwargs")
    said = text(mapping(extra).get("__openai_role__")) if extra else None
    known = said or _ROLES.get(kind) or next((name for base, name in _ROLES.items() if issubclass(kind, base)), None)
    return known or text(fields.get("type")) or "unknown"


def _content(content: Any, calls: tuple[ToolCall, ...], *, joined: bool = False) -> Content:
    """A message's content; ``joined`` makes one text of an answer's text parts, as most wire formats have it."""
    if isinstance(content, str) and content:
        return plain_text(content)
    if content is None or isinstance(content, str):
        return None if calls else ""
    if not isinstance(content, list | tuple):
        return plain_text(_json(content))
    parts = [_part(part) for part in cast("Sequence[Any]", content)]
    if calls:
        parts = [part for part in parts if _kind(part) not in _TOOL_CALL_PARTS]
    if joined:
        # What the model thought aloud is no part of its answer: students are not trained to repeat it.
        parts = [part for part in parts if _kind(part) not in _THOUGHTS]
    if (joined or len(parts) == 1) and all(_is_text(part, joined) for part in parts):
        return "".join(part["text"] for part in parts) or (None if calls else "")
    return parts


def _kind(part: Mapping[str, Any]) -> str:
    kind = part.get("type")
    return kind if isinstance(kind, str) else ""


def _is_text(part: Mapping[str, Any], joined: bool) -> bool:
    """Whether a part is nothing but text; an answer's may have annotations, a prompt's cache marks are kept."""
    return _kind(part) == "text" and isinstance(part.get("text"), str) and (joined or len(part) == 2)


def _part(part: Any) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": plain_text(part)}
    if not isinstance(part, Mapping):
        return {"type": "unknown", "value": plain(part)}
    raw = cast("Mapping[str, Any]", part)
    written = raw.get("text")
    if not isinstance(written, str):
        return plain_media(raw)
    return {**plain_media({key: value for key, value in raw.items() if key != "text"}), "text": plain_text(written)}


def _tool_calls(fields: Fields) -> tuple[ToolCall, ...]:
    asked = [*listing(fields.get("tool_calls")), *listing(fields.get("invalid_tool_calls"))]
    if not asked:
        return ()
    written = _arguments_as_written(fields)
    calls: list[ToolCall] = []
    for raw in map(mapping, asked):
        call_id, arguments = text(raw.get("id")), raw.get("args")
        if not isinstance(arguments, str):
            kept = written.get(call_id) if call_id else None
            arguments = kept or _json(arguments if arguments is not None else {})
        calls.append(ToolCall(text(raw.get("name")) or "", plain_text(arguments), call_id))
    return tuple(calls)


def _arguments_as_written(fields: Fields) -> dict[Any, str]:
    """The model's own JSON text by tool call id, where the provider's integration or the stream kept it."""
    written: dict[Any, str] = {}
    for raw in map(mapping, listing(mapping(fields.get("additional_kwargs")).get("tool_calls"))):
        written[text(raw.get("id"))] = text(mapping(raw.get("function")).get("arguments")) or ""
    for chunk in map(mapping, listing(fields.get("tool_call_chunks"))):
        written[text(chunk.get("id"))] = text(chunk.get("args")) or ""
    return written


def _json(value: Any) -> str:
    try:
        return json.dumps(plain(value))
    except ValueError:  # a number of more digits than Python writes
        return json.dumps(f"<{type(value).__name__}>")


def _parsed(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return None


def _usage_metadata(usage: Usage | None) -> UsageMetadata | None:
    if usage is None:
        return None
    spent = (usage.input_tokens or 0, usage.output_tokens or 0)
    return UsageMetadata(input_tokens=spent[0], output_tokens=spent[1], total_tokens=sum(spent))
