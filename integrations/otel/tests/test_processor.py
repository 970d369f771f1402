"""LLM spans of a real SDK become calls; the traced application is not disturbed."""

import logging
import os
import threading
import time
from contextlib import closing

import pytest
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.trace import format_span_id, format_trace_id

from slm_instrument import Recorder, open_store
from slm_instrument.capture import annotate
from slm_instrument.records import Failure, Message
from slm_instrument.testing import FlakyStore
from slm_instrument_otel import SlmSpanProcessor, nodes

RECORDED = (Message("user", "Where is my parcel?"),)
ANSWER = Message("assistant", "On its way.")


def test_a_span_is_a_call(tracer, calls, asked, answered):
    with (
        tracer.start_as_current_span("request") as outer,
        tracer.start_as_current_span("chat", attributes=asked) as span,
    ):
        time.sleep(0.01)
        span.set_attributes(answered)
    (call,) = calls()
    assert (call.messages, call.response) == (RECORDED, ANSWER)
    assert (call.provider, call.model, call.framework) == ("openai", "gpt-4o-mini", "openai")
    context = span.get_span_context()
    assert call.id == format_trace_id(context.trace_id) + format_span_id(context.span_id)
    assert call.trace_id == format_trace_id(context.trace_id)
    assert call.parent_id == format_span_id(outer.get_span_context().span_id)
    assert 10 <= call.duration_ms < 5000


def test_other_spans_are_none(tracer, calls):
    for attributes in ({}, {"http.method": "GET"}, {"gen_ai.operation.name": "embeddings"}, {"db.system": "x"}):
        tracer.start_span("other", attributes=attributes).end()
    assert calls() == []


def test_a_failure_is_recorded_and_reaches_the_caller(tracer, calls, asked):
    with pytest.raises(ConnectionError), tracer.start_as_current_span("chat", attributes=asked):
        raise ConnectionError("the line went dead")
    (call,) = calls()
    assert (call.error, call.response) == (Failure("ConnectionError", "the line went dead"), None)


def test_agent_and_user_are_those_of_the_spans_around(tracer, calls, answered):
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support", "user.id": "u1"}
    with tracer.start_as_current_span("agent", attributes=agent), tracer.start_as_current_span("step"):
        tracer.start_span("chat", attributes=answered).end()
    (call,) = calls()
    assert call.agent == "support"
    assert call.origin is not None
    assert call.origin != "u1"


def test_annotations_of_when_the_call_began(tracer, calls, answered):
    with annotate(agent="desk", audience="human", labels={"release": 7}):
        span = tracer.start_span("chat", attributes=answered)
    span.end()
    (call,) = calls()
    assert (call.agent, call.audience, call.labels["release"]) == ("desk", "human", 7)


def test_a_span_without_a_prompt_is_not_recorded_but_counted_and_told_of_once(tracer, processor, calls, caplog, chat):
    for _ in range(3):
        tracer.start_span("chat", attributes=chat).end()
    assert calls() == []
    assert processor.without_prompt == 3
    (told,) = [record.getMessage() for record in caplog.records if "hold no prompt" in record.getMessage()]
    assert "opentelemetry.instrumentation.openai.v1" in told


@pytest.mark.parametrize(
    ("decision", "recorded"),
    [(sampling.Decision.DROP, 0), (sampling.Decision.RECORD_ONLY, 1), (sampling.Decision.RECORD_AND_SAMPLE, 1)],
)
def test_a_samplers_word_counts(processor, calls, decision, recorded, answered):
    class Fixed(sampling.Sampler):
        def should_sample(self, *args, **kwargs):
            return sampling.SamplingResult(decision)

        def get_description(self):
            return "fixed"

    provider = TracerProvider(sampler=Fixed(), shutdown_on_exit=False)
    provider.add_span_processor(processor)
    with provider.get_tracer("x").start_as_current_span("chat") as span:
        span.set_attributes(answered)
    assert len(calls()) == recorded


def test_many_threads(tracer, calls, answered):
    def work():
        for _ in range(50):
            with tracer.start_as_current_span("step"):
                tracer.start_span("chat", attributes=answered).end()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls()) == 400


def test_the_kill_switch(tracer, calls, monkeypatch, answered):
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    tracer.start_span("chat", attributes=answered).end()
    monkeypatch.delenv("SLM_INSTRUMENT_DISABLED")
    assert calls() == []


def test_force_flush_tells_the_truth(tmp_path, monkeypatch, answered):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with closing(open_store("memory://")) as inner, Recorder(FlakyStore(inner)) as recorder:
        store = recorder.store
        processor = SlmSpanProcessor(recorder)
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(processor)
        provider.get_tracer("x").start_span("chat", attributes=answered).end()
        with store.hanging():
            assert not processor.force_flush(timeout_millis=100)
        assert provider.force_flush(timeout_millis=20_000)
        assert len(list(inner.iter_calls())) == 1
        processor.shutdown()


def test_after_shutdown_nothing_is_recorded_and_the_recorder_goes_on(
    provider, tracer, processor, recorder, calls, answered
):
    tracer.start_span("chat", attributes=answered).end()
    provider.shutdown()
    tracer.start_span("chat", attributes=answered).end()
    assert len(calls()) == 1
    processor.shutdown()


def test_spans_that_never_end_do_not_fill_the_memory(processor, tracer, monkeypatch):
    monkeypatch.setattr(nodes, "MAX_OPEN", 100)
    spans = [tracer.start_span("leaked") for _ in range(1000)]
    assert len(processor._nodes) <= 100
    for span in spans:
        span.end()


def test_a_lost_beginning_is_told(processor, calls):
    from opentelemetry.sdk.trace import SpanLimits

    provider = TracerProvider(shutdown_on_exit=False, span_limits=SpanLimits(max_span_attributes=8))
    provider.add_span_processor(processor)
    prompt = {f"llm.input_messages.{n}.message.content": "text" for n in range(20)}
    logging.getLogger("opentelemetry.attributes").disabled = True
    try:
        provider.get_tracer("x").start_span("chat", attributes={**prompt, "openinference.span.kind": "LLM"}).end()
    finally:
        logging.getLogger("opentelemetry.attributes").disabled = False
    (call,) = calls()
    assert call.labels["dropped_attributes"] == 13


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_records(tmp_path, answered):
    url = f"sqlite:///{tmp_path}/calls.db"
    with Recorder(url) as recorder:
        provider = TracerProvider(shutdown_on_exit=False)
        processor = SlmSpanProcessor(recorder)
        provider.add_span_processor(processor)
        tracer = provider.get_tracer("x")
        tracer.start_span("chat", attributes=answered).end()
        assert recorder.flush(20)
        child = os.fork()
        if child == 0:
            tracer.start_span("chat", attributes=answered).end()
            os._exit(0 if provider.force_flush(20_000) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        processor.shutdown()
    with closing(open_store(url)) as store:
        assert len(list(store.iter_calls())) == 2
