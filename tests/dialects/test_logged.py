"""Inputs and outputs of LLM calls as tracing tools log them."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slm_instrument import Failure, Message, ToolSpec, Usage
from slm_instrument.dialects.forms import Reply, Request
from slm_instrument.dialects.logged import read_input, read_output

USER = {"role": "user", "content": "Hi"}
HI = (Message("user", "Hi"),)
HELLO = Message("assistant", "Hello")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["ai", "message", "response"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "messages", "message", "output", "choices", "type", "object", "input", "text"]
            ),
            inner,
        )
    ),
    max_leaves=15,
)


@pytest.mark.parametrize(
    "value",
    [
        "Hi",
        [USER],
        [[USER]],
        USER,
        {"messages": [USER]},
        {"messages": [[USER]]},
        {"messages": ["Hi"]},
        {"input": [USER]},
        {"input": "Hi", "model": "gpt-4o"},
        {"prompt": "Hi", "model": "gpt-3.5-turbo-instruct"},
        {"prompts": ["Hi"]},
        [{"type": "human", "content": "Hi"}],
        [["human", "Hi"]],
    ],
    ids=str,
)
def test_a_prompt_is_found_in_whatever_form_it_has(value: Any):
    assert read_input(value).messages == HI
    if not isinstance(value, str):
        assert read_input(json.dumps(value)).messages == HI


@pytest.mark.parametrize("value", [None, "", [], {}, "[]"])
def test_nothing_logged_is_no_prompt(value: Any):
    assert read_input(value) == Request()


def test_an_anthropic_request_keeps_its_system_prompt_and_tools():
    tool = {"name": "look", "input_schema": {"type": "object"}}
    request = read_input({"model": "claude", "system": "Be brief.", "messages": [USER], "tools": [tool]})
    assert request.messages == (Message("system", "Be brief."), *HI)
    assert request.tools == (ToolSpec("look", None, {"type": "object"}),)


@pytest.mark.parametrize(
    "value",
    [
        "Hello",
        {"role": "assistant", "content": "Hello"},
        {"choices": [{"message": {"role": "assistant", "content": "Hello"}}]},
        {"choices": [{"text": "Hello"}]},
        {"message": {"role": "assistant", "content": "Hello"}},
        [USER, {"role": "assistant", "content": "Hello"}],
        [{"message": {"role": "assistant", "content": "Hello"}}],
        [{"type": "text", "text": "Hello"}],
        {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hello"}]},
        {"type": "ai", "content": "Hello"},
        ["ai", "Hello"],
        {"generations": [[{"text": "Hello"}]]},
        {"output": {"role": "assistant", "content": "Hello"}, "usage_metadata": {"input_tokens": 1}},
    ],
    ids=str,
)
def test_an_answer_is_found_in_whatever_form_it_has(value: Any):
    assert read_output(value).response == HELLO
    if not isinstance(value, str):
        assert read_output(json.dumps(value)).response == HELLO


@pytest.mark.parametrize("text", ['{"label": "refund"}', '{"message": "Hello"}', '{"output": "x"}', "[1, 2]", "{oops"])
def test_an_answer_that_is_json_is_kept_as_it_was_written(text: str):
    assert read_output(text).response == Message("assistant", text)


def test_the_error_of_a_provider_is_no_answer():
    error = {"error": {"message": "Too long", "type": "invalid_request_error", "code": "too_long"}}
    assert read_output(error) == Reply(error=Failure("too_long", "Too long"))
    assert read_output({"error": "none found"}).response == Message("assistant", '{"error": "none found"}')


def test_usage_beside_an_answer_is_read():
    assert read_output({"role": "assistant", "content": "x", "usage_metadata": {"input_tokens": 3}}).usage == Usage(3)


@given(VALUES)
def test_anything_is_read_as_far_as_it_can_be(value: Any):
    assert isinstance(read_input(value), Request)
    assert isinstance(read_output(value), Reply)
    assert isinstance(read_input(json.dumps(value)), Request)
    assert isinstance(read_output(json.dumps(value)), Reply)


@pytest.mark.parametrize("name", ["input", "output", "messages"])
def test_nesting_without_end_is_no_trouble(name: str):
    value: Any = "x"
    for _ in range(5000):
        value = {name: value}
    assert isinstance(read_input(value), Request)
    assert isinstance(read_output(value), Reply)
