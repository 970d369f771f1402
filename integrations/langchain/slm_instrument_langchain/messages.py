"""LangChain's messages, tools and answers as records, and back.

Reading (:func:`to_message` and friends) accepts whatever a LangChain callback can hold and never raises: what cannot be
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
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.utils.function_calling import convert_to_openai_function, convert_to_openai_tool

from slm_instrument.plain import plain, plain_mapping, plain_media, plain_text
from slm_instrument.records import Content, Message, ToolCall, ToolSpec, Usage, new_id, tool_from_openai

_ROLES: tuple[tuple[type[BaseMessage], str], ...] = (
    (HumanMessage, "user"),
    (AIMessage, "assistant"),
    (SystemMessage, "system"),
    (ToolMessage, "tool"),
    (FunctionMessage, "function"),
)
# How providers repeat, inside the content, the tool calls that LangChain also gives as ``tool_calls``.
_TOOL_CALL_PARTS = frozenset(
    {"tool_use", "tool_call", "tool_call_chunk", "function_call", "input_json_delta", "invalid_tool_call"}
)
_THOUGHTS = frozenset({"thinking", "redacted_thinking", "reasoning", "reasoning_content"})


def to_messages(messages: Iterable[Any]) -> tuple[Message, ...]:
    """A prompt as records; each item a LangChain message or anything LangChain takes as one."""
    return tuple(to_message(message) for message in messages)


def to_message(message: Any) -> Message:
    """A LangChain message as a record: OpenAI roles, media by digest, tool arguments as JSON text."""
    if not isinstance(message, BaseMessage):
        try:
            (message,) = convert_to_messages([message])
        except Exception:
            return Message(role="unknown", content=_content(message, ()))
    calls = _tool_calls(message) if isinstance(message, AIMessage) else ()
    tool_call_id = message.tool_call_id if isinstance(message, ToolMessage) else None
    return Message(
        role=_role(message),
        content=_content(message.content, calls, joined=isinstance(message, AIMessage)),
        tool_calls=calls,
        tool_call_id=plain_text(tool_call_id) if isinstance(tool_call_id, str) else None,
        name=plain_text(message.name) if isinstance(message.name, str) else None,
    )


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


def to_tool_specs(tools: Any) -> tuple[ToolSpec, ...]:
    """The offered tools, in whatever form they were bound: OpenAI, Anthropic, Bedrock, Gemini, or Python objects."""
    if not isinstance(tools, Sequence) or isinstance(tools, str | bytes):
        return ()
    specs: list[ToolSpec] = []
    for tool in cast("Sequence[Any]", tools):
        declarations: Any = cast("Any", tool).get("function_declarations") if isinstance(tool, Mapping) else None
        specs.extend(to_tool_specs(declarations) if declarations else (to_tool_spec(tool),))
    return tuple(specs)


def to_tool_spec(tool: Any) -> ToolSpec:
    """One offered tool; of one that cannot be read, the name that can be found."""
    try:
        return tool_from_openai(plain_mapping(convert_to_openai_tool(tool)))
    except Exception:
        raw = plain_mapping(tool)
        name = raw.get("name") or raw.get("type") or getattr(tool, "name", None)
        return ToolSpec(name=plain_text(name) if isinstance(name, str) else type(tool).__name__)


def to_response_format(value: Any) -> dict[str, Any] | None:
    """The demanded form of the answer in OpenAI form; a class becomes its JSON schema."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return plain_mapping(value) or None
    try:
        function = plain_mapping(convert_to_openai_function(value))
    except Exception:
        return {"type": "json_schema", "json_schema": {"name": plain(value)}}
    schema = {"name": function.get("name"), "schema": function.get("parameters", {})}
    return {"type": "json_schema", "json_schema": schema}


def _role(message: BaseMessage) -> str:
    if isinstance(message, ChatMessage):
        return plain_text(message.role) if isinstance(cast("Any", message.role), str) else "unknown"
    role = message.additional_kwargs.get("__openai_role__")
    if isinstance(role, str):
        return plain_text(role)
    return next((name for kind, name in _ROLES if isinstance(message, kind)), plain_text(message.type))


def _content(content: Any, calls: tuple[ToolCall, ...], *, joined: bool = False) -> Content:
    """A message's content; ``joined`` makes one text of an answer's text parts, as most wire formats have it."""
    if content is None or content == "":
        return None if calls else ""
    if isinstance(content, str):
        return plain_text(content)
    if not isinstance(content, list | tuple):
        return plain_text(json.dumps(plain(content)))
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
    text = raw.get("text")
    if not isinstance(text, str):
        return plain_media(raw)
    return {**plain_media({key: value for key, value in raw.items() if key != "text"}), "text": plain_text(text)}


def _tool_calls(message: AIMessage) -> tuple[ToolCall, ...]:
    written = _arguments_as_written(message)
    calls: list[ToolCall] = []
    for call in [*message.tool_calls, *message.invalid_tool_calls]:
        raw = cast("Mapping[str, Any]", call)
        call_id, arguments = raw.get("id"), raw.get("args")
        if not isinstance(arguments, str):
            arguments = written.get(call_id) or json.dumps(plain(arguments if arguments is not None else {}))
        name = plain_text(str(raw.get("name") or ""))
        calls.append(ToolCall(name, plain_text(arguments), plain_text(call_id) if isinstance(call_id, str) else None))
    return tuple(calls)


def _arguments_as_written(message: AIMessage) -> dict[Any, str]:
    """The model's own JSON text by tool call id, where the provider's integration or the stream kept it."""
    written: dict[Any, str] = {}
    for raw in cast("Iterable[Any]", message.additional_kwargs.get("tool_calls") or ()):
        function: Any = raw.get("function") if isinstance(raw, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if isinstance(function, Mapping) and isinstance(function.get("arguments"), str):  # pyright: ignore[reportUnknownMemberType]
            written[raw.get("id")] = function["arguments"]  # pyright: ignore[reportUnknownMemberType]
    if isinstance(message, AIMessageChunk):
        written.update({chunk["id"]: chunk["args"] for chunk in message.tool_call_chunks if chunk["args"]})
    return written


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
