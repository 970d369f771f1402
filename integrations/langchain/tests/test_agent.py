"""Calls of LangChain's and LangGraph's agents: who made them, and in which trace."""

import asyncio

import pytest

pytest.importorskip("langchain", minversion="1.3")  # the oldest that SlmMiddleware works with
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from slm_instrument.records import ToolCall


def answer(text):
    """Ask for the tool once, then answer."""
    if "order" in text:
        return AIMessage("", tool_calls=[{"name": "look_up", "args": {"order": 7}, "id": "c1"}])
    return "It is on its way."


@tool
def look_up(order: int) -> str:
    """Find an order."""
    return f"parcel {order} left"


@pytest.fixture
def agent(scripted):
    return create_agent(scripted(answer=answer), tools=[look_up], system_prompt="You help.", name="desk")


def run(agent, config, way):
    inputs = {"messages": [("user", "Where is order 7?")]}
    if way == "invoke":
        return agent.invoke(inputs, config=config)
    if way == "ainvoke":
        return asyncio.run(agent.ainvoke(inputs, config=config))
    if way == "stream":
        return list(agent.stream(inputs, config=config, stream_mode="values"))[-1]

    async def read():
        return [state async for state in agent.astream(inputs, config=config, stream_mode="values")][-1]

    return asyncio.run(read())


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
def test_an_agents_calls_have_its_name_and_one_trace(agent, handler, calls, way):
    result = run(agent, {"callbacks": [handler], "metadata": {"user_id": "u1"}}, way)
    assert result["messages"][-1].content == "It is on its way."
    first, second = calls()
    assert {first.agent, second.agent} == {"desk"}
    assert first.trace_id == second.trace_id
    assert first.trace_id not in (first.id, second.id)
    assert first.parent_id != second.parent_id
    assert first.origin == second.origin is not None
    assert first.labels["node"] == "model"
    assert [message.role for message in first.messages] == ["system", "user"]
    assert first.response.tool_calls == (ToolCall("look_up", '{"order": 7}', "c1"),)
    assert [message.role for message in second.messages] == ["system", "user", "assistant", "tool"]
    assert second.messages[3].content == "parcel 7 left"
    assert [spec.name for spec in first.tools] == ["look_up"]
    assert first.response.name is None, "the agent's name on its answer is set later, and not by the model"


def test_each_run_of_an_agent_is_a_trace(agent, handler, calls):
    for _ in range(3):
        run(agent, {"callbacks": [handler]}, "invoke")
    assert len({call.trace_id for call in calls()}) == 3


def test_a_handler_that_belongs_to_the_model(scripted, handler, calls):
    agent = create_agent(scripted(answer=answer, callbacks=[handler]), tools=[look_up], name="desk")
    run(agent, {}, "invoke")
    first, second = calls()
    assert {first.agent, second.agent} == {"desk"}
    assert first.trace_id == first.parent_id, "no further up is to be seen from there"


def test_an_agent_called_as_a_tool_of_another_shares_its_trace(scripted, handler, calls):
    inner = create_agent(scripted(answer=lambda text: "inner says yes"), tools=[], name="inner")

    @tool
    def ask_inner(question: str) -> str:
        """Ask the other agent."""
        return inner.invoke({"messages": [("user", question)]})["messages"][-1].content

    def outer_answer(text):
        if text == "go":
            return AIMessage("", tool_calls=[{"name": "ask_inner", "args": {"question": "well?"}, "id": "c1"}])
        return "done"

    outer = create_agent(scripted(answer=outer_answer), tools=[ask_inner], name="outer")
    outer.invoke({"messages": [("user", "go")]}, config={"callbacks": [handler]})
    found = calls()
    assert [call.agent for call in found] == ["outer", "inner", "outer"]
    assert len({call.trace_id for call in found}) == 1


@pytest.mark.parametrize("strategy", [ToolStrategy, ProviderStrategy])
def test_structured_output(scripted, handler, calls, strategy):
    class Order(BaseModel):
        """An order."""

        number: int

    made = AIMessage("", tool_calls=[{"name": "Order", "args": {"number": 7}, "id": "c1"}])
    model = scripted(answer=lambda text: made if strategy is ToolStrategy else '{"number": 7}')
    agent = create_agent(model, tools=[], response_format=strategy(Order))
    result = agent.invoke({"messages": [("user", "Order 7?")]}, config={"callbacks": [handler]})
    assert result["structured_response"] == Order(number=7)
    (call,) = calls()
    if strategy is ToolStrategy:
        assert [spec.name for spec in call.tools] == ["Order"]
        assert call.response.tool_calls == (ToolCall("Order", '{"number": 7}', "c1"),)
    else:
        schema = call.response_format["json_schema"]["schema"]
        assert schema["properties"]["number"]["type"] == "integer"
        assert call.response.content == '{"number": 7}'
    assert call.agent == "model", "an agent without a name is known by its node"


def test_a_tool_that_fails_leaves_nothing_behind(scripted, handler, calls):
    @tool
    def broken(order: int) -> str:
        """Break."""
        raise RuntimeError("broken")

    asks = AIMessage("", tool_calls=[{"name": "broken", "args": {"order": 7}, "id": "c1"}])
    agent = create_agent(scripted(answer=lambda text: asks), tools=[broken], name="desk")
    with pytest.raises(RuntimeError, match="broken"):
        agent.invoke({"messages": [("user", "go")]}, config={"callbacks": [handler]})
    assert len(calls()) == 1
