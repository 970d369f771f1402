"""Traceloop's OpenLLMetry: messages under ``gen_ai.prompt.N`` and ``gen_ai.completion.N``.

Since 0.50 or so its instrumentations write the current conventions, with names of their own for what those lack.

Source: opentelemetry-semantic-conventions-ai 0.4.1 to 0.5.1; opentelemetry-instrumentation-openai 0.40 to 0.62.
"""

from collections.abc import Mapping
from typing import Any

from slm_instrument.dialects.openai_chat import read_message
from slm_instrument.dialects.openai_parts import read_tools
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.spans.flat import listed, nested
from slm_instrument.dialects.spans.forms import Exchange, content_parts, structured
from slm_instrument.records import Message, ToolSpec

PROPERTIES = "traceloop.association.properties"


def read_indexed(attributes: Mapping[str, Any]) -> Exchange | None:
    """The messages under numbered names; None when there are none."""
    prompt = [mapping(raw) for raw in listed(attributes, "gen_ai.prompt")]
    answers = [mapping(raw) for raw in listed(attributes, "gen_ai.completion")]
    if not prompt and not answers:
        return None
    answer = answers[0] if answers else mapping(None)
    return Exchange(
        messages=tuple(_message(raw, text(raw.get("role")) or "user") for raw in prompt),
        response=_message(answer, "assistant") if answers else None,
        finish_reason=text(answer.get("finish_reason")),
        tools=_functions(attributes),
        choices=len(answers),
    )


def read_properties(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What the user associated with the trace."""
    return dict(mapping(nested(attributes, PROPERTIES)))


def _functions(attributes: Mapping[str, Any]) -> tuple[ToolSpec, ...]:
    found = [mapping(raw) for raw in listed(attributes, "llm.request.functions")]
    return read_tools([{**raw, "parameters": structured(raw.get("parameters"))} for raw in found])


def _message(raw: Mapping[str, Any], role: str) -> Message:
    call = mapping(raw.get("function_call"))
    return read_message(
        {
            **raw,
            "role": role,
            "content": content_parts(raw.get("content")),
            "tool_calls": listing(raw.get("tool_calls")) or ([call] if call else ()),
            "function_call": None,
        }
    )
