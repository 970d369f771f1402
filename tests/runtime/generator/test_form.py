import json

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.canonical import agree
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.generator.form import COMPACT, MOST_KEYS, Form, Layout

SCALARS = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)
CONTAINERS = st.lists(VALUES) | st.dictionaries(st.text(), VALUES)
LAYOUTS = st.builds(
    lambda indent, spaced, fence: Layout(
        indent=indent, comma=", " if spaced and indent is None else ",", colon=": " if spaced else ":", fence=fence
    ),
    st.sampled_from([None, 2, 4, "\t"]),
    st.booleans(),
    st.sampled_from([None, "json", ""]),
)


def said(*values, layout=COMPACT):
    return [Message("assistant", layout.write(value)) for value in values]


def called(name, arguments):
    return Message("assistant", None, (ToolCall(name, arguments),))


@settings(max_examples=40)
@given(st.lists(CONTAINERS, min_size=1, max_size=4), LAYOUTS)
def test_json_answers_come_back_as_the_teacher_worded_them(values, layout):
    messages = said(*values, layout=layout)
    form = Form.learn(messages)
    for message in messages:
        again = form.message(form.target(message))
        assert again is not None
        assert agree(again, message)


def test_layout_and_order_are_the_teachers_usual_ones():
    layout = Layout(indent=4, colon=": ", fence="json")
    usual, other = {"file": "a", "class": "B", "line": 1}, {"line": 2, "file": "c"}
    form = Form.learn(said(usual, usual, other, layout=layout))
    assert form.layout == layout
    assert form.order == {"": ("file", "class", "line")}
    assert form.target(said(other)[0]) == '{"file":"c","line":2}'
    assert form.message('{"file":"c","line":2}') == said({"file": "c", "line": 2}, layout=layout)[0]


def test_a_key_that_some_answers_leave_out_keeps_its_place():
    form = Form.learn(said({"a": 1, "c": 2}, {"a": 1, "c": 2}, {"a": 1, "b": 3, "c": 2}))
    assert form.order[""] == ("a", "b", "c")


def test_objects_with_keys_of_their_own_have_no_order():
    values = [{f"key{number}": {"x": 1, "y": 2}} for number in range(MOST_KEYS + 1)]
    assert Form.learn(said(*values)).order == {}


def test_target_is_compact():
    message = Message("assistant", '{\n  "a": ["ü", 1.50],\n  "b": null\n}')
    assert Form.learn([message]).target(message) == '{"a":["ü",1.5],"b":null}'


@pytest.mark.parametrize("arguments", ['{"city": "Rome", "days": 2}', "{}", "", "not JSON", '"text"', "[1]"])
def test_tool_calls_come_back(arguments):
    message = called("weather", arguments)
    form = Form.learn([message])
    assert form.kinds == ("calls",)
    again = form.message(form.target(message))
    assert again == message


def test_several_calls_are_one_list():
    message = Message("assistant", None, (ToolCall("a", '{"x":1}'), ToolCall("b", "{}")))
    form = Form.learn([message])
    assert json.loads(form.target(message)) == [{"name": "a", "arguments": {"x": 1}}, {"name": "b", "arguments": {}}]
    assert form.message(form.target(message)) == message


@pytest.mark.parametrize(
    "text", ["", "   ", "[{", '{"a":1}', "[]", '[{"name":"a"}]', '[{"name":1,"arguments":{}}]', "hi"]
)
def test_what_is_no_call_is_no_answer_of_a_task_of_calls(text):
    assert Form.learn([called("a", "{}")]).message(text) is None


@pytest.mark.parametrize("text", ["", "{", '{"a":NaN}', "prose", "12", "[" * 100_000])
def test_what_is_no_json_is_no_answer_of_a_json_task(text):
    assert Form.learn(said({"a": 1})).message(text) is None


def test_mixed_tasks_say_both():
    form = Form.learn([called("a", '{"x":1}'), Message("assistant", "Which one do you mean?")])
    assert form.message("Which one?") == Message("assistant", "Which one?")
    assert form.message('[{"name":"a","arguments":{"x":2}}]') == called("a", '{"x":2}')
    assert form.message('[{"name":"a","argu') is None


def test_prose_stays_as_it_is():
    message = Message("assistant", " [note] all is well\n")
    form = Form.learn([message])
    assert form.target(message) == "[note] all is well"
    assert form.message("[note] all is well") == Message("assistant", "[note] all is well")


def test_nothing_learned_is_prose():
    assert Form.learn([]) == Form()


@settings(max_examples=40)
@given(st.lists(CONTAINERS, max_size=3))
def test_a_form_goes_through_json(values):
    form = Form.learn(said(*values))
    assert msgspec.json.decode(msgspec.json.encode(form), type=Form) == form
