"""The real ChatOpenAI against a server on loopback that speaks OpenAI's protocol."""

import asyncio
import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from langchain_core.tools import tool
from pydantic import BaseModel

from slm_instrument.records import Message, ToolCall, Usage

ChatOpenAI = pytest.importorskip("langchain_openai").ChatOpenAI

USAGE = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14, "prompt_tokens_details": {"cached_tokens": 5}}
ASKED_TOOL = {
    "id": "c1", "index": 0, "type": "function", "function": {"name": "look_up", "arguments": '{"order": 7}'}
}  # fmt: skip


class Server(BaseHTTPRequestHandler):
    """Answers chat completions: as JSON or as a stream, with a tool call where tools are offered."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(asked)
        if asked["model"] == "broken":
            return self.answer(400, {"error": {"message": "too long", "type": "invalid_request_error"}})
        message = self.message(asked)
        if asked.get("stream"):
            return self.stream(asked, message)
        choices = [
            {"index": n, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
            for n in range(asked.get("n") or 1)
        ]
        return self.answer(200, {**self.head("chat.completion"), "choices": choices, "usage": USAGE})

    def message(self, asked):
        if asked.get("tools"):
            name = asked["tools"][0]["function"]["name"]
            function = {"name": name, "arguments": ASKED_TOOL["function"]["arguments"]}
            return {"role": "assistant", "content": None, "tool_calls": [{**ASKED_TOOL, "function": function}]}
        return {"role": "assistant", "content": '{"order": 7}' if asked.get("response_format") else "on its way"}

    def stream(self, asked, message):
        pieces = [{"role": "assistant", "content": ""}]
        pieces += [{"content": word} for word in ("on ", "its ", "way")] if message["content"] else [message]
        chunks = [{"choices": [{"index": 0, "delta": piece, "finish_reason": None}]} for piece in pieces]
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (asked.get("stream_options") or {}).get("include_usage"):
            chunks.append({"choices": [], "usage": USAGE})
        events = [json.dumps({**self.head("chat.completion.chunk"), **chunk}) for chunk in chunks]
        self.answer(200, "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]), "text/event-stream")

    def head(self, kind):
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "gpt-test-2026"}

    def answer(self, status, body, kind="application/json"):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        with suppress(ConnectionError):  # the reader has left
            self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.daemon_threads = True
        server.asked = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def model(server):
    def make(**options):
        address = f"http://127.0.0.1:{server.server_port}/v1"
        return ChatOpenAI(
            **{"model": "gpt-test", "base_url": address, "api_key": "sk-secret", "max_retries": 0, **options}
        )

    return make


@tool
def look_up(order: int) -> str:
    """Find an order."""
    return "found"


class Order(BaseModel):
    """An order."""

    order: int


def only(calls):
    (call,) = calls()
    assert "sk-secret" not in str(call)
    return call


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_call(model, config, calls, way):
    made = model(temperature=0.1, seed=3)
    if way == "invoke":
        answer = made.invoke("Where?", config=config)
    else:
        answer = asyncio.run(made.ainvoke("Where?", config=config))
    assert answer.content == "on its way"
    call = only(calls)
    assert (call.messages, call.response) == ((Message("user", "Where?"),), Message("assistant", "on its way"))
    assert (call.provider, call.model) == ("openai", "gpt-test")
    assert call.usage == Usage(11, 3, cached_tokens=5)
    assert {"temperature": 0.1, "seed": 3}.items() <= call.params.items()
    assert call.labels["response_id"] == "chatcmpl-1"
    assert call.labels["response_model"] == "gpt-test-2026"


@pytest.mark.parametrize("stream_usage", [True, False])
@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_counts_its_tokens_or_says_that_nobody_did(model, config, calls, way, stream_usage):
    """PEERS 10: token usage is 0 when streaming. Unknown is None, which is not nothing."""
    made = model(stream_usage=stream_usage)

    async def read():
        return [chunk async for chunk in made.astream("Where?", config=config)]

    chunks = list(made.stream("Where?", config=config)) if way == "stream" else asyncio.run(read())
    assert "".join(str(chunk.content) for chunk in chunks) == "on its way"
    call = only(calls)
    assert call.response == Message("assistant", "on its way")
    assert call.usage == (Usage(11, 3, cached_tokens=5) if stream_usage else None)
    assert call.time_to_first_token_ms <= call.duration_ms
    assert call.labels["finish_reason"] == "stop"


def test_tool_calls(model, config, calls):
    for made in (model(), model(streaming=True)):
        answer = made.bind_tools([look_up]).invoke("Where is 7?", config=config)
        assert answer.tool_calls[0]["args"] == {"order": 7}
    whole, streamed = calls()
    assert whole.response == Message("assistant", None, (ToolCall("look_up", '{"order": 7}', "c1"),))
    assert streamed.response == whole.response
    assert [spec.name for spec in whole.tools] == ["look_up"]


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of langchain-openai 1.0 itself
@pytest.mark.parametrize("method", ["function_calling", "json_mode", "json_schema"])
def test_structured_output(model, config, calls, method):
    """PEERS 11: structured output is invisible."""
    made = model().with_structured_output(Order, method=method)
    assert made.invoke("Which order? JSON please.", config=config) == Order(order=7)
    call = only(calls)
    if method == "function_calling":
        assert [spec.name for spec in call.tools] == ["Order"]
        assert call.response.tool_calls[0].name == "Order"
        return
    assert call.response.content == '{"order": 7}'
    if method == "json_schema":
        assert call.response_format["json_schema"]["schema"]["properties"]["order"]["type"] == "integer"
    else:
        assert call.response_format == {"type": "json_object"}


def test_of_several_choices_the_first_is_the_answer(model, config, calls):
    model(n=3).invoke("Where?", config=config)
    call = only(calls)
    assert call.response == Message("assistant", "on its way")
    assert (call.labels["choices"], call.params["n"]) == (3, 3)


def test_an_error_of_the_provider(model, config, calls):
    with pytest.raises(Exception, match="too long"):
        model(model="broken").invoke("Where?", config=config)
    call = only(calls)
    assert call.error.type.endswith("RequestError")
    assert (call.response, call.messages) == (None, (Message("user", "Where?"),))


def test_a_fallback_is_a_call_of_its_own_in_the_same_trace(model, config, calls):
    made = model(model="broken").with_fallbacks([model(model="spare")])
    assert made.invoke("Where?", config=config).content == "on its way"
    broken, spare = calls()
    assert broken.error.type.endswith("RequestError")
    assert (broken.model, spare.model, spare.error) == ("broken", "spare", None)
    assert broken.trace_id == spare.trace_id


def test_a_stream_left_early(model, config, calls):
    stream = model(stream_usage=True).stream("Where?", config=config)
    while not next(stream).content:
        pass
    stream.close()
    call = only(calls)
    assert (call.error.type, call.response) == ("GeneratorExit", Message("assistant", "on "))


def test_what_the_server_is_asked_does_not_change(model, server, config):
    for options in ({}, config):
        model(temperature=0.1).bind_tools([look_up]).invoke("Where?", config=options)
        list(model(stream_usage=False).stream("Where?", config=options))
    assert server.asked[-4:-2] == server.asked[-2:]
