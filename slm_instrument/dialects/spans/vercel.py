"""Vercel's AI SDK: ``ai.prompt.messages`` and ``ai.response.*`` beside ``gen_ai.*`` without messages.

Source: AI SDK 4 and 5, "Telemetry", collected data of ``doGenerate`` and ``doStream`` spans.
"""

from collections.abc import Mapping
from typing import Any

from slm_instrument.dialects.openai_parts import read_content, read_tools, tool_call
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.spans.flat import nested
from slm_instrument.dialects.spans.forms import Exchange, structured
from slm_instrument.dialects.spans.parts import read_messages
from slm_instrument.plain import plain_media
from slm_instrument.records import Message, ToolSpec

METADATA = "ai.telemetry.metadata"


def read_prompt(attributes: Mapping[str, Any]) -> Exchange | None:
    """The messages of a model call; None when there are none."""
    prompt = listing(structured(attributes.get("ai.prompt.messages")))
    if not prompt:
        return None
    return Exchange(
        messages=tuple(message for raw in prompt for message in _messages(mapping(raw))),
        response=_answer(attributes),
        finish_reason=text(attributes.get("ai.response.finishReason")),
        tools=_tools(attributes),
    )


def is_model_call(operation: Any) -> bool:
    """Whether an ``ai.operationId`` is that of a model call; the spans around them repeat what is in these."""
    return isinstance(operation, str) and operation.endswith((".doGenerate", ".doStream"))


def read_metadata(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What the user noted."""
    return dict(mapping(nested(attributes, METADATA)))


def _messages(raw: Mapping[str, Any]) -> tuple[Message, ...]:
    content = raw.get("content")
    parts = [_part(mapping(part)) for part in listing(content)] or [{"type": "text", "content": content}]
    return read_messages([{"role": raw.get("role"), "parts": parts}])


def _part(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part in the form of the current conventions."""
    kind = raw.get("type")
    if kind == "text":
        return {"type": "text", "content": raw.get("text")}
    if kind == "tool-call":
        arguments = raw.get("input", raw.get("args"))
        return {"type": "tool_call", "id": raw.get("toolCallId"), "name": raw.get("toolName"), "arguments": arguments}
    if kind == "tool-result":
        output = raw.get("output", raw.get("result"))
        value = mapping(output).get("value", output)
        return {"type": "tool_call_response", "id": raw.get("toolCallId"), "response": value}
    return plain_media(raw)


def _answer(attributes: Mapping[str, Any]) -> Message | None:
    said = text(attributes.get("ai.response.text")) or text(attributes.get("ai.response.object"))
    asked = [mapping(call) for call in listing(structured(attributes.get("ai.response.toolCalls")))]
    calls = tuple(
        tool_call(call.get("toolName"), call.get("input", call.get("args")), call.get("toolCallId")) for call in asked
    )
    if said is None and not calls:
        return None
    return Message("assistant", read_content(said, answer=True, has_calls=bool(calls)), calls)


def _tools(attributes: Mapping[str, Any]) -> tuple[ToolSpec, ...]:
    offered = [mapping(structured(tool)) for tool in listing(attributes.get("ai.prompt.tools"))]
    return read_tools([{**tool, "parameters": tool.get("inputSchema", tool.get("parameters"))} for tool in offered])
