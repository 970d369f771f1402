"""Substitution around any chat model: ``SlmChatModel(llm, substitutor)`` in the place of ``llm``."""

import asyncio
import copy
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatResult, LLMResult
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import ensure_config
from pydantic import BaseModel, Field, PrivateAttr

from slm_instrument.records import Call, Message
from slm_instrument.runtime import Decision, Substitutor
from slm_instrument_langchain.configurable import ConfigurableFields
from slm_instrument_langchain.observer import Observer
from slm_instrument_langchain.scope import to_call
from slm_instrument_langchain.stand_in import StandIn, StudentAnswer
from slm_instrument_langchain.within import exchange

_FOR_TRACERS = ("ls_structured_output_format", "structured_output_format")  # LangChain takes them out of a call
_log = logging.getLogger("slm_instrument.runtime")


class SlmChatModel(StandIn):
    """A chat model whose recurring calls are answered by certified students, for the tasks whose flags allow it.

    It takes the place of the model that it is put around, everywhere: alone, in chains, in LangGraph; with tools,
    structured output, streams, batches, retries and fallbacks. Every call is either handed to the model as it is, or
    answered by a student in the form in which the model would have answered. Nothing of a stream is sent before that
    is decided. Callbacks see one chat-model run either way. What breaks in here is logged and leaves the call to the
    model. Calls that a student answers are recorded by the substitutor's recorder.

    >>> from langchain_core.language_models import FakeListChatModel
    >>> SlmChatModel(FakeListChatModel(responses=["Hello!"])).invoke("Hi").content
    'Hello!'

    Args:
        llm: The chat model. What is read from this one, or set on it, is read from or set on that.
        substitutor: Decides, shared by as many models as you like. None: every call is the model's.
    """

    substitutor: Substitutor | None = Field(default=None, exclude=True, repr=False)
    _errors: int = PrivateAttr(default=0)

    def __init__(self, llm: BaseChatModel, substitutor: Substitutor | None = None) -> None:
        super().__init__(llm, substitutor=substitutor)

    @property
    def errors(self) -> int:
        """Failures in here: a bug, or objects no LangChain makes."""
        return self._errors

    def around(self, llm: BaseChatModel) -> "SlmChatModel":
        """The same substitution around another model."""
        return self if llm is self.llm else SlmChatModel(llm, self.substitutor)

    def invoke(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, *, stop: Any = None, **kwargs: Any
    ) -> AIMessage:
        """Answer with a student, or call the model."""
        model, config = self._choose(input, ensure_config(config), stop, kwargs)
        return model.invoke(input, config, stop=stop, **kwargs)

    async def ainvoke(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, *, stop: Any = None, **kwargs: Any
    ) -> AIMessage:
        """As :meth:`invoke`; the event loop is free while the student thinks."""
        model, config = await self._achoose(input, ensure_config(config), stop, kwargs)
        return await model.ainvoke(input, config, stop=stop, **kwargs)

    def stream(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, *, stop: Any = None, **kwargs: Any
    ) -> Iterator[AIMessageChunk]:
        """As :meth:`invoke`, in pieces; who answers is decided before the first."""
        model, config = self._choose(input, ensure_config(config), stop, kwargs)
        yield from model.stream(input, config, stop=stop, **kwargs)

    async def astream(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, *, stop: Any = None, **kwargs: Any
    ) -> AsyncIterator[AIMessageChunk]:
        """As :meth:`ainvoke`, in pieces; who answers is decided before the first."""
        model, config = await self._achoose(input, ensure_config(config), stop, kwargs)
        stream: Any = model.astream(input, config, stop=stop, **kwargs)
        async with aclosing(stream) as chunks:  # one that is left early ends at once, as the model's own would
            async for chunk in chunks:
                yield chunk

    def stream_events(
        self, input: Any, config: RunnableConfig | None = None, *, version: Any = "v2", **kwargs: Any
    ) -> Any:
        """LangChain's event stream; ``v3`` is a protocol that chat models speak themselves."""
        if version != "v3":
            return cast("Any", super()).stream_events(input, config, version=version, **kwargs)
        stop = kwargs.pop("stop", None)
        model, config = self._choose(input, ensure_config(config), stop, kwargs)
        return model.stream_events(input, config, version=version, stop=stop, **kwargs)

    def astream_events(
        self, input: Any, config: RunnableConfig | None = None, *, version: Any = "v2", **kwargs: Any
    ) -> Any:
        """As :meth:`stream_events`: an async iterator, or for ``v3`` what is awaited to give the stream."""
        if version != "v3":
            return cast("Any", super()).astream_events(input, config, version=version, **kwargs)
        return self._astream_events_v3(input, config, **kwargs)

    async def _astream_events_v3(
        self, input: Any, config: RunnableConfig | None, *, stop: Any = None, **kwargs: Any
    ) -> Any:
        model, config = await self._achoose(input, ensure_config(config), stop, kwargs)
        return await model.astream_events(input, config, version="v3", stop=stop, **kwargs)

    def generate(
        self, messages: list[list[BaseMessage]], stop: Any = None, callbacks: Any = None, **kwargs: Any
    ) -> LLMResult:
        """LangChain's form for several prompts, each with a list of answers; each prompt is a call of its own."""
        if self.substitutor is None:
            return self.llm.generate(messages, stop, callbacks, **kwargs)
        results: list[LLMResult] = []
        for prompt, config in _configs(messages, callbacks, kwargs):
            model, config = self._choose(prompt, config, stop, kwargs)
            results.append(model.generate([prompt], stop, **config, **kwargs))
        return self._joined(results)

    async def agenerate(
        self, messages: list[list[BaseMessage]], stop: Any = None, callbacks: Any = None, **kwargs: Any
    ) -> LLMResult:
        """As :meth:`generate`, all prompts at once."""
        if self.substitutor is None:
            return await self.llm.agenerate(messages, stop, callbacks, **kwargs)

        async def answer(prompt: list[BaseMessage], config: RunnableConfig) -> LLMResult:
            model, config = await self._achoose(prompt, config, stop, kwargs)
            return await model.agenerate([prompt], stop, **config, **kwargs)

        each = [answer(prompt, config) for prompt, config in _configs(messages, callbacks, kwargs)]
        results = await asyncio.gather(*each, return_exceptions=True)
        for result in results:  # as LangChain does: all are waited for, then the first failure is raised
            if isinstance(result, BaseException):
                raise result
        return self._joined([result for result in results if isinstance(result, LLMResult)])

    def bind_tools(self, tools: Any, **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools, in the form that the model's own method gives them."""
        return exchange(self.llm.bind_tools(tools, **kwargs), self.around)

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        """Demand a form of the answer, and parse it, as the model's own method does."""
        return exchange(self.llm.with_structured_output(schema, **kwargs), self.around)

    def configurable_fields(self, **kwargs: Any) -> ConfigurableFields:
        """Let a run's config set fields of the model that this one is around."""
        return ConfigurableFields(default=self, fields=kwargs, around=self.around)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "SlmChatModel":
        """The same substitution around a copy of the model; ``update`` is the model's."""
        return self.around(self.llm.model_copy(update=update, deep=deep))

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "SlmChatModel":
        return self.around(copy.deepcopy(self.llm, memo))  # threads and students are shared, not copied

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None:
            # Whatever is not in here is read from the model: so it is set there.
            super().__setattr__(name, value) if name.startswith("_") or name in self.__dict__ else setattr(
                self.llm, name, value
            )

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return self.llm._generate(messages, stop, run_manager, **kwargs)  # who calls this has decided to ask the LLM

    def _choose(
        self, input: LanguageModelInput, config: RunnableConfig, stop: Any, kwargs: Mapping[str, Any]
    ) -> tuple[BaseChatModel, RunnableConfig]:
        """The model that answers, and the config to ask it under."""
        if self.substitutor is None:
            return self.llm, config
        try:
            call = self._call(input, config, stop, kwargs)
            decision = self.substitutor.decide(call, within_s=_within_s(self.llm, kwargs))
            return self._answerer(self.substitutor, call, decision, config, kwargs)
        except Exception:
            self._failed()
            return self.llm, config

    async def _achoose(
        self, input: LanguageModelInput, config: RunnableConfig, stop: Any, kwargs: Mapping[str, Any]
    ) -> tuple[BaseChatModel, RunnableConfig]:
        if self.substitutor is None:
            return self.llm, config
        try:
            call = self._call(input, config, stop, kwargs)
            decision = await self.substitutor.adecide(call, within_s=_within_s(self.llm, kwargs))
            return self._answerer(self.substitutor, call, decision, config, kwargs)
        except Exception:
            self._failed()
            return self.llm, config

    def _call(self, input: LanguageModelInput, config: RunnableConfig, stop: Any, kwargs: Mapping[str, Any]) -> Call:
        """The call as the callback would record it: the same questions are put to the model as LangChain puts."""
        asked = {name: value for name, value in kwargs.items() if name not in _FOR_TRACERS}
        return to_call(
            self._convert_input(input).to_messages(),
            config,
            params=self.llm._get_invocation_params(stop=stop, **asked),
            metadata={**self.llm._get_ls_params(stop=stop, **asked), **(self.llm.metadata or {})},
            tags=self.llm.tags or (),
        )

    def _answerer(
        self,
        substitutor: Substitutor,
        call: Call,
        decision: Decision,
        config: RunnableConfig,
        kwargs: Mapping[str, Any],
    ) -> tuple[BaseChatModel, RunnableConfig]:
        """What follows from a decision: a stand-in with the student's answer, or the model, overheard or not."""
        if decision.answer is not None:
            parsed = _parsed(decision.answer, kwargs.get("response_format"))
            model = StudentAnswer(self.llm, decision.answer, decision.bundle_id, parsed=parsed)
            if config.get("run_id") is None:  # the run that others see is the call that is recorded
                config = {**config, "run_id": UUID(call.id)}
            substitutor.served(call, decision)
            return model, config
        if not decision.compare:
            return self.llm, config

        def hand_in(teacher: Message, took_ms: float, call_id: str) -> None:
            try:
                substitutor.observe(call, decision, teacher, teacher_ms=took_ms, call_id=call_id)
            except Exception:
                self._failed()

        return self.llm, {**config, "callbacks": Observer(hand_in).added_to(config.get("callbacks"))}

    def _joined(self, results: list[LLMResult]) -> LLMResult:
        """The results of one prompt each as one of several."""
        if len(results) == 1:
            return results[0]
        joined = LLMResult(
            generations=[result.generations[0] for result in results],
            llm_output=self.llm._combine_llm_outputs([result.llm_output for result in results]),
        )
        joined.run = [run for result in results for run in result.run or ()]
        return joined

    def _failed(self) -> None:
        self._errors += 1
        if self._errors == 1:
            _log.warning("substitution failed, the model answers (further ones are only counted)", exc_info=True)


def _configs(
    messages: list[list[BaseMessage]], callbacks: Any, options: dict[str, Any]
) -> Iterator[tuple[list[BaseMessage], RunnableConfig]]:
    """The prompts, each with the config that ``generate`` takes in pieces; they are taken out of its other options."""
    pieces = {name: options.pop(name) for name in ("tags", "metadata", "run_name", "run_id") if name in options}
    for prompt in messages:
        yield prompt, RunnableConfig(callbacks=callbacks, **pieces)
        pieces.pop("run_id", None)  # there is one, and it is the first one's


def _within_s(llm: BaseChatModel, kwargs: Mapping[str, Any]) -> float | None:
    """How long the caller would wait for the LLM, in seconds, where that is said as a plain number."""
    given: Any = kwargs.get("timeout") or getattr(llm, "request_timeout", None) or getattr(llm, "timeout", None)
    return float(given) if isinstance(given, int | float) and given > 0 else None


def _parsed(answer: Message, response_format: Any) -> Any:
    """The answer as an object of the class that the call demands: OpenAI's SDK hands it out beside the text.

    Raises:
        ValidationError: the answer is no such object.
    """
    if answer.tool_calls or not (isinstance(response_format, type) and issubclass(response_format, BaseModel)):
        return None
    return response_format.model_validate_json(answer.text)
