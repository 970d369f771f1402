"""OpenTelemetry's conventions for generative AI, of all ages, and those who write their own names beside them.

The prompt and the answer are taken from the first of these places that has them: the current attributes (also on the
event that holds all of a call), numbered attributes (Traceloop), Vercel's, an event a message, and the oldest events.

Sources: semantic-conventions 1.27 to 1.41, semantic-conventions-genai 0.1.0 (``gen_ai.*``);
opentelemetry-semantic-conventions-ai 0.5.1; pydantic-ai 2.68 (``model_request_parameters``, ``events``).
"""

from collections.abc import Mapping
from typing import Any

from slm_instrument.dialects.forms import Reply, Request
from slm_instrument.dialects.openai_parts import read_response_format, read_tools
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.spans.events import (
    read_content_events,
    read_details,
    read_events_attribute,
    read_message_events,
)
from slm_instrument.dialects.spans.forms import Exchange, first, structured
from slm_instrument.dialects.spans.parts import (
    read_answers,
    read_instructions,
    read_messages,
    read_tool_definitions,
)
from slm_instrument.dialects.spans.span import Span
from slm_instrument.dialects.spans.traceloop import read_indexed
from slm_instrument.dialects.spans.vercel import read_prompt
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.records import ToolSpec, Usage

_PARAMS: Mapping[str, tuple[str, ...]] = {
    "temperature": ("gen_ai.request.temperature",),
    "top_p": ("gen_ai.request.top_p",),
    "top_k": ("gen_ai.request.top_k", "llm.top_k"),
    "max_tokens": ("gen_ai.request.max_tokens",),
    "max_completion_tokens": ("gen_ai.request.max_completion_tokens",),
    "frequency_penalty": ("gen_ai.request.frequency_penalty", "llm.frequency_penalty"),
    "presence_penalty": ("gen_ai.request.presence_penalty", "llm.presence_penalty"),
    "stop": ("gen_ai.request.stop_sequences", "llm.chat.stop_sequences"),
    "seed": ("gen_ai.request.seed", "gen_ai.openai.request.seed"),
    "n": ("gen_ai.request.choice.count", "gen_ai.request.n"),
    "stream": ("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming"),
    "reasoning_effort": ("gen_ai.request.reasoning_effort", "llm.request.reasoning_effort"),
    "service_tier": ("openai.request.service_tier", "gen_ai.openai.request.service_tier"),
}
_USAGE: Mapping[str, tuple[str, ...]] = {
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
    "cached_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.details.cache_read_tokens",
    ),
    "reasoning_tokens": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "llm.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
    ),
}
_FORMATS = ("gen_ai.request.structured_output_schema", "gen_ai.openai.request.response_format", "gen_ai.output.type")


def read(span: Span) -> tuple[Request, Reply]:
    """The exchange on a span."""
    attributes = {**read_details(span.events), **span.attributes}
    found = _exchange(span, attributes)
    request = Request(
        messages=found.messages,
        tools=found.tools or _tools(attributes),
        response_format=_response_format(attributes),
        params=_params(attributes),
        model=text(first(attributes, ("gen_ai.request.model", "llm.request.model"))),
        origin=text(first(attributes, ("gen_ai.user", "llm.user"))),
    )
    reply = Reply(
        response=found.response,
        usage=_usage(attributes),
        model=text(first(attributes, ("gen_ai.response.model", "llm.response.model"))),
        id=text(attributes.get("gen_ai.response.id")),
        finish_reason=found.finish_reason or _finish_reason(attributes),
        labels={"choices": found.choices} if found.choices > 1 else {},
    )
    return request, reply


def _exchange(span: Span, attributes: Mapping[str, Any]) -> Exchange:
    return (
        _current(attributes)
        or read_indexed(attributes)
        or read_prompt(attributes)
        or read_message_events(span.events)
        or read_events_attribute(attributes.get("events"))
        or read_content_events(span.events)
        or Exchange()
    )


def _current(attributes: Mapping[str, Any]) -> Exchange | None:
    prompt, answers = attributes.get("gen_ai.input.messages"), read_answers(attributes.get("gen_ai.output.messages"))
    if prompt is None and not answers:
        return None
    instructions = read_instructions(attributes.get("gen_ai.system_instructions"))
    response, reason = answers[0] if answers else (None, None)
    return Exchange(
        messages=(*instructions, *read_messages(prompt)),
        response=response,
        finish_reason=reason,
        choices=len(answers),
    )


def _tools(attributes: Mapping[str, Any]) -> tuple[ToolSpec, ...]:
    found = read_tool_definitions(attributes.get("gen_ai.tool.definitions"))
    if found:
        return found
    asked = mapping(structured(attributes.get("model_request_parameters")))
    offered = [mapping(tool) for tool in listing(asked.get("function_tools"))]
    return read_tools([{**tool, "parameters": tool.get("parameters_json_schema")} for tool in offered])


def _params(attributes: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, names in _PARAMS.items() if (value := first(attributes, names)) is not None}
    if given.get("stream") is False:
        del given["stream"]  # the default, which some write and others do not
    return read_params(given)


def _response_format(attributes: Mapping[str, Any]) -> dict[str, Any] | None:
    """The demanded form: the schema where it was noted, else that it is JSON."""
    value = first(attributes, _FORMATS)
    if value in ("json", "json_object"):
        return {"type": "json_object"}
    found = mapping(structured(value))
    if not found:
        return None
    named = found.get("type") in ("json_object", "json_schema", "text")
    return read_response_format(found if named else {"type": "json_schema", "json_schema": {"schema": found}})


def _usage(attributes: Mapping[str, Any]) -> Usage | None:
    return usage_or_none({name: first(attributes, names) for name, names in _USAGE.items()})


def _finish_reason(attributes: Mapping[str, Any]) -> str | None:
    reasons = listing(attributes.get("gen_ai.response.finish_reasons"))
    return text(reasons[0] if reasons else attributes.get("gen_ai.response.finish_reason"))
