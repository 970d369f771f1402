"""Real agents and graphs, bare and with students in between: by SlmMiddleware, and by SlmChatModel as their model."""

import asyncio
import json

import pytest

pytest.importorskip("langchain", minversion="1.3")
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from pydantic import BaseModel

from integrations.langchain.tests.asking import MATCHING, OTHER, Listener, collect
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.testing import ScriptedStudent
from slm_instrument_langchain import SlmChatModel, SlmMiddleware

ASKED = {"messages": [("user", MATCHING)]}


@tool
def look_up(order: str) -> str:
    """Find an order."""
    return f"{order} is on its way"


class Order(BaseModel):
    """An order."""

    order: str


def llm_answers(text):
    """The LLM looks an order up, and says what came of it."""
    if "on its way" in text:
        return AIMessage("It comes.")
    return AIMessage("", tool_calls=[{"name": "look_up", "args": {"order": "B2"}, "id": "call_7"}])


def student_answers(_):
    return Message("assistant", None, (ToolCall("look_up", '{"order": "A17"}', "call_1"),))


def by_middleware(bare, substitutor, **options):
    return create_agent(bare, middleware=[SlmMiddleware(substitutor)], **options)


def by_model(bare, substitutor, **options):
    return create_agent(SlmChatModel(bare, substitutor), **options)


def graph(bare, substitutor, *, tools, **_):
    """A graph that is written by hand."""
    model = (SlmChatModel(bare, substitutor) if substitutor else bare).bind_tools(tools)
    state = StateGraph(MessagesState)
    state.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    state.add_node("tools", ToolNode(tools))
    state.add_edge(START, "model")
    state.add_conditional_edges("model", tools_condition)
    state.add_edge("tools", "model")
    return state.compile()


@pytest.fixture(params=[by_middleware, by_model, graph])
def build(request):
    return request.param


def bare_agent(build, bare, **options):
    return graph(bare, None, **options) if build is graph else create_agent(bare, **options)


class TestToolLoop:
    def test_the_same_messages_in_the_same_order(self, make, scripted, build, invoke):
        bare, substitutor = scripted(answer=llm_answers), make(ScriptedStudent(student_answers), tools=["look_up"])
        theirs = invoke(bare_agent(build, bare, tools=[look_up]), ASKED)["messages"]
        substitutor.first_only = True
        ours = invoke(build(bare, substitutor, tools=[look_up]), ASKED)["messages"]
        assert [type(each) for each in ours] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
        assert [type(each) for each in ours] == [type(each) for each in theirs]
        assert (ours[2].content, ours[3].content) == ("A17 is on its way", "It comes.")
        assert theirs[2].content == "B2 is on its way"

    @pytest.mark.parametrize("way", ["stream", "astream"])
    def test_a_stream_of_messages(self, make, scripted, build, way):
        bare, substitutor = scripted(answer=llm_answers), make(ScriptedStudent(student_answers), tools=["look_up"])
        substitutor.first_only = True

        def streamed(agent):
            if way == "stream":
                return list(agent.stream(ASKED, stream_mode="messages"))
            return asyncio.run(collect(agent.astream(ASKED, stream_mode="messages")))

        theirs = streamed(bare_agent(build, bare, tools=[look_up]))
        ours = streamed(build(bare, substitutor, tools=[look_up]))
        shapes = [dict.fromkeys((type(each), meta["langgraph_node"]) for each, meta in came) for came in (theirs, ours)]
        assert list(shapes[0]) == list(shapes[1])
        assert "".join(each.text for each, _ in ours if isinstance(each, AIMessageChunk)) == "It comes."
        called = [call for each, _ in ours for call in getattr(each, "tool_call_chunks", ())]
        assert [call["args"] for call in called] == ['{"order": "A17"}']

    def test_events_and_counters_of_others(self, make, scripted, build, config, calls):
        bare, substitutor = scripted(answer=llm_answers), make(ScriptedStudent(student_answers), tools=["look_up"])
        substitutor.first_only = True
        agent, listener = build(bare, substitutor, tools=[look_up]), Listener()
        with get_usage_metadata_callback() as counter:
            agent.invoke(ASKED, {"callbacks": [listener, *config["callbacks"]]})
        assert len(listener.runs) == 2
        assert listener.heard.count("start") == listener.heard.count("end") == 2
        assert counter.usage_metadata[f"slm:{substitutor.bundle_id}"]["total_tokens"] == 0
        assert counter.usage_metadata["scripted-1-2026"]["total_tokens"] == 14
        first, second = calls()
        assert (first.served_by, second.served_by) == (f"slm:{substitutor.bundle_id}", "llm")
        assert first.trace_id == second.trace_id
        assert first.agent == second.agent
        assert [spec.name for spec in first.tools] == ["look_up"]
        substitutor.seen.clear()
        events = asyncio.run(collect(agent.astream_events(ASKED, version="v2")))
        kinds = [each["event"] for each in events if "chat_model" in each["event"]]
        assert kinds.count("on_chat_model_start") == kinds.count("on_chat_model_end") == 2


STRATEGIES = {
    "tool": lambda: ToolStrategy(Order),
    "provider": lambda: ProviderStrategy(Order),
    "auto": lambda: Order,
}


class TestStructuredOutput:
    @pytest.mark.parametrize("build", [by_middleware, by_model])
    @pytest.mark.parametrize("native", [False, True])
    @pytest.mark.parametrize("strategy", STRATEGIES)
    def test_what_the_agent_gives(self, make, scripted, build, invoke, config, calls, strategy, native):
        by_provider = strategy == "provider" or (strategy == "auto" and native)

        def answer(order):
            if by_provider:
                return AIMessage(json.dumps({"order": order}))
            return AIMessage("", tool_calls=[{"name": "Order", "args": {"order": order}, "id": "call_7"}])

        bare = scripted(answer=lambda _: answer("B2"), profile={"structured_output": native})
        options = {"tools": [look_up], "response_format": STRATEGIES[strategy]()}
        theirs = invoke(create_agent(bare, **options), ASKED, config)
        (recorded,) = calls()
        assert (recorded.response_format is not None) == by_provider

        given = json.dumps({"order": "A17"})
        message = Message("assistant", given) if by_provider else None
        message = message or Message("assistant", None, (ToolCall("Order", given, "call_1"),))
        substitutor = make(
            ScriptedStudent(lambda _: message),
            tools=[spec.name for spec in recorded.tools],
            response_format=recorded.response_format,
        )
        agent = build(bare, substitutor, **options)
        ours = invoke(agent, ASKED, config)
        assert substitutor.reasons == ["SUBSTITUTED"]
        assert (theirs["structured_response"], ours["structured_response"]) == (Order(order="B2"), Order(order="A17"))
        assert [type(each) for each in ours["messages"]] == [type(each) for each in theirs["messages"]]
        _, served = calls()
        assert served.served_by == f"slm:{substitutor.bundle_id}"
        for name in ("messages", "tools", "response_format", "params", "agent"):
            assert getattr(served, name) == getattr(recorded, name)
        declined = invoke(agent, {"messages": [("user", OTHER)]})
        assert declined["structured_response"] == Order(order="B2")

    def test_what_the_schema_does_not_allow_is_the_llms(self, make, scripted):
        class Count(BaseModel):
            n: int

        said = AIMessage("", tool_calls=[{"name": "Count", "args": {"n": 3}, "id": "call_7"}])
        wrong = Message("assistant", None, (ToolCall("Count", '{"m": 4}', "call_1"),))
        substitutor = make(ScriptedStudent(lambda _: wrong), tools=["Count"])
        agent = by_middleware(scripted(answer=lambda _: said), substitutor, response_format=ToolStrategy(Count))
        assert agent.invoke(ASKED)["structured_response"] == Count(n=3)
        assert substitutor.reasons == ["INVALID"]

    @pytest.mark.parametrize("build", [by_middleware, by_model])
    @pytest.mark.parametrize("strategy", STRATEGIES)
    def test_the_provider_is_asked_the_same(self, make, model, server, build, strategy):
        substitutor = make(ScriptedStudent(str.upper), mode="off")
        options = {"tools": [look_up], "response_format": STRATEGIES[strategy]()}
        for agent in (create_agent(model(), **options), build(model(), substitutor, **options)):
            for _ in agent.stream(ASKED, stream_mode="updates"):
                break  # the first turn is enough
        assert server.asked[-2] == server.asked[-1]
        assert substitutor.seen


def test_a_model_that_is_named_later_is_left_alone(make, scripted, monkeypatch, caplog):
    class Later:
        """Like what init_chat_model gives: no chat model."""

        def __init__(self, bare):
            self.bare = bare

        def bind(self, **kwargs):
            return self.bare.bind(**kwargs)

        def __getattr__(self, name):
            return getattr(self.bare, name)

    substitutor = make(ScriptedStudent(str.upper))
    agent = by_middleware(Later(scripted()), substitutor)
    assert agent.invoke(ASKED)["messages"][-1].content == f"You said: {MATCHING}"
    assert substitutor.stats()["UNSUPPORTED"] == 1
    monkeypatch.setattr(substitutor, "refuse", None)
    assert agent.invoke(ASKED)["messages"][-1].content == f"You said: {MATCHING}"
    assert caplog.text.count("substitution failed") == 1


def test_a_model_that_decides_by_itself_is_not_asked_twice(make, scripted):
    substitutor = make(ScriptedStudent(str.upper))
    agent = by_middleware(SlmChatModel(scripted(), substitutor), substitutor)
    assert agent.invoke(ASKED)["messages"][-1].content == "HELLO"
    assert len(substitutor.seen) == 1


def test_the_middleware_wants_a_substitutor():
    with pytest.raises(TypeError, match="a Substitutor is needed"):
        SlmMiddleware("models/")
