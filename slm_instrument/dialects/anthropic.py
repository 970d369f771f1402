"""Anthropic Messages (``/v1/messages``): content blocks, tool use inside the content, a system prompt beside it.

Source: https://docs.anthropic.com/en/api/messages.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from slm_instrument.dialects.forms import Reply, Request
from slm_instrument.dialects.openai_parts import read_content, read_error, tool_call
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.plain import plain, plain_mapping
from slm_instrument.records import Message, ToolSpec

_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_THOUGHTS = frozenset({"thinking", "redacted_thinking"})


def read_request(body: Any) -> Request:
    """What a model was asked; the system prompt becomes the first message."""
    raw = mapping(body)
    params = read_params(raw)
    if isinstance(raw.get("stop_sequences"), list):
        params["stop"] = plain(raw["stop_sequences"])
    system = raw.get("system")
    return Request(
        messages=(
            *((Message("system", read_content(system)),) if system else ()),
            *(message for item in listing(raw.get("messages")) for message in read_messages(item)),
        ),
        tools=tuple(read_tool(tool) for tool in listing(raw.get("tools"))),
        params=params,
        model=text(raw.get("model")),
        origin=text(mapping(raw.get("metadata")).get("user_id")),
    )


def read_reply(body: Any) -> Reply:
    """What came back: the message, or the error."""
    raw = mapping(body)
    answered = raw.get("content") is not None
    return Reply(
        response=read_messages({"role": "assistant", **raw})[0] if answered else None,
        error=None if answered else read_error(raw),
        usage=usage_or_none(raw.get("usage")),
        model=text(raw.get("model")),
        id=text(raw.get("id")),
        finish_reason=text(raw.get("stop_reason")),
    )


def read_messages(message: Any) -> tuple[Message, ...]:
    """A message in chat form: answers of tools, which stand in the user's message, become messages of their own."""
    raw = mapping(message)
    role = text(raw.get("role")) or "unknown"
    if not isinstance(raw.get("content"), list):
        return (Message(role, read_content(raw.get("content"))),)
    blocks = [cast("Mapping[str, Any]", block) for block in listing(raw["content"]) if isinstance(block, Mapping)]
    results = tuple(_tool_result(block) for block in blocks if block.get("type") == "tool_result")
    calls = tuple(
        tool_call(block.get("name"), block.get("input"), block.get("id"))
        for block in blocks
        if text(block.get("type")) in _CALLS
    )
    said = [block for block in blocks if text(block.get("type")) not in _CALLS | _THOUGHTS | {"tool_result"}]
    if results and not said:
        return results
    content = read_content(said, answer=role == "assistant", has_calls=bool(calls))
    return (*results, Message(role, content or (None if calls else ""), calls))


def read_tool(tool: Any) -> ToolSpec:
    """An offered tool; the provider's own ones have a type and perhaps no schema."""
    raw = mapping(tool)
    name = text(raw.get("name")) or text(raw.get("type")) or "unknown"
    return ToolSpec(name, text(raw.get("description")), plain_mapping(raw.get("input_schema")) or None)


def _tool_result(block: Mapping[str, Any]) -> Message:
    content = block.get("content")
    if isinstance(content, Mapping):
        content = json.dumps(plain(content))
    return Message("tool", read_content(content), tool_call_id=text(block.get("tool_use_id")))
