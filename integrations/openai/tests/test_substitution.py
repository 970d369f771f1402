"""A student's answer comes back as the API's own would: types, fields, events, by whatever method it is asked for."""

import asyncio
import inspect
import re

import pydantic
import pytest

from integrations.openai.tests.bodies import (
    ARGUMENTS,
    CALL_CHUNKS,
    CALL_EVENTS,
    CALL_ITEM,
    CALLED,
    CHAT,
    FORM,
    FUNCTIONS,
    JSON,
    RESPOND,
    TEXT_CHUNKS,
    TOOLS,
    Label,
    chunks,
    completion,
    message_item,
    response,
    text_events,
)
from slm_instrument import Message, ToolCall, Usage
from slm_instrument_openai import wrap_openai

# name -> (what the API says: a body or events; how it is asked; what the student says)
CALLS = Message("assistant", None, (ToolCall("track", ARGUMENTS),))
WAYS = {
    "create": (completion("shipping"), lambda c: c.chat.completions.create(**CHAT), "shipping"),
    "tool calls": (completion(None, [CALLED]), lambda c: c.chat.completions.create(**CHAT, tools=TOOLS), CALLS),
    "parse": (completion(JSON), lambda c: c.chat.completions.parse(**CHAT, response_format=Label), JSON),
    "parse tool calls": (
        completion(None, [CALLED]),
        lambda c: c.chat.completions.parse(**CHAT, tools=TOOLS),
        CALLS,
    ),
    "with_options": (
        completion("shipping"),
        lambda c: c.with_options(timeout=30, max_retries=3).chat.completions.create(**CHAT),
        "shipping",
    ),
    "post": (completion("shipping"), lambda c: c.post("/chat/completions", body=CHAT, cast_to=object), "shipping"),
    "with_raw_response": (
        completion("shipping"),
        lambda c: c.chat.completions.with_raw_response.create(**CHAT),
        "shipping",
    ),
    "with_streaming_response": (
        completion("shipping"),
        lambda c: c.chat.completions.with_streaming_response.create(**CHAT),
        "shipping",
    ),
    "stream": (chunks(*TEXT_CHUNKS), lambda c: c.chat.completions.create(**CHAT, stream=True), "shipping"),
    "stream with usage": (
        chunks(*TEXT_CHUNKS, usage=True),
        lambda c: c.chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True}),
        "shipping",
    ),
    "stream of tool calls": (
        chunks(*CALL_CHUNKS, finish_reason="tool_calls"),
        lambda c: c.chat.completions.create(**CHAT, stream=True, tools=TOOLS),
        CALLS,
    ),
    "stream helper": (chunks(*TEXT_CHUNKS), lambda c: c.chat.completions.stream(**CHAT), "shipping"),
    "stream helper, parsed": (
        chunks(TEXT_CHUNKS[0], {"content": JSON}),
        lambda c: c.chat.completions.stream(**CHAT, response_format=Label),
        JSON,
    ),
    "stream helper, tool calls": (
        chunks(*CALL_CHUNKS, finish_reason="tool_calls"),
        lambda c: c.chat.completions.stream(**CHAT, tools=TOOLS),
        CALLS,
    ),
    "with_raw_response of a stream": (
        chunks(*TEXT_CHUNKS),
        lambda c: c.chat.completions.with_raw_response.create(**CHAT, stream=True),
        "shipping",
    ),
    "with_streaming_response of a stream": (
        chunks(*TEXT_CHUNKS),
        lambda c: c.chat.completions.with_streaming_response.create(**CHAT, stream=True),
        "shipping",
    ),
    "responses": (response(message_item("shipping")), lambda c: c.responses.create(**RESPOND), "shipping"),
    "responses, tool calls": (
        response(CALL_ITEM, tools=FUNCTIONS),
        lambda c: c.responses.create(**RESPOND, tools=FUNCTIONS),
        CALLS,
    ),
    "responses.parse": (
        response(message_item(JSON), text=FORM),
        lambda c: c.responses.parse(**RESPOND, text_format=Label),
        JSON,
    ),
    "responses, raw": (
        response(message_item("shipping")),
        lambda c: c.responses.with_raw_response.create(**RESPOND),
        "shipping",
    ),
    "responses stream": (
        text_events("shipping"),
        lambda c: c.responses.create(**RESPOND, stream=True),
        "shipping",
    ),
    "responses stream of tool calls": (
        CALL_EVENTS,
        lambda c: c.responses.create(**RESPOND, stream=True, tools=FUNCTIONS),
        CALLS,
    ),
    "responses stream helper": (text_events("shipping"), lambda c: c.responses.stream(**RESPOND), "shipping"),
    "responses stream helper, parsed": (
        text_events(JSON, text=FORM),
        lambda c: c.responses.stream(**RESPOND, text_format=Label),
        JSON,
    ),
}


async def everything(answer):
    """All objects that a caller gets, in order: the answer, or the events of a stream and what they amount to."""
    if inspect.isawaitable(answer):
        answer = await answer
    if hasattr(answer, "__aenter__"):
        async with answer as entered:
            return await everything_in(entered)
    if hasattr(answer, "__enter__"):
        with answer as entered:
            return await everything_in(entered)
    return await everything_in(answer)


async def everything_in(answer):
    if hasattr(answer, "parse") and not isinstance(answer, pydantic.BaseModel):  # a raw response
        assert answer.status_code == 200
        assert answer.headers["x-request-id"].startswith("req_")
        parsed = answer.parse()
        return [type(answer), *await everything(parsed)]
    if hasattr(answer, "__aiter__"):
        return [type(answer), *[event async for event in answer], *await final_of(answer)]
    if hasattr(answer, "__next__"):
        return [type(answer), *answer, *await final_of(answer)]
    return [answer]


async def final_of(stream):
    for name in ("get_final_completion", "get_final_response"):
        if hasattr(stream, name):
            final = getattr(stream, name)()
            return [await final if inspect.isawaitable(final) else final]
    return []


def form(value):
    """What of an answer does not depend on what is said in it: types and names."""
    if isinstance(value, type):
        return value
    if isinstance(value, pydantic.BaseModel):
        return type(value), form(value.model_dump(warnings=False)), value.model_fields_set
    if isinstance(value, dict):
        return {name: form(each) for name, each in value.items()}
    return [form(each) for each in value] if isinstance(value, list) else None


def forms(answers):
    return [form(answer) for answer in answers]


def ask_sync(client, ask):
    return asyncio.run(everything(ask(client)))


def check(way, substituted, expected, server, calls):
    found = calls()[-1]
    assert forms(substituted) == forms(expected)
    assert len(server.requests) == 1, "the bare client's only"
    assert found.served_by.startswith("slm:")
    assert (found.usage, found.cost_usd, found.error) == (Usage(0, 0), 0.0, None)
    said = WAYS[way][2]
    message = said if isinstance(said, Message) else Message("assistant", said)
    assert (found.response.content, len(found.response.tool_calls)) == (message.content, len(message.tool_calls))
    assert all(re.fullmatch("[0-9a-z]{9}", call.id) for call in found.response.tool_calls), "as Mistral demands"
    assert found.served_by in str(substituted), "as the model"


def as_said(said, say):
    return say.Answer(chunks=said) if isinstance(said, list) else say.Answer(said)


@pytest.mark.parametrize("way", WAYS)
def test_a_students_answer_is_the_sdks_own(way, server, say, bare, substitute, recorder, calls):
    said, ask, student = WAYS[way]
    server.say(as_said(said, say))
    expected = ask_sync(bare, ask)
    substitutor = substitute(server.requests[0][2], student)
    substituted = ask_sync(wrap_openai(bare, recorder, substitutor), ask)
    assert substitutor.stats()["SUBSTITUTED"] == 1
    check(way, substituted, expected, server, calls)


@pytest.mark.parametrize("way", WAYS)
def test_a_students_answer_is_the_async_sdks_own(way, server, say, make_async, substitute, recorder, calls):
    said, ask, student = WAYS[way]
    server.say(as_said(said, say))

    async def both():
        async with make_async() as bare:
            expected = await everything(ask(bare))
            client = wrap_openai(bare, recorder, substitute(server.requests[0][2], student))
            return expected, await everything(ask(client))

    expected, substituted = asyncio.run(both())
    check(way, substituted, expected, server, calls)
