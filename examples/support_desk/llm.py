"""Which LLM the desk asks: the user's own, or the stand-in."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from examples.support_desk import standin

DEFAULT_MODEL = "gpt-4o-mini"


@dataclass(frozen=True, slots=True)
class Llm:
    """A chat model, its name, and whether its answers come from a script."""

    chat: ChatOpenAI
    model: str
    scripted: bool

    @property
    def title(self) -> str:
        """What it is called in tables."""
        return "stand-in" if self.scripted else self.model


@contextmanager
def connected(model: str | None = None, *, scripted: bool = False) -> Generator[Llm]:
    """The OpenAI-compatible endpoint of the environment, or the stand-in, run for as long as it is needed.

    Args:
        model: its name; ``$OPENAI_MODEL`` by default, then gpt-4o-mini. The stand-in goes by any name.
        scripted: use the stand-in even where ``$OPENAI_API_KEY`` is set.
    """
    name = model or os.environ.get("OPENAI_MODEL") or DEFAULT_MODEL
    if os.environ.get("OPENAI_API_KEY") and not scripted:
        yield Llm(ChatOpenAI(model=name), name, scripted=False)  # it reads OPENAI_BASE_URL itself
        return
    with standin.running() as base_url:
        chat = ChatOpenAI(model=name, base_url=base_url, api_key=SecretStr("none is needed"))
        yield Llm(chat, name, scripted=True)
