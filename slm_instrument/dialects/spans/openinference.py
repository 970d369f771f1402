"""OpenInference: messages under ``llm.input_messages.N`` and ``llm.output_messages.N``.

Source: openinference-semantic-conventions 0.1.42; openinference-instrumentation-openai 0.1.66, -llama-index 4.6.1,
-crewai 1.1.21 and -haystack 0.1.46.
"""

from collections.abc import Mapping
from typing import Any

from slm_instrument.dialects import openai_chat, openai_completions, openai_responses
from slm_instrument.dialects.forms import Reply, Request
from slm_instrument.dialects.openai_parts import (
    counted,
    parse,
    read_content,
    read_response_format,
    read_tools,
    tool_call,
)
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import listing, mapping, number, text
from slm_instrument.dialects.spans.flat import listed
from slm_instrument.dialects.spans.forms import first, structured
from slm_instrument.dialects.spans.span import REDACTED, Span
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.plain import plain_media, plain_text
from slm_instrument.records import Message, ToolCall, ToolSpec, Usage

_OPENAI = {"messages": openai_chat, "prompt": openai_completions, "input": openai_responses}


def read(span: Span) -> tuple[Request, Reply]:
    """The exchange on a span of kind LLM."""
    attributes = span.attributes
    given = mapping(structured(attributes.get("llm.invocation_parameters")))
    answering = text(first(attributes, ("llm.response.model_name", "llm.model_name")))
    asked, answered = _values(attributes)
    messages = _prompt(attributes)
    if not messages or (span.dropped and asked.messages):  # the SDK drops the oldest attributes first
        messages = asked.messages
    answers = _answers(attributes)
    request = Request(
        messages=messages,
        tools=_tools(attributes) or read_tools(given.get("tools") or given.get("functions")) or asked.tools,
        response_format=read_response_format(given.get("response_format")),
        params=read_params({name: value for name, value in given.items() if (name, value) != ("stream", False)}),
        model=text(first(attributes, ("llm.request.model_name",)) or given.get("model")) or answering,
        origin=text(given.get("user")),
    )
    reply = Reply(
        response=answers[0] if answers else answered.response,
        usage=_usage(attributes),
        model=answering,
        id=answered.id,
        finish_reason=text(attributes.get("llm.finish_reason")) or answered.finish_reason,
        labels=counted("choices", answers),
    )
    return request, reply


def is_completion(attributes: Mapping[str, Any]) -> bool:
    """Whether the prompt is one text, not a chat."""
    return "llm.prompts.0.prompt.text" in attributes or "llm.prompts" in attributes


def read_cost(attributes: Mapping[str, Any]) -> float | None:
    """What the call cost, in US dollars, where the instrumentation reckoned it."""
    return number(attributes.get("llm.cost.total"))


def _prompt(attributes: Mapping[str, Any]) -> tuple[Message, ...]:
    messages = tuple(_message(mapping(raw)) for raw in listed(attributes, "llm.input_messages"))
    texts = listing(attributes.get("llm.prompts"))  # as it was before each was numbered
    texts += [mapping(mapping(raw).get("prompt")).get("text") for raw in listed(attributes, "llm.prompts")]
    return messages or tuple(Message("user", plain_text(said)) for said in texts[:1] if isinstance(said, str))


def _answers(attributes: Mapping[str, Any]) -> list[Message]:
    messages = [_message(mapping(raw), "assistant") for raw in listed(attributes, "llm.output_messages")]
    texts = [mapping(mapping(raw).get("completion")).get("text") for raw in listed(attributes, "llm.choices")]
    return messages or [Message("assistant", plain_text(said)) for said in texts if isinstance(said, str)]


def _message(numbered: Mapping[str, Any], role: str | None = None) -> Message:
    raw = mapping(numbered.get("message"))
    said = role or _role(raw)
    calls = _tool_calls(raw)
    parts = [_part(mapping(mapping(part).get("message_content"))) for part in listing(raw.get("contents"))]
    content = raw.get("content")
    if parts and content is not None and not any(part.get("type") == "text" for part in parts):
        parts.insert(0, {"type": "text", "text": content})
    return Message(
        role=said,
        content=read_content(parts or content, answer=said == "assistant", has_calls=bool(calls)),
        tool_calls=calls,
        tool_call_id=text(raw.get("tool_call_id")),
        name=text(raw.get("name")),
    )


def _role(raw: Mapping[str, Any]) -> str:
    """The role; of an enumeration that was written as Python shows it (``ChatRole.USER``), its name."""
    said = text(raw.get("role")) or "unknown"
    return said.rpartition(".")[2].lower() if "." in said else said


def _tool_calls(raw: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    found = [mapping(mapping(call).get("tool_call")) for call in listing(raw.get("tool_calls"))]
    calls = tuple(
        tool_call(function.get("name"), function.get("arguments"), call.get("id"))
        for call in found
        if (function := mapping(call.get("function")))
    )
    if calls or not raw.get("function_call_name"):
        return calls
    return (tool_call(raw["function_call_name"], raw.get("function_call_arguments_json")),)


def _part(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A content part in chat form."""
    kind = text(raw.get("type")) or "unknown"
    if kind == "image":
        image = mapping(mapping(raw.get("image")).get("image"))
        return {"type": "image_url", "image_url": {name: plain_media(value) for name, value in image.items()}}
    return dict(raw)


def _tools(attributes: Mapping[str, Any]) -> tuple[ToolSpec, ...]:
    schemas = [mapping(mapping(raw).get("tool")).get("json_schema") for raw in listed(attributes, "llm.tools")]
    return read_tools([_with_parameters(mapping(structured(schema))) for schema in schemas])


def _with_parameters(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tool as Anthropic has it calls its parameters otherwise."""
    return {**schema, "parameters": schema["input_schema"]} if "input_schema" in schema else schema


def _usage(attributes: Mapping[str, Any]) -> Usage | None:
    counts = "llm.token_count."
    cached = ("llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input")
    return usage_or_none(
        {
            "input_tokens": attributes.get(counts + "prompt"),
            "output_tokens": attributes.get(counts + "completion"),
            "cached_tokens": first(attributes, cached),
            "reasoning_tokens": attributes.get(counts + "completion_details.reasoning"),
        }
    )


def _values(attributes: Mapping[str, Any]) -> tuple[Request, Reply]:
    """The exchange as ``input.value`` and ``output.value`` tell it: bodies of OpenAI's interfaces, or plain text."""
    asked, answered = attributes.get("input.value"), attributes.get("output.value")
    body = mapping(parse(asked) if isinstance(asked, str) else None)
    dialect = next((module for name, module in _OPENAI.items() if name in body), None)
    if dialect is not None:
        reply = dialect.read_reply(parse(answered)) if isinstance(answered, str) else Reply()
        return dialect.read_request(body), reply
    said, answer = _said(asked), _said(answered)
    return (
        Request(messages=(Message("user", said),) if said is not None else ()),
        Reply(response=Message("assistant", answer) if answer is not None else None),
    )


def _said(value: Any) -> str | None:
    return None if value == REDACTED else text(value)
