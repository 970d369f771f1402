import pytest
from hypothesis import given, strategies as st

from slm_instrument.records import Call, Message, ToolCall, ToolSpec
from slm_instrument.runtime.validity import flaw, unsupported

TOOLS = (
    ToolSpec("find", parameters={"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}),
    ToolSpec("stop"),
)


def tool_call(name, arguments="{}"):
    return Message("assistant", None, (ToolCall(name, arguments, "call_1"),))


@pytest.mark.parametrize(
    ("params", "answer"),
    [
        ({}, Message("assistant", "fine")),
        ({}, tool_call("stop")),
        ({}, tool_call("find", '{"name": "Ada"}')),
        ({"tool_choice": "auto"}, Message("assistant", "fine")),
        ({"tool_choice": {"type": "auto"}}, Message("assistant", "fine")),
        ({"tool_choice": "any"}, tool_call("stop")),
        ({"tool_choice": "stop"}, tool_call("stop")),
        ({"tool_choice": {"type": "function", "function": {"name": "stop"}}}, tool_call("stop")),
        ({"tool_choice": {"type": "tool", "name": "stop"}}, tool_call("stop")),
        ({"tool_choice": "none"}, Message("assistant", "fine")),
    ],
)
def test_answers_that_a_call_allows(params, answer):
    assert flaw(Call(tools=TOOLS, params=params), answer) is None


@pytest.mark.parametrize(
    ("params", "answer", "said"),
    [
        ({}, Message("assistant", ""), "empty"),
        ({}, Message("assistant", " \n"), "empty"),
        ({}, tool_call("launch"), "not offered"),
        ({}, tool_call("stop", "not json"), "no JSON object"),
        ({}, tool_call("stop", "[1]"), "no JSON object"),
        ({}, tool_call("find", "{}"), "arguments of 'find': $: breaks 'required'"),
        ({}, tool_call("find", '{"name": 1}'), "arguments of 'find': $.name: breaks 'type'"),
        ({"tool_choice": "none"}, tool_call("stop"), "none is allowed"),
        ({"tool_choice": "required"}, Message("assistant", "fine"), "one is demanded"),
        ({"tool_choice": "find"}, tool_call("stop"), "not the demanded tool"),
        ({"tool_choice": {"type": "tool", "name": "find"}}, tool_call("stop"), "not the demanded tool"),
        ({"tool_choice": "find"}, Message("assistant", "fine"), "not the demanded tool"),
    ],
)
def test_answers_that_a_call_does_not_allow(params, answer, said):
    assert said in flaw(Call(tools=TOOLS, params=params), answer)


@pytest.mark.parametrize("kind", ["json_object", "json_schema"])
def test_json_where_json_is_demanded(kind):
    call = Call(response_format={"type": kind})
    assert flaw(call, Message("assistant", '{"a": 1}')) is None
    assert "JSON" in flaw(call, Message("assistant", "a is 1"))
    assert flaw(Call(response_format={"type": "text"}), Message("assistant", "a is 1")) is None


SCHEMA = {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"]}


@pytest.mark.parametrize(
    "demanded",
    [
        {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
        {"type": "json_schema", "name": "x", "schema": SCHEMA},
    ],
)
def test_the_demanded_schema(demanded):
    call = Call(response_format=demanded)
    assert flaw(call, Message("assistant", '{"a": 1}')) is None
    assert flaw(call, Message("assistant", '{"a": 3}')) == "not the demanded JSON: $.a: breaks 'enum'"
    assert "required" in flaw(call, Message("assistant", "{}"))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://localhost:1/schema.json"},
        {"type": "no such type"},
        {"properties": {"a": {"pattern": "("}}},
        {"properties": []},
    ],
)
def test_a_schema_that_cannot_be_read_leaves_the_call_to_the_llm(schema):
    call = Call(response_format={"type": "json_schema", "json_schema": {"schema": schema}})
    assert "cannot be read" in flaw(call, Message("assistant", '{"a": "x"}'))


def test_only_text_can_be_asked():
    text = Message("user", [{"type": "text", "text": "what is this?"}])
    image = Message("user", [*text.content, {"type": "image_url", "image_url": {"url": "http://localhost/x.png"}}])
    thought = Message("assistant", [{"type": "reasoning", "summary": []}])
    assert unsupported(Call(messages=(text,))) is None
    assert unsupported(Call(messages=(text, thought, Message("user", "and?")))) is None
    assert "image_url" in unsupported(Call(messages=(image,)))


@pytest.mark.parametrize("params", [{"n": 2}, {"logprobs": True}])
def test_more_than_one_answer_cannot_be_asked(params):
    assert unsupported(Call(params=params)) is not None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_tool_choice_breaks_the_check(choice):
    flaw(Call(tools=TOOLS, params={"tool_choice": choice}), tool_call("stop"))
