"""OpenAI's files: fine-tuning examples, stored completions, batches, pairs."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from slm_instrument import Call, Failure, Message, ToolCall, ToolSpec, Usage
from slm_instrument.errors import InputError
from slm_instrument.interchange import format_named
from slm_instrument.interchange.files import LogFile
from slm_instrument.interchange.openai_logs import OpenAIReader
from slm_instrument.interchange.reading import BadLine, calls_in

SYSTEM = {"role": "system", "content": "Route the message."}
USER = {"role": "user", "content": "Where is my parcel?"}
ANSWER = {"role": "assistant", "content": "delivery"}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1767225600,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": ANSWER, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 20, "completion_tokens": 2, "total_tokens": 22},
}


def read(*records: Any) -> list[Call]:
    reader = OpenAIReader()
    calls = [call for record in records for call in reader.read(record) or ()]
    return [*calls, *reader.finish()]


def request(number: int, url: str = "/v1/chat/completions", **body: Any) -> dict[str, Any]:
    asked = {"model": "gpt-4o-mini", "messages": [SYSTEM, {"role": "user", "content": f"message {number}"}]}
    return {"custom_id": f"request-{number}", "method": "POST", "url": url, "body": body or asked}


def answer(number: int, body: dict[str, Any] = COMPLETION, status: int = 200) -> dict[str, Any]:
    response = {"status_code": status, "request_id": f"req_{number}", "body": body}
    return {"id": f"batch_req_{number}", "custom_id": f"request-{number}", "response": response, "error": None}


def test_an_example_is_the_prompt_and_its_last_message():
    (call,) = read({"messages": [SYSTEM, USER, ANSWER], "tools": [TOOL], "parallel_tool_calls": False})
    assert call.messages == (Message("system", "Route the message."), Message("user", "Where is my parcel?"))
    assert call.response == Message("assistant", "delivery")
    assert call.tools == (ToolSpec("look", None, {"type": "object"}),)
    assert call.params == {"parallel_tool_calls": False}
    assert read({"messages": [SYSTEM, USER, ANSWER], "tools": [TOOL], "parallel_tool_calls": False})[0].id == call.id
    assert read({"messages": [SYSTEM, USER, {**ANSWER, "content": "refund"}]})[0].id != call.id


def test_earlier_answers_are_prompt_unless_their_weight_is_one():
    dialogue = [USER, {**ANSWER, "content": "Which one?"}, {"role": "user", "content": "A1"}, ANSWER]
    assert [len(call.messages) for call in read({"messages": dialogue})] == [3]
    weighted = [USER, {**dialogue[1], "weight": 1}, dialogue[2], {**ANSWER, "weight": 0}]
    assert [(len(call.messages), call.response) for call in read({"messages": weighted})] == [
        (1, Message("assistant", "Which one?"))
    ]


def test_old_examples_with_functions():
    asked = {"role": "assistant", "function_call": {"name": "look", "arguments": '{"order":"A1"}'}}
    (call,) = read({"messages": [USER, asked], "functions": [{"name": "look", "parameters": {}}]})
    assert call.tools == (ToolSpec("look"),)
    assert call.response == Message("assistant", None, (ToolCall("look", '{"order":"A1"}'),))


def test_a_stored_completion_with_its_messages():
    stored = {**COMPLETION, "messages": [SYSTEM, USER], "metadata": {"node": "router"}, "temperature": 0.0}
    (call,) = read({**stored, "input_user": "user-7", "tools": [TOOL]})
    assert (call.id, call.model, call.provider) == ("chatcmpl-1", "gpt-4o-mini-2024-07-18", "openai")
    assert (call.usage, call.params) == (Usage(20, 2), {"temperature": 0.0})
    assert call.labels["node"] == "router"
    assert call.origin == "user-7"
    assert call.started_at is not None
    assert call.started_at.year == 2026
    with pytest.raises(InputError, match="a completion without its messages"):
        read(COMPLETION)


def test_halves_of_a_batch_meet_in_any_order_and_over_files(tmp_path: Path):
    halves = [request(n) for n in range(20)] + [answer(n) for n in range(20)]
    random.Random(7).shuffle(halves)
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for at, file in enumerate(files):
        file.write_text("".join(json.dumps(half) + "\n" for half in halves[at::2]))
    calls = list(calls_in([LogFile(file) for file in files], format_named("openai"), strict=True))
    assert {call.id for call in calls} == {f"batch_req_{n}" for n in range(20)}
    assert all(call.messages[1].text == f"message {call.id.rpartition('_')[2]}" for call in calls)
    assert calls[0].model == "gpt-4o-mini"
    assert calls[0].labels["response_model"] == "gpt-4o-mini-2024-07-18"
    assert calls[0].labels["custom_id"].startswith("request-")


def test_a_failed_request_of_a_batch_is_a_failed_call():
    refused = answer(1, {"error": {"message": "Too long", "type": "invalid_request_error", "code": "too_long"}}, 400)
    expired = {
        "id": "batch_req_2",
        "custom_id": "request-2",
        "response": None,
        "error": {"code": "batch_expired", "message": "This request could not be executed in time."},
    }
    first, second = read(request(1), refused, request(2), expired)
    assert (first.response, first.error) == (None, Failure("too_long", "Too long"))
    assert second.error == Failure("batch_expired", "This request could not be executed in time.")


def test_batches_of_responses_are_read_and_of_embeddings_passed_over():
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "delivery"}]}
    body = {"id": "resp_1", "object": "response", "model": "gpt-4o-mini", "status": "completed", "output": [said]}
    asked = request(1, "/v1/responses", model="gpt-4o-mini", input="Where is my parcel?", instructions="Route.")
    (call,) = read(asked, answer(1, body))
    assert [message.text for message in call.messages] == ["Route.", "Where is my parcel?"]
    assert call.response is not None
    assert call.response.text == "delivery"
    reader = OpenAIReader()
    assert reader.read(request(2, "/v1/embeddings", model="text-embedding-3-small", input="x")) == ()
    assert reader.read(answer(2, {"object": "list", "data": []})) is None


def test_halves_that_never_meet_are_counted_at_the_end(tmp_path: Path):
    file = tmp_path / "input.jsonl"
    file.write_text("".join(json.dumps(half) + "\n" for half in (request(1), request(2), answer(2), answer(3))))
    bad: list[BadLine] = []
    assert len(list(calls_in([LogFile(file)], format_named("openai"), on_bad=bad.append))) == 1
    assert [str(each) for each in bad] == [
        "input.jsonl: 1 requests without an answer and 1 answers without their request: "
        "give a batch's input and output files together"
    ]


def test_two_batches_with_the_same_ids_are_not_mixed_up():
    reader = OpenAIReader()
    reader.read(request(1))
    with pytest.raises(InputError, match="'request-1' comes twice: import each batch by itself"):
        reader.read(request(1))


def test_a_pair_of_request_and_response():
    (call,) = read({"request": {"model": "gpt-4o-mini", "messages": [USER], "user": "u"}, "response": COMPLETION})
    assert (call.id, call.response, call.origin) == ("chatcmpl-1", Message("assistant", "delivery"), "u")
    failed = {"error": {"message": "No such model", "code": "model_not_found"}}
    (call,) = read({"request": {"model": "x", "messages": [USER]}, "response": failed})
    assert call.error == Failure("model_not_found", "No such model")
    assert call.id


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ([], "no messages"),
        ({"messages": []}, "not the assistant's"),
        ({"messages": [SYSTEM, USER]}, "not the assistant's"),
        ({"messages": [ANSWER]}, "an answer without a prompt"),
        ({"custom_id": "", "body": {}}, "an empty custom_id"),
        ({"request": {}, "response": {}}, "a request without messages"),
    ],
)
def test_what_is_no_call_is_told_why(record: Any, reason: str):
    with pytest.raises(InputError, match=reason):
        read(record)
