"""Hears what the LLM answered, where that is wanted as evidence on a student."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.outputs import LLMResult

from slm_instrument.records import Message
from slm_instrument_langchain.messages import to_answer

HandIn = Callable[[Message, float, str], None]
"""Takes the LLM's answer, the milliseconds it took, and the id of its run. Never raises."""


class Observer(BaseCallbackHandler):
    """Listens to the one run that answers a call. LangChain has put the answer together by then, streamed or not.

    A run that fails, is cancelled or left early says nothing of the student, and is not handed in.

    Args:
        hand_in: Where the answer goes.
    """

    run_inline = True

    def __init__(self, hand_in: HandIn) -> None:
        self._hand_in = hand_in
        self._started = time.perf_counter()

    def added_to(self, callbacks: Any) -> Any:
        """Callbacks, as LangChain takes them, and this one; what is given is not changed."""
        if not isinstance(callbacks, BaseCallbackManager):
            return [*(callbacks or ()), self]
        manager = callbacks.copy()
        manager.add_handler(self, inherit=False)
        return manager

    def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        """The LLM is asked."""
        self._started = time.perf_counter()

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """The LLM has answered."""
        took_ms = (time.perf_counter() - self._started) * 1e3
        message = getattr(response.generations[0][0], "message", None)
        if message is not None:
            self._hand_in(to_answer(message), took_ms, str(run_id))
