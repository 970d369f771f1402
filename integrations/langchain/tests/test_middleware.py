import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

pytest.importorskip("langchain", minversion="1.3")  # the oldest that has what SlmMiddleware is built on
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelRequest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver

from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime import Mode, Reason
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent
from slm_instrument.template import Prompt
from slm_instrument_langchain import SlmCallbackHandler, SlmMiddleware

SYSTEM = "You name the intent."
LAST = Pattern(("Intent of: ", SLOT))
ASKED = {"messages": [("user", "Intent of: hello")]}


class FakeModel(BaseChatModel):
    """A chat model that answers what a function says, and keeps what it was asked."""

    answer: Callable[[list[BaseMessage]], AIMessage]
    asked: list[list[BaseMessage]]
    model_name: str = "gpt-fake"

    @property
    def _llm_type(self) -> str:
        return "fake"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.bind(tools=[convert_to_openai_tool(each) for each in tools], **kwargs)

    def _generate(self, messages: list[BaseMessage], stop=None, run_manager=None, **kwargs: Any) -> ChatResult:
        self.asked.append(messages)
        return ChatResult(generations=[ChatGeneration(message=self.answer(messages))])


def fake_model(answer: str | Callable[[list[BaseMessage]], AIMessage] = "from the LLM") -> FakeModel:
    return FakeModel(answer=answer if callable(answer) else lambda _: AIMessage(answer), asked=[])


@tool
def order_status(order: str) -> str:
    """The status of an order."""
    return f"{order} is on its way"


@pytest.fixture
def make(make):
    """The system message is part of the task."""
    return partial(make, system=Pattern((SYSTEM,)))


class TestSubstituted:
    def test_the_student_answers_and_the_model_is_not_called(self, make, invoke):
        model, substitutor = fake_model(), make(ScriptedStudent(str.upper))
        agent = create_agent(model, system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
        messages = invoke(agent, ASKED)["messages"]
        assert model.asked == []
        assert [type(message) for message in messages] == [HumanMessage, AIMessage]
        assert messages[1].content == "HELLO"

    def test_the_answer_is_what_a_chat_model_would_have_returned(self, make, invoke):
        substitutor = make(ScriptedStudent(str.upper))
        agent = create_agent(fake_model(), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)], name="joe")
        answer = invoke(agent, ASKED)["messages"][-1]
        ((call, decision),) = substitutor.seen
        assert answer.id == f"lc_run--{call.id}-0"
        assert answer.name == "joe"
        assert answer.response_metadata == {"model_name": f"slm:{decision.bundle_id}", "finish_reason": "stop"}
        assert answer.usage_metadata == {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
        assert answer.text == "HELLO"
        assert answer.content_blocks == [{"type": "text", "text": "HELLO"}]

    def test_a_tool_that_the_student_asks_for_really_runs(self, make, invoke, store, recorder):
        def student(text):
            arguments = json.dumps({"order": text.partition("\n")[0]})
            return Message("assistant", None, (ToolCall("order_status", arguments, "call_1"),))

        model = fake_model(lambda messages: AIMessage(f"The LLM saw: {messages[-1].content}"))
        # The student's task is the first turn; the second, with the tool's result, is the LLM's.
        scripted = ScriptedStudent(student)
        substitutor = make(scripted, tools=["order_status"], first_only=True)
        agent = create_agent(model, tools=[order_status], system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
        config = {"callbacks": [SlmCallbackHandler(recorder)]}
        messages = invoke(agent, {"messages": [("user", "Intent of: A17")]}, config)["messages"]
        assert [type(message) for message in messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
        assert messages[1].tool_calls == [
            {"name": "order_status", "args": {"order": "A17"}, "id": "call_1", "type": "tool_call"}
        ]
        assert messages[1].response_metadata["finish_reason"] == "tool_calls"
        assert (messages[2].content, messages[2].tool_call_id) == ("A17 is on its way", "call_1")
        assert messages[3].content == "The LLM saw: A17 is on its way"
        assert len(model.asked) == 1
        assert recorder.flush(10)
        first, second = store.iter_calls()
        assert (first.served_by, second.served_by) == (f"slm:{substitutor.bundle_id}", "llm")
        assert first.response.tool_calls[0].name == "order_status"
        assert first.trace_id == second.trace_id

    def test_the_call_is_recorded_beside_those_of_the_callback(self, make, invoke, store, recorder):
        substitutor = make(ScriptedStudent(str.upper))
        agent = create_agent(fake_model(), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)], name="joe")
        config = {
            "callbacks": [SlmCallbackHandler(recorder, app="desk")],
            "metadata": {"user_id": "u1", "plan": "free"},
        }
        invoke(agent, ASKED, config)
        invoke(agent, {"messages": [("user", "something else")]}, config)
        assert recorder.flush(10)
        by_student, by_llm = store.iter_calls()
        assert by_student.served_by == f"slm:{substitutor.seen[0][1].bundle_id}"
        assert by_student.response.text == "HELLO"
        for call in (by_student, by_llm):
            assert (call.agent, call.app, call.framework, call.model) == ("joe", "desk", "langchain", "gpt-fake")
            assert call.labels["plan"] == "free"
            assert call.trace_id
            assert call.parent_id
        assert by_student.origin == by_llm.origin
        assert by_student.origin is not None
        assert by_student.trace_id != by_llm.trace_id
        assert by_student.started_at <= by_llm.started_at

    def test_a_stream_of_messages_holds_the_answer(self, make):
        substitutor = make(ScriptedStudent(str.upper))
        agent = create_agent(fake_model(), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
        streamed = [message for message, _ in agent.stream(ASKED, stream_mode="messages")]
        assert [message.content for message in streamed] == ["HELLO"]


class TestLeftToTheModel:
    @pytest.mark.parametrize(
        ("student", "reason"),
        [
            (ScriptedStudent(str.upper, accepted=False), Reason.LOW_CONFIDENCE),
            (ScriptedStudent(lambda text: text[99]), Reason.ERROR),
            (ScriptedStudent(lambda _: ""), Reason.INVALID),
        ],
    )
    def test_what_the_student_does_not_answer_the_model_does(self, make, invoke, student, reason):
        model, substitutor = fake_model(), make(student)
        agent = create_agent(model, system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
        assert invoke(agent, ASKED)["messages"][-1].content == "from the LLM"
        assert len(model.asked) == 1
        assert [decision.reason for _, decision in substitutor.seen] == [reason]

    def test_a_corrupt_bundle(self, make, invoke, tmp_path, recorder):
        make(ScriptedStudent(str.upper)).close()
        (model_file,) = tmp_path.glob("models/*/model.onnx")
        model_file.write_bytes(b"something else")
        substitutor = make(ScriptedStudent(str.upper), written=False)
        agent = create_agent(fake_model(), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
        assert invoke(agent, ASKED)["messages"][-1].content == "from the LLM"
        ((_, decision),) = substitutor.seen
        assert decision.reason is Reason.ERROR
        assert "model.onnx" in decision.detail

    def test_the_models_exception_is_the_agents(self, make, invoke):
        class OutOfTokens(Exception):
            pass

        def fail(_):
            raise OutOfTokens

        for mode in ("off", "shadow"):
            substitutor = make(ScriptedStudent(str.upper), mode=mode, task_name=mode, last=Pattern((f"{mode}: ", SLOT)))
            agent = create_agent(fake_model(fail), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
            with pytest.raises(OutOfTokens):
                invoke(agent, {"messages": [("user", f"{mode}: x")]})

    @pytest.mark.parametrize("method", ["decide", "adecide", "served", "observe", "refuse"])
    def test_a_substitutor_that_breaks_does_not_reach_the_agent(self, make, invoke, monkeypatch, caplog, method):
        def broken(*args, **kwargs):
            raise RuntimeError("a bug of ours")

        substitutor = make(ScriptedStudent(str.upper), mode="shadow" if method == "observe" else "on")
        monkeypatch.setattr(substitutor, method, broken)
        agent = create_agent(fake_model(), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
        assert invoke(agent, ASKED)["messages"][-1].content in ("from the LLM", "HELLO")

    def test_the_kill_switch(self, make, invoke, monkeypatch):
        substitutor = make(ScriptedStudent(str.upper))
        agent = create_agent(fake_model(), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
        assert invoke(agent, ASKED)["messages"][-1].content == "HELLO"
        monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
        assert invoke(agent, ASKED)["messages"][-1].content == "from the LLM"


def test_shadow_compares_with_the_models_answer(make, invoke, store):
    substitutor = make(ScriptedStudent(str.upper), mode="shadow")
    for said in ("HELLO", "goodbye"):
        agent = create_agent(fake_model(said), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
        assert invoke(agent, ASKED)["messages"][-1].content == said
    assert substitutor.flush(10)
    observations = store.observations()
    assert [each.agreed for each in observations] == [True, False]
    assert {each.mode for each in observations} == {Mode.SHADOW}
    assert all(each.teacher_ms > 0 for each in observations)


class TestSamePrompt:
    """What the middleware sees is what the callback records: otherwise no template would match at run time."""

    @pytest.mark.parametrize("tools", [[], [order_status]])
    @pytest.mark.parametrize("system", [None, SYSTEM, SystemMessage([{"type": "text", "text": SYSTEM}])])
    def test_in_one_turn_and_many(self, make, invoke, store, recorder, tools, system):
        def answer(messages):
            if tools and not isinstance(messages[-1], ToolMessage) and len(messages) < 5:
                call = {"name": "order_status", "args": {"order": "A17"}, "id": "call_1"}
                return AIMessage("Let me look.", tool_calls=[call])
            return AIMessage([{"type": "text", "text": "Done."}])

        substitutor = make(ScriptedStudent(str.upper), mode="off")
        agent = create_agent(
            fake_model(answer),
            tools=tools,
            system_prompt=system,
            middleware=[SlmMiddleware(substitutor)],
            checkpointer=InMemorySaver(),
            name="joe",
        )
        config = {"callbacks": [SlmCallbackHandler(recorder)], "configurable": {"thread_id": "t1"}}
        invoke(agent, ASKED, config)
        image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
        invoke(agent, {"messages": [HumanMessage([{"type": "text", "text": "and this?"}, image])]}, config)
        assert recorder.flush(10)
        recorded = list(store.iter_calls())
        decided = [call for call, _ in substitutor.seen]
        assert len(recorded) == len(decided) >= 2
        for ours, theirs in zip(decided, recorded, strict=True):
            assert Prompt.of_call(ours) == Prompt.of_call(theirs)
            assert ours.messages == theirs.messages
            assert ours.tools == theirs.tools
            same = ("trace_id", "parent_id", "agent", "app", "model", "framework")
            assert {name: getattr(ours, name) for name in same} == {name: getattr(theirs, name) for name in same}

    def test_when_another_middleware_changes_the_prompt(self, make, invoke, store, recorder):
        class Politeness(AgentMiddleware):
            def _changed(self, request: ModelRequest):
                return request.override(system_message=SystemMessage(f"{SYSTEM} Be polite."))

            def wrap_model_call(self, request, handler):
                return handler(self._changed(request))

            async def awrap_model_call(self, request, handler):
                return await handler(self._changed(request))

        substitutor = make(ScriptedStudent(str.upper), mode="off")
        agent = create_agent(fake_model(), system_prompt=SYSTEM, middleware=[Politeness(), SlmMiddleware(substitutor)])
        invoke(agent, ASKED, {"callbacks": [SlmCallbackHandler(recorder)]})
        assert recorder.flush(10)
        (recorded,) = store.iter_calls()
        assert Prompt.of_call(substitutor.seen[0][0]) == Prompt.of_call(recorded)
        assert recorded.messages[0].text == f"{SYSTEM} Be polite."


def test_a_dialogue_that_nobody_records_keeps_one_trace(make, invoke):
    substitutor = make(ScriptedStudent(str.upper), mode="off")
    agent = create_agent(
        fake_model(), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)], checkpointer=InMemorySaver()
    )
    for thread in ("t1", "t1", "t2"):
        invoke(agent, ASKED, {"configurable": {"thread_id": thread}})
    assert [call.trace_id for call, _ in substitutor.seen] == ["own:t1", "own:t1", "own:t2"]
    bare = create_agent(fake_model(), system_prompt=SYSTEM, middleware=[SlmMiddleware(substitutor)])
    messages = invoke(bare, ASKED)["messages"]
    invoke(bare, {"messages": [*messages, ("user", "and?")]})
    first, second = (call.trace_id for call, _ in substitutor.seen[3:])
    assert first == second == messages[0].id


def test_tools_that_change_between_calls_are_seen(make, invoke):
    @tool
    def cancel(order: str) -> str:
        """Cancel an order."""
        return order

    class Choosing(AgentMiddleware):
        """Offers one tool in the first call and another in the second."""

        offers = iter([[order_status], [cancel], [order_status, cancel]] * 2)

        def wrap_model_call(self, request, handler):
            return handler(request.override(tools=next(self.offers)))

        async def awrap_model_call(self, request, handler):
            return await handler(request.override(tools=next(self.offers)))

    substitutor = make(ScriptedStudent(str.upper), mode="off")
    agent = create_agent(
        fake_model(), tools=[order_status, cancel], middleware=[Choosing(), SlmMiddleware(substitutor)]
    )
    for _ in range(6):
        invoke(agent, ASKED)
    offered = [[spec.name for spec in call.tools] for call, _ in substitutor.seen]
    assert offered == [["order_status"], ["cancel"], ["order_status", "cancel"]] * 2


def test_own_failures_are_logged_once(make, monkeypatch, caplog):
    substitutor = make(ScriptedStudent(str.upper))
    middleware = SlmMiddleware(substitutor)
    monkeypatch.setattr(substitutor, "decide", lambda call: 1 // 0)
    agent = create_agent(fake_model(), system_prompt=SYSTEM, middleware=[middleware])
    for _ in range(5):
        assert agent.invoke(ASKED)["messages"][-1].content == "from the LLM"
    assert middleware.errors == 5
    assert caplog.text.count("substitution failed") == 1
