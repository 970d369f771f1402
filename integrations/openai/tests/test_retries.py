"""Attempts that the SDK makes for one call are one call, whatever becomes of them."""

import asyncio
import gc
import subprocess
import sys
import threading

import pytest

from slm_instrument import Message, open_store
from slm_instrument.capture import annotate
from slm_instrument_openai import exchange as exchanges, retries, wrap_openai

CHAT = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}]}
SOON = {"retry-after-ms": "1"}


@pytest.fixture
def flaky(say):
    """What a server says that fails before it answers."""
    return [
        say.Answer({"error": {"message": "slow down"}}, 429, SOON),
        say.Answer({"error": {"message": "oops"}}, 500, SOON),
        say.Answer(say.completion("at last")),
    ]


@pytest.fixture(autouse=True)
def nothing_waits():
    retries._waiting.clear()
    yield
    gc.collect()
    assert not list(exchanges._unfinished)


def test_attempts_are_one_call(flaky, server, client, call):
    server.say(*flaky)
    answer = client.with_options(max_retries=2).chat.completions.create(**CHAT)
    assert answer.choices[0].message.content == "at last"
    found = call()
    assert (found.response, found.error) == (Message("assistant", "at last"), None)
    assert found.labels["attempts"] == 3
    assert found.duration_ms > 2


def test_attempts_of_an_async_call_and_of_a_stream(flaky, server, say, make_async, recorder, calls):
    server.say(*flaky[:2], *flaky[:2], say.Answer(chunks=say.words("at ", "last")))

    async def ask():
        async with make_async() as bare:
            client = wrap_openai(bare, recorder).with_options(max_retries=4)
            return [chunk async for chunk in await client.chat.completions.create(**CHAT, stream=True)]

    assert len(asyncio.run(ask())) == 4
    (found,) = calls()
    assert (found.response.text, found.error, found.labels["attempts"]) == ("at last", None, 5)


def test_the_last_failure_is_the_calls(flaky, server, client, call):
    server.say(*flaky[:2], flaky[0])
    with pytest.raises(Exception, match="slow down"):
        client.with_options(max_retries=2).chat.completions.create(**CHAT)
    found = call()
    assert (found.error.type, found.labels["attempts"]) == ("RateLimitError", 3)


def test_no_answer_at_all_is_one_call_too(client, server, call):
    dead = client.with_options(base_url="http://127.0.0.1:9/v1", max_retries=1)
    with pytest.raises(Exception, match="Connection error"):
        dead.chat.completions.create(**CHAT)
    found = call()
    assert (found.error.type, found.labels["attempts"]) == ("APIConnectionError", 2)


def test_the_server_may_forbid_retries(say, server, client, call):
    server.say(say.Answer({"error": {"message": "oops"}}, 500, {"x-should-retry": "false"}))
    with pytest.raises(Exception, match="oops"):
        client.with_options(max_retries=2).chat.completions.create(**CHAT)
    assert "attempts" not in call().labels


def test_equal_calls_one_after_the_other_are_not_one(flaky, server, client, calls):
    server.say(*flaky, flaky[2])
    for _ in range(2):
        client.with_options(max_retries=2).chat.completions.create(**CHAT)
    assert [found.labels.get("attempts") for found in calls()] == [3, None]


def test_calls_at_the_same_time_do_not_mix(say, server, make_async, recorder, calls):
    """In one event loop, every second request fails; users tell the calls apart, not their prompts."""
    bad, good = say.Answer({"error": {"message": "oops"}}, 500, SOON), say.Answer(say.completion())
    server.say(*[bad, good] * 100, good)

    async def ask_all():
        async with make_async() as bare:
            client = wrap_openai(bare, recorder).with_options(max_retries=20)

            async def ask(n):
                with annotate(labels={"n": n}):
                    await client.chat.completions.create(**CHAT, extra_headers={"x-n": str(n)})

            await asyncio.gather(*(ask(n) for n in range(40)))

    asyncio.run(ask_all())
    last = {}
    for _, headers, _ in server.requests:
        sent = {name.lower(): value for name, value in headers.items()}
        last[int(sent["x-n"])] = int(sent["x-stainless-retry-count"]) + 1
    assert {found.labels["n"]: found.labels.get("attempts", 1) for found in calls()} == last
    assert all(found.error is None for found in calls())


def test_a_retry_that_never_comes_is_recorded_when_its_task_is_gone(say, server, make_async, recorder, call):
    server.say(say.Answer({"error": {"message": "oops"}}, 500, {"retry-after": "60"}))

    async def give_up():
        async with make_async() as bare:
            client = wrap_openai(bare, recorder).with_options(max_retries=2)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.chat.completions.create(**CHAT), 0.3)

    asyncio.run(give_up())
    gc.collect()
    assert call().error.type == "InternalServerError"


def test_a_retry_that_never_comes_is_recorded_with_the_next_call(say, server, client, calls, monkeypatch):
    server.say(say.Answer({"error": {"message": "oops"}}, 500), say.Answer(say.completion()))
    sdk = type(client)

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sdk, "_sleep_for_retry", interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.with_options(max_retries=2).chat.completions.create(**CHAT)
    assert not calls()
    client.chat.completions.create(**CHAT)
    assert [found.error is None for found in calls()] == [False, True]


def test_a_retry_that_never_comes_is_recorded_by_a_call_elsewhere_after_the_wait(
    say, server, client, calls, monkeypatch
):
    server.say(say.Answer({"error": {"message": "oops"}}, 500), say.Answer(say.completion()))
    monkeypatch.setattr(retries, "LONGEST_WAIT_S", -1.0)

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(client), "_sleep_for_retry", interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.with_options(max_retries=2).chat.completions.create(**CHAT)
    other = threading.Thread(target=lambda: client.chat.completions.create(**CHAT))
    other.start()
    other.join()
    assert [found.error is None for found in calls()] == [False, True]


SCRIPT = """
import sys
from openai import OpenAI
from slm_instrument import Recorder
from slm_instrument_openai import wrap_openai

url, store = sys.argv[1:]
client = wrap_openai(OpenAI(api_key="key", base_url=url), Recorder(store))
stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True)
next(stream)
"""


def test_a_stream_that_is_open_when_the_process_ends_is_recorded(say, server, tmp_path):
    server.say(say.Answer(chunks=say.words("He", "llo"), pause_s=0.05))
    url = f"sqlite:///{tmp_path}/calls.db"
    subprocess.run([sys.executable, "-c", SCRIPT, f"{server.url}/v1", url], check=True, timeout=60)
    store = open_store(url)
    assert [found.error.type for found in store.iter_calls()] == ["StreamClosed"]
    store.close()
