"""Nothing that comes along raises into the traced application."""

import logging

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from opentelemetry.sdk.trace import TracerProvider

from slm_instrument import Recorder
from slm_instrument_otel import SlmLogRecordProcessor, SlmSpanProcessor

NAMES = st.sampled_from(
    ["gen_ai.operation.name", "openinference.span.kind", "gen_ai.input.messages", "llm.input_messages.0", "events", "x"]
)
VALUES = st.sampled_from(
    ["chat", "LLM", "[[[", "{}", '[{"role": 1, "parts": [null]}]', 7, 0.5, True, ("a", "b"), b"\xff"]
)


class Hostile:
    def __getattribute__(self, name):
        raise RuntimeError("hostile")


@pytest.fixture(scope="module")
def processor():
    with Recorder("memory://") as recorder:
        processor = SlmSpanProcessor(recorder)
        yield processor
        processor.shutdown()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, VALUES), st.text())
def test_no_attributes_are_too_odd(processor, first, later, name):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    before = processor.recorder.stats()
    with provider.get_tracer("x").start_as_current_span(name, attributes=first) as span:
        span.set_attributes(later)
        span.add_event("gen_ai.user.message", later)
    assert processor.recorder.flush(20)
    after = processor.recorder.stats()
    assert (processor.errors, after.errors) == (0, 0)
    assert after.submitted == after.written == before.submitted + (after.written - before.written)


def test_no_argument_at_all_raises(processor, caplog):
    caplog.set_level(logging.WARNING, logger="slm_instrument")
    logs = SlmLogRecordProcessor(processor)
    for odd in (None, 0, "text", [], object(), Hostile()):
        processor.on_start(odd, parent_context=odd)
        processor.on_end(odd)
        logs.on_emit(odd)
    assert processor.errors == 18
    assert len([record for record in caplog.records if "could not be recorded" in record.getMessage()]) == 1


def test_an_ignore_that_fails_is_no_ones_problem(caplog):
    def fails():
        raise KeyError("no such scope")

    with Recorder("memory://") as recorder:
        processor = SlmSpanProcessor(recorder, ignore=fails)
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(processor)
        provider.get_tracer("x").start_span("chat").end()
        assert processor.errors == 1
        processor.shutdown()
