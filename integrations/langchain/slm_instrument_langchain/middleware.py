"""Substitution in LangChain's agents: ``create_agent(model, tools=tools, middleware=[SlmMiddleware(substitutor)])``."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.callbacks import BaseCallbackManager
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langchain_core.tools import BaseTool

from slm_instrument.plain import plain_mapping
from slm_instrument.records import OWN_TRACE, SERVED_BY_SLM, Call, Message, ToolSpec, Usage
from slm_instrument.runtime import Decision, Reason, Substitutor
from slm_instrument_langchain.callback import SlmCallbackHandler
from slm_instrument_langchain.messages import to_ai_message, to_message, to_messages
from slm_instrument_langchain.metadata import origin_of, users_metadata
from slm_instrument_langchain.tools import to_response_format, to_tool_specs

_MOST_TOOL_LISTS = 256  # an agent whose tools are made anew for every call must not fill the memory
_log = logging.getLogger("slm_instrument.runtime")


@dataclass(frozen=True, slots=True)
class _Decided:
    """A request as a call, and what was decided about it."""

    call: Call
    decision: Decision
    at: float


class SlmMiddleware(AgentMiddleware[Any, Any, Any]):
    """Lets certified students answer an agent's model calls, for the tasks whose flags allow it.

    Put it last in the list of middleware: the last one is nearest to the model and sees the prompt as the model would.
    Calls that a student answers never reach the model, and are recorded by the substitutor's recorder; every other call
    goes to the model unchanged. What breaks in here is logged and leaves the call to the model.

    Args:
        substitutor: Decides, shared by as many agents as you like.
    """

    def __init__(self, substitutor: Substitutor) -> None:
        super().__init__()
        self._substitutor = substitutor
        self._tool_specs = _ToolSpecs()
        self.errors = 0  # failures in here: a bug, or objects no LangChain makes

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Answer with a student, or call the model."""
        decided = self._decide(request)
        answer = self._answer(decided)
        if answer is not None:
            return answer
        response = handler(request)
        self._observe(decided, response)
        return response

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        """As :meth:`wrap_model_call`; the event loop is free while the student thinks."""
        decided = await self._adecide(request)
        answer = self._answer(decided)
        if answer is not None:
            return answer
        response = await handler(request)
        self._observe(decided, response)
        return response

    def _decide(self, request: ModelRequest[Any]) -> _Decided | None:
        try:
            call = self._call(request)
            return _Decided(call, self._substitutor.decide(call), time.perf_counter()) if call is not None else None
        except Exception:
            return self._leave_to_model()

    async def _adecide(self, request: ModelRequest[Any]) -> _Decided | None:
        try:
            call = self._call(request)
            if call is None:
                return None
            return _Decided(call, await self._substitutor.adecide(call), time.perf_counter())
        except Exception:
            return self._leave_to_model()

    def _call(self, request: ModelRequest[Any]) -> Call | None:
        if request.response_format is not None:
            self._substitutor.refuse("structured output is asked for")
            return None
        return to_call(request, self._tool_specs.of(request.tools))

    def _answer(self, decided: _Decided | None) -> ModelResponse[Any] | None:
        if decided is None or decided.decision.answer is None:
            return None
        try:
            message = _ai_message(decided.call, decided.decision, decided.decision.answer)
            self._substitutor.served(decided.call, decided.decision)
        except Exception:
            return self._leave_to_model()
        return ModelResponse(result=[message])

    def _observe(self, decided: _Decided | None, response: ModelResponse[Any]) -> None:
        if decided is None or decided.decision.reason is not Reason.SHADOW:
            return
        try:
            answers = [message for message in response.result if isinstance(message, AIMessage)]
            teacher = to_message(answers[-1]) if answers else None
            took_ms = (time.perf_counter() - decided.at) * 1e3
            self._substitutor.observe(decided.call, decided.decision, teacher, teacher_ms=took_ms)
        except Exception:
            self._leave_to_model()

    def _leave_to_model(self) -> None:
        self.errors += 1
        if self.errors == 1:
            _log.warning("substitution failed, the model answers (further failures are only counted)", exc_info=True)


class _ToolSpecs:
    """Tools as records, remembered: one takes 30 us to make, and an agent offers the same at every call."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[list[Any], tuple[ToolSpec, ...]]] = {}

    def of(self, tools: list[Any]) -> tuple[ToolSpec, ...]:
        """The records of a list of tools."""
        if not all(isinstance(tool, BaseTool) for tool in tools):  # a dict may be changed between two calls
            return to_tool_specs(tools)
        key = tuple(map(id, tools))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_TOOL_LISTS:
                self._known.clear()
            known = self._known[key] = (list(tools), to_tool_specs(tools))  # held, so that their ids stay theirs
        return known[1]


def to_call(request: ModelRequest[Any], tools: tuple[ToolSpec, ...]) -> Call:
    """A model request as the call that :class:`SlmCallbackHandler` would record of it, its answer not yet there."""
    config = var_child_runnable_config.get() or RunnableConfig()
    metadata: Mapping[str, Any] = config.get("metadata") or {}
    handler, parent_id = _callbacks(config)
    prompt = request.messages if request.system_message is None else [request.system_message, *request.messages]
    params = {**request.model_settings, "tool_choice": request.tool_choice}
    return Call(
        trace_id=_trace_id(handler, parent_id) or _dialogue_id(request, config),
        parent_id=str(parent_id) if parent_id is not None else None,
        app=handler.app if handler is not None else None,
        agent=_text(metadata.get("lc_agent_name") or metadata.get("langgraph_node")),
        model=_text(getattr(request.model, "model_name", None) or getattr(request.model, "model", None)),
        framework="langchain",
        started_at=datetime.now(UTC),
        messages=to_messages(prompt),
        tools=tools,
        response_format=to_response_format(request.model_settings.get("response_format")),
        params=plain_mapping({name: value for name, value in params.items() if value is not None}),
        origin=origin_of(metadata),
        labels=users_metadata(metadata),
    )


def _ai_message(call: Call, decision: Decision, answer: Message) -> AIMessage:
    """The answer as a chat model would have returned it; no tokens were bought for it."""
    message = to_ai_message(
        answer,
        usage=Usage(input_tokens=0, output_tokens=0),
        response_metadata={
            "model_name": f"{SERVED_BY_SLM}{decision.bundle_id}",
            "finish_reason": "tool_calls" if answer.tool_calls else "stop",
        },
    )
    # The id has the form that LangChain gives to answers of providers that give none.
    return message.model_copy(update={"id": f"lc_run--{call.id}", "name": _agent_name()})


def _agent_name() -> str | None:
    """The name that ``create_agent(name=...)`` puts on its model's answers."""
    config = var_child_runnable_config.get() or RunnableConfig()
    return _text((config.get("metadata") or {}).get("lc_agent_name"))


def _callbacks(config: RunnableConfig) -> tuple[SlmCallbackHandler | None, UUID | None]:
    """The handler that records this run, and the run that the model call is part of."""
    manager: Any = config.get("callbacks")
    if not isinstance(manager, BaseCallbackManager):
        return None, None
    handlers = (handler for handler in manager.handlers if isinstance(handler, SlmCallbackHandler))
    return next(handlers, None), manager.parent_run_id


def _trace_id(handler: SlmCallbackHandler | None, parent_id: UUID | None) -> str | None:
    """The trace that the handler records the run under."""
    if handler is None or parent_id is None:
        return None
    return handler.trace_of(parent_id) or str(parent_id)


def _dialogue_id(request: ModelRequest[Any], config: RunnableConfig) -> str | None:
    """What stays the same within a dialogue that nobody records, so that a canary's share stays sticky."""
    first = request.messages[0].id if request.messages else None
    thread = _text(config.get("configurable", {}).get("thread_id"))
    return f"{OWN_TRACE}{thread}" if thread else first


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
