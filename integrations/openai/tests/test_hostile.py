"""Nothing that a server says or a caller sends makes a recording client behave otherwise than a plain one."""

import json

import httpx
import openai
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from openai import OpenAI

from slm_instrument import Recorder
from slm_instrument_openai import wrap_openai
from slm_instrument_openai.http import tap_of

if int(openai.__version__.partition(".")[0]) >= 3:
    import httpx2 as httpx

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["id", "choices", "message", "content", "tool_calls", "function", "name", "arguments", "delta", "usage", "model",
     "output", "type", "text", "error", "index", "prompt_tokens", "input_tokens_details", "response", "input", "tools"]
)  # fmt: skip
NEARLY = st.recursive(
    JSON, lambda inner: st.dictionaries(FIELDS, inner, max_size=4) | st.lists(inner, max_size=2), max_leaves=12
)


def as_json(value):
    return json.dumps(value).encode()


def as_events(values):
    return b"".join(b"data: " + as_json(value) + b"\n\n" for value in values)


BODIES = st.one_of(
    st.binary(max_size=200),
    NEARLY.map(as_json),
    st.lists(NEARLY, max_size=4).map(as_events),
    st.lists(st.binary(max_size=40), max_size=4).map(lambda lines: b"\n".join(b"data:" + line for line in lines)),
)
TYPES = st.sampled_from(["application/json", "text/event-stream", "text/html", "", "text/event-stream; charset=x"])
ENCODINGS = st.sampled_from([None, "gzip", "zstd", "deflate, gzip", "nonsense"])
WAYS = {
    "chat": lambda client, stream, said: client.chat.completions.create(model="m", messages=said, stream=stream),
    "responses": lambda client, stream, said: client.responses.create(model="m", input=said, stream=stream),
    "completions": lambda client, stream, said: client.completions.create(model="m", prompt=said, stream=stream),
}


@pytest.fixture(scope="module")
def recorder():
    with Recorder("memory://") as recorder:
        yield recorder


def outcome(client, way, stream, said):
    seen = []
    try:
        answer = WAYS[way](client, stream, said)
        if stream and hasattr(answer, "response"):
            seen.extend(map(repr, answer))
        seen.append(repr(answer) if not stream else type(answer))
    except RecursionError:
        seen.append("too deep")
    except Exception as e:
        seen += [type(e), str(e)]
    return seen


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    body=BODIES,
    kind=TYPES,
    encoding=ENCODINGS,
    status=st.sampled_from([200, 200, 200, 204, 302, 400, 500]),
    way=st.sampled_from(sorted(WAYS)),
    stream=st.booleans(),
    said=NEARLY,
)
@example(b"[" * 100_000, "application/json", None, 200, "chat", False, [])
@example(b'{"choices":[' * 20_000, "text/event-stream", None, 200, "chat", True, [])
@example(b"", "", None, 200, "responses", True, [])
@example(
    as_json({"choices": [{"message": {"content": "x" * 3_000_000}}]}), "application/json", None, 200, "chat", False, []
)
def test_no_answer_and_no_request_is_treated_otherwise(recorder, body, kind, encoding, status, way, stream, said):
    headers = {"content-type": kind} | ({"content-encoding": encoding} if encoding else {})

    sent = []

    def answer(request):
        sent.append(request)
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        bare = OpenAI(api_key="key", base_url="http://nowhere/v1", http_client=http, max_retries=0)
        client = wrap_openai(bare, recorder)
        expected = outcome(bare, way, stream, said)
        before, sent_before = recorder.stats(), len(sent)
        assert outcome(client, way, stream, said) == expected
        assert tap_of(client._client).errors == 0
    assert recorder.flush(20)
    after = recorder.stats()
    assert after.errors == before.errors, "a record is made of whatever came"
    assert after.written + after.queued == after.submitted, "and nothing is lost"
    # A stream that some version of the SDK left open comes when it is collected.
    assert stream or after.submitted - before.submitted >= len(sent) - sent_before


def test_a_recorder_that_fails_is_nobodys_problem(server, say, bare, caplog):
    class Broken:
        def submit(self, build):
            raise RuntimeError("broken")

    server.say(say.completion(), say.Answer(chunks=say.words("He", "llo")))
    client = wrap_openai(bare, Broken())
    ask = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    assert client.chat.completions.create(**ask).choices[0].message.content == "Hello!"
    assert len(list(client.chat.completions.create(**ask, stream=True))) == 4
    assert "could not be recorded" in caplog.text
