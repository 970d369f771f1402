"""What is recorded of a call."""

import gzip
import zlib
from datetime import UTC, datetime

import pytest
import zstandard
from openai import AzureOpenAI, OpenAI

from slm_instrument import Failure, Message, Recorder, ToolCall, ToolSpec, Usage
from slm_instrument.capture import annotate, covers
from slm_instrument_openai import wrap_openai
from slm_instrument_openai.endpoints import dialect_of, provider_of

ASK = [{"role": "system", "content": "Sort."}, {"role": "user", "content": "Where is my parcel?"}]
CHAT = {"model": "gpt-x", "messages": ASK}


def test_a_chat_completion(server, say, client, call):
    server.say(say.completion("shipping"))
    before = datetime.now(UTC)
    tool = {
        "type": "function",
        "function": {"name": "track", "description": "Tracks.", "parameters": {"type": "object"}},
    }
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}}
    client.chat.completions.create(
        **CHAT, tools=[tool], response_format=form, temperature=0.2, user="user-17", metadata={"step": "2"},
        extra_headers={"x-secret": "s"}, extra_body={"custom": 1},
    )  # fmt: skip
    found = call()
    assert found.messages == (Message("system", "Sort."), Message("user", "Where is my parcel?"))
    assert found.response == Message("assistant", "shipping")
    assert found.tools == (ToolSpec("track", "Tracks.", {"type": "object"}),)
    assert found.response_format == form
    assert found.params == {"temperature": 0.2}
    assert found.usage == Usage(input_tokens=11, output_tokens=3)
    assert (found.provider, found.model, found.framework, found.operation) == ("openai", "gpt-x", "openai", "chat")
    assert before <= found.started_at <= datetime.now(UTC)
    assert 0 < found.duration_ms < 10_000
    assert found.time_to_first_token_ms is None
    assert found.error is None
    assert found.origin, "the user, as a pseudonym"
    assert found.origin != "user-17"
    assert found.labels == {
        "step": "2",
        "finish_reason": "stop",
        "response_id": "chatcmpl-1",
        "response_model": "gpt-x-2026",
        "request_id": "req_1",
        "server_address": server.url.removeprefix("http://"),
    }


def test_tool_calls_and_their_answers(server, say, client, call):
    made = {"id": "call_1", "type": "function", "function": {"name": "track", "arguments": '{"n":1}'}}
    server.say(say.completion(None, tool_calls=[made]))
    prompt = [{"role": "assistant", "content": None, "tool_calls": [made]}]
    prompt.append({"role": "tool", "tool_call_id": "call_1", "content": "lost"})
    client.chat.completions.create(model="gpt-x", messages=prompt)
    found = call()
    tool_call = ToolCall("track", '{"n":1}', "call_1")
    assert found.messages == (
        Message("assistant", None, (tool_call,)),
        Message("tool", "lost", tool_call_id="call_1"),
    )
    assert found.response == Message("assistant", None, (tool_call,))


def test_demand_12_the_responses_api(server, say, client, call):
    called = {"type": "function_call", "id": "fc", "call_id": "call_1", "name": "track", "arguments": "{}"}
    server.say(say.response({"type": "reasoning", "id": "r", "summary": []}, say.said("On it."), called))
    client.responses.create(model="gpt-x", instructions="Help.", input="Hi", reasoning={"effort": "low"})
    found = call()
    assert found.messages == (Message("system", "Help."), Message("user", "Hi"))
    assert found.response == Message("assistant", "On it.", (ToolCall("track", "{}", "call_1"),))
    assert found.usage == Usage(11, 3, 4, 2)
    assert found.params == {"reasoning": {"effort": "low"}}


def test_a_completion(server, say, client, call):
    choice = {"index": 0, "text": " upon a time", "finish_reason": "length", "logprobs": None}
    server.say({"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]})
    client.completions.create(model="m", prompt="Once", max_tokens=3)
    found = call()
    assert found.messages == (Message("user", "Once"),)
    assert found.response == Message("assistant", " upon a time")
    assert (found.operation, found.params) == ("text_completion", {"max_tokens": 3})


@pytest.mark.parametrize(
    ("status", "name"),
    [(400, "BadRequestError"), (401, "AuthenticationError"), (404, "NotFoundError"), (418, "APIStatusError"),
     (429, "RateLimitError"), (503, "InternalServerError")],
)  # fmt: skip
def test_an_error_has_the_name_that_the_sdk_raises(status, name, server, say, client, call):
    server.say(say.Answer({"error": {"message": "it went wrong", "code": "x"}}, status))
    with pytest.raises(Exception, match="it went wrong") as raised:
        client.chat.completions.create(**CHAT)
    found = call()
    assert type(raised.value).__name__ == name
    assert found.error == Failure(name, "it went wrong")
    assert (found.response, found.labels["status"]) == (None, status)


def test_a_timeout_and_a_refused_connection(server, say, client, calls):
    server.say(say.Answer(say.completion(), pause_s=0.3))
    with pytest.raises(Exception, match="timed out"):
        client.chat.completions.create(**CHAT, timeout=0.05)
    with pytest.raises(Exception, match="Connection error"):
        client.with_options(base_url="http://127.0.0.1:9/v1").chat.completions.create(**CHAT)
    assert [found.error.type for found in calls()] == ["APITimeoutError", "APIConnectionError"]
    assert all(found.messages for found in calls())


def test_azure_deployments(server, say, recorder, call):
    server.say(say.completion())
    azure = AzureOpenAI(azure_endpoint=server.url, api_key="key", api_version="2025-01-01")
    client = wrap_openai(azure, recorder)
    assert type(client) is AzureOpenAI
    client.chat.completions.create(**CHAT)
    azure.close()
    assert server.requests[0][0] == "/openai/deployments/gpt-x/chat/completions?api-version=2025-01-01"
    assert call().provider == "azure.ai.openai"


def test_any_base_url_and_prefix(server, say, client, call):
    server.say(say.completion())
    client.with_options(base_url=f"{server.url}/some/proxy/v3").chat.completions.create(**CHAT)
    assert call().response.text == "Hello!"


class Request:
    def __init__(self, url, method="POST"):
        import httpx

        self.url, self.method = httpx.URL(url), method


@pytest.mark.parametrize(
    ("url", "provider", "address"),
    [
        ("https://api.openai.com/v1/responses", "openai", None),
        ("https://eu.api.openai.com/v1/responses", "openai", None),
        ("https://me.openai.azure.com/openai/v1/responses", "azure.ai.openai", None),
        ("https://gateway.example/openai/deployments/x/chat/completions", "azure.ai.openai", "gateway.example"),
        ("https://api.groq.com/openai/v1/chat/completions", "groq", None),
        ("https://notgroq.com/v1/chat/completions", "openai", "notgroq.com"),
        ("http://localhost:11434/v1/chat/completions", "openai", "localhost:11434"),
    ],
)
def test_the_provider_is_named_as_opentelemetry_names_it(url, provider, address):
    assert provider_of(Request(url).url) == (provider, address)


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/v1/chat/completions", "chat"),
        ("/v1/completions?x=1", "completions"),
        ("/v1/responses", "responses"),
        ("/v1/embeddings", None),
        ("/v1/responses/resp_1/cancel", None),
        ("/v1/files", None),
    ],
)
def test_only_what_asks_a_model_is_seen(path, dialect):
    assert dialect_of(Request(f"http://h{path}")) == dialect
    assert dialect_of(Request(f"http://h{path}", "GET")) is None


def test_annotations_of_the_moment_of_the_call(server, say, client, call):
    server.say(say.completion())
    with annotate(agent="triage", app="shop", trace_id="t1", audience="human", labels={"step": 1}):
        client.chat.completions.create(**CHAT)
    found = call()
    assert (found.agent, found.app, found.trace_id, found.audience) == ("triage", "shop", "t1", "human")
    assert found.labels["step"] == 1


def test_a_call_that_is_recorded_further_up_is_not_recorded_again(server, say, client, calls):
    server.say(say.completion())
    remove = covers(lambda: True)
    client.chat.completions.create(**CHAT)
    remove()
    assert not calls()


def test_the_kill_switch(server, say, client, calls, monkeypatch):
    server.say(say.completion())
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    client.chat.completions.create(**CHAT)
    monkeypatch.delenv("SLM_INSTRUMENT_DISABLED")
    client.chat.completions.create(**CHAT)
    assert len(calls()) == 1


def _raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", _raw_deflate),
     ("zstd", zstandard.ZstdCompressor().compress)],
)  # fmt: skip
def test_compressed_streams_are_read_and_passed_on_as_they_came(encoding, pack, server, say, client, call):
    packed = pack(b"".join(say.words("He", "llo")))
    chunks = [packed[:20], packed[20:]]
    server.say(say.Answer(chunks=chunks, headers={"content-encoding": encoding}))
    with client.chat.completions.with_streaming_response.create(**CHAT, stream=True) as raw:
        assert b"".join(raw.http_response.iter_raw()) == packed
    assert call().response == Message("assistant", "Hello")


def test_an_unknown_encoding_is_recorded_without_its_answer(server, say, client, call):
    server.say(say.Answer(chunks=[b"\x00\x01"], headers={"content-encoding": "x-rot13"}))
    with client.chat.completions.with_streaming_response.create(**CHAT, stream=True) as raw:
        list(raw.http_response.iter_raw())
    found = call()
    assert (found.response, found.labels["unreadable"]) == (None, "x-rot13")


def test_wrapping_twice_records_once_and_another_recorder_takes_over(server, say, client, recorder, calls):
    server.say(say.completion())
    assert wrap_openai(client, recorder) is client
    client.with_options(timeout=5).copy().chat.completions.create(**CHAT)
    assert len(calls()) == 1
    with Recorder("memory://") as other:
        wrap_openai(client, other).chat.completions.create(**CHAT)
        assert other.flush(10)
        assert other.stats().written == 1
    assert len(calls()) == 1


def test_what_is_no_client_is_refused():
    with pytest.raises(TypeError, match="not str"):
        wrap_openai("client")


def test_a_client_that_cannot_be_copied_records_itself(server, say, recorder, calls):
    class Tenant(OpenAI):
        def __init__(self, tenant):
            super().__init__(api_key=tenant, base_url=f"{server.url}/v1")

    server.say(say.completion())
    with Tenant("t") as tenant:
        assert wrap_openai(tenant, recorder) is tenant
        tenant.chat.completions.create(**CHAT)
    assert len(calls()) == 1
