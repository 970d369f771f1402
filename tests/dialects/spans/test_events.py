"""Messages that are events, one for each, as span events and as log records."""

import json

import pytest

from slm_instrument.dialects.spans import Span, SpanEvent, has_answer, has_prompt, read_span
from slm_instrument.records import Message, ToolCall

SPAN = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini"}
ASKED = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
MESSAGES = [
    ("gen_ai.system.message", {"content": "Be short."}),
    ("gen_ai.user.message", {"content": "Weather in Paris?"}),
    ("gen_ai.assistant.message", {"tool_calls": [ASKED]}),
    ("gen_ai.tool.message", {"content": "rainy", "id": "c1"}),
    ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "It rains."}}),
]
RECORDED = (
    Message("system", "Be short."),
    Message("user", "Weather in Paris?"),
    Message("assistant", None, (ToolCall("weather", '{"city": "Paris"}', "c1"),)),
    Message("tool", "rainy", tool_call_id="c1"),
)


def log_record(name, message):
    return SpanEvent(name=name, body=message, attributes={"gen_ai.system": "openai"})


def span_event(name, message):
    flat = {key: value if isinstance(value, str) else json.dumps(value) for key, value in message.items()}
    return SpanEvent(name=name, attributes={"gen_ai.system": "openai", **flat})


def span_event_with_content(name, message):
    return SpanEvent(name=name, attributes={"gen_ai.event.content": json.dumps(message)})


@pytest.mark.parametrize("form", [log_record, span_event, span_event_with_content])
def test_one_event_a_message(form):
    call = read_span(Span(attributes=SPAN, events=[form(*message) for message in MESSAGES]))
    assert call.messages == RECORDED
    assert call.response == Message("assistant", "It rains.")
    assert call.labels["finish_reason"] == "stop"


@pytest.mark.parametrize("inside", [True, False])
def test_tool_calls_of_an_answer_stand_in_the_message_or_beside_it(inside):
    calls = {"tool_calls": [ASKED]}
    choice = {"index": 0, "message": {"content": None, **(calls if inside else {})}, **({} if inside else calls)}
    call = read_span(Span(attributes=SPAN, events=[log_record("gen_ai.choice", choice)]))
    assert call.response == Message("assistant", None, (ToolCall("weather", '{"city": "Paris"}', "c1"),))


def test_of_several_answers_the_first_is_kept():
    choices = [log_record("gen_ai.choice", {"message": {"content": text}}) for text in ("one", "two")]
    call = read_span(Span(attributes=SPAN, events=choices))
    assert (call.response, call.labels["choices"]) == (Message("assistant", "one"), 2)


def test_content_that_had_to_be_text_is_parts_again():
    parts = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": "https://example.org/a"}}]
    event = span_event("gen_ai.user.message", {"content": json.dumps(parts)})
    assert read_span(Span(attributes=SPAN, events=[event])).messages == (Message("user", parts),)
    listed = '[{"city": "Paris"}]'  # a user's own JSON is no list of parts
    event = span_event("gen_ai.user.message", {"content": listed})
    assert read_span(Span(attributes=SPAN, events=[event])).messages == (Message("user", listed),)


@pytest.mark.parametrize("prompt", ['[{"role": "user", "content": "Hello"}]', "Hello"])
def test_the_oldest_events_hold_all_messages(prompt):
    events = [
        SpanEvent(name="gen_ai.content.prompt", attributes={"gen_ai.prompt": prompt}),
        SpanEvent(
            name="gen_ai.content.completion",
            attributes={"gen_ai.completion": '[{"role": "assistant", "content": "Hi", "finish_reason": "stop"}]'},
        ),
    ]
    call = read_span(Span(attributes=SPAN, events=events))
    assert (call.messages, call.response) == ((Message("user", "Hello"),), Message("assistant", "Hi"))


def test_events_without_content_are_no_prompt():
    told = [log_record(name, message) for name, message in MESSAGES]
    untold = [log_record("gen_ai.user.message", {}), log_record("gen_ai.choice", {"index": 0, "message": {}})]
    assert has_prompt(SPAN, told)
    assert not has_prompt(SPAN, untold)
    assert has_answer(SPAN, untold), "and nothing more is to come"
    assert not has_answer(SPAN, told[:-1])
