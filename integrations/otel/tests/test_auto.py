"""Recording without touching the application's code, and taking it back."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider

from slm_instrument_otel.auto import LANGCHAIN, instrument


@pytest.fixture
def undo(recorder):
    undo = instrument(recorder)
    yield undo
    undo()


def provider():
    return TracerProvider(shutdown_on_exit=False)


def test_a_provider_made_later_records(undo, calls, answered):
    provider().get_tracer("x").start_span("chat", attributes=answered).end()
    assert len(calls()) == 1


def test_log_events_of_a_provider_made_later(undo, calls, chat, answered):
    logger = LoggerProvider(shutdown_on_exit=False).get_logger("x")
    with provider().get_tracer("x").start_as_current_span("chat", attributes=chat):
        logger.emit(LogRecord(event_name="gen_ai.user.message", body={"content": "Hello"}))
        logger.emit(LogRecord(event_name="gen_ai.choice", body={"message": {"content": "Hi"}}))
    (call,) = calls()
    assert (call.messages[0].content, call.response.content) == ("Hello", "Hi")


def test_a_provider_that_is_shut_down_ends_it_for_no_other(undo, calls, answered):
    provider().shutdown()
    provider().get_tracer("x").start_span("chat", attributes=answered).end()
    assert len(calls()) == 1


def test_undone_nothing_is_recorded_and_nothing_stays(undo, calls, answered):
    init = TracerProvider.__init__
    made = provider()
    undo()
    assert TracerProvider.__init__ is not init
    assert not made._active_span_processor._span_processors
    for each in (made, provider()):
        each.get_tracer("x").start_span("chat", attributes=answered).end()
    assert calls() == []
    undo()


def test_undone_below_another_wrapper_it_does_nothing(undo, calls, answered, monkeypatch):
    ours = TracerProvider.__init__

    def theirs(self, *args, **kwargs):
        ours(self, *args, **kwargs)

    monkeypatch.setattr(TracerProvider, "__init__", theirs)
    undo()
    assert TracerProvider.__init__ is theirs
    made = provider()
    made.get_tracer("x").start_span("chat", attributes=answered).end()
    assert calls() == []
    monkeypatch.undo()
    TracerProvider.__init__ = ours.__wrapped__


@pytest.mark.parametrize("loaded", [True, False])
def test_langchains_spans_are_the_callbacks_when_there_is_one(undo, calls, answered, loaded, monkeypatch):
    if loaded:
        monkeypatch.setitem(sys.modules, "slm_instrument_langchain", object())
    else:
        monkeypatch.delitem(sys.modules, "slm_instrument_langchain", raising=False)
    provider().get_tracer(LANGCHAIN[0]).start_span("ChatOpenAI", attributes=answered).end()
    assert len(calls()) == (0 if loaded else 1)


GLOBAL = """
import sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from slm_instrument import Recorder, open_store
from slm_instrument_otel.auto import instrument

store = open_store("memory://")
with Recorder(store) as recorder:
    early = "early" in sys.argv
    undo = None if early else instrument(recorder)
    trace.set_tracer_provider(TracerProvider())
    undo = undo or instrument(recorder)
    prompt = '[{"role": "user", "content": "Hello"}]'
    def ask():
        attributes = {"gen_ai.operation.name": "chat", "gen_ai.input.messages": prompt}
        trace.get_tracer("x").start_span("chat", attributes=attributes).end()
    ask()
    trace.get_tracer_provider().force_flush()
    undo()
    ask()
    recorder.flush(20)
    print(len(list(store.iter_calls())), recorder.stats().submitted)
"""


@pytest.mark.parametrize("when", ["early", "late"])
def test_the_global_provider_set_before_or_after(when):
    """In a process of its own: there is but one global provider, set once."""
    done = subprocess.run([sys.executable, "-c", GLOBAL, when], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "1"], done.stderr


def test_the_entry_point():
    (found,) = entry_points(group="slm_instrument.integrations", name="opentelemetry.sdk.trace")
    assert found.load() is instrument
