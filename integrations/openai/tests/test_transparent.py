"""A recording client returns, raises and sends what a plain one does: objects, types, bytes, headers, exceptions."""

import asyncio
import inspect

import pydantic
import pytest

from slm_instrument_openai import wrap_openai

ASK = [{"role": "user", "content": "Where is my parcel?"}]
CHAT = {"model": "gpt-x", "messages": ASK}


class Label(pydantic.BaseModel):
    label: str


TOOL_CALL = {"id": "call_1", "type": "function", "function": {"name": "track", "arguments": '{"n": 1}'}}
RESPONSE_EVENTS = [
    ("response.created", {"response": {"id": "resp_1", "output": [], "status": "in_progress"}, "sequence_number": 0}),
    (
        "response.output_text.delta",
        {"delta": "Hi", "output_index": 0, "content_index": 0, "item_id": "m", "logprobs": [], "sequence_number": 1},
    ),
]

# name -> (what the server says, how it is asked); every way is tried with the sync and with the async client.
WAYS = {
    "create": lambda say: (say.completion(), lambda c: c.chat.completions.create(**CHAT)),
    "tool calls": lambda say: (
        say.completion(None, tool_calls=[TOOL_CALL]),
        lambda c: c.chat.completions.create(**CHAT, tools=[{"type": "function", "function": {"name": "track"}}]),
    ),
    "parse": lambda say: (
        say.completion('{"label": "shipping"}'),
        lambda c: c.chat.completions.parse(**CHAT, response_format=Label),
    ),
    "stream": lambda say: (
        say.Answer(chunks=say.words("He", "llo", "!")),
        lambda c: c.chat.completions.create(**CHAT, stream=True),
    ),
    "stream with a None delta and no choices": lambda say: (
        say.Answer(chunks=[say.chunk({}, choices=[], prompt_filter_results=[]), say.chunk(None), *say.words("Hi")]),
        lambda c: c.chat.completions.create(**CHAT, stream=True),
    ),
    "with_raw_response": lambda say: (
        say.completion(),
        lambda c: c.chat.completions.with_raw_response.create(**CHAT),
    ),
    "with_raw_response of a stream": lambda say: (
        say.Answer(chunks=say.words("He", "llo")),
        lambda c: c.chat.completions.with_raw_response.create(**CHAT, stream=True),
    ),
    "with_streaming_response": lambda say: (
        say.Answer(chunks=say.words("He", "llo")),
        lambda c: c.chat.completions.with_streaming_response.create(**CHAT, stream=True),
    ),
    "with_streaming_response of a body": lambda say: (
        say.completion(),
        lambda c: c.chat.completions.with_streaming_response.create(**CHAT),
    ),
    "stream helper": lambda say: (
        say.Answer(chunks=say.words("He", "llo")),
        lambda c: c.chat.completions.stream(**CHAT),
    ),
    "responses": lambda say: (
        say.response(say.said("Hi")),
        lambda c: c.responses.create(model="gpt-x", input="Hi"),
    ),
    "responses.parse": lambda say: (
        say.response(say.said('{"label": "x"}')),
        lambda c: c.responses.parse(model="gpt-x", input="Hi", text_format=Label),
    ),
    "responses stream": lambda say: (
        say.Answer(chunks=[say.event({"type": name, **body}, name) for name, body in RESPONSE_EVENTS]),
        lambda c: c.responses.create(model="gpt-x", input="Hi", stream=True),
    ),
    "completions": lambda say: (
        {"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": []},
        lambda c: c.completions.create(model="m", prompt="Once"),
    ),
    "post": lambda say: (
        say.completion(),
        lambda c: c.post("/chat/completions", body=CHAT, cast_to=object),
    ),
    "embeddings": lambda say: (
        {"object": "list", "data": [], "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}},
        lambda c: c.embeddings.create(model="m", input="x", encoding_format="float"),
    ),
    "400": lambda say: (
        say.Answer({"error": {"message": "no", "type": "invalid_request_error", "code": "bad"}}, 400),
        lambda c: c.chat.completions.create(**CHAT),
    ),
    "429 of a stream": lambda say: (
        say.Answer({"error": {"message": "slow down"}}, 429),
        lambda c: c.chat.completions.create(**CHAT, stream=True),
    ),
    "500 that is no JSON": lambda say: (
        say.Answer(b"<html>oops", 500, {"content-type": "text/html"}),
        lambda c: c.chat.completions.create(**CHAT),
    ),
    "a body that is no JSON": lambda say: (
        say.Answer(b"\xff\x00 not json"),
        lambda c: c.chat.completions.create(**CHAT),
    ),
    "a body that breaks off": lambda say: (
        say.Answer(say.completion(), cut=True),
        lambda c: c.chat.completions.create(**CHAT),
    ),
    "a stream that breaks off": lambda say: (
        say.Answer(chunks=say.words("He", "llo")[:2], cut=True),
        lambda c: c.chat.completions.create(**CHAT, stream=True),
    ),
    "an error in a stream": lambda say: (
        say.Answer(chunks=[say.chunk({"content": "He"}), say.event({"error": {"message": "overloaded"}})]),
        lambda c: c.chat.completions.create(**CHAT, stream=True),
    ),
    "a timeout": lambda say: (
        say.Answer(say.completion(), pause_s=0.4),
        lambda c: c.chat.completions.create(**CHAT, timeout=0.1),
    ),
}


async def outcome(client, ask):
    """Everything that a caller can see of an answer, whole or as far as it came."""
    seen = []
    try:
        await look(ask(client), seen)
    except Exception as e:
        seen += [type(e), str(e), getattr(e, "body", None), getattr(e, "status_code", None), type(e.__cause__)]
    return seen


async def look(answer, seen):
    if inspect.isawaitable(answer):
        answer = await answer
    seen.append(type(answer))
    if isinstance(answer, pydantic.BaseModel):
        seen.append(answer.model_dump(warnings=False))
    elif hasattr(answer, "http_response") and hasattr(answer, "parse"):
        seen += [answer.status_code, sorted(answer.headers.items()), answer.http_response.http_version]
        if not hasattr(answer, "iter_bytes"):
            seen += [answer.http_response.content, answer.elapsed.total_seconds() > 0]
        parsed = answer.parse()
        await look(parsed, seen)
    elif hasattr(answer, "__aenter__"):
        async with answer as entered:
            async for each in entered if hasattr(entered, "__aiter__") else entered.iter_bytes():
                seen.append(dumped(each))
    elif hasattr(answer, "__enter__"):
        with answer as entered:
            for each in entered if hasattr(entered, "__iter__") else entered.iter_bytes():
                seen.append(dumped(each))
    else:
        seen.append(answer)


def dumped(each):
    return (type(each), each.model_dump(warnings=False)) if hasattr(each, "model_dump") else each


@pytest.mark.parametrize("way", WAYS)
def test_demands_11_to_13_the_sync_client_is_transparent(way, server, say, bare, client, calls):
    answer, ask = WAYS[way](say)
    server.say(answer)
    expected, found = asyncio.run(outcome(bare, ask)), asyncio.run(outcome(client, ask))
    assert found == expected
    assert server.requests[0] == server.requests[1]
    assert len(calls()) == (way != "embeddings")


@pytest.mark.parametrize("way", WAYS)
def test_demands_11_to_13_the_async_client_is_transparent(way, server, say, make_async, recorder, calls):
    answer, ask = WAYS[way](say)
    server.say(answer)

    async def both():
        async with make_async() as bare:
            return await outcome(bare, ask), await outcome(wrap_openai(bare, recorder), ask)

    expected, found = asyncio.run(both())
    assert found == expected
    assert server.requests[0] == server.requests[1]
    assert len(calls()) == (way != "embeddings")
