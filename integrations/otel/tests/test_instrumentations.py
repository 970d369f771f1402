"""Real instrumentations of the real OpenAI SDK, against a server on this machine: recorded is what was said.

They are of the dependency group ``instrumentations``; without one its tests are skipped, and say so.
"""

import importlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider

from slm_instrument import Recorder
from slm_instrument.records import Message, ToolCall, ToolSpec, Usage
from slm_instrument_otel import SlmLogRecordProcessor, SlmSpanProcessor

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "weather", "description": "Now", "parameters": SCHEMA}}
PROMPT = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Where is my parcel?"}]
RECORDED = (Message("system", "Be short."), Message("user", "Where is my parcel?"))
ANSWER = Message("assistant", "On its way.")
ASKED = ToolCall("weather", '{"city": "Paris"}', "c1")
USAGE = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
REPLY = {"id": "chatcmpl-1", "created": 1, "model": "gpt-4o-mini-2026"}

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # their own, of pydantic and of OpenTelemetry

INSTRUMENTATIONS = {
    "openinference-instrumentation-openai": "openinference.instrumentation.openai",
    "opentelemetry-instrumentation-genai-openai": "opentelemetry.instrumentation.genai.openai",
    # The last one: its uninstrument() leaves wrappers behind.
    "opentelemetry-instrumentation-openai": "opentelemetry.instrumentation.openai",
}


class Provider(BaseHTTPRequestHandler):
    """Answers as OpenAI does: with a tool call where a tool is offered and the last word is the user's."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if body["messages"][-1]["content"] == "fail":
            error = {"error": {"message": "too long", "type": "invalid_request_error", "code": "context"}}
            return self.answer(400, "application/json", json.dumps(error))
        function = {"name": ASKED.name, "arguments": ASKED.arguments}
        calls = [{"index": 0, "id": ASKED.id, "type": "function", "function": function}]
        asks = "tools" in body and body["messages"][-1]["role"] == "user"
        message = {"role": "assistant", **({"tool_calls": calls} if asks else {"content": ANSWER.content})}
        ended = {"index": 0, "finish_reason": "tool_calls" if asks else "stop"}
        if not body.get("stream"):
            reply = {**REPLY, "object": "chat.completion", "choices": [{**ended, "message": message}], "usage": USAGE}
            return self.answer(200, "application/json", json.dumps(reply))
        chunks = [
            {"choices": [{"index": 0, "delta": message, "finish_reason": None}]},
            {"choices": [{**ended, "delta": {}}]},
            {"choices": [], "usage": USAGE},
        ]
        lines = [json.dumps({**REPLY, "object": "chat.completion.chunk", **chunk}) for chunk in chunks]
        return self.answer(200, "text/event-stream", "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]))

    def answer(self, status, kind, text):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=INSTRUMENTATIONS)
def traced(request):
    """The SDK instrumented, once for all tests; gives the recorder."""
    try:
        module = importlib.import_module(INSTRUMENTATIONS[request.param])
    except ImportError:
        pytest.skip(f"NOT TESTED: {request.param} is not installed (pip install --group instrumentations)")
    tracers, loggers = TracerProvider(shutdown_on_exit=False), LoggerProvider(shutdown_on_exit=False)
    with pytest.MonkeyPatch.context() as patch, Recorder("memory://") as recorder:
        patch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
        patch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
        processor = SlmSpanProcessor(recorder)
        tracers.add_span_processor(processor)
        loggers.add_log_record_processor(SlmLogRecordProcessor(processor))
        instrumentor = module.OpenAIInstrumentor()
        instrumentor.instrument(tracer_provider=tracers, logger_provider=loggers)
        yield recorder
        instrumentor.uninstrument()
        processor.shutdown()
        assert processor.errors == recorder.stats().errors == 0


@pytest.fixture
def ask(traced, url):
    """The SDK's ``chat.completions.create``, traced."""
    with openai.OpenAI(api_key="none", base_url=url, max_retries=0) as client:
        yield lambda messages, **options: client.chat.completions.create(
            model="gpt-4o-mini", messages=messages, **options
        )


@pytest.fixture
def recorded(traced, monkeypatch):
    """The one call that was recorded during the test."""
    found = []
    monkeypatch.setattr(traced, "submit", lambda build: found.append(build()))

    def only():
        (call,) = found
        return call

    return only


def test_a_call(ask, recorded):
    assert ask(PROMPT, temperature=0.5).choices[0].message.content == ANSWER.content
    call = recorded()
    assert (call.messages, call.response) == (RECORDED, ANSWER)
    assert (call.model, call.provider, call.framework, call.operation) == ("gpt-4o-mini", "openai", "openai", "chat")
    assert call.usage == Usage(11, 3, call.usage.cached_tokens)
    assert call.params == {"temperature": 0.5}
    assert call.labels["response_model"] == "gpt-4o-mini-2026"


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_call(ask, recorded, stream):
    answer = ask(PROMPT, tools=[TOOL], stream=stream)
    if stream:
        list(answer)
    call = recorded()
    assert call.response == Message("assistant", None, (ASKED,))
    assert call.tools == (ToolSpec("weather", "Now", SCHEMA),)


def test_a_tools_result(ask, recorded):
    function = {"name": ASKED.name, "arguments": ASKED.arguments}
    asked = {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": function}]}
    ask([*PROMPT, asked, {"role": "tool", "tool_call_id": "c1", "content": "rainy"}], tools=[TOOL])
    call = recorded()
    assert call.messages[2:] == (Message("assistant", None, (ASKED,)), Message("tool", "rainy", tool_call_id="c1"))


def test_a_stream(ask, recorded):
    list(ask(PROMPT, stream=True, stream_options={"include_usage": True}))
    call = recorded()
    assert (call.messages, call.response, call.params["stream"]) == (RECORDED, ANSWER, True)
    assert (call.usage.input_tokens, call.usage.output_tokens) == (11, 3)
    assert 0 < call.time_to_first_token_ms <= call.duration_ms


def test_a_failure(ask, recorded):
    with pytest.raises(openai.BadRequestError, match="too long"):
        ask([{"role": "user", "content": "fail"}])
    call = recorded()
    assert (call.error.type, call.response) == ("BadRequestError", None)
    assert "too long" in call.error.message
