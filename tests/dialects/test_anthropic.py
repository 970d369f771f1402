"""Anthropic's Messages as records."""

from typing import Any

from hypothesis import given, strategies as st

from slm_instrument import Failure, Message, ToolCall, ToolSpec, Usage
from slm_instrument.dialects.anthropic import read_messages, read_reply, read_request
from slm_instrument.dialects.forms import Reply, Request

REQUEST = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 200,
    "stop_sequences": ["END"],
    "system": [{"type": "text", "text": "Look orders up.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": "Where is A1?"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "x"},
                {"type": "text", "text": "Let me see."},
                {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"order": "A1"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "in transit"}]},
                {"type": "text", "text": "And?"},
            ],
        },
    ],
    "tools": [{"name": "look", "description": "Look it up", "input_schema": {"type": "object"}}, {"type": "bash_1"}],
    "metadata": {"user_id": "user-7"},
}
REPLY = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "On its "}, {"type": "text", "text": "way."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 30, "cache_read_input_tokens": 8, "output_tokens": 4},
}
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "type", "text", "system", "messages", "input", "tools", "usage"]), inner
        )
    ),
    max_leaves=12,
)


def test_a_request_with_a_system_prompt_tool_use_and_its_result():
    request = read_request(REQUEST)
    cached = {"type": "text", "text": "Look orders up.", "cache_control": {"type": "ephemeral"}}
    assert request.messages == (
        Message("system", [cached]),
        Message("user", "Where is A1?"),
        Message("assistant", "Let me see.", (ToolCall("look", '{"order": "A1"}', "toolu_1"),)),
        Message("tool", "in transit", tool_call_id="toolu_1"),
        Message("user", "And?"),
    )
    assert request.tools == (ToolSpec("look", "Look it up", {"type": "object"}), ToolSpec("bash_1"))
    assert request.params == {"max_tokens": 200, "stop": ["END"]}
    assert (request.model, request.origin) == ("claude-sonnet-4-5", "user-7")


def test_a_reply_is_one_text_with_usage_and_reason():
    reply = read_reply(REPLY)
    assert reply.response == Message("assistant", "On its way.")
    assert reply.usage == Usage(30, 4, 8)
    assert (reply.id, reply.model, reply.finish_reason) == ("msg_1", "claude-sonnet-4-5-20250929", "end_turn")


def test_an_answer_that_only_calls_tools_says_nothing():
    asked = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    assert read_reply({**REPLY, "content": [asked]}).response == Message(
        "assistant", None, (ToolCall("look", "{}", "toolu_1"),)
    )


def test_an_error_is_a_failure():
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert read_reply(error) == Reply(error=Failure("overloaded_error", "Overloaded"))


def test_an_image_is_kept_by_size_and_hash():
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 10_000}}
    (message,) = read_messages({"role": "user", "content": [image]})
    assert isinstance(message.content, list)
    assert "10000 characters, sha256:" in message.content[0]["source"]["data"]


@given(JSON)
def test_anything_is_read_as_far_as_it_can_be(body: Any):
    assert isinstance(read_request(body), Request)
    assert isinstance(read_reply(body), Reply)
