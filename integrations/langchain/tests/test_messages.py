"""LangChain's messages as records and back."""

import json

import pytest
from hypothesis import given, strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from slm_instrument.canonical import agree
from slm_instrument.dialects import usage_or_none
from slm_instrument.records import Message, ToolCall, ToolSpec, Usage
from slm_instrument_langchain.messages import to_ai_message, to_message, to_messages
from slm_instrument_langchain.tools import to_response_format, to_tool_specs


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (HumanMessage("hello"), Message("user", "hello")),
        (HumanMessage("hello", name="Ann"), Message("user", "hello", name="Ann")),
        (SystemMessage("be kind"), Message("system", "be kind")),
        (SystemMessage("x", additional_kwargs={"__openai_role__": "developer"}), Message("developer", "x")),
        (AIMessage("yes"), Message("assistant", "yes")),
        (AIMessage(""), Message("assistant", "")),
        (AIMessageChunk("yes"), Message("assistant", "yes")),
        (ToolMessage("found", tool_call_id="c1"), Message("tool", "found", tool_call_id="c1")),
        (FunctionMessage("found", name="look"), Message("function", "found", name="look")),
        (ChatMessage("hm", role="critic"), Message("critic", "hm")),
        (("user", "hello"), Message("user", "hello")),
        ({"role": "user", "content": "hello"}, Message("user", "hello")),
        ("hello", Message("user", "hello")),
        (42, Message("unknown", "42")),
        (HumanMessage([{"type": "text", "text": "hello", "cache_control": {"type": "ephemeral"}}]), None),
    ],
)
def test_roles_and_contents(message, expected):
    if expected is None:
        part = {"cache_control": {"type": "ephemeral"}, "text": "hello", "type": "text"}
        expected = Message("user", [part])
    assert to_message(message) == expected


def test_one_text_part_is_text_and_an_answers_text_parts_are_one():
    parts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    assert to_message(HumanMessage(parts[:1])) == Message("user", "one ")
    assert to_message(HumanMessage(parts)) == Message("user", parts)
    assert to_message(AIMessage(parts)) == Message("assistant", "one two")


def test_a_models_thoughts_are_no_part_of_its_answer():
    thinking = {"type": "thinking", "thinking": "hm", "signature": "abc"}
    assert to_message(AIMessage([thinking, {"type": "text", "text": "yes"}])) == Message("assistant", "yes")


def test_tool_calls_that_the_content_repeats_come_once():
    message = AIMessage(
        [{"type": "text", "text": "I look."}, {"type": "tool_use", "id": "c1", "name": "look", "input": {"a": 1}}],
        tool_calls=[{"name": "look", "args": {"a": 1}, "id": "c1"}],
    )
    assert to_message(message) == Message("assistant", "I look.", (ToolCall("look", '{"a": 1}', "c1"),))


def test_arguments_stay_as_the_model_wrote_them():
    raw = '{"order":   7}'
    kept = {"tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": raw}}]}
    assert to_message(AIMessage("", additional_kwargs=kept)).tool_calls == (ToolCall("look", raw, "c1"),)
    broken = AIMessage("", invalid_tool_calls=[{"name": "look", "args": '{"order": ', "id": "c2", "error": "cut"}])
    assert to_message(broken).tool_calls == (ToolCall("look", '{"order": ', "c2"),)
    chunk = AIMessageChunk("", tool_call_chunks=[{"name": "look", "args": raw, "id": "c3", "index": 0}])
    assert to_message(chunk).tool_calls == (ToolCall("look", raw, "c3"),)


def test_an_answer_becomes_what_a_chat_model_returns():
    calls = (ToolCall("look", '{"a": 1}', "c1"), ToolCall("look", '{"a": 2}'), ToolCall("look", "no json", "c3"))
    made = to_ai_message(Message("assistant", None, calls), usage=Usage(5, 2))
    assert made.content == ""
    assert [(call["name"], call["args"]) for call in made.tool_calls] == [("look", {"a": 1}), ("look", {"a": 2})]
    assert made.tool_calls[0]["id"] == "c1"
    assert made.tool_calls[1]["id"]
    assert made.invalid_tool_calls[0]["args"] == "no json"
    assert made.usage_metadata == {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    ToolMessage("found", tool_call_id=made.tool_calls[1]["id"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = st.builds(
    Message,
    role=st.just("assistant"),
    content=st.text(st.characters(codec="utf-8")),
    tool_calls=st.lists(
        st.builds(
            ToolCall,
            name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=10),
            arguments=st.dictionaries(st.text(max_size=5), JSON, max_size=3).map(json.dumps),
            id=st.uuids().map(str),
        ),
        max_size=3,
    ).map(tuple),
)


@given(ANSWERS)
def test_an_answer_survives_the_way_there_and_back(message):
    back = to_message(to_ai_message(message))
    assert agree(back, message)
    assert [call.id for call in back.tool_calls] == [call.id for call in message.tool_calls]


def test_tools_in_every_form():
    @tool
    def look(order: int) -> str:
        """Find an order."""
        return ""

    class Refund(BaseModel):
        """Give money back."""

        amount: float = Field(description="in euros")

    schema = {"type": "object", "properties": {"order": {"type": "integer"}}, "required": ["order"]}
    expected = ToolSpec("look", "Find an order.", schema)
    openai = {"type": "function", "function": {"name": "look", "description": "Find an order.", "parameters": schema}}
    anthropic = {"name": "look", "description": "Find an order.", "input_schema": schema}
    bedrock = {"toolSpec": {"name": "look", "description": "Find an order.", "inputSchema": {"json": schema}}}
    gemini = {"function_declarations": [{"name": "look", "description": "Find an order.", "parameters": schema}]}
    assert to_tool_specs([openai, anthropic, bedrock, gemini, look]) == (expected,) * 5
    (refund,) = to_tool_specs([Refund])
    assert (refund.name, refund.description) == ("Refund", "Give money back.")
    assert [spec.name for spec in to_tool_specs([{"type": "web_search_preview"}, 42, {"odd": 1}])] == [
        "web_search_preview",
        "int",
        "dict",
    ]
    assert to_tool_specs(None) == to_tool_specs("tools") == to_tool_specs(42) == ()


def test_response_formats():
    class Order(BaseModel):
        number: int

    assert to_response_format(None) is None
    assert to_response_format({"type": "json_object"}) == {"type": "json_object"}
    made = to_response_format(Order)
    assert made["json_schema"]["name"] == "Order"
    assert made["json_schema"]["schema"]["required"] == ["number"]
    assert to_response_format(42) == {"type": "json_schema", "json_schema": {"name": 42}}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, None),
        ({}, None),
        ({"total_cost": 0}, None),
        ({"input_tokens": 3, "output_tokens": 1, "total_tokens": 4}, Usage(3, 1)),
        (
            {
                "input_tokens": 3,
                "output_tokens": 5,
                "input_token_details": {"cache_read": 2},
                "output_token_details": {"reasoning": 4},
            },
            Usage(3, 5, 2, 4),
        ),
        ({"prompt_tokens": 3, "completion_tokens": 1}, Usage(3, 1)),
        ({"input_tokens": "many", "output_tokens": -1, "input_token_details": 7}, None),
    ],
)
def test_usage(usage, expected):
    assert usage_or_none(usage) == expected


@given(st.lists(st.none() | st.integers() | st.text() | st.tuples(st.text(), st.text()) | st.builds(object)))
def test_what_is_no_message_is_recorded_as_far_as_it_goes(items):
    assert len(to_messages(items)) == len(items)
