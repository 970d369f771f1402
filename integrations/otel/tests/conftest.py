import pytest
from opentelemetry.sdk.trace import TracerProvider

from slm_instrument import Recorder, open_store
from slm_instrument_otel import SlmSpanProcessor

PROMPT = '[{"role": "user", "parts": [{"type": "text", "content": "Where is my parcel?"}]}]'
ANSWER = '[{"role": "assistant", "parts": [{"type": "text", "content": "On its way."}], "finish_reason": "stop"}]'


@pytest.fixture
def chat():
    """The attributes of an LLM span without content."""
    return {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini"}


@pytest.fixture
def asked(chat):
    """The same with a prompt."""
    return {**chat, "gen_ai.input.messages": PROMPT}


@pytest.fixture
def answered(asked):
    """The same with an answer too."""
    return {**asked, "gen_ai.output.messages": ANSWER}


@pytest.fixture
def store():
    store = open_store("memory://")
    yield store
    store.close()


@pytest.fixture
def recorder(store):
    recorder = Recorder(store)
    yield recorder
    recorder.close()


@pytest.fixture
def processor(recorder):
    processor = SlmSpanProcessor(recorder)
    yield processor
    processor.shutdown()
    assert processor.errors == 0
    assert len(processor._nodes) == 0, "a span was not ended"
    assert recorder.stats().errors == 0


@pytest.fixture
def provider(processor):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    yield provider
    provider.shutdown()


@pytest.fixture
def tracer(provider):
    return provider.get_tracer("opentelemetry.instrumentation.openai.v1")


@pytest.fixture
def calls(recorder, store):
    """What has been recorded so far."""

    def read():
        assert recorder.flush(20)
        return list(store.iter_calls())

    return read
