"""Calls of LangGraph's graphs: each knows its node, and all of one run are one trace."""

import asyncio
import operator
from itertools import pairwise
from typing import Annotated, TypedDict

import pytest

pytest.importorskip("langgraph")
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Send


def node(model):
    return lambda state: {"messages": [model.invoke(state["messages"])]}


def graph_of(**nodes):
    graph = StateGraph(MessagesState)
    for name, each in nodes.items():
        graph.add_node(name, each)
    names = [START, *nodes, END]
    for before, after in pairwise(names):
        graph.add_edge(before, after)
    return graph.compile()


GO = {"messages": [("user", "go")]}


def test_a_graphs_nodes_are_its_agents(scripted, config, calls):
    plan, write = scripted(answer=lambda text: "a plan"), scripted(answer=lambda text: "a text")
    graph_of(plan=node(plan), write=node(write)).invoke(GO, config=config)
    plan, write = calls()
    assert [(call.agent, call.response.content) for call in (plan, write)] == [("plan", "a plan"), ("write", "a text")]
    assert plan.trace_id == write.trace_id
    assert (plan.labels["node"], write.labels["node"]) == ("plan", "write")


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream"])
def test_a_subgraph_is_part_of_the_trace(scripted, config, calls, way):
    inner = graph_of(deep=node(scripted(answer=lambda text: "deep")))
    outer = graph_of(before=node(scripted()), inner=inner, after=node(scripted()))
    if way == "invoke":
        outer.invoke(GO, config=config)
    elif way == "ainvoke":
        asyncio.run(outer.ainvoke(GO, config=config))
    else:
        list(outer.stream(GO, config=config, stream_mode="messages", subgraphs=True))
    found = calls()
    assert [call.agent for call in found] == ["before", "deep", "after"]
    assert len({call.trace_id for call in found}) == 1
    assert len({call.parent_id for call in found}) == 3


class Topics(TypedDict):
    topics: list[str]
    found: Annotated[list[str], operator.add]


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_fan_out_is_one_trace_and_no_call_has_anothers_parent(scripted, config, calls, way):
    """PEERS 7: a shared handler mixes parallel runs."""
    graph = StateGraph(Topics)
    graph.add_node("search", lambda state: {"found": [scripted(delay_s=0.005).invoke(state["topic"]).content]})
    graph.add_conditional_edges(START, lambda state: [Send("search", {"topic": topic}) for topic in state["topics"]])
    graph.add_edge("search", END)
    agent, asked = graph.compile(), [{"topics": [f"{run}{n}" for n in range(5)], "found": []} for run in "abc"]
    results = agent.batch(asked, config=config) if way == "invoke" else asyncio.run(agent.abatch(asked, config=config))
    assert [sorted(result["found"]) for result in results] == [[f"You said: {r}{n}" for n in range(5)] for r in "abc"]
    found = calls()
    traces = {}
    for call in found:
        assert call.response.content == f"You said: {call.messages[0].content}"
        traces.setdefault(call.trace_id, set()).add(call.messages[0].content[0])
    assert sorted(map(sorted, traces.values())) == [["a"], ["b"], ["c"]]
    assert len({call.parent_id for call in found}) == 15
