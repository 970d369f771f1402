"""Streams: read whole, half, not at all; closed, broken off, dropped, cancelled; their tokens and their memory."""

import asyncio
import gc
import os
import threading
import time
import weakref

import pytest

from slm_instrument import Message, ToolCall, Usage
from slm_instrument_openai import exchange as exchanges, wrap_openai

CHAT = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}], "stream": True}


@pytest.fixture(autouse=True)
def nothing_is_left_open():
    yield
    gc.collect()
    assert not list(exchanges._unfinished), "a stream was not recorded"


def test_demand_10_tokens_of_a_stream_that_was_asked_for_them(server, say, client, call):
    server.say(say.Answer(chunks=say.words("He", "llo", usage=True)))
    list(client.chat.completions.create(**CHAT, stream_options={"include_usage": True}))
    found = call()
    assert found.response == Message("assistant", "Hello")
    assert found.usage == Usage(input_tokens=11, output_tokens=3)
    assert found.error is None


def test_demand_10_no_tokens_are_made_up_and_the_request_is_not_changed(server, say, client, call):
    server.say(say.Answer(chunks=say.words("He", "llo")))
    list(client.chat.completions.create(**CHAT))
    assert b"stream_options" not in server.requests[0][2]
    assert call().usage is None


def test_the_time_to_the_first_token_is_that_of_the_first_text(server, say, client, call):
    server.say(say.Answer(chunks=say.words("He", "llo"), pause_s=0.1))
    list(client.chat.completions.create(**CHAT))
    found = call()
    assert 190 < found.time_to_first_token_ms < found.duration_ms - 150, "after the head and a chunk that says nothing"


def test_chunks_are_passed_on_when_they_come(server, say, client, call):
    server.say(say.Answer(chunks=say.words("a", "b", "c"), pause_s=0.1))
    began = time.perf_counter()
    came = [time.perf_counter() - began for _ in client.chat.completions.create(**CHAT)]
    assert came[1] < 0.35
    assert came[-1] > 0.35


def test_tool_calls_come_in_pieces(server, say, client, call):
    def piece(index, **function):
        return say.chunk({"tool_calls": [{"index": index, "function": function}]})

    first = say.chunk({"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "a", "arguments": ""}}]})
    second = say.chunk({"tool_calls": [{"index": 1, "id": "c2", "function": {"name": "b", "arguments": "{}"}}]})
    pieces = [
        first,
        piece(0, arguments='{"x"'),
        piece(0, arguments=":1}"),
        second,
        say.chunk({}, "tool_calls"),
        say.DONE,
    ]
    server.say(say.Answer(chunks=pieces))
    list(client.chat.completions.create(**CHAT))
    assert call().response == Message("assistant", None, (ToolCall("a", '{"x":1}', "c1"), ToolCall("b", "{}", "c2")))


def test_half_read_and_closed(server, say, client, call):
    server.say(say.Answer(chunks=say.words("He", "llo"), pause_s=0.05))
    with client.chat.completions.create(**CHAT) as stream:
        for chunk in stream:
            if chunk.choices[0].delta.content:
                break
    found = call()
    assert found.response == Message("assistant", "He")
    assert found.error.type == "StreamClosed"


def test_closed_unread(server, say, client, call):
    server.say(say.Answer(chunks=say.words("He", "llo"), pause_s=0.05))
    client.chat.completions.create(**CHAT).close()
    found = call()
    assert (found.response, found.error.type) == (None, "StreamClosed")


def test_left_at_its_last_word_is_whole(server, say, client, call):
    server.say(say.Answer(chunks=say.words("He", "llo")))
    for chunk in client.chat.completions.create(**CHAT):
        if chunk.choices[0].finish_reason:
            break
    gc.collect()
    found = call()
    assert (found.response, found.error) == (Message("assistant", "Hello"), None)


@pytest.mark.parametrize("read", [0, 1])
def test_dropped_streams_are_recorded_and_leave_nothing_in_memory(read, server, say, client, call):
    server.say(say.Answer(chunks=say.words("He", "llo"), pause_s=0.05))
    stream = client.chat.completions.create(**CHAT)
    gone = weakref.ref(stream.response)
    for _ in zip(range(read), stream, strict=False):
        pass
    del stream
    gc.collect()
    assert gone() is None
    assert call().error.type == "StreamClosed"


def test_dropped_streams_of_a_finished_event_loop(server, say, make_async, recorder, call):
    server.say(say.Answer(chunks=say.words("He", "llo"), pause_s=0.05))

    async def half():
        async with make_async() as bare:
            async for _ in await wrap_openai(bare, recorder).chat.completions.create(**CHAT):
                break

    asyncio.run(half())
    gc.collect()
    assert call().error.type == "StreamClosed"


def test_broken_off_by_the_server(server, say, client, call):
    server.say(say.Answer(chunks=say.words("He", "llo")[:2], cut=True))
    with pytest.raises(Exception, match=r"peer closed|Connection error"):
        list(client.chat.completions.create(**CHAT))
    found = call()
    assert found.response == Message("assistant", "He")
    assert found.error.type == "APIConnectionError"


def test_an_error_that_comes_in_the_stream(server, say, client, call):
    failed = say.event({"error": {"message": "overloaded", "type": "server_error"}})
    server.say(say.Answer(chunks=[say.chunk({"content": "He"}), failed]))
    with pytest.raises(Exception, match="overloaded"):
        list(client.chat.completions.create(**CHAT))
    found = call()
    assert (found.response, found.error.message) == (Message("assistant", "He"), "overloaded")


@pytest.mark.parametrize("stream", [False, True])
def test_a_cancelled_task(stream, server, say, make_async, recorder, call):
    answer = say.Answer(chunks=say.words("He", "llo"), pause_s=0.2) if stream else say.Answer({}, pause_s=0.5)
    server.say(answer)

    async def ask(client):
        answer = await client.chat.completions.create(**(CHAT | {"stream": stream}))
        async for _ in answer:
            pass

    async def cancelled():
        async with make_async() as bare:
            task = asyncio.create_task(ask(wrap_openai(bare, recorder)))
            await asyncio.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancelled())
    assert call().error.type == "CancelledError"


def test_what_is_kept_of_a_stream_is_bounded(server, say, client, call, monkeypatch):
    monkeypatch.setattr(exchanges, "MAX_BYTES", 2_000)
    said = say.words(*(f"{n:03} " for n in range(100)))
    server.say(say.Answer(chunks=said))
    read = [chunk.choices[0].delta.content for chunk in client.chat.completions.create(**CHAT)]
    assert len(read) == 102
    found = call()
    assert found.labels["truncated"] is True
    assert found.response.text.startswith("000 001 ")
    assert len(found.response.text) < 80
    assert found.error is None


def test_streams_of_many_threads_do_not_mix(server, say, client, calls):
    server.say(say.Answer(chunks=say.words("He", "llo")))

    def ask(n):
        list(client.chat.completions.create(**(CHAT | {"messages": [{"role": "user", "content": str(n)}]})))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found.messages[0].text for found in calls()) == [str(n) for n in range(8)]
    assert all(found.response.text == "Hello" for found in calls())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_does_not_record_its_parents_streams(server, say, client, call):
    server.say(say.Answer(chunks=say.words("He", "llo"), pause_s=0.02))
    stream = client.chat.completions.create(**CHAT)
    child = os.fork()
    if child == 0:
        os._exit(len(list(exchanges._unfinished)))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    list(stream)
    assert call().response.text == "Hello"
