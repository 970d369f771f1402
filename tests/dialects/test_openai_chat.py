"""Chat completions and text completions as OpenAI and its kin write them."""

import hashlib

import pytest
from hypothesis import given, strategies as st

from slm_instrument.dialects import Reply, Request, make_call, openai_chat, openai_completions, openai_responses
from slm_instrument.records import Failure, Message, ToolCall, ToolSpec, Usage

IMAGE = "data:image/png;base64," + "A" * 10_000


def asked(*messages, **fields):
    return openai_chat.read_request({"model": "m", "messages": list(messages), **fields})


def replied(message, **fields):
    return openai_chat.read_reply({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **fields})


def test_a_request():
    found = asked(
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}], "name": "ann"},
        tools=[{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}},
               {"type": "web_search"}, {"type": "custom", "custom": {"name": "sql"}}, "nonsense"],
        response_format={"type": "json_object"},
        temperature=0, seed=None, api_key="secret", stream=True, stop=["x"],
        user="u", safety_identifier="s",
        metadata={"step": "1", "long": "x" * 500, "deep": {}},
    )  # fmt: skip
    assert found == Request(
        messages=(Message("developer", "Be brief."), Message("user", "Hi", name="ann")),
        tools=(ToolSpec("f", "d", {"type": "object"}), ToolSpec("web_search"), ToolSpec("sql")),
        response_format={"type": "json_object"},
        params={"temperature": 0, "stop": ["x"], "stream": True},
        model="m",
        origin="s",
        labels={"step": "1"},
    )


def test_plain_text_is_no_demanded_form():
    assert asked(response_format={"type": "text"}).response_format is None


def test_the_functions_of_old():
    found = asked(
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "1"},
        functions=[{"name": "f", "parameters": {}}],
        function_call={"name": "f"},
    )
    assert found.messages[0] == Message("assistant", None, (ToolCall("f", "{}"),))
    assert found.tools == (ToolSpec("f"),)
    assert found.params == {"tool_choice": {"name": "f"}}


def test_media_are_kept_by_size_and_digest():
    parts = [{"type": "text", "text": "See:"}, {"type": "image_url", "image_url": {"url": IMAGE, "detail": "low"}}]
    (message,) = asked({"role": "user", "content": parts}).messages
    url = message.content[1]["image_url"]["url"]
    assert hashlib.sha256(IMAGE.encode()).hexdigest() in url
    assert url.startswith("data:image/png;base64,<10022 characters")
    assert message.content[1]["image_url"]["detail"] == "low"


def test_a_cache_mark_on_a_prompt_is_kept_and_an_answers_parts_are_one_text():
    marked = [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]
    answer = [{"type": "text", "text": "He"}, {"type": "thinking", "thinking": []}, {"type": "text", "text": "llo"}]
    found = asked({"role": "user", "content": marked}, {"role": "assistant", "content": answer})
    assert found.messages == (Message("user", marked), Message("assistant", "Hello"))


def test_a_reply():
    found = replied(
        {"role": "assistant", "content": "", "reasoning_content": "hm", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
            {"id": "c2", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}},
            {"id": "c3", "function": {"name": "g", "arguments": {"b": 2}}},
        ]},
        id="x", model="m-1",
        usage={"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 8},
               "completion_tokens_details": {"reasoning_tokens": 3}},
    )  # fmt: skip
    calls = (ToolCall("f", '{"a": 1}', "c1"), ToolCall("sql", "SELECT 1", "c2"), ToolCall("g", '{"b": 2}', "c3"))
    assert found == Reply(
        response=Message("assistant", None, calls), usage=Usage(9, 4, 8, 3), model="m-1", id="x", finish_reason="stop"
    )


def test_refusals_and_spoken_answers_stand_beside_the_content():
    refused = replied({"role": "assistant", "content": None, "refusal": "No."}).response
    assert refused.content == [{"type": "refusal", "refusal": "No."}]
    audio = {"id": "a", "data": "B" * 9_000, "transcript": "Hello"}
    spoken = replied({"role": "assistant", "content": None, "audio": audio}).response
    assert spoken.text == "Hello"
    assert "sha256" in spoken.content[0]["audio"]["data"]


def test_of_several_choices_the_first_is_the_answer():
    choices = [{"message": {"content": text}} for text in ("a", "b")]
    found = openai_chat.read_reply({"choices": choices})
    assert (found.response, found.labels) == (Message("assistant", "a"), {"choices": 2})


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ({"error": {"message": "no", "type": "t", "code": "c"}}, Failure("c", "no")),
        ({"error": {"message": "no", "type": "t", "code": 401}}, Failure("t", "no")),
        ({"error": "model not found"}, Failure("error", "model not found")),
        ({"object": "error", "message": "too long", "type": "BadRequestError"}, Failure("BadRequestError", "too long")),
        ({"detail": [{"loc": 1}]}, Failure("error", '[{"loc": 1}]')),
        ({}, None),
    ],
)
def test_errors_in_the_forms_of_openai_ollama_vllm_and_fastapi(body, failure):
    assert openai_chat.read_reply(body).error == failure


def test_completions():
    found = openai_completions.read_request({"prompt": ["a", "b"], "model": "m", "echo": True})
    assert (found.messages, found.labels) == ((Message("user", "a"),), {"prompts": 2})
    assert openai_completions.read_request({"prompt": [1, 2, 3]}).messages[0].text == "<3 token ids>"
    assert openai_completions.read_request({"prompt": "a", "suffix": "z"}).messages[0].text == "a\nz"
    reply = openai_completions.read_reply({"choices": [{"text": " b", "finish_reason": "length"}]})
    assert (reply.response, reply.finish_reason) == (Message("assistant", " b"), "length")


def test_a_call_is_made_of_request_and_reply():
    call = make_call(asked({"role": "user", "content": "Hi"}), replied({"content": "Yo"}, model="m-1"), agent="a")
    assert (call.model, call.agent, call.response.text) == ("m", "a", "Yo")
    assert call.labels == {"finish_reason": "stop", "response_model": "m-1"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "messages", "content", "tool_calls", "function", "function_call", "custom",
                 "name", "arguments", "input", "output", "type", "role", "text", "usage", "error", "prompt", "audio",
                 "refusal", "tools", "functions", "metadata", "instructions", "format", "call_id", "detail"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)  # fmt: skip
TYPED = JSON.map(lambda value: {"type": "function_call", "output": [value], "input": [value], "messages": [value]})


@pytest.mark.parametrize("dialect", [openai_chat, openai_completions, openai_responses])
@given(body=JSON | TYPED)
def test_no_shape_is_refused(dialect, body):
    call = make_call(dialect.read_request(body), dialect.read_reply(body))
    assert all(isinstance(message, Message) for message in call.messages)
