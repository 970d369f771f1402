"""Messages and tools in OpenAI form, there and back."""

import pytest
from hypothesis import given, strategies as st

from slm_instrument.records import Message, ToolCall, ToolSpec, message_from_openai, new_id, tool_from_openai

messages = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    content=st.none() | st.text() | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": st.text()})),
    tool_calls=st.lists(st.builds(ToolCall, st.text(), st.text(), st.none() | st.text()), max_size=2).map(tuple),
    tool_call_id=st.none() | st.text(),
    name=st.none() | st.text(),
)


@given(messages)
def test_messages_go_there_and_back(message):
    assert message_from_openai(message.to_openai()) == message


@given(st.builds(ToolSpec, st.text(), st.none() | st.text(), st.none() | st.dictionaries(st.text(), st.integers())))
def test_tools_go_there_and_back(tool):
    assert tool_from_openai(tool.to_openai()) == tool


def test_other_forms_are_read():
    assert message_from_openai({"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}).tool_calls == (
        ToolCall("f", "{}"),
    )
    parsed = message_from_openai({"role": "assistant", "tool_calls": [{"name": "f", "arguments": {"a": 1}}]})
    assert parsed.tool_calls == (ToolCall("f", '{"a":1}'),)
    assert message_from_openai({"role": "user", "content": ["a", {"type": "image_url"}]}).text == "a\n[image_url]"
    assert tool_from_openai({"name": "f"}) == ToolSpec("f")
    assert tool_from_openai({"type": "web_search"}).name == "web_search"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"content": "x"}, "role"),
        ({"role": "user", "content": 5}, "int"),
        ({"role": "user", "content": [5]}, "int"),
        ({"role": "assistant", "tool_calls": ["f"]}, "not an object"),
        ({"role": "assistant", "tool_calls": [{"function": {}}]}, "no name"),
    ],
)
def test_nonsense_is_refused_in_words(raw, says):
    with pytest.raises(ValueError, match=says):
        message_from_openai(raw)


def test_ids_are_sorted_by_time():
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(set(ids))
