"""A client that brings an http client of its own: everything of it is kept, for both clients."""

import asyncio
import gc
import warnings

import httpx
import openai
import pytest
from openai import AsyncOpenAI, DefaultHttpxClient, OpenAI

from slm_instrument_openai import wrap_openai

CHAT = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}]}


def libraries():
    """httpx, and httpx2 where this SDK speaks it."""
    yield httpx
    if int(openai.__version__.partition(".")[0]) >= 3:
        import httpx2

        yield httpx2


@pytest.fixture(params=libraries(), ids=lambda library: library.__name__)
def library(request):
    return request.param


def test_transports_mounts_hooks_auth_cookies_and_headers_are_kept(library, server, say, recorder, call):
    server.say(say.completion())
    seen = []

    class Transport(library.HTTPTransport):
        def handle_request(self, request):
            seen.append("mounted")
            return super().handle_request(request)

    class Auth(library.Auth):
        def auth_flow(self, request):
            request.headers["x-auth"] = "signed"
            yield request

    http = library.Client(
        mounts={"all://127.0.0.1": Transport()},
        event_hooks={
            "request": [lambda request: seen.append("asked")],
            "response": [lambda _: seen.append("answered")],
        },
        auth=Auth(),
        cookies={"session": "1"},
        headers={"x-mine": "yes"},
        timeout=7,
    )
    bare = OpenAI(api_key="key", base_url=f"{server.url}/v1", http_client=http)
    client = wrap_openai(bare, recorder)
    assert client.timeout == bare.timeout
    assert isinstance(client._client, library.Client)
    http.headers["x-later"] = "too"
    client.chat.completions.create(**CHAT)
    sent = {name.lower(): value for name, value in server.requests[0][1].items()}
    assert (sent["x-auth"], sent["cookie"], sent["x-later"]) == ("signed", "session=1", "too")
    assert seen == ["asked", "mounted", "answered"]
    assert call().response.text == "Hello!"
    client.close()
    assert http.is_closed
    assert bare.is_closed()


def test_a_hook_that_reads_the_stream_first(library, server, say, recorder, call):
    server.say(say.Answer(chunks=say.words("He", "llo")))
    with library.Client(event_hooks={"response": [lambda response: response.read()]}) as http:
        client = wrap_openai(OpenAI(api_key="key", base_url=f"{server.url}/v1", http_client=http), recorder)
        assert len(list(client.chat.completions.create(**CHAT, stream=True))) == 4
    assert call().response.text == "Hello"


def test_an_async_client_of_its_own(library, server, say, recorder, calls):
    server.say(say.completion(), say.Answer(chunks=say.words("He", "llo")))

    async def ask():
        async with library.AsyncClient() as http:
            client = wrap_openai(AsyncOpenAI(api_key="key", base_url=f"{server.url}/v1", http_client=http), recorder)
            await client.chat.completions.create(**CHAT)
            async for _ in await client.chat.completions.create(**CHAT, stream=True):
                pass

    asyncio.run(ask())
    assert [found.response.text for found in calls()] == ["Hello!", "Hello"]


def test_a_transport_that_answers_without_a_network(library, say, recorder, call):
    answer = say.completion("from memory")
    transport = library.MockTransport(lambda request: library.Response(200, json=answer))
    with library.Client(transport=transport) as http:
        client = wrap_openai(OpenAI(api_key="key", base_url="http://nowhere/v1", http_client=http), recorder)
        assert client.chat.completions.create(**CHAT).choices[0].message.content == "from memory"
    assert call().response.text == "from memory"


def test_a_redirect_is_part_of_its_call(server, say, recorder, call):
    moved = say.Answer({}, 307, {"location": f"{server.url}/v2/chat/completions"})
    server.say(moved, say.Answer(say.completion()))
    with DefaultHttpxClient() as http:
        client = wrap_openai(OpenAI(api_key="key", base_url=f"{server.url}/v1", http_client=http), recorder)
        client.chat.completions.create(**CHAT)
    assert len(server.requests) == 2
    assert call().response.text == "Hello!"


def test_the_plain_client_goes_on_unrecorded_and_outlives_the_other(server, say, recorder, calls):
    server.say(say.completion())
    with OpenAI(api_key="key", base_url=f"{server.url}/v1") as bare:
        client = wrap_openai(bare, recorder)
        client.chat.completions.create(**CHAT)
        del client
        gc.collect()
        bare.chat.completions.create(**CHAT)
        assert not bare.is_closed()
    assert len(calls()) == 1


def test_the_recording_client_outlives_the_plain_one_and_closes_when_it_goes(server, say, recorder, calls):
    server.say(say.completion())
    client = wrap_openai(OpenAI(api_key="key", base_url=f"{server.url}/v1"), recorder)
    gc.collect()
    client.chat.completions.create(**CHAT)
    assert not client.is_closed()
    http = client._client.slm_bare
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        del client
        gc.collect()
    assert not http.is_closed, "somebody still holds it"
    http.close()
    assert len(calls()) == 1
