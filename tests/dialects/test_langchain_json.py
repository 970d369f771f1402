"""LangChain's messages and results as JSON."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from slm_instrument import Message, ToolCall, Usage
from slm_instrument.dialects.forms import Reply
from slm_instrument.dialects.langchain_json import is_message, is_result, read_answer, read_message, read_result

CALL = {"name": "look", "args": {"order": "A1"}, "id": "call_1", "type": "tool_call"}
CALLED = (ToolCall("look", '{"order": "A1"}', "call_1"),)


def lc(name: str, /, **kwargs: Any) -> dict[str, Any]:
    return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", name], "kwargs": kwargs}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lc("HumanMessage", content="Hi", type="human"), Message("user", "Hi")),
        (lc("HumanMessage", content="Hi", name="ann"), Message("user", "Hi", name="ann")),
        (lc("SystemMessage", content="Be brief."), Message("system", "Be brief.")),
        (lc("AIMessageChunk", content="Hello"), Message("assistant", "Hello")),
        (lc("AIMessage", content="", tool_calls=[CALL], invalid_tool_calls=[]), Message("assistant", None, CALLED)),
        (lc("ToolMessage", content="gone", tool_call_id="call_1"), Message("tool", "gone", tool_call_id="call_1")),
        (lc("ChatMessage", content="Hm", role="critic"), Message("critic", "Hm")),
        ({"type": "human", "data": {"content": "Hi", "additional_kwargs": {}}}, Message("user", "Hi")),
        ({"type": "ai", "content": [{"type": "text", "text": "a"}, "b"]}, Message("assistant", "ab")),
        ({"type": "AIMessageChunk", "content": "Hello"}, Message("assistant", "Hello")),
        (["system", "Be brief."], Message("system", "Be brief.")),
        (("human", "Hi"), Message("user", "Hi")),
    ],
    ids=str,
)
def test_every_form_of_a_message_is_read(value: Any, message: Message):
    assert is_message(value)
    assert read_message(value) == message


@pytest.mark.parametrize(
    "value",
    [
        None,
        "human",
        {"role": "user", "content": "Hi"},
        {"type": "text", "text": "x"},
        ["a", "b"],
        ["human"],
        lc("Tool"),
    ],
    ids=str,
)
def test_what_is_no_message_of_langchain_is_not_taken_for_one(value: Any):
    assert not is_message(value)


def test_arguments_are_kept_as_the_model_wrote_them():
    written = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"order":  "A1"}'}}
    message = lc("AIMessage", content="", tool_calls=[CALL], additional_kwargs={"tool_calls": [written]})
    assert read_message(message).tool_calls == (ToolCall("look", '{"order":  "A1"}', "call_1"),)
    legacy = lc("AIMessage", content="", additional_kwargs={"function_call": {"name": "look", "arguments": "{}"}})
    assert read_message(legacy).tool_calls == (ToolCall("look", "{}"),)
    broken = {"name": "look", "args": '{"order"', "id": "call_1", "error": "bad"}
    assert read_message(lc("AIMessage", content="", invalid_tool_calls=[broken])).tool_calls[0].arguments == '{"order"'


def test_tool_use_that_is_repeated_in_the_content_is_not_said():
    use = {"type": "tool_use", "id": "call_1", "name": "look", "input": {"order": "A1"}}
    message = lc("AIMessage", content=[{"type": "text", "text": "Wait."}, use], tool_calls=[CALL])
    assert read_message(message) == Message("assistant", "Wait.", CALLED)


def test_an_answer_tells_its_tokens_and_its_model():
    usage = {"input_tokens": 5, "output_tokens": 1, "total_tokens": 6}
    details = {"model_name": "gpt-4o-2024-08-06", "finish_reason": "stop"}
    found = read_answer(lc("AIMessage", content="4", usage_metadata=usage, response_metadata=details))
    assert (found.usage, found.model, found.finish_reason) == (Usage(5, 1), "gpt-4o-2024-08-06", "stop")


def test_a_result_is_its_first_generation_with_the_usage_of_all():
    output = {"token_usage": {"prompt_tokens": 5, "completion_tokens": 1}, "model_name": "gpt-3.5-turbo-instruct"}
    result = {"generations": [[{"text": "yes", "generation_info": {"finish_reason": "stop"}}]], "llm_output": output}
    assert is_result(result)
    assert read_result(result) == Reply(
        response=Message("assistant", "yes"), usage=Usage(5, 1), model="gpt-3.5-turbo-instruct", finish_reason="stop"
    )
    assert read_result({"generations": [[]]}) == Reply()


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["ai", "AIMessage", "human"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["lc", "id", "type", "kwargs", "data", "content", "tool_calls", "generations"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_anything_is_read_as_far_as_it_can_be(value: Any):
    assert isinstance(read_result(value), Reply)
    if is_message(value):
        assert isinstance(read_message(value), Message)
        assert isinstance(read_answer(value), Reply)
