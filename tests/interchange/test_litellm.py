"""LiteLLM: what its loggers write, and the rows of its spend log."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from slm_instrument import Call, Failure, Message, ToolSpec, Usage
from slm_instrument.errors import InputError
from slm_instrument.interchange.litellm import call_from_log

TOOL = {"type": "function", "function": {"name": "look"}}
MESSAGES = [{"role": "system", "content": "Route."}, {"role": "user", "content": "Hi"}]
RESPONSE = {
    "id": "chatcmpl-1",
    "created": 1772366400,
    "model": "gpt-4o-mini-2024-07-18",
    "object": "chat.completion",
    "choices": [{"finish_reason": "stop", "index": 0, "message": {"role": "assistant", "content": "greeting"}}],
    "usage": {"prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 34},
}
PAYLOAD = {
    "id": "chatcmpl-1",
    "trace_id": "trace-1",
    "call_type": "acompletion",
    "stream": False,
    "response_cost": 0.0003,
    "status": "success",
    "custom_llm_provider": "openai",
    "total_tokens": 34,
    "prompt_tokens": 30,
    "completion_tokens": 4,
    "startTime": 1772366400.25,
    "endTime": 1772366401.5,
    "completionStartTime": 1772366400.75,
    "model": "gpt-4o-mini",
    "model_group": "cheap",
    "metadata": {
        "user_api_key_hash": "88dc28",
        "user_api_key_user_id": "staff-1",
        "requester_metadata": {"agent": "router", "customer": "gold"},
        "spend_logs_metadata": {"run": "nightly"},
    },
    "cache_hit": None,
    "request_tags": ["prod"],
    "end_user": "user-7",
    "messages": MESSAGES,
    "response": RESPONSE,
    "error_str": None,
    "model_parameters": {"temperature": 0.5, "tools": [TOOL], "extra_headers": {"Authorization": "never"}},
    "hidden_params": {"additional_headers": {}},
}
ROW = {
    "request_id": "chatcmpl-1",
    "call_type": "acompletion",
    "api_key": "88dc28",
    "spend": 0.0003,
    "total_tokens": 34,
    "prompt_tokens": 30,
    "completion_tokens": 4,
    "startTime": "2026-03-01T12:00:00.250Z",
    "endTime": "2026-03-01T12:00:01.500Z",
    "completionStartTime": "2026-03-01T12:00:00.750Z",
    "model": "gpt-4o-mini",
    "model_group": "cheap",
    "custom_llm_provider": "openai",
    "user": "staff-1",
    "end_user": "user-7",
    "metadata": json.dumps({"status": "success", "spend_logs_metadata": {"agent": "router", "customer": "gold"}}),
    "cache_hit": "False",
    "request_tags": json.dumps(["prod"]),
    "session_id": "trace-1",
    "messages": "{}",
    "response": json.dumps(RESPONSE),
    "proxy_server_request": json.dumps(
        {"model": "cheap", "messages": MESSAGES, "temperature": 0.5, "tools": [TOOL], "user": "someone"}
    ),
    "status": "success",
}


def call(record: dict[str, Any], **changes: Any) -> Call:
    made = call_from_log({**record, **changes})
    assert made is not None
    return made


@pytest.mark.parametrize("record", [PAYLOAD, ROW], ids=["payload", "spend log"])
def test_everything_that_a_log_tells_is_read(record: dict[str, Any]):
    made = call(record)
    trace = (
        "trace-1" if "trace_id" in record else "own:trace-1"
    )  # a session's name, which the store makes a pseudonym of
    assert (made.id, made.trace_id, made.agent) == ("chatcmpl-1", trace, "router")
    assert (made.provider, made.model, made.framework, made.operation) == ("openai", "gpt-4o-mini", "litellm", "chat")
    assert made.started_at == datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    assert (made.duration_ms, made.time_to_first_token_ms, made.cost_usd) == (1250, 500, 0.0003)
    assert made.messages == (Message("system", "Route."), Message("user", "Hi"))
    assert (made.tools, made.params) == ((ToolSpec("look"),), {"temperature": 0.5})
    assert (made.response, made.error) == (Message("assistant", "greeting"), None)
    assert (made.usage, made.origin) == (Usage(30, 4), "user-7")
    assert made.labels["customer"] == "gold"
    assert (made.labels["model_group"], made.labels["tags"]) == ("cheap", ["prod"])


def test_a_spend_log_may_hold_the_prompt_itself():
    made = call(ROW, messages=json.dumps(MESSAGES), proxy_server_request="{}")
    assert made.messages == (Message("system", "Route."), Message("user", "Hi"))


def test_a_logger_may_have_wrapped_the_payload():
    assert call_from_log({"litellm_call_id": "x", "standard_logging_object": PAYLOAD}) == call(PAYLOAD)


def test_a_failed_call_tells_its_error():
    information = {"error_class": "RateLimitError", "error_message": "Slow down", "error_code": "429"}
    made = call(PAYLOAD, status="failure", error_str="Slow down", response={}, error_information=information)
    assert (made.response, made.error) == (None, Failure("RateLimitError", "Slow down"))
    metadata = json.dumps({"status": "failure", "error_information": information})
    assert call(ROW, metadata=metadata, response="{}", status="failure").error == Failure("RateLimitError", "Slow down")


def test_an_answer_out_of_the_cache_is_labelled():
    assert call(PAYLOAD, cache_hit=True).labels["cache_hit"] is True
    assert call(ROW).labels["cache_hit"] is False


def test_text_completions_and_other_kinds_of_calls():
    made = call(PAYLOAD, call_type="atext_completion", messages="Say yes", response={"choices": [{"text": "yes"}]})
    assert (made.operation, made.messages) == ("text_completion", (Message("user", "Say yes"),))
    assert made.response == Message("assistant", "yes")
    kinds = ["aembedding", "image_generation", "atranscription", "moderation", "rerank"]
    assert [call_from_log({**PAYLOAD, "call_type": kind}) for kind in kinds] == [None] * 5


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"id": "x"}, "not a log of LiteLLM"),
        ([], "not a log of LiteLLM"),
        ({**ROW, "proxy_server_request": "{}"}, "no prompt: the proxy stores it when store_prompts_in_spend_logs"),
    ],
)
def test_what_is_no_call_is_told_why(record: Any, reason: str):
    with pytest.raises(InputError, match=reason):
        call_from_log(record)
