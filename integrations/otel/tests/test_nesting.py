"""One call seen twice is recorded once: LLM spans inside each other, and integrations further down and further up."""

import gc
import time
import weakref

import pytest
from opentelemetry import context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import set_span_in_context

from slm_instrument.capture import covered, covers
from slm_instrument.records import Message
from slm_instrument_otel import SlmSpanProcessor

AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support"}
TOOL = {"gen_ai.operation.name": "execute_tool"}


@pytest.fixture
def outer(answered):
    """A framework's LLM span, with less of the prompt than was sent."""
    said = '[{"role": "user", "content": "as the framework tells it"}]'
    return {**answered, "gen_ai.input.messages": said}


def texts(calls):
    return sorted(call.messages[0].text for call in calls())


def test_of_spans_inside_each_other_the_innermost_is_recorded(tracer, calls, outer, answered):
    with (
        tracer.start_as_current_span("agent", attributes=AGENT),
        tracer.start_as_current_span("framework", attributes=outer),
        tracer.start_as_current_span("POST"),
    ):
        tracer.start_span("sdk", attributes=answered).end()
    (call,) = calls()
    assert call.messages == (Message("user", "Where is my parcel?"),)
    assert call.agent == "support"


def test_a_framework_that_asks_twice_makes_two_calls(tracer, calls, outer, answered):
    with tracer.start_as_current_span("framework", attributes=outer):
        for _ in range(2):
            tracer.start_span("sdk", attributes=answered).end()
    assert texts(calls) == ["Where is my parcel?"] * 2


def test_the_innermost_without_its_prompt_gives_way(tracer, calls, outer, chat):
    with tracer.start_as_current_span("framework", attributes=outer):
        tracer.start_span("sdk", attributes=chat).end()
    assert texts(calls) == ["as the framework tells it"]


def test_an_outer_span_that_ends_first_is_the_one(tracer, calls, outer, answered):
    framework = tracer.start_span("framework", attributes=outer)
    stream = tracer.start_span("sdk", attributes=answered, context=set_span_in_context(framework))
    framework.end()
    stream.end()
    assert texts(calls) == ["as the framework tells it"]


@pytest.mark.parametrize("between", [TOOL, AGENT])
def test_what_a_tool_or_an_agent_asks_is_another_call(tracer, calls, outer, answered, between):
    with (
        tracer.start_as_current_span("framework", attributes=outer),
        tracer.start_as_current_span("between", attributes=between),
    ):
        tracer.start_span("sdk", attributes=answered).end()
    assert texts(calls) == ["Where is my parcel?", "as the framework tells it"]


def test_calls_side_by_side_are_two(tracer, calls, answered):
    with tracer.start_as_current_span("request"):
        for _ in range(2):
            tracer.start_span("sdk", attributes=answered).end()
    assert len(calls()) == 2


def test_a_wrapped_client_inside_leaves_the_call_to_a_span_that_has_the_prompt(tracer, calls, asked, answered):
    with tracer.start_as_current_span("sdk", attributes=asked) as span, tracer.start_as_current_span("POST"):
        assert covered()
        span.set_attributes(answered)
    assert len(calls()) == 1


def test_a_wrapped_client_records_what_a_span_does_not_hold_yet_and_the_span_does_not(
    tracer, calls, chat, outer, answered
):
    with (
        tracer.start_as_current_span("framework", attributes=chat) as framework,
        tracer.start_as_current_span("sdk", attributes=chat) as span,
        tracer.start_as_current_span("POST"),
    ):
        assert not covered()
        span.set_attributes(answered)
        framework.set_attributes(outer)
    assert calls() == []


def test_a_wrapped_client_that_records_leaves_the_other_calls_alone(tracer, calls, answered):
    with tracer.start_as_current_span("agent", attributes=AGENT):
        assert not covered()
        tracer.start_span("sdk", attributes=answered).end()
    assert not covered()
    assert len(calls()) == 1


def test_no_span_of_another_provider_covers_anything(processor, asked):
    other = TracerProvider(shutdown_on_exit=False).get_tracer("x")
    with other.start_as_current_span("sdk", attributes=asked):
        assert not covered()


def test_what_is_recorded_further_up_is_not_recorded_here(tracer, calls, answered):
    remove = covers(lambda: True)  # as a framework's callback says of a call under way
    tracer.start_span("sdk", attributes=answered).end()
    remove()
    assert calls() == []


def test_two_processors_do_not_take_each_others_word_for_it(provider, tracer, recorder, calls, asked, answered):
    second = SlmSpanProcessor(recorder)
    provider.add_span_processor(second)
    with tracer.start_as_current_span("sdk", attributes=asked) as span:
        span.set_attributes(answered)
    second.shutdown()
    assert recorder.stats().submitted == 2  # of the same id: one is kept
    assert len(calls()) == 1


def test_scopes_that_are_recorded_in_another_way(recorder, calls, outer, answered):
    names = []
    processor = SlmSpanProcessor(recorder, ignore=lambda: names)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    langchain, sdk = (provider.get_tracer(f"openinference.instrumentation.{name}") for name in ("langchain", "openai"))
    names.append("openinference.instrumentation.langchain")
    with langchain.start_as_current_span("ChatOpenAI", attributes=outer):
        sdk.start_span("inside", attributes=answered).end()
    assert calls() == []
    sdk.start_span("alone", attributes=answered).end()
    names.clear()
    langchain.start_span("ChatOpenAI", attributes=outer).end()
    assert len(calls()) == 2
    processor.shutdown()


def test_a_processor_that_is_gone_covers_nothing_and_is_not_kept_alive(recorder, asked):
    processor = SlmSpanProcessor(recorder)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    span = provider.get_tracer("x").start_span("sdk", attributes=asked)
    token = context.attach(set_span_in_context(span))
    assert covered()
    gone = weakref.ref(processor)
    context.detach(token)
    del processor, provider, span
    end = time.monotonic() + 5.0  # another thread may be in the middle of something with it
    while gone() is not None and time.monotonic() < end:
        gc.collect()
        time.sleep(0.01)
    assert gone() is None
