"""The real ChatOpenAI, bare and with students in between: what the server is asked and what comes are the same."""

import asyncio

import pytest

pytest.importorskip("langchain_openai")
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from integrations.langchain.tests.asking import MATCHING, collect, joined
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.testing import ScriptedStudent
from slm_instrument_langchain import SlmChatModel

# Of langchain-openai itself, where the SDK has made an object of the answer.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
METHODS = ["function_calling", "json_mode", "json_schema"]


@tool
def look_up(order: int) -> str:
    """Find an order."""
    return "found"


class Order(BaseModel):
    """An order."""

    order: int


ANSWERS = {
    "function_calling": Message("assistant", None, (ToolCall("Order", '{"order": 8}', "c8"),)),
    "json_mode": Message("assistant", '{"order": 8}'),
    "json_schema": Message("assistant", '{"order": 8}'),
}


def substituted(bare, make, answer, **options):
    return SlmChatModel(bare, make(ScriptedStudent(lambda _: answer), **options))


def ways_of(runnable, asked):
    """What comes in all ways of asking, the streams' pieces put together."""
    return {
        "invoke": runnable.invoke(asked),
        "ainvoke": asyncio.run(runnable.ainvoke(asked)),
        "batch": runnable.batch([asked]),
        "stream": whole(runnable.stream(asked)),
        "astream": whole(asyncio.run(collect(runnable.astream(asked)))),
    }


def whole(stream):
    """The pieces of a stream together: messages and dictionaries add up, of growing objects the last one is whole."""
    *earlier, last = stream
    growing = isinstance(last, BaseModel) and not isinstance(last, BaseMessage)
    return last if growing or (isinstance(last, dict) and "order" in last) else joined([*earlier, last])


def types_of(value):
    """The types of a value, all the way down."""
    if isinstance(value, list):
        return [types_of(each) for each in value]
    if isinstance(value, dict):
        return {key: types_of(each) for key, each in value.items()}
    return type(value)


@pytest.mark.parametrize("mode", ["off", "shadow", "on"])
def test_the_server_is_asked_the_same(model, server, make, mode):
    bare = model(temperature=0.1)
    wrapped = SlmChatModel(bare, make(ScriptedStudent(str.upper, accepted=False), mode=mode))
    for use in (
        lambda llm: llm.invoke(MATCHING),
        lambda llm: list(llm.stream(MATCHING)),
        lambda llm: llm.bind_tools([look_up], tool_choice="any", parallel_tool_calls=False).invoke(MATCHING),
        lambda llm: llm.bind(stop=["x"], temperature=0.7).with_config(tags=["a"]).invoke(MATCHING),
        lambda llm: llm.generate([[HumanMessage(MATCHING)]]).generations,
        *(
            lambda llm, method=method, raw=raw: llm.with_structured_output(
                Order, method=method, include_raw=raw
            ).invoke(f"{MATCHING} JSON")
            for method in METHODS
            for raw in (True, False)
        ),
    ):
        came = [use(bare), use(wrapped)]
        assert server.asked[-1] == server.asked[-2]
        assert types_of(came[0]) == types_of(came[1])


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("schema", [Order, Order.model_json_schema() | {"title": "Order"}])
@pytest.mark.parametrize("method", METHODS)
def test_structured_output(model, server, make, config, calls, method, schema, raw):
    bare = model()
    bare.with_structured_output(schema, method=method).invoke(MATCHING, config)
    (recorded,) = calls()
    tools = [spec.name for spec in recorded.tools]
    wrapped = substituted(bare, make, ANSWERS[method], tools=tools, response_format=recorded.response_format)
    theirs = ways_of(bare.with_structured_output(schema, method=method, include_raw=raw), MATCHING)
    asked = len(server.asked)
    ours = ways_of(wrapped.with_structured_output(schema, method=method, include_raw=raw), MATCHING)
    assert len(server.asked) == asked, "the LLM was asked"
    for way, came in ours.items():
        assert types_of(came) == types_of(theirs[way]), way
    expected = Order(order=8) if schema is Order else {"order": 8}
    assert (ours["invoke"]["parsed"] if raw else ours["invoke"]) == expected
    assert (ours["stream"]["parsed"] if raw else ours["stream"]) == expected


def test_where_the_student_does_not_give_the_object_demanded_the_llm_does(model, make, config, calls):
    bare = model()
    assert bare.with_structured_output(Order, method="json_schema").invoke(MATCHING, config) == Order(order=7)
    form = calls()[0].response_format
    wrapped = substituted(bare, make, Message("assistant", '{"order": "many"}'), response_format=form)
    assert wrapped.with_structured_output(Order, method="json_schema").invoke(MATCHING) == Order(order=7)
    assert wrapped.substitutor.seen


def test_tools(model, make):
    bare = model()
    answer = Message("assistant", None, (ToolCall("look_up", '{"order": 8}', "c8"),))
    wrapped = substituted(bare, make, answer, tools=["look_up"])
    theirs, ours = (ways_of(each.bind_tools([look_up]), MATCHING) for each in (bare, wrapped))
    for way, came in ours.items():
        assert types_of(came) == types_of(theirs[way]), way
    assert ours["invoke"].tool_calls == [{"name": "look_up", "args": {"order": 8}, "id": "c8", "type": "tool_call"}]
    assert type(ours["stream"]) is AIMessageChunk
    assert ours["stream"].tool_calls == ours["invoke"].tool_calls
