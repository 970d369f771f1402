"""Clients that record without their code being touched, and the undoing of it."""

import asyncio
import subprocess
import sys

import openai
import pytest
from openai import AsyncOpenAI, AzureOpenAI, DefaultAsyncHttpxClient, OpenAI

from slm_instrument import Recorder
from slm_instrument_openai import auto, wrap_openai
from slm_instrument_openai.http import tap_of

CHAT = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def undo(recorder):
    undo = auto.instrument(recorder)
    yield undo
    undo()


def make(server, kind=OpenAI):
    return kind(api_key="key", base_url=f"{server.url}/v1")


def test_clients_made_from_then_on_record_until_it_is_undone(recorder, server, say, calls):
    server.say(say.completion())
    init = OpenAI.__init__
    before = make(server)
    undo = auto.instrument(recorder)
    client = make(server)
    further = client.with_options(timeout=9)
    for each in (before, client, further):
        each.chat.completions.create(**CHAT)
    assert len(calls()) == 2
    undo()
    undo()
    for each in (before, client, further, make(server)):
        each.chat.completions.create(**CHAT)
        assert tap_of(each._client) is None
    assert len(calls()) == 2
    assert OpenAI.__init__ is init
    for each in (before, client):
        each.close()


def test_all_kinds_of_clients(undo, recorder):
    azure = AzureOpenAI(api_key="key", azure_endpoint="http://a", api_version="1")
    for client in (azure, AsyncOpenAI(api_key="key"), OpenAI(api_key="key")):
        assert tap_of(client._client).recorder is recorder
        if not isinstance(client, AsyncOpenAI):
            client.close()


def test_the_modules_own_client(undo, server, say, calls, monkeypatch):
    server.say(say.completion())
    for name, value in (("api_key", "key"), ("base_url", f"{server.url}/v1"), ("http_client", None)):
        monkeypatch.setattr(openai, name, value)
    openai.chat.completions.create(**CHAT)
    assert len(calls()) == 1
    undo()
    openai.chat.completions.create(**CHAT)
    assert len(calls()) == 1
    openai.http_client.close()
    openai._reset_client()


def test_a_recorder_of_its_own_takes_over(undo, server, say, calls):
    server.say(say.completion())
    with Recorder("memory://") as other, make(server) as client:
        wrap_openai(client, other).chat.completions.create(**CHAT)
        assert other.flush(10)
        assert other.stats().written == 1
    assert not calls()


def test_a_call_that_langchains_callback_records_is_left_to_it(undo, server, say, http, recorder, calls):
    langchain_openai = pytest.importorskip("langchain_openai")
    langchain = pytest.importorskip("slm_instrument_langchain")
    stream = say.Answer(chunks=say.words("He", "llo"))
    server.say(*[say.completion()] * 4, stream, stream)
    recorded = {"callbacks": [langchain.SlmCallbackHandler(recorder)]}
    made = {"model": "m", "api_key": "key", "base_url": f"{server.url}/v1", "http_client": http}

    async def ask_all():
        async with DefaultAsyncHttpxClient() as async_http:
            model = langchain_openai.ChatOpenAI(**made, http_async_client=async_http)
            assert tap_of(model.root_client._client).recorder is recorder
            for config in (recorded, None):
                model.invoke("Hi", config)
                await model.ainvoke("Hi", config)
            for config in (recorded, None):
                assert "".join([chunk.text async for chunk in model.astream("Hi", config)]) == "Hello"

    asyncio.run(ask_all())
    by = [call.framework for call in calls()]
    assert sorted(by) == ["langchain"] * 3 + ["openai"] * 3


def test_the_entry_point_is_declared():
    from importlib.metadata import entry_points

    (found,) = entry_points(group="slm_instrument.integrations", name="openai")
    assert found.load() is auto.instrument


def test_importing_the_package_does_not_import_the_sdk():
    script = "import sys, slm_instrument_openai; sys.exit('openai' in sys.modules or 'httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0


def test_a_client_that_cannot_be_recorded_is_made_all_the_same(undo, server, say, calls, caplog, monkeypatch):
    def fails(*args):
        raise RuntimeError("no")

    monkeypatch.setattr(auto, "recording", fails)
    server.say(say.completion())
    with make(server) as client:
        assert client.chat.completions.create(**CHAT).choices[0].message.content == "Hello!"
    assert "could not be recorded" in caplog.text
    assert not calls()
