"""What the capture benchmarks ask: a chat model that answers at once, 2 KB prompts that differ in their question."""

from collections.abc import Mapping
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult

SYSTEM = "You sort messages. " * 50
QUESTION = "where is my order? " * 55


class InstantModel(BaseChatModel):
    """Answers at once."""

    model_name: str = "instant-1"

    @property
    def _llm_type(self) -> str:
        return "instant"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"model_name": self.model_name}

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("shipping"))])

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return self._generate(messages)


class EmptyCallback(BaseCallbackHandler):
    """What LangChain itself spends on any inline callback."""

    run_inline = True

    def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        """Do nothing; without it LangChain would build the prompt as text."""


def marked(mark: str) -> list[BaseMessage]:
    """A 2 KB prompt: a system message that repeats, a question that does not; the mark tells which call it is of."""
    return [SystemMessage(SYSTEM), HumanMessage(f"Call {mark}: {QUESTION}")]
