"""LangChain's messages and results as JSON: what ``dumpd``, ``messages_to_dict`` and its tracers write.

A message is one of::

    {"lc": 1, "type": "constructor", "id": [..., "AIMessage"], "kwargs": {"content", "tool_calls"?, ...}}
    {"type": "ai", "data": {"content", ...}}            messages_to_dict
    {"type": "ai", "content", ...}                      a message's own fields
    ["system", "You are ..."]                           what prompt templates are written with

Source: ``langchain_core.load.dump``, ``langchain_core.messages``, ``langchain_core.outputs.LLMResult``.
"""

from collections.abc import Mapping
from typing import Any, cast

from slm_instrument.dialects.forms import Reply
from slm_instrument.dialects.openai_parts import read_content, read_tool_calls, tool_call
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.plain import plain_text
from slm_instrument.records import Message, ToolCall

_ROLES = {
    "human": "user",
    "ai": "assistant",
    "system": "system",
    "tool": "tool",
    "function": "function",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
}
_CALL_PARTS = frozenset({"tool_use", "tool_call", "function_call", "input_json_delta", "tool_call_chunk"})


def is_message(value: Any) -> bool:
    """Whether a value is a message in one of LangChain's own forms."""
    if isinstance(value, list | tuple):
        pair = listing(value)
        return len(pair) == 2 and isinstance(pair[0], str) and pair[0] in _ROLES and isinstance(pair[1], str)
    raw = mapping(value)
    return _kind(raw) is not None and ("content" in _fields(raw))


def is_result(value: Any) -> bool:
    """Whether a value is what a model gave back, an ``LLMResult``."""
    return isinstance(mapping(value).get("generations"), list)


def read_message(value: Any) -> Message:
    """A message; of one in an unknown form, its content."""
    if isinstance(value, list | tuple):
        role, said = listing(value)
        return Message(_ROLES[role], plain_text(said))
    raw = mapping(value)
    fields = _fields(raw)
    role = _ROLES.get(_kind(raw) or "") or text(fields.get("role")) or "unknown"
    calls = _tool_calls(fields) if role == "assistant" else ()
    content = fields.get("content")
    if calls and isinstance(content, list):
        content = [part for part in listing(content) if text(mapping(part).get("type")) not in _CALL_PARTS]
    return Message(
        role=role,
        content=read_content(content, answer=role == "assistant", has_calls=bool(calls)) or (None if calls else ""),
        tool_calls=calls,
        tool_call_id=text(fields.get("tool_call_id")),
        name=text(fields.get("name")) if role != "assistant" else None,
    )


def read_answer(value: Any) -> Reply:
    """An AI message as the answer it is, with what it says of tokens and the model."""
    fields = _fields(mapping(value))
    details = mapping(fields.get("response_metadata"))
    return Reply(
        response=read_message(value),
        usage=usage_or_none(fields.get("usage_metadata"))
        or usage_or_none(details.get("token_usage") or details.get("usage")),
        model=text(details.get("model_name")) or text(details.get("model")),
        id=text(details.get("id")),
        finish_reason=text(details.get("finish_reason")) or text(details.get("stop_reason")),
    )


def read_result(value: Any) -> Reply:
    """The first generation of an ``LLMResult``."""
    result = mapping(value)
    first: Any = next(iter(listing(result.get("generations"))), None)
    if isinstance(first, list):
        first = next(iter(listing(first)), None)
    generation, output = mapping(first), mapping(result.get("llm_output"))
    said = text(generation.get("text"))
    found = Reply(response=Message("assistant", plain_text(said or ""))) if said is not None or generation else Reply()
    if is_message(generation.get("message")):
        found = read_answer(generation["message"])
    info = mapping(generation.get("generation_info"))
    return Reply(
        response=found.response,
        usage=found.usage or usage_or_none(output.get("token_usage") or output.get("usage")),
        model=found.model or text(output.get("model_name")) or text(info.get("model_name")),
        id=found.id,
        finish_reason=found.finish_reason or text(info.get("finish_reason")),
    )


def _kind(raw: Mapping[str, Any]) -> str | None:
    """``human``, ``ai``, ...; None when this is no message of LangChain's."""
    if raw.get("lc") is not None:
        name = next(reversed(listing(raw.get("id"))), None)
        if not isinstance(name, str) or "Message" not in name:
            return None
        return name.partition("Message")[0].lower()
    kind = raw.get("type")
    if not isinstance(kind, str):
        return None
    kind = kind.partition("Message")[0].lower()  # JavaScript and chunks write AIMessageChunk
    return kind if kind in _ROLES or kind == "chat" else None


def _fields(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(raw.get("kwargs")) or mapping(raw.get("data")) or raw


def _tool_calls(fields: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    """The tool calls, their arguments as the model wrote them where that was kept."""
    beside = mapping(fields.get("additional_kwargs"))
    written = read_tool_calls(beside.get("tool_calls"))
    parsed = [*listing(fields.get("tool_calls")), *listing(fields.get("invalid_tool_calls"))]
    if len(written) >= len(parsed) and written:
        return written
    legacy = beside.get("function_call")
    if not parsed and isinstance(legacy, Mapping):
        return read_tool_calls([{"function": cast("Mapping[str, Any]", legacy)}])
    calls = (mapping(call) for call in parsed)
    return tuple(tool_call(call.get("name"), call.get("args"), call.get("id")) for call in calls)
