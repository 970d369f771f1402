"""Substitution in LangChain's agents: ``create_agent(model, tools=tools, middleware=[SlmMiddleware(substitutor)])``."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.language_models.chat_models import BaseChatModel

from slm_instrument.runtime import Substitutor
from slm_instrument_langchain.chat_model import SlmChatModel

_log = logging.getLogger("slm_instrument.runtime")
_MOST_MODELS = 16  # an agent whose model is made anew for every call must not fill the memory


class SlmMiddleware(AgentMiddleware[Any, Any, Any]):
    """Lets certified students answer an agent's model calls, for the tasks whose flags allow it.

    It puts an :class:`SlmChatModel` in the place of the model, call by call: so a student is asked what the model would
    be asked, tools and the form of structured output included, and its answer is read as the model's would be.

    Put it last in the list of middleware: the last one is nearest to the model and sees the prompt as the model would.
    Calls that a student answers never reach the model, and are recorded by the substitutor's recorder; every other call
    goes to the model unchanged. What breaks in here is logged and leaves the call to the model.

    Args:
        substitutor: Decides, shared by as many agents as you like.

    Raises:
        TypeError: it is no substitutor.
    """

    def __init__(self, substitutor: Substitutor) -> None:
        super().__init__()
        if not isinstance(substitutor, Substitutor):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a Substitutor is needed, not {type(substitutor).__name__}")
        self._substitutor = substitutor
        self._models: dict[int, SlmChatModel] = {}
        self._errors = 0

    @property
    def errors(self) -> int:
        """Failures in here: a bug, or objects no LangChain makes."""
        return self._errors + sum(model.errors for model in list(self._models.values()))

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Answer with a student, or call the model."""
        return handler(self._substituted(request))

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        """As :meth:`wrap_model_call`; the event loop is free while the student thinks."""
        return await handler(self._substituted(request))

    def _substituted(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        try:
            model: Any = request.model
            if isinstance(model, SlmChatModel):
                return request  # it decides by itself
            if not isinstance(model, BaseChatModel):  # as init_chat_model gives for a model that is named later
                self._substitutor.refuse("the agent's model is no chat model")
                return request
            return request.override(model=self._around(model))
        except Exception:
            self._errors += 1
            if self._errors == 1:
                _log.warning(
                    "substitution failed, the model answers (further failures are only counted)", exc_info=True
                )
            return request

    def _around(self, model: BaseChatModel) -> SlmChatModel:
        known = self._models.get(id(model))
        if known is None:
            if len(self._models) >= _MOST_MODELS:
                self._errors = self.errors
                self._models.clear()
            known = self._models[id(model)] = SlmChatModel(model, self._substitutor)  # holds it: its id stays its own
        return known
