"""Messages that come as log events are put to their span, whichever comes first; memory stays bounded."""

import json
import time

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.trace import INVALID_SPAN, NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from slm_instrument.records import Message
from slm_instrument_otel import SlmLogRecordProcessor, nodes

DETAILS = "gen_ai.client.inference.operation.details"
ANSWER = ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "On its way."}})
RECORDED = ((Message("user", "Where is my parcel?"),), Message("assistant", "On its way."))


@pytest.fixture
def logger(processor):
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SlmLogRecordProcessor(processor))
    yield provider.get_logger("opentelemetry.instrumentation.openai_v2")
    provider.shutdown()


@pytest.fixture
def emit(logger):
    def emit(name, body=None, attributes=None, span=INVALID_SPAN):
        inside = set_span_in_context(span, Context())
        logger.emit(LogRecord(event_name=name, body=body, attributes=attributes, context=inside))

    return emit


def exchange(calls):
    (call,) = calls()
    return call.messages, call.response


def test_messages_before_the_end(tracer, emit, calls, chat):
    with tracer.start_as_current_span("chat", attributes=chat) as span:
        emit("gen_ai.user.message", {"content": "Where is my parcel?"}, span=span)
        emit(*ANSWER, span=span)
    assert exchange(calls) == RECORDED


def test_an_answer_after_the_end(tracer, emit, calls, chat):
    with tracer.start_as_current_span("chat", attributes=chat) as span:
        emit("gen_ai.user.message", {"content": "Where is my parcel?"}, span=span)
    assert calls() == []
    emit(*ANSWER, span=span)
    assert exchange(calls) == RECORDED


def test_all_after_the_end(tracer, emit, calls, chat):
    span = tracer.start_span("chat", attributes=chat)
    span.end()
    emit("gen_ai.user.message", {"content": "Where is my parcel?"}, span=span)
    emit(*ANSWER, span=span)
    assert exchange(calls) == RECORDED


@pytest.mark.parametrize("way", ["in time", "flushed"])
def test_an_answer_that_never_comes(processor, tracer, emit, calls, chat, way):
    with tracer.start_as_current_span("chat", attributes=chat) as span:
        emit("gen_ai.user.message", {"content": "Where is my parcel?"}, span=span)
    if way == "flushed":
        assert processor.force_flush(20_000)
    else:
        deadline = time.monotonic() + 10
        while not calls() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert exchange(calls) == (RECORDED[0], None)


def test_a_failed_call_waits_for_no_answer(tracer, emit, calls, asked):
    with pytest.raises(ConnectionError), tracer.start_as_current_span("chat", attributes=asked):
        raise ConnectionError
    assert len(calls()) == 1


def test_all_of_a_call_in_one_event(tracer, emit, calls, chat, answered):
    with tracer.start_as_current_span("chat", attributes=chat) as span:
        emit(DETAILS, attributes={**answered, "gen_ai.usage.input_tokens": 5}, span=span)
    assert exchange(calls) == RECORDED
    assert calls()[0].usage.input_tokens == 5


def test_all_of_a_call_in_one_structured_event(tracer, emit, calls, chat, answered):
    structure = {name: json.loads(value) if name.endswith("messages") else value for name, value in answered.items()}
    with tracer.start_as_current_span("chat", attributes=chat) as span:
        emit(DETAILS, attributes=structure, span=span)
    assert exchange(calls) == RECORDED


@pytest.mark.parametrize("traced", [True, False])
def test_an_event_that_holds_all_is_a_call_without_a_span_too(emit, calls, answered, traced):
    dropped = NonRecordingSpan(SpanContext(5, 7, is_remote=False, trace_flags=TraceFlags(0)))
    emit(DETAILS, attributes=answered, span=dropped if traced else INVALID_SPAN)
    assert exchange(calls) == RECORDED
    assert calls()[0].trace_id == ("5".rjust(32, "0") if traced else None)


def test_an_event_and_a_span_that_both_hold_all_are_one_call(tracer, emit, calls, answered):
    with tracer.start_as_current_span("chat", attributes=answered) as span:
        emit(DETAILS, attributes=answered, span=span)
    emit(DETAILS, attributes=answered, span=span)
    assert exchange(calls) == RECORDED


def test_events_without_a_span_and_other_logs_are_nothing(emit, logger, tracer, calls, chat):
    emit(*ANSWER)
    with tracer.start_as_current_span("other") as span:
        emit("user.clicked", {"content": "x"}, span=span)
        logger.emit(LogRecord(body="a line of a log"))
    assert calls() == []


def test_content_that_is_left_out_of_events_is_no_prompt(processor, tracer, emit, calls, chat):
    with tracer.start_as_current_span("chat", attributes=chat) as span:
        emit("gen_ai.user.message", {}, span=span)
        emit("gen_ai.choice", {"index": 0, "message": {}}, span=span)
    assert calls() == []
    assert processor.without_prompt == 1


def test_the_events_kept_for_a_span_are_bounded(tracer, processor, emit, calls, chat, monkeypatch):
    monkeypatch.setattr("slm_instrument_otel.processor.MAX_EVENTS", 10)
    assert nodes.MAX_EVENTS > 100
    with tracer.start_as_current_span("chat", attributes=chat) as span:
        for _ in range(100):
            emit("gen_ai.user.message", {"content": "x"}, span=span)
    assert processor.force_flush(20_000)
    assert len(calls()[0].messages) == 10
