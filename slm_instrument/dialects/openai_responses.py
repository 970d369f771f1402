"""OpenAI Responses (``/responses``): lists of items are read into chat messages.

Source: https://platform.openai.com/docs/api-reference/responses, ``openai.types.responses``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slm_instrument.dialects.forms import Reply, Request
from slm_instrument.dialects.openai_parts import (
    read_content,
    read_error,
    read_metadata,
    read_origin,
    read_part,
    read_response_format,
    read_tools,
    tool_call,
)
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.plain import plain_media, plain_text
from slm_instrument.records import Failure, Message, ToolCall

# What the agent is asked to do, and where it is told so; the provider runs other tools itself.
_CALLS = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "computer_call": "action",
    "local_shell_call": "action",
    "shell_call": "action",
    "apply_patch_call": "operation",
}
_OUTPUTS = {f"{kind}_output" for kind in _CALLS}
_NOT_SAID = frozenset({"reasoning", "compaction", "compaction_trigger", "item_reference", "additional_tools"})


def read_request(body: Any) -> Request:
    """What a model was asked. Of what the provider keeps itself (an earlier response) only the id is known."""
    raw = mapping(body)
    form = mapping(raw.get("text"))
    return Request(
        messages=_prompt(raw),
        tools=read_tools(raw.get("tools")),
        response_format=_response_format(form.get("format")),
        params=read_params({**raw, "verbosity": form.get("verbosity")}),
        model=text(raw.get("model")),
        origin=read_origin(raw),
        labels=read_metadata(raw) | _kept_elsewhere(raw),
    )


def read_reply(body: Any) -> Reply:
    """What came back: all output items as one answer, the error, or both."""
    raw = mapping(body)
    items = [mapping(item) for item in listing(raw.get("output"))]
    status = text(raw.get("status"))
    return Reply(
        response=read_answer(items) if items else None,
        error=_failure(raw, status),
        usage=usage_or_none(raw.get("usage")),
        model=text(raw.get("model")),
        id=text(raw.get("id")),
        finish_reason=text(mapping(raw.get("incomplete_details")).get("reason")) or status,
        labels=_tools_run(items),
    )


def read_answer(items: list[Mapping[str, Any]]) -> Message:
    """Output items as one assistant message: texts in one, what the agent is to do as tool calls."""
    parts: list[Any] = []
    for item in items:
        if item.get("type") == "message":
            content = item.get("content")
            parts.extend([content] if isinstance(content, str) else listing(content))
        elif item.get("type") == "image_generation_call":
            parts.append(item)
    calls = tuple(_tool_call(item) for item in items if text(item.get("type")) in _CALLS)
    return Message("assistant", read_content(parts, answer=True, has_calls=bool(calls)), calls)


def _prompt(raw: Mapping[str, Any]) -> tuple[Message, ...]:
    messages: list[Message] = []
    instructions = raw.get("instructions")
    if isinstance(instructions, str) and instructions:
        messages.append(Message("system", plain_text(instructions)))
    given = raw.get("input")
    if isinstance(given, str):
        messages.append(Message("user", plain_text(given)))
    for item in [*listing(instructions), *listing(given)]:
        _add(messages, item)
    return tuple(messages)


def _add(messages: list[Message], item: Any) -> None:
    """Put an item behind the messages; the tool calls of one turn stand in one message, as in chat."""
    raw = mapping(item)
    kind = text(raw.get("type"))
    if kind in _CALLS:
        last = messages.pop() if messages and messages[-1].role == "assistant" else Message("assistant")
        messages.append(replace(last, content=last.content or None, tool_calls=(*last.tool_calls, _tool_call(raw))))
    elif kind in _OUTPUTS:
        messages.append(Message("tool", read_content(raw.get("output")), tool_call_id=text(raw.get("call_id"))))
    elif text(raw.get("role")):
        role = plain_text(raw["role"])
        messages.append(Message(role, read_content(raw.get("content"), answer=role == "assistant")))
    elif kind not in _NOT_SAID:  # what a provider's own tool did; something unknown
        messages.append(Message("assistant" if raw else "unknown", [read_part(item)]))


def _tool_call(item: Mapping[str, Any]) -> ToolCall:
    kind = str(item.get("type"))
    name = item.get("name") or kind.removesuffix("_call")
    return tool_call(name, plain_media(item.get(_CALLS[kind])), item.get("call_id") or item.get("id"))


def _tools_run(items: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Which tools the provider ran itself for this answer."""
    kinds = [text(item.get("type")) or "" for item in items]
    run = sorted({kind.removesuffix("_call") for kind in kinds if kind.endswith("_call") and kind not in _CALLS})
    return {"tools_run": run} if run else {}


def _response_format(raw: Any) -> dict[str, Any] | None:
    """In chat form: there the schema stands one level deeper."""
    found = read_response_format(raw)
    if found is None or found.get("type") != "json_schema" or "json_schema" in found:
        return found
    return {"type": "json_schema", "json_schema": {name: value for name, value in found.items() if name != "type"}}


def _kept_elsewhere(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What the prompt goes on from; it is not in the request."""
    conversation, template = raw.get("conversation"), mapping(raw.get("prompt"))
    found = {
        "previous_response_id": text(raw.get("previous_response_id")),
        "conversation_id": text(conversation) or text(mapping(conversation).get("id")),
        "prompt_id": text(template.get("id")),
    }
    return {name: value for name, value in found.items() if value}


def _failure(raw: Mapping[str, Any], status: str | None) -> Failure | None:
    return read_error(raw) or (Failure(status) if status in ("failed", "cancelled") else None)
