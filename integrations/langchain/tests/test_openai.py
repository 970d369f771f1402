"""The real ChatOpenAI against a server on loopback that speaks OpenAI's protocol."""

import asyncio

import pytest
from langchain_core.tools import tool
from pydantic import BaseModel

from slm_instrument.records import Message, ToolCall, Usage

pytest.importorskip("langchain_openai")


@tool
def look_up(order: int) -> str:
    """Find an order."""
    return "found"


class Order(BaseModel):
    """An order."""

    order: int


def only(calls):
    (call,) = calls()
    assert "sk-secret" not in str(call)
    return call


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_call(model, config, calls, way):
    made = model(temperature=0.1, seed=3)
    if way == "invoke":
        answer = made.invoke("Where?", config=config)
    else:
        answer = asyncio.run(made.ainvoke("Where?", config=config))
    assert answer.content == "on its way"
    call = only(calls)
    assert (call.messages, call.response) == ((Message("user", "Where?"),), Message("assistant", "on its way"))
    assert (call.provider, call.model) == ("openai", "gpt-test")
    assert call.usage == Usage(11, 3, cached_tokens=5)
    assert {"temperature": 0.1, "seed": 3}.items() <= call.params.items()
    assert call.labels["response_id"] == "chatcmpl-1"
    assert call.labels["response_model"] == "gpt-test-2026"


@pytest.mark.parametrize("stream_usage", [True, False])
@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_counts_its_tokens_or_says_that_nobody_did(model, config, calls, way, stream_usage):
    """PEERS 10: token usage is 0 when streaming. Unknown is None, which is not nothing."""
    made = model(stream_usage=stream_usage)

    async def read():
        return [chunk async for chunk in made.astream("Where?", config=config)]

    chunks = list(made.stream("Where?", config=config)) if way == "stream" else asyncio.run(read())
    assert "".join(str(chunk.content) for chunk in chunks) == "on its way"
    call = only(calls)
    assert call.response == Message("assistant", "on its way")
    assert call.usage == (Usage(11, 3, cached_tokens=5) if stream_usage else None)
    assert call.time_to_first_token_ms <= call.duration_ms
    assert call.labels["finish_reason"] == "stop"


def test_tool_calls(model, config, calls):
    for made in (model(), model(streaming=True)):
        answer = made.bind_tools([look_up]).invoke("Where is 7?", config=config)
        assert answer.tool_calls[0]["args"] == {"order": 7}
    whole, streamed = calls()
    assert whole.response == Message("assistant", None, (ToolCall("look_up", '{"order": 7}', "c1"),))
    assert streamed.response == whole.response
    assert [spec.name for spec in whole.tools] == ["look_up"]


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of langchain-openai 1.0 itself
@pytest.mark.parametrize("method", ["function_calling", "json_mode", "json_schema"])
def test_structured_output(model, config, calls, method):
    """PEERS 11: structured output is invisible."""
    made = model().with_structured_output(Order, method=method)
    assert made.invoke("Which order? JSON please.", config=config) == Order(order=7)
    call = only(calls)
    if method == "function_calling":
        assert [spec.name for spec in call.tools] == ["Order"]
        assert call.response.tool_calls[0].name == "Order"
        return
    assert call.response.content == '{"order": 7}'
    if method == "json_schema":
        assert call.response_format["json_schema"]["schema"]["properties"]["order"]["type"] == "integer"
    else:
        assert call.response_format == {"type": "json_object"}


def test_of_several_choices_the_first_is_the_answer(model, config, calls):
    model(n=3).invoke("Where?", config=config)
    call = only(calls)
    assert call.response == Message("assistant", "on its way")
    assert (call.labels["choices"], call.params["n"]) == (3, 3)


def test_an_error_of_the_provider(model, config, calls):
    with pytest.raises(Exception, match="too long"):
        model(model="broken").invoke("Where?", config=config)
    call = only(calls)
    assert call.error.type.endswith("RequestError")
    assert (call.response, call.messages) == (None, (Message("user", "Where?"),))


def test_a_fallback_is_a_call_of_its_own_in_the_same_trace(model, config, calls):
    made = model(model="broken").with_fallbacks([model(model="spare")])
    assert made.invoke("Where?", config=config).content == "on its way"
    broken, spare = calls()
    assert broken.error.type.endswith("RequestError")
    assert (broken.model, spare.model, spare.error) == ("broken", "spare", None)
    assert broken.trace_id == spare.trace_id


def test_a_stream_left_early(model, config, calls):
    stream = model(stream_usage=True).stream("Where?", config=config)
    while not next(stream).content:
        pass
    stream.close()
    call = only(calls)
    assert (call.error.type, call.response) == ("GeneratorExit", Message("assistant", "on "))


def test_what_the_server_is_asked_does_not_change(model, server, config):
    for options in ({}, config):
        model(temperature=0.1).bind_tools([look_up]).invoke("Where?", config=options)
        list(model(stream_usage=False).stream("Where?", config=options))
    assert server.asked[-4:-2] == server.asked[-2:]
