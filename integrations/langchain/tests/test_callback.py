"""Every way to ask a model through LangChain is recorded, and none is disturbed."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.language_models.fake import FakeListLLM
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel

from slm_instrument.capture import annotate
from slm_instrument.records import Failure, Message, ToolCall, Usage
from slm_instrument_langchain import SlmCallbackHandler

PROMPT = [SystemMessage("Answer shortly."), HumanMessage("Where is my parcel?")]
RECORDED = (Message("system", "Answer shortly."), Message("user", "Where is my parcel?"))
ANSWER = "You said: Where is my parcel?"


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


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_an_error_reaches_the_caller_and_the_record(scripted, config, calls, way):
    model = scripted(answer=lambda text: ValueError("too long"))
    with pytest.raises(ValueError, match="too long"):
        model.invoke(PROMPT, config=config) if way == "invoke" else asyncio.run(model.ainvoke(PROMPT, config=config))
    call = only(calls)
    assert (call.error, call.response, call.messages) == (Failure("ValueError", "too long"), None, RECORDED)


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
    assert (first.labels.get("cached"), second.labels.get("cached")) == (None, True)
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


@pytest.mark.parametrize("way", ["batch_as_completed", "abatch_as_completed", "agenerate"])
def test_further_ways_to_ask_for_several(scripted, config, calls, way):
    model, prompts = scripted(), [f"Message {n}" for n in range(5)]

    async def ask():
        if way == "agenerate":
            asked = [[HumanMessage(prompt)] for prompt in prompts]
            return (await model.agenerate(asked, callbacks=config["callbacks"])).generations
        return [answer async for answer in model.abatch_as_completed(prompts, config=config)]

    found = (
        list(model.batch_as_completed(prompts, config=config)) if way == "batch_as_completed" else asyncio.run(ask())
    )
    assert len(found) == 5
    assert {call.messages[0].content: call.response.content for call in calls()} == {
        prompt: f"You said: {prompt}" for prompt in prompts
    }


def test_what_the_application_says_of_its_calls(scripted, config, calls):
    """Said where the call begins, in the context of whoever makes it."""
    with annotate(agent="concierge", audience="human", origin="user-17", labels={"shop": "north"}):
        scripted().invoke("one", config=config)
        stream = scripted().stream("two", config=config)
        next(stream)
    list(stream)
    scripted().invoke("three", config=config)
    one, two, three = calls()
    assert (one.agent, one.audience, one.labels["shop"]) == (two.agent, two.audience, two.labels["shop"])
    assert (one.agent, one.audience, one.labels["shop"]) == ("concierge", "human", "north")
    assert one.origin == two.origin is not None
    assert (three.agent, three.audience, three.origin) == (None, "agent", None)


@pytest.mark.parametrize("said", [{"metadata": {"audience": "human"}}, {"tags": ["audience:human", "night"]}])
def test_calls_that_talk_to_a_person_are_marked_by_the_runs_config(scripted, config, calls, said):
    scripted().invoke("hello", config={**config, **said})
    call = only(calls)
    assert call.audience == "human"
    assert "audience" not in call.labels
    assert call.labels.get("tags", ["night"]) == ["night"]


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_fallback_at_the_top_is_part_of_the_trace(scripted, config, calls, way):
    """LangChain starts the models of ``with_fallbacks`` as if each stood alone."""
    chain = scripted(answer=lambda text: ValueError("no")).with_fallbacks([scripted()])
    answer = chain.invoke("hi", config=config) if way == "invoke" else asyncio.run(chain.ainvoke("hi", config=config))
    assert answer.content == "You said: hi"
    failed, answered = calls()
    assert (failed.error.type, answered.error) == ("ValueError", None)
    assert failed.trace_id == answered.trace_id == failed.parent_id == answered.parent_id


def test_waiting_for_a_rate_limiter(scripted, config, calls):
    limiter = InMemoryRateLimiter(requests_per_second=1_000, check_every_n_seconds=0.001)
    scripted(rate_limiter=limiter).invoke("one", config=config)
    asyncio.run(scripted(rate_limiter=limiter).ainvoke("two", config=config))
    list(scripted(rate_limiter=limiter).stream("three", config=config))
    assert [call.messages[0].content for call in calls()] == ["one", "two", "three"]


def test_a_run_id_of_the_users_own(scripted, handler, config, calls):
    """For a stream LangChain takes anything as one."""
    mine = uuid4()
    scripted().invoke("one", config={**config, "run_id": mine})
    list(scripted().stream("two", config={**config, "run_id": "my run"}))
    assert [call.id for call in calls()] == [str(mine), "my run"]
