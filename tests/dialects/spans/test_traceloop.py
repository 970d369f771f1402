"""Traceloop's OpenLLMetry with numbered messages, and the making of nested data out of numbered names."""

import json

from hypothesis import given, strategies as st

from slm_instrument.dialects.spans import Span, read_span
from slm_instrument.dialects.spans.flat import nested
from slm_instrument.records import Message, ToolCall, ToolSpec, Usage

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
SPAN = {
    "llm.request.type": "chat",
    "gen_ai.system": "OpenAI",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2026",
    "llm.headers": "None",
    "llm.is_streaming": True,
    "llm.request.functions.0.name": "weather",
    "llm.request.functions.0.description": "Now",
    "llm.request.functions.0.parameters": json.dumps(SCHEMA),
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Be short.",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": '[{"type": "text", "text": "Weather?"}]',
    "gen_ai.prompt.2.role": "assistant",
    "gen_ai.prompt.2.tool_calls.0.id": "c1",
    "gen_ai.prompt.2.tool_calls.0.name": "weather",
    "gen_ai.prompt.2.tool_calls.0.arguments": "{}",
    "gen_ai.prompt.3.role": "tool",
    "gen_ai.prompt.3.content": "rainy",
    "gen_ai.prompt.3.tool_call_id": "c1",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "It rains.",
    "gen_ai.completion.0.finish_reason": "stop",
    "gen_ai.usage.prompt_tokens": 11,
    "gen_ai.usage.completion_tokens": 3,
    "llm.usage.total_tokens": 14,
}


def test_prompt_and_answer():
    call = read_span(Span(attributes=SPAN, scope="opentelemetry.instrumentation.openai.v1"))
    assert call.messages == (
        Message("system", "Be short."),
        Message("user", "Weather?"),
        Message("assistant", None, (ToolCall("weather", "{}", "c1"),)),
        Message("tool", "rainy", tool_call_id="c1"),
    )
    assert call.response == Message("assistant", "It rains.")
    assert call.tools == (ToolSpec("weather", "Now", SCHEMA),)
    assert (call.usage, call.params) == (Usage(11, 3), {"stream": True})
    assert (call.provider, call.framework, call.labels["finish_reason"]) == ("openai", "openai", "stop")


def test_a_tool_call_as_the_answer():
    asked = {f"gen_ai.completion.0.tool_calls.0.{name}": value for name, value in (("id", "c1"), ("name", "weather"))}
    attributes = {name: value for name, value in SPAN.items() if not name.startswith("gen_ai.completion")}
    attributes |= {"gen_ai.completion.0.tool_calls.0.arguments": '{"city": "Paris"}', **asked}
    call = read_span(Span(attributes=attributes))
    assert call.response == Message("assistant", None, (ToolCall("weather", '{"city": "Paris"}', "c1"),))


def test_the_old_completions():
    call = read_span(Span(attributes=SPAN | {"llm.request.type": "completion"}))
    assert call.operation == "text_completion"


def test_others_are_no_calls():
    for kind in ("embedding", "rerank", "unknown"):
        assert read_span(Span(attributes=SPAN | {"llm.request.type": kind})) is None
    workflow = {"traceloop.span.kind": "workflow", "traceloop.entity.name": "joke", "gen_ai.prompt.0.content": "x"}
    assert read_span(Span(attributes=workflow)) is None


JSON = st.recursive(
    st.text() | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=12)
        | st.dictionaries(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), inner, min_size=1, max_size=4)
    ),
    max_leaves=30,
)


def flattened(value, name):
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else None
    if items is None:
        return {name: value}
    return {key: leaf for part, inner in items for key, leaf in flattened(inner, f"{name}.{part}").items()}


@given(JSON.filter(lambda value: isinstance(value, list | dict)), st.randoms())
def test_nesting_undoes_flattening_in_any_order(value, order):
    flat = list(flattened(value, "llm.x").items())
    order.shuffle(flat)
    assert nested(dict(flat), "llm.x") == value


def test_names_that_contradict_each_other_are_no_error():
    assert nested({"m.0": "text", "m.0.role": "user", "m.1.role": "user", "m.1": "x"}, "m") == [
        "text",
        {"role": "user"},
    ]
    assert nested({"m." + "a." * 5000: 1, "m.9999999999.x": 2}, "m") == {"9999999999": {"x": 2}}
    assert nested({"other.0": 1}, "m") is None
