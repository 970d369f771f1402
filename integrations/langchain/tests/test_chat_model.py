"""SlmChatModel in the place of a chat model: the same checks with the bare model and with a student in between."""

import asyncio
import time
from contextlib import aclosing
from uuid import uuid4

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel

from integrations.langchain.tests.asking import MATCHING, OTHER, WAYS, Listener, collect, joined, say_hello
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.testing import ScriptedStudent
from slm_instrument_langchain import SlmCallbackHandler, SlmChatModel


@tool
def look_up(order: str) -> str:
    """Find an order."""
    return f"{order} is on its way"


class Order(BaseModel):
    """An order."""

    order: str


def ask_tool(_: str) -> Message:
    return Message("assistant", None, (ToolCall("look_up", '{"order": "A17"}', "call_1"),))


def give_order(_: str) -> Message:
    return Message("assistant", None, (ToolCall("Order", '{"order": "A17"}', "call_1"),))


class TestSubstituted:
    def test_the_student_answers_in_the_models_form(self, make, scripted, way):
        bare, substitutor = scripted(answer=say_hello), make(ScriptedStudent(str.upper))
        theirs, ours = way(bare, MATCHING), way(SlmChatModel(bare, substitutor), MATCHING)
        assert substitutor.reasons == ["SUBSTITUTED"]
        assert {type(each) for each in ours} == {type(each) for each in theirs}
        answer = joined(ours)
        assert answer.content == "HELLO"
        assert answer.usage_metadata == {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
        assert answer.response_metadata["model_name"] == f"slm:{substitutor.bundle_id}"
        assert answer.response_metadata["finish_reason"] == "stop"
        assert answer.id.startswith(f"lc_run--{substitutor.seen[0][0].id}")

    def test_it_is_recorded_once_and_as_the_students(self, make, scripted, way, config, calls):
        substitutor = make(ScriptedStudent(str.upper))
        way(SlmChatModel(scripted(), substitutor), MATCHING, config)
        (call,) = calls()
        assert call.served_by == f"slm:{substitutor.bundle_id}"
        assert (call.response.text, call.messages[0].text) == ("HELLO", MATCHING)
        assert (call.usage.input_tokens, call.usage.output_tokens, call.cost_usd) == (0, 0, 0)
        assert (call.model, call.framework, call.params["temperature"]) == ("scripted-1", "langchain", 0.5)

    def test_callbacks_see_one_run(self, make, scripted, way):
        bare = scripted(answer=say_hello)
        heard = []
        for model in (bare, SlmChatModel(bare, make(ScriptedStudent(str.upper)))):
            listener = Listener()
            way(model, MATCHING, {"callbacks": [listener]})
            assert len(listener.runs) == 1
            heard.append(list(dict.fromkeys(listener.heard)))
        assert heard[0] == heard[1]
        assert listener.answers[0].content == "HELLO"
        assert listener.metadata[0]["slm_served_by"].startswith("slm:")

    def test_callbacks_of_the_wrapped_model_hear_it(self, make, scripted):
        listener = Listener()
        SlmChatModel(scripted(callbacks=[listener]), make(ScriptedStudent(str.upper))).invoke(MATCHING)
        assert listener.heard == ["start", "end"]

    def test_tokens_are_counted_as_none(self, make, scripted, way):
        substitutor = make(ScriptedStudent(str.upper))
        with get_usage_metadata_callback() as counter:
            way(SlmChatModel(scripted(), substitutor), MATCHING)
        ((name, usage),) = counter.usage_metadata.items()
        assert name == f"slm:{substitutor.bundle_id}"
        assert usage["total_tokens"] == 0

    def test_the_rate_limit_and_the_cache_are_the_llms(self, make, scripted):
        limiter, cache = InMemoryRateLimiter(requests_per_second=0.001, max_bucket_size=1), InMemoryCache()
        model = SlmChatModel(scripted(rate_limiter=limiter, cache=cache), make(ScriptedStudent(str.upper)))
        for _ in range(3):
            assert model.invoke(MATCHING).content == "HELLO"
        assert not cache._cache
        limiter.acquire = lambda **_: limited.append(1)
        limited = []
        assert model.invoke(OTHER).content == model.invoke(OTHER).content == f"You said: {OTHER}"
        assert limited == [1]  # the second was in the cache
        assert len(cache._cache) == 1

    @pytest.mark.parametrize("version", ["v1", "v2"])
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_astream_events(self, make, scripted, version):
        bare = scripted(answer=say_hello)
        chain = ChatPromptTemplate([("user", "Intent of: {q}")])

        def events(model):
            return asyncio.run(collect((chain | model).astream_events({"q": "hello"}, version=version)))

        theirs, ours = events(bare), events(SlmChatModel(bare, make(ScriptedStudent(str.upper))))
        shape = [
            list(dict.fromkeys((each["event"], each["name"]) for each in each_of if "chat_model" in each["event"]))
            for each_of in (theirs, ours)
        ]
        assert shape[0] == shape[1]
        assert [kind for kind, _ in shape[0]] == ["on_chat_model_start", "on_chat_model_stream", "on_chat_model_end"]
        streamed = [each["data"]["chunk"] for each in ours if each["event"] == "on_chat_model_stream"]
        assert joined(streamed).content == "HELLO"

    @pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
    def test_the_event_protocol_of_chat_models(self, make, scripted):
        if not hasattr(BaseChatModel, "_chat_model_stream_v3"):
            pytest.skip("this langchain-core has none")
        bare = scripted(answer=say_hello)
        model = SlmChatModel(bare, make(ScriptedStudent(str.upper)))
        theirs, ours = (each.stream_events(MATCHING, version="v3") for each in (bare, model))
        assert type(ours) is type(theirs)
        assert (str(theirs.text), str(ours.text)) == ("You said: hello there", "HELLO")

        async def text(each, asked):
            stream = await each.astream_events(asked, version="v3")
            return await stream.text

        assert asyncio.run(text(model, MATCHING)) == "HELLO"
        assert asyncio.run(text(model, OTHER)) == "You said: hello there"

    def test_several_prompts_at_once(self, make, scripted, calls, config):
        model = SlmChatModel(scripted(), make(ScriptedStudent(str.upper)))
        prompts = [[HumanMessage(MATCHING)], [HumanMessage(OTHER)], [HumanMessage("Intent of: bye")]]
        expected = ["HELLO", f"You said: {OTHER}", "BYE"]
        for result in (
            model.generate(prompts, callbacks=config["callbacks"]),
            asyncio.run(model.agenerate(prompts, callbacks=config["callbacks"])),
        ):
            assert [each[0].text for each in result.generations] == expected
            assert len({run.run_id for run in result.run}) == 3
        assert [call.served_by.partition(":")[0] for call in calls()].count("slm") == 4
        assert [message.content for message in model.batch([MATCHING, OTHER])] == expected[:2]


class TestStreams:
    @pytest.mark.parametrize("way", ["stream", "astream"])
    def test_a_tool_call_comes_in_chunks(self, make, scripted, way):
        answer = AIMessage("", tool_calls=[{"name": "look_up", "args": {"order": "B2"}, "id": "call_7"}])
        bare, substitutor = scripted(answer=lambda _: answer), make(ScriptedStudent(ask_tool), tools=["look_up"])
        chunks = WAYS[way](SlmChatModel(bare, substitutor).bind_tools([look_up]), MATCHING)
        assert substitutor.reasons == ["SUBSTITUTED"]
        assert all(type(chunk) is AIMessageChunk for chunk in chunks)
        assert [chunk.chunk_position for chunk in chunks] == [None, "last"]
        assert chunks[0].tool_call_chunks == [
            {"name": "look_up", "args": '{"order": "A17"}', "id": "call_1", "index": 0, "type": "tool_call_chunk"}
        ]
        assert joined(chunks).tool_calls == [
            {"name": "look_up", "args": {"order": "A17"}, "id": "call_1", "type": "tool_call"}
        ]
        assert joined(chunks).response_metadata["finish_reason"] == "tool_calls"

    def test_nothing_is_asked_before_the_first_chunk_is(self, make, scripted):
        student = ScriptedStudent(str.upper)
        stream = SlmChatModel(scripted(), make(student)).stream(MATCHING)
        assert student.asked == []
        next(stream)
        assert student.asked == ["hello"]

    @pytest.mark.parametrize("mode", ["off", "shadow"])
    @pytest.mark.parametrize("way", ["stream", "astream"])
    def test_the_llms_chunks_come_as_they_are_and_when_they_are(self, make, scripted, mode, way):
        bare = scripted(answer=say_hello, delay_s=0.2)
        model = SlmChatModel(bare, make(ScriptedStudent(str.upper), mode=mode))

        async def first_after(stream):
            async with aclosing(stream) as chunks:
                started = time.perf_counter()
                await anext(chunks)
                return time.perf_counter() - started

        if way == "astream":
            assert asyncio.run(first_after(model.astream(MATCHING))) < 0.5
        else:
            started, stream = time.perf_counter(), model.stream(MATCHING)
            next(stream)
            assert time.perf_counter() - started < 0.5
            stream.close()
        fast = scripted(answer=say_hello)
        theirs, ours = WAYS[way](fast, MATCHING), WAYS[way](model.around(fast), MATCHING)
        blank = {"id": None}
        assert [each.model_copy(update=blank) for each in ours] == [each.model_copy(update=blank) for each in theirs]

    @pytest.mark.parametrize("mode", ["on", "shadow"])
    def test_left_early(self, make, scripted, mode, store, config, calls):
        substitutor = make(ScriptedStudent(str.upper), mode=mode)
        model = SlmChatModel(scripted(answer=say_hello), substitutor)
        stream = model.stream(MATCHING, config)
        next(stream)
        stream.close()

        async def leave():
            async with aclosing(model.astream(MATCHING, config)) as chunks:
                await anext(chunks)

        asyncio.run(leave())
        assert substitutor.flush(10)
        assert store.observations() == []
        if mode == "on":
            assert [call.error for call in calls()] == [None, None]
        else:
            assert [call.error.type for call in calls()] == ["GeneratorExit", "GeneratorExit"]


class TestShadow:
    def test_the_llms_answer_is_compared_under_its_recorded_id(self, make, scripted, way, store, config, calls):
        substitutor = make(ScriptedStudent(lambda _: "You said: hello there"), mode="shadow")
        came = way(SlmChatModel(scripted(answer=say_hello), substitutor), MATCHING, config)
        assert joined(came).content == "You said: hello there"
        assert substitutor.flush(10)
        (seen,), (call,) = store.observations(), calls()
        assert (seen.agreed, seen.call_id, call.served_by) == (True, call.id, "llm")
        assert seen.teacher_ms > 0
        assert substitutor.reasons == ["SHADOW"]

    def test_a_failed_call_says_nothing(self, make, scripted, store):
        substitutor = make(ScriptedStudent(str.upper), mode="shadow")
        with pytest.raises(ConnectionError):
            SlmChatModel(scripted(answer=lambda _: ConnectionError("down")), substitutor).invoke(MATCHING)
        assert substitutor.flush(10)
        assert store.observations() == []


class TestSameCall:
    """What the student is asked is what the callback records: otherwise no template would match at run time."""

    @pytest.mark.parametrize("mode", ["off", "on"])
    def test_alone_and_in_chains(self, make, scripted, config, calls, mode):
        substitutor = make(ScriptedStudent(lambda _: ""), mode=mode)  # an answer that is never used
        model = SlmChatModel(scripted(tags=["fast"], metadata={"tier": "one"}), substitutor)
        prompt = ChatPromptTemplate([("system", "You name the intent."), ("user", "Intent of: {q}")])
        run = {**config, "metadata": {"user_id": "u1", "plan": "free"}, "tags": ["audience:human"], "run_name": "namer"}
        (prompt | model | StrOutputParser()).invoke({"q": "hello"}, run)
        model.bind_tools([look_up], tool_choice="look_up").bind(stop=["x"]).invoke(MATCHING, run)
        RunnableLambda(lambda q: model.invoke(q)).invoke(MATCHING, run)
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the parser makes of an answer without a tool call
            assert model.with_structured_output(Order).invoke(MATCHING, run) is not None
        model.with_fallbacks([model]).invoke(MATCHING, run)
        recorded = calls()
        assert len(recorded) == len(substitutor.seen) == 5
        same = (
            "messages", "tools", "response_format", "params", "agent", "app", "provider", "model", "framework",
            "operation", "audience", "parent_id",
        )  # fmt: skip
        for (ours, _), theirs in zip(substitutor.seen, recorded, strict=True):
            assert {name: getattr(ours, name) for name in same} == {name: getattr(theirs, name) for name in same}
            if theirs.parent_id is not None:
                assert ours.trace_id == theirs.trace_id
            labels = {
                name: value for name, value in theirs.labels.items() if name not in ("finish_reason", "response_model")
            }
            assert dict(ours.labels) == labels

    def test_of_a_dialogue_that_nobody_records(self, make, scripted):
        substitutor = make(ScriptedStudent(str.upper), mode="off")
        model = SlmChatModel(scripted(), substitutor)
        model.invoke(MATCHING, {"configurable": {"thread_id": "t1"}})
        model.invoke([SystemMessage("Hi."), HumanMessage(MATCHING, id="m1")])
        model.invoke(MATCHING)
        assert [call.trace_id for call, _ in substitutor.seen] == ["own:t1", "m1", None]

    def test_the_callers_run_id_is_kept(self, make, scripted, calls):
        run_id, listener = uuid4(), Listener()
        model = SlmChatModel(scripted(), make(ScriptedStudent(str.upper)))
        model.invoke(MATCHING, {"run_id": run_id, "callbacks": [listener]})
        assert listener.runs == {run_id}
        assert [call.id for call in calls()] == [str(run_id)]


def test_the_callers_deadline_is_the_students(make, scripted):
    class Patient(scripted):
        request_timeout: float | None = None

    substitutor = make(ScriptedStudent(str.upper))
    SlmChatModel(Patient(), substitutor).invoke(MATCHING)
    SlmChatModel(Patient(request_timeout=7), substitutor).invoke(MATCHING)
    SlmChatModel(Patient(request_timeout=7), substitutor).bind(timeout=2.5).invoke(MATCHING)
    assert substitutor.patience == [None, 7.0, 2.5]


def test_a_handler_given_to_the_model_alone_records_once(make, scripted, recorder, calls):
    handler = SlmCallbackHandler(recorder)
    model = SlmChatModel(scripted(callbacks=[handler]), make(ScriptedStudent(str.upper)))
    assert [model.invoke(asked).content for asked in (MATCHING, OTHER)] == ["HELLO", f"You said: {OTHER}"]
    assert sorted(call.served_by.partition(":")[0] for call in calls()) == ["llm", "slm"]
