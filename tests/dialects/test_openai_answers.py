"""Answers as OpenAI's interfaces give them: what was written is read back, whole and as a stream."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from slm_instrument.dialects import (
    make_call,
    openai_chat,
    openai_chat_answer,
    openai_responses,
    openai_responses_answer,
)
from slm_instrument.dialects.answer import Answer
from slm_instrument.dialects.forms import Reply, Request
from slm_instrument.dialects.openai_stream import events, read_stream
from slm_instrument.records import Message, ToolCall, Usage

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
CALLS = st.lists(st.builds(ToolCall, TEXTS.filter(bool), TEXTS, TEXTS.filter(bool)), max_size=3).map(tuple)
MESSAGES = st.builds(Message, st.just("assistant"), st.none() | TEXTS, CALLS)
NO_TOKENS = Usage(0, 0, 0, 0)
TOOL_CALL = ToolCall("track", '{"n": 1}', "call_1")


def an_answer(message):
    return Answer(message=message, model="slm:b1", id="0a", created=7)


def chunks_of(stream):
    *chunks, done = (each.data for each in events(stream))
    assert done == b"[DONE]"
    return [json.loads(chunk) for chunk in chunks]


def as_read(message):
    """An empty text beside tool calls is none, and no text at all is an empty one."""
    return replace(message, content=message.content or (None if message.tool_calls else ""))


@given(MESSAGES)
def test_a_chat_answer_is_read_back(message):
    answer = an_answer(message)
    end = "tool_calls" if message.tool_calls else "stop"
    whole = openai_chat.read_reply(json.loads(openai_chat_answer.write_body(answer)))
    assert (whole.response, whole.model, whole.id) == (as_read(message), "slm:b1", "chatcmpl-0a")
    assert (whole.usage, whole.finish_reason, whole.error) == (NO_TOKENS, end, None)
    streamed = read_stream(openai_chat_answer.write_stream(answer, usage=True), "chat")
    assert streamed.complete
    assert streamed.reply == whole


@given(MESSAGES)
def test_a_response_is_read_back(message):
    answer = an_answer(message)
    whole = openai_responses.read_reply(json.loads(openai_responses_answer.write_body(answer, {})))
    assert (whole.response, whole.model, whole.id) == (as_read(message), "slm:b1", "resp_0a")
    assert (whole.usage, whole.finish_reason, whole.error) == (NO_TOKENS, "completed", None)
    streamed = read_stream(openai_responses_answer.write_stream(answer, {}), "responses")
    assert streamed.complete
    assert streamed.reply == whole


@given(MESSAGES)
def test_the_events_of_a_response_amount_to_it_without_the_last(message):
    stream = openai_responses_answer.write_stream(an_answer(message), {})
    *begun, last = events(stream)
    assert last.name == "response.completed"
    read = read_stream(stream[: begun[-1].end], "responses")
    assert not read.complete
    assert read.reply.response == as_read(message)


def test_tokens_come_in_a_stream_only_when_they_are_asked_for():
    answer = an_answer(Message("assistant", "shipping"))
    chunks = chunks_of(openai_chat_answer.write_stream(answer, usage=False))
    assert all("usage" not in chunk and chunk["choices"] for chunk in chunks)
    asked = chunks_of(openai_chat_answer.write_stream(answer, usage=True))
    assert [chunk["usage"] for chunk in asked[:-1]] == [None] * len(chunks)
    assert (asked[-1]["choices"], asked[-1]["usage"]["total_tokens"]) == ([], 0)


def test_events_of_a_response_are_numbered_and_named():
    found = list(events(openai_responses_answer.write_stream(an_answer(Message("assistant", None, (TOOL_CALL,))), {})))
    datas = [json.loads(each.data) for each in found]
    assert [data["sequence_number"] for data in datas] == list(range(len(found)))
    assert [data["type"] for data in datas] == [each.name for each in found]


def test_a_response_repeats_what_was_asked():
    asked = {"instructions": "Sort.", "temperature": 0.2, "text": {"format": {"type": "json_object"}}, "metadata": None}
    body = json.loads(openai_responses_answer.write_body(an_answer(Message("assistant", "{}")), asked))
    assert (body["instructions"], body["temperature"], body["metadata"]) == ("Sort.", 0.2, {})
    assert body["text"] == {"format": {"type": "json_object"}, "verbosity": "medium"}
    assert "input" not in body


@pytest.mark.parametrize("write", [openai_chat_answer.write_body, lambda a: openai_responses_answer.write_body(a, {})])
def test_other_parts_than_text_are_not_written(write):
    with pytest.raises(ValueError, match="not written"):
        write(an_answer(Message("assistant", [{"type": "image_url", "image_url": {"url": "x"}}])))
    with pytest.raises(ValueError, match="surrogates"):
        write(an_answer(Message("assistant", "half \ud800")))


def test_whoever_logs_a_students_answer_it_is_a_students():
    assert make_call(Request(model="gpt-x"), Reply(model="slm:b1")).served_by == "slm:b1"
    assert make_call(Request(model="gpt-x"), Reply(model="gpt-x-2026")).served_by == "llm"
    assert make_call(Request(), Reply()).served_by == "llm"
