"""Every way to ask a model through LangChain is recorded, and none is disturbed."""

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.language_models.fake import FakeListLLM
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel

from slm_instrument.records import Failure, Message, ToolCall, Usage
from slm_instrument_langchain import SlmCallbackHandler

PROMPT = [SystemMessage("Answer shortly."), HumanMessage("Where is my parcel?")]
RECORDED = (Message("system", "Answer shortly."), Message("user", "Where is my parcel?"))
ANSWER = "You said: Where is my parcel?"


@pytest.fixture
def config(handler):
    return {"callbacks": [handler]}


def only(calls):
    (call,) = calls()
    return call


def test_invoke(scripted, config, calls):
    before = datetime.now(UTC)
    answer = scripted(delay_s=0.02).invoke(PROMPT, config=config)
    assert answer.content == ANSWER
    call = only(calls)
    assert call.messages == RECORDED
    assert call.response == Message("assistant", ANSWER)
    assert call.usage == Usage(11, 3)
    assert (call.provider, call.model, call.operation) == ("scriptedchatmodel", "scripted-1", "chat")
    assert (call.framework, call.served_by, call.audience) == ("langchain", "llm", "agent")
    assert call.trace_id == call.id
    assert call.parent_id is None
    assert before <= call.started_at <= datetime.now(UTC)
    assert call.duration_ms >= 20
    assert call.time_to_first_token_ms is None
    assert call.error is None
    assert call.labels == {"finish_reason": "stop", "response_model": "scripted-1-2026"}


def test_ainvoke(scripted, config, calls):
    answer = asyncio.run(scripted().ainvoke(PROMPT, config=config))
    assert answer.content == ANSWER
    assert (only(calls).messages, only(calls).response) == (RECORDED, Message("assistant", ANSWER))


@pytest.mark.parametrize("way", ["batch", "abatch"])
def test_each_prompt_of_a_batch_is_a_call(scripted, config, calls, way):
    model, prompts = scripted(), [f"Message {n}" for n in range(20)]
    if way == "batch":
        answers = model.batch(prompts, config=config)
    else:
        answers = asyncio.run(model.abatch(prompts, config=config))
    assert [answer.content for answer in answers] == [f"You said: {prompt}" for prompt in prompts]
    found = {call.messages[0].content: call.response.content for call in calls()}
    assert found == {prompt: f"You said: {prompt}" for prompt in prompts}
    assert len({call.trace_id for call in calls()}) == 20


def test_generate_with_several_prompts(scripted, config, calls):
    scripted().generate([[HumanMessage("one")], [HumanMessage("two")]], callbacks=config["callbacks"])
    assert [call.messages[0].content for call in calls()] == ["one", "two"]


def test_stream(scripted, config, calls):
    chunks = list(scripted(delay_s=0.01).stream(PROMPT, config=config))
    assert "".join(chunk.content for chunk in chunks) == ANSWER
    call = only(calls)
    assert call.response == Message("assistant", ANSWER)
    assert call.usage == Usage(11, 3)
    assert 10 <= call.time_to_first_token_ms < call.duration_ms


def test_astream(scripted, config, calls):
    async def read():
        return [chunk.content async for chunk in scripted(delay_s=0.01).astream(PROMPT, config=config)]

    assert "".join(asyncio.run(read())) == ANSWER
    call = only(calls)
    assert (call.response, call.usage) == (Message("assistant", ANSWER), Usage(11, 3))
    assert 10 <= call.time_to_first_token_ms < call.duration_ms


def test_astream_events(scripted, config, calls):
    async def read():
        return [event async for event in scripted().astream_events(PROMPT, config=config, version="v2")]

    assert asyncio.run(read())[-1]["data"]["output"].content == ANSWER
    assert only(calls).response == Message("assistant", ANSWER)


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
def test_stream_events_v3(scripted, config, calls):
    stream = scripted(delay_s=0.01).stream_events(PROMPT, config=config, version="v3")
    assert str(stream.text) == ANSWER
    call = only(calls)
    assert call.response == Message("assistant", ANSWER)
    assert call.time_to_first_token_ms < call.duration_ms


def test_a_stream_left_early_is_recorded_with_what_came(scripted, config, calls):
    stream = scripted().stream(PROMPT, config=config)
    assert next(stream).content == "You "
    stream.close()
    call = only(calls)
    assert call.error.type == "GeneratorExit"
    assert call.response == Message("assistant", "You ")


def test_an_async_stream_left_early(scripted, config, calls):
    async def read():
        stream = scripted().astream(PROMPT, config=config)
        async for _ in stream:
            break
        await stream.aclose()

    asyncio.run(read())
    assert only(calls).error.type == "GeneratorExit"


def test_a_stream_that_breaks_is_recorded_with_what_came(scripted, config, calls):
    with pytest.raises(ConnectionError, match="line went dead"):
        list(scripted(fail_at_chunk=2).stream(PROMPT, config=config))
    call = only(calls)
    assert call.error == Failure("ConnectionError", "the line went dead")
    assert call.response == Message("assistant", "You said: ")


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_an_error_reaches_the_caller_and_the_record(scripted, config, calls, way):
    model = scripted(answer=lambda text: ValueError("too long"))
    with pytest.raises(ValueError, match="too long"):
        model.invoke(PROMPT, config=config) if way == "invoke" else asyncio.run(model.ainvoke(PROMPT, config=config))
    call = only(calls)
    assert (call.error, call.response, call.messages) == (Failure("ValueError", "too long"), None, RECORDED)


def test_a_cancelled_call(scripted, config, calls):
    async def cancel():
        task = asyncio.create_task(scripted(delay_s=30).ainvoke(PROMPT, config=config))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert only(calls).error.type == "CancelledError"


def test_a_call_that_timed_out_and_the_task_that_goes_on(scripted, config, calls):
    async def work():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(scripted(delay_s=30).ainvoke("slow", config=config), 0.05)
        for n in range(3):
            await scripted().ainvoke(f"fast {n}", config=config)

    asyncio.run(work())
    assert [call.error.type if call.error else call.messages[0].content for call in calls()] == [
        "CancelledError",
        "fast 0",
        "fast 1",
        "fast 2",
    ]


def test_retries_are_calls_and_fallbacks_too(scripted, config, calls):
    tried = []

    def flaky(text):
        tried.append(text)
        return ConnectionError("no") if len(tried) < 3 else "yes"

    chain = scripted(answer=flaky).with_retry(stop_after_attempt=3, wait_exponential_jitter=False)
    assert chain.with_fallbacks([scripted()]).invoke("hello", config=config).content == "yes"
    found = calls()
    assert [call.error.type if call.error else call.response.content for call in found] == [
        "ConnectionError",
        "ConnectionError",
        "yes",
    ]
    assert len({call.trace_id for call in found}) == 1


def test_a_chain_is_one_trace_and_its_run_the_parent(scripted, handler, config, calls):
    chain = ChatPromptTemplate([("user", "{q}")]) | scripted() | (lambda message: message.content) | scripted()
    chain.invoke({"q": "one"}, config={**config, "run_name": "support"})
    chain.invoke({"q": "two"}, config=config)
    one, nested, two, _ = calls()
    assert one.trace_id == nested.trace_id == one.parent_id
    assert two.trace_id != one.trace_id
    assert one.id != nested.id


def test_the_trace_of_a_running_run_can_be_asked_for(scripted, handler, config, calls):
    asked = []

    def step(text, config):
        asked.append(handler.trace_of(config["callbacks"].parent_run_id))
        return text

    (RunnableLambda(step) | scripted()).invoke("hello", config=config)
    assert asked == [only(calls).trace_id]
    assert handler.trace_of(uuid4()) is None


def test_tool_calls_and_offered_tools(scripted, config, calls):
    @tool
    def look_up(order: int) -> str:
        """Find an order."""
        return "found"

    asked = AIMessage("", tool_calls=[{"name": "look_up", "args": {"order": 7}, "id": "c1"}])
    scripted(answer=lambda text: asked).bind_tools([look_up], tool_choice="any").invoke("Order 7?", config=config)
    call = only(calls)
    assert call.response == Message("assistant", None, (ToolCall("look_up", '{"order": 7}', "c1"),))
    (offered,) = call.tools
    assert (offered.name, offered.description) == ("look_up", "Find an order.")
    assert offered.parameters["properties"] == {"order": {"type": "integer"}}
    assert call.params == {"temperature": 0.5, "tool_choice": "any"}


def test_a_demanded_form_of_the_answer(scripted, config, calls):
    class Order(BaseModel):
        number: int

    model = scripted(answer=lambda text: '{"number": 7}')
    model.bind(response_format=Order).invoke("Order 7?", config=config)
    model.bind(response_format={"type": "json_object"}).invoke("Order 7?", config=config)
    by_class, by_dict = calls()
    assert by_class.response_format["json_schema"]["schema"]["properties"] == {"number": {"type": "integer"}}
    assert by_dict.response_format == {"type": "json_object"}


def test_no_secret_is_among_the_parameters(scripted, config, calls):
    model = scripted().bind(api_key="sk-123", extra_headers={"Authorization": "Bearer sk-123"}, top_p=0.9)
    model.invoke("hello", config=config)
    assert only(calls).params == {"temperature": 0.5, "top_p": 0.9}
    assert "sk-123" not in json.dumps([str(only(calls))])


def test_metadata_names_the_agent_the_origin_and_labels(scripted, handler, calls, recorder):
    config = {
        "callbacks": [SlmCallbackHandler(recorder, app="shop")],
        "metadata": {"user_id": "someone@example.org", "session_id": "s1", "release": "1.2", "blob": "x" * 500},
        "tags": ["night"],
        "run_name": "classify",
    }
    scripted().invoke("hello", config=config)
    call = only(calls)
    assert (call.app, call.agent) == ("shop", "classify")
    assert call.origin
    assert "someone" not in str(call)
    assert "s1" not in call.labels.values()
    assert call.labels["release"] == "1.2"
    assert call.labels["tags"] == ["night"]
    assert call.labels["run_name"] == "classify"
    assert "blob" not in call.labels


def test_an_answer_from_langchains_cache_cost_nothing(scripted, config, calls):
    model = scripted(cache=InMemoryCache())
    model.invoke("hello", config=config)
    model.invoke("hello", config=config)
    first, second = calls()
    assert (first.cost_usd, second.cost_usd) == (None, 0.0)
    assert first.response == second.response


def test_completion_models(config, calls):
    assert FakeListLLM(responses=["one", "two"]).batch(["a", "b"], config=config) == ["one", "two"]
    first, second = sorted(calls(), key=lambda call: call.messages[0].content)
    assert first.operation == "text_completion"
    assert (first.messages, second.messages) == ((Message("user", "a"),), (Message("user", "b"),))
    assert {first.response.content, second.response.content} == {"one", "two"}


def test_a_completion_model_generating_for_several_prompts_at_once(config, calls):
    FakeListLLM(responses=["one", "two"]).generate(["a", "b"], callbacks=config["callbacks"])
    assert [(call.messages[0].content, call.response.content) for call in calls()] == [("a", "one"), ("b", "two")]


def test_what_the_caller_changes_after_the_call_does_not_change_the_record(scripted, config, calls, handler):
    prompt = [HumanMessage("Where is my parcel?")]
    with_names = scripted()
    answer = with_names.invoke(prompt, config=config)
    prompt.append(HumanMessage("later"))
    prompt[0].content = "changed"
    answer.content = "changed"
    answer.name = "agent"
    call = only(calls)
    assert call.messages == (Message("user", "Where is my parcel?"),)
    assert call.response == Message("assistant", ANSWER)


def test_media_is_recorded_by_digest(scripted, config, calls):
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 2_000_000}}
    scripted(answer=lambda text: "a cat").invoke(
        [HumanMessage([{"type": "text", "text": "What is it?"}, image])], config=config
    )
    text, kept = only(calls).messages[0].content
    assert text == {"type": "text", "text": "What is it?"}
    assert kept["image_url"]["url"].startswith("data:image/png;base64,<2000022 characters, sha256:")


def test_one_handler_for_many_threads(scripted, handler, config, calls):
    chain = ChatPromptTemplate([("user", "{q}")]) | scripted(delay_s=0.001)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: chain.invoke({"q": f"Message {n}"}, config=config), range(200)))
    found = calls()
    assert {call.messages[0].content: call.response.content for call in found} == {
        f"Message {n}": f"You said: Message {n}" for n in range(200)
    }
    assert len({call.trace_id for call in found}) == 200


def test_one_handler_for_many_event_loops(scripted, config, calls):
    async def work(name):
        await asyncio.gather(*(scripted(delay_s=0.001).ainvoke(f"{name} {n}", config=config) for n in range(25)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: asyncio.run(work(name)), "abcd"))
    assert sorted(call.messages[0].content for call in calls()) == sorted(f"{a} {n}" for a in "abcd" for n in range(25))


def test_async_calls_stay_on_their_thread(scripted, handler, config, monkeypatch, calls):
    seen = []
    start = handler._started
    monkeypatch.setattr(handler, "_started", lambda *args: (seen.append(threading.current_thread()), start(*args)))

    async def work():
        loop = asyncio.get_running_loop()

        def no_executor(*args):
            raise AssertionError("the callback was sent to a thread")

        monkeypatch.setattr(loop, "run_in_executor", no_executor)
        return await scripted().ainvoke("hello", config=config)

    assert asyncio.run(work()).content == "You said: hello"
    assert seen == [threading.main_thread()]
    assert len(calls()) == 1


def test_the_event_loop_goes_on_while_the_store_hangs(scripted, config, recorder, calls, monkeypatch):
    release = threading.Event()
    keep = recorder._writer._keeper.keep
    monkeypatch.setattr(recorder._writer._keeper, "keep", lambda batch: (release.wait(20), keep(batch)))

    async def work():
        await scripted().ainvoke("one", config=config)
        await asyncio.sleep(0.2)
        started = time.monotonic()
        await scripted().ainvoke("two", config=config)
        return time.monotonic() - started

    assert asyncio.run(work()) < 10, "the store hangs for twice as long"
    release.set()
    assert len(calls()) == 2


def test_the_kill_switch(scripted, config, calls, monkeypatch):
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    scripted().invoke("hello", config=config)
    assert calls() == []


def test_runs_that_never_end_do_not_fill_the_memory(scripted, handler, config, calls, monkeypatch):
    monkeypatch.setattr("slm_instrument_langchain.callback._MAX_RUNS", 10)
    streams = [scripted().stream(f"Message {n}", config=config) for n in range(15)]
    for stream in streams:
        next(stream)
    assert len(handler._runs) <= 10
    given_up = [call for call in calls() if call.error and call.error.type == "Unfinished"]
    assert [call.messages[0].content for call in given_up] == [f"Message {n}" for n in range(5)]
    for stream in streams:
        list(stream)
    assert len(calls()) == 15, "each once, though those were still read"
