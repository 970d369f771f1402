"""A framework over a client with students: LangChain's model on it goes on as on any other client."""

import asyncio

import pytest

from slm_instrument import Message, ToolCall
from slm_instrument_openai import wrap_openai

langchain_openai = pytest.importorskip("langchain_openai")

PROMPT = [("system", "Sort."), ("user", "Parcel?")]
CHAT = {"messages": [{"role": "system", "content": "Sort."}, {"role": "user", "content": "Parcel?"}]}
TOOL = {"type": "function", "function": {"name": "track", "parameters": {"type": "object", "properties": {}}}}


def model_on(client):
    kind = "async_client" if type(client).__name__.startswith("Async") else "client"
    clients = {kind: client.chat.completions, f"root_{kind}": client}
    return langchain_openai.ChatOpenAI(model="gpt-x", api_key="key", **clients)


def test_langchain_over_a_client_with_students(server, bare, recorder, substitute, calls):
    tool_call = Message("assistant", None, (ToolCall("track", '{"n": 1}'),))
    model = model_on(wrap_openai(bare, recorder, substitute(CHAT, "shipping")))
    answer = model.invoke(PROMPT)
    assert (answer.content, answer.usage_metadata["total_tokens"]) == ("shipping", 0)
    assert answer.response_metadata["model_name"].startswith("slm:")
    assert "".join(chunk.text for chunk in model.stream(PROMPT)) == "shipping"
    tools = model_on(wrap_openai(bare, recorder, substitute({**CHAT, "tools": [TOOL]}, tool_call))).bind_tools([TOOL])
    (called,) = tools.invoke(PROMPT).tool_calls
    assert (called["name"], called["args"]) == ("track", {"n": 1})
    assert called["id"] == calls()[-1].response.tool_calls[0].id
    assert (server.requests, len(calls())) == ([], 3)


def test_langchain_over_an_async_client_with_students(server, make_async, recorder, substitute):
    async def ask():
        async with make_async() as bare:
            model = model_on(wrap_openai(bare, recorder, substitute(CHAT, "shipping")))
            whole = (await model.ainvoke(PROMPT)).content
            return whole, "".join([chunk.text async for chunk in model.astream(PROMPT)])

    assert asyncio.run(ask()) == ("shipping", "shipping")
    assert server.requests == []
