"""Whatever is done with a chat model can be done with SlmChatModel: attributes, copies, tools, forms, fallbacks."""

import copy
import json

import pytest
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import ConfigurableField, RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel

from integrations.langchain.tests.asking import MATCHING, OTHER, Listener, say_hello
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.testing import ScriptedStudent
from slm_instrument_langchain import SlmChatModel


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


class TestInPlaceOfTheModel:
    def test_it_looks_like_the_model(self, scripted):
        newer = {"profile": {"tool_calling": True}} if "profile" in BaseChatModel.model_fields else {}
        bare = scripted(temperature=0.2, name="joe", disable_streaming="tool_calling", **newer)
        model = SlmChatModel(bare)
        for name in ("model_name", "temperature", "name", "disable_streaming", "cache", "tags", "_llm_type", *newer):
            assert getattr(model, name) == getattr(bare, name), name
        assert model._get_invocation_params() == bare._get_invocation_params()
        assert model._get_ls_params() == bare._get_ls_params()
        assert isinstance(model, BaseChatModel)
        assert not hasattr(model, "no_such_thing")
        with pytest.raises(AttributeError, match="no_such_thing"):
            _ = model.no_such_thing
        counting = SlmChatModel(scripted(custom_get_token_ids=lambda text: [1] * len(text.split())))
        assert counting.get_num_tokens("one two three") == 3
        assert counting.get_num_tokens_from_messages([HumanMessage("one two")]) == 3  # "Human: one two"
        assert {name: getattr(bare, name) for name in newer} == newer

    def test_what_is_set_on_it_is_set_on_the_model(self, scripted):
        bare, listener = scripted(), Listener()
        model = SlmChatModel(bare)
        model.temperature = 0.9
        model.callbacks = [listener]
        assert (bare.temperature, model.temperature) == (0.9, 0.9)
        model.invoke(OTHER)
        assert listener.heard == ["start", "end"]

    def test_copies_share_the_substitutor(self, make, scripted):
        bare, substitutor = scripted(), make(ScriptedStudent(str.upper))
        model = SlmChatModel(bare, substitutor)
        for made in (copy.copy(model), copy.deepcopy(model), model.model_copy(update={"temperature": 0.1})):
            assert made.substitutor is substitutor
            assert made.invoke(MATCHING).content == "HELLO"
        assert (made.temperature, bare.temperature) == (0.1, 0.5)

    def test_without_a_substitutor_it_is_the_model(self, scripted, way, config, calls):
        bare = scripted(answer=say_hello)
        theirs, ours = way(bare, MATCHING), way(SlmChatModel(bare), MATCHING, config)
        assert [(type(each), each.content) for each in ours] == [(type(each), each.content) for each in theirs]
        assert [call.served_by for call in calls()] == ["llm"]

    def test_what_it_takes(self, scripted, make):
        for wrong in ((RunnableLambda(str),), (scripted(), "models/")):
            with pytest.raises(ValueError, match="validation error for SlmChatModel"):
                SlmChatModel(*wrong)

    def test_a_model_that_does_not_stream(self, make):
        class Silent(BaseChatModel):
            @property
            def _llm_type(self):
                return "silent"

            def _generate(self, messages, stop=None, run_manager=None, **kwargs):
                raise AssertionError("the LLM was asked")

        (only,) = SlmChatModel(Silent(), make(ScriptedStudent(str.upper))).stream(MATCHING)
        assert (type(only), only.content) == (AIMessage, "HELLO")  # LangChain gives whole messages then

    def test_retries_and_fallbacks(self, make, scripted):
        class Down(Exception):
            pass

        asked = []

        def fail(text):
            asked.append(text)
            return Down()

        substitutor = make(ScriptedStudent(str.upper))
        down = SlmChatModel(scripted(answer=fail), substitutor)
        with pytest.raises(Down):
            down.with_retry(stop_after_attempt=2, wait_exponential_jitter=False).invoke(OTHER)
        assert len(asked) == 2
        safe = down.with_fallbacks([scripted()])
        assert safe.invoke(OTHER).content == f"You said: {OTHER}"
        assert safe.invoke(MATCHING).content == "HELLO"
        offering = safe.bind_tools([look_up])
        assert offering.invoke(OTHER).content == f"You said: {OTHER}"

    def test_fields_that_a_config_sets(self, make, scripted):
        substitutor = make(ScriptedStudent(str.upper))
        model = SlmChatModel(scripted(), substitutor).configurable_fields(
            temperature=ConfigurableField(id="heat", name="Heat")
        )
        assert model.invoke(MATCHING).content == "HELLO"
        assert model.with_config(configurable={"heat": 0.9}).invoke(MATCHING).content == "HELLO"
        assert model.bind_tools([]).invoke(OTHER, {"configurable": {"heat": 0.9}}).content == f"You said: {OTHER}"
        assert [call.params["temperature"] for call, _ in substitutor.seen][:2] == [0.5, 0.9]
        assert [spec.id for spec in model.config_specs] == ["heat"]
        chosen = SlmChatModel(scripted(), substitutor).configurable_alternatives(
            ConfigurableField(id="llm"), default_key="mine", other=GenericFakeChatModel(messages=iter(["theirs"]))
        )
        assert chosen.invoke(MATCHING).content == "HELLO"
        assert chosen.with_config(configurable={"llm": "other"}).invoke(MATCHING).content == "theirs"


class TestToolsAndForms:
    def test_tools_are_offered_in_the_models_own_form(self, make, scripted, invoke):
        class Peculiar(scripted):
            asked_with: list

            def bind_tools(self, tools, **kwargs):
                return self.bind(functions=[{"name": each.name, "odd": True} for each in tools], **kwargs)

            def _generate(self, messages, stop=None, run_manager=None, **kwargs):
                self.asked_with.append(kwargs)
                return super()._generate(messages)

            async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
                return self._generate(messages, **kwargs)

        bare, substitutor = Peculiar(asked_with=[]), make(ScriptedStudent(ask_tool), tools=["look_up"])
        model = SlmChatModel(bare, substitutor).bind_tools([look_up])
        assert invoke(model, OTHER).content == f"You said: {OTHER}"
        assert bare.asked_with == [{"functions": [{"name": "look_up", "odd": True}]}]
        answer = invoke(model, MATCHING)
        assert answer.tool_calls[0]["args"] == {"order": "A17"}
        assert [spec.name for spec in substitutor.seen[1][0].tools] == ["look_up"]

    def test_a_model_without_tools_says_so(self, make):
        fake = GenericFakeChatModel(messages=iter([]))
        with pytest.raises(NotImplementedError):
            SlmChatModel(fake, make(ScriptedStudent(str.upper))).bind_tools([look_up])

    @pytest.mark.parametrize("raw", [False, True])
    @pytest.mark.parametrize("schema", [Order, Order.model_json_schema() | {"title": "Order"}])
    def test_structured_output(self, make, scripted, invoke, raw, schema):
        said = AIMessage("", tool_calls=[{"name": "Order", "args": {"order": "B2"}, "id": "call_7"}])
        bare = scripted(answer=lambda _: said)
        substitutor = make(ScriptedStudent(give_order), tools=["Order"])
        model = SlmChatModel(bare, substitutor).with_structured_output(schema, include_raw=raw)
        theirs = invoke(bare.with_structured_output(schema, include_raw=raw), MATCHING)
        ours, other = invoke(model, MATCHING), invoke(model, OTHER)
        assert substitutor.reasons == ["SUBSTITUTED", "NO_MATCH"]
        if raw:
            assert (type(ours["raw"]), ours["parsing_error"]) == (type(theirs["raw"]), None)
            ours, theirs, other = ours["parsed"], theirs["parsed"], other["parsed"]
        assert type(ours) is type(theirs)
        assert json.loads(Order.model_validate(ours).model_dump_json()) == {"order": "A17"}
        assert other == theirs

    def test_it_is_recorded_with_its_tool(self, make, scripted, config, calls):
        model = SlmChatModel(scripted(), make(ScriptedStudent(give_order), tools=["Order"]))
        assert model.with_structured_output(Order).invoke(MATCHING, config) == Order(order="A17")
        (call,) = calls()
        assert [spec.name for spec in call.tools] == ["Order"]
        assert call.response.tool_calls[0].arguments == '{"order": "A17"}'
