"""Streams: the pieces amount to the answer, however the bytes come and wherever they end."""

import json

import pytest
from hypothesis import given, strategies as st

from slm_instrument.dialects.openai_stream import events, read_stream
from slm_instrument.records import Failure, Message, ToolCall, Usage


def event(body, name=None):
    return (f"event: {name}\n" if name else "").encode() + b"data: " + json.dumps(body).encode() + b"\n\n"


def chunk(delta, finish_reason=None, index=0, **fields):
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason}
    return event({"id": "c", "model": "m", "choices": [choice], **fields})


DONE = b"data: [DONE]\n\n"


def test_events_as_the_standard_has_them():
    stream = b": comment\r\ndata: a\r\n\r\nevent: e\rdata:b\rdata: c\r\rid: 1\nretry: 2\n\n"
    stream += b"data: \xc3\xbc\n\ndata: unfinished\n"
    found = [(each.name, each.data) for each in events(stream)]
    assert found == [("", b"a"), ("e", b"b\nc"), ("", b"\xc3\xbc")]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_stream(stream):
    ends = [each.end for each in events(stream)]
    assert ends == sorted(ends)
    for dialect in ("chat", "completions", "responses"):
        read_stream(stream, dialect)


def test_chat_text_usage_and_the_first_token():
    head = chunk({"role": "assistant", "content": ""})
    usage = event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})
    stream = head + chunk({"content": "He"}) + chunk({"content": "llo"}) + chunk({}, "stop") + usage + DONE
    found = read_stream(stream, "chat")
    assert found.reply.response == Message("assistant", "Hello")
    assert found.reply.usage == Usage(3, 2)
    assert (found.reply.finish_reason, found.reply.id, found.reply.model) == ("stop", "c", "m")
    assert found.complete
    assert found.first_token == len(head + chunk({"content": "He"}))


def call_piece(index=None, call_id=None, **function):
    piece = {"function": function} | ({} if index is None else {"index": index}) | ({"id": call_id} if call_id else {})
    return chunk({"tool_calls": [piece]})


@pytest.mark.parametrize("indexed", [True, False])
def test_tool_calls_in_pieces_with_and_without_an_index(indexed):
    at = (lambda n: n) if indexed else (lambda n: None)
    stream = (
        call_piece(at(0), "a", name="f", arguments="")
        + call_piece(at(0), arguments='{"x"')
        + call_piece(at(0), arguments=": 1}")
        + call_piece(at(1), "b", name="g", arguments="{}")
        + chunk({}, "tool_calls")
    )
    found = read_stream(stream, "chat")
    assert found.reply.response.tool_calls == (ToolCall("f", '{"x": 1}', "a"), ToolCall("g", "{}", "b"))
    assert found.complete


def test_the_rest_of_a_chat_delta():
    stream = (
        chunk({"refusal": "N"}) + chunk({"refusal": "o."}) + chunk({"function_call": {"name": "f", "arguments": "{"}})
        + chunk({"function_call": {"arguments": "}"}}) + chunk({"audio": {"id": "a", "transcript": "He"}})
        + chunk({"audio": {"transcript": "y", "data": "QQ"}}) + chunk({"reasoning_content": "hm"})
        + chunk({"content": "other"}, index=1)
    )  # fmt: skip
    found = read_stream(stream, "chat").reply
    assert found.response.tool_calls == (ToolCall("f", "{}"),)
    refusal, audio = found.response.content
    assert refusal == {"type": "refusal", "refusal": "No."}
    assert audio == {"type": "audio", "text": "Hey", "audio": {"id": "a", "data": "QQ"}}
    assert found.labels == {"choices": 2}


def test_whole_and_broken_off():
    whole = chunk({"content": "He"}) + chunk({"content": "llo"}, "stop")
    for end in range(len(whole)):
        found = read_stream(whole[:end], "chat")
        text = found.reply.response.text if found.reply.response else ""
        assert not found.complete
        assert "Hello".startswith(text)
    assert read_stream(whole, "chat").complete


@pytest.mark.parametrize(
    "failed",
    [
        event({"error": {"message": "busy", "code": "overloaded"}}),
        event({"type": "error", "code": "overloaded", "message": "busy"}, "error"),
    ],
)
def test_an_error_on_the_way(failed):
    found = read_stream(chunk({"content": "He"}) + failed, "chat")
    assert found.reply.error == Failure("overloaded", "busy")
    assert found.reply.response == Message("assistant", "He")
    assert found.complete


def test_completions():
    stream = event({"choices": [{"index": 0, "text": "a"}]}) + event(
        {"choices": [{"index": 0, "text": "b", "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}
    )
    found = read_stream(stream, "completions")
    assert (found.reply.response, found.reply.usage) == (Message("assistant", "ab"), Usage(input_tokens=1))
    assert found.complete


CREATED = {"type": "response.created", "response": {"id": "r", "model": "m", "status": "in_progress", "output": []}}
ADDED = {"type": "response.output_item.added", "output_index": 1, "item": {"type": "function_call", "call_id": "1",
         "name": "f", "arguments": ""}}  # fmt: skip


def delta(kind, text, item=0, part=0):
    return {"type": f"response.{kind}.delta", "output_index": item, "content_index": part, "delta": text}


def test_responses_broken_off_are_put_together():
    bodies = [
        CREATED, delta("output_text", "He"), delta("output_text", "llo"), delta("output_text", "!", part=1), ADDED,
        delta("function_call_arguments", '{"a"', 1), delta("function_call_arguments", ":1}", 1),
    ]  # fmt: skip
    found = read_stream(b"".join(map(event, bodies)), "responses")
    assert found.reply.response == Message("assistant", "Hello!", (ToolCall("f", '{"a":1}', "1"),))
    assert (found.reply.id, found.reply.model, found.complete) == ("r", "m", False)


def test_the_last_event_of_a_response_holds_it_all():
    item = {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}
    whole = {"id": "r", "status": "completed", "output": [item], "usage": {"input_tokens": 3}}
    bodies = [CREATED, delta("output_text", "He"), {"type": "response.completed", "response": whole}]
    found = read_stream(b"".join(map(event, bodies)), "responses")
    assert found.reply.response == Message("assistant", "Hello")
    assert found.reply.usage == Usage(input_tokens=3)
    assert found.complete
    bodies[-1] = {"type": "response.failed", "response": {"status": "failed", "error": {"code": "x", "message": "y"}}}
    failed = read_stream(b"".join(map(event, bodies)), "responses")
    assert (failed.reply.error, failed.reply.response) == (Failure("x", "y"), Message("assistant", "He"))
