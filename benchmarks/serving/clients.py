"""Ways to ask an LLM, bare and with substitution: the substitutor itself, LangChain, the OpenAI SDK."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType]
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.outputs import ChatResult
from openai import AsyncOpenAI, OpenAI

from benchmarks.peers.workload import InstantModel
from benchmarks.serving.workload import SYSTEM, messages
from slm_instrument.records import Call
from slm_instrument.runtime import Substitutor
from slm_instrument_langchain import SlmChatModel, SlmMiddleware
from slm_instrument_openai import wrap_openai

MODEL = "gpt-4o-mini"

Ask = Callable[[str], object]
AskAsync = Callable[[str], Awaitable[object]]


async def _nothing() -> None:
    """There is nothing to close."""


@dataclass(frozen=True, slots=True)
class Client:
    """Something that is asked with the last message of a prompt, from threads and from tasks."""

    ask: Ask
    aask: AskAsync
    aclose: Callable[[], Awaitable[object]] = _nothing  # ends its connections, on the loop that they are of


class Model(InstantModel):
    """A chat model in this process that answers after ``wait_ms``."""

    wait_ms: float = 0.0

    def _generate(self, messages: Any, *args: Any, **kwargs: Any) -> ChatResult:
        if self.wait_ms:
            time.sleep(self.wait_ms / 1e3)
        return super()._generate(messages)

    async def _agenerate(self, messages: Any, *args: Any, **kwargs: Any) -> ChatResult:
        if self.wait_ms:
            await asyncio.sleep(self.wait_ms / 1e3)
        return super()._generate(messages)


def call_of(last: str, trace_id: str | None = None) -> Call:
    """The call as an adapter would hand it over."""
    return Call(messages=messages(last), model=MODEL, trace_id=trace_id)


def langchain(substitutor: Substitutor | None, wait_ms: float = 0.0) -> Client:
    """A chat model, alone or with substitution around it."""
    llm = Model(wait_ms=wait_ms)
    model: BaseChatModel = llm if substitutor is None else SlmChatModel(llm, substitutor)
    return Client(lambda last: model.invoke(_prompt(last)), lambda last: model.ainvoke(_prompt(last)))


def agent(substitutor: Substitutor | None) -> Client:
    """An agent of LangChain's that asks its model once, without or with the middleware."""
    middleware = [] if substitutor is None else [SlmMiddleware(substitutor)]
    made: Any = create_agent(Model(), middleware=middleware, system_prompt=SYSTEM)

    def state(last: str) -> dict[str, Any]:
        return {"messages": [HumanMessage(last)]}

    return Client(lambda last: made.invoke(state(last)), lambda last: made.ainvoke(state(last)))


def openai(substitutor: Substitutor | None, server: str, wait_ms: int = 0) -> Client:
    """The SDK's clients, bare or wrapped; nothing is recorded, so that what is added is substitution."""
    settings: Any = {"base_url": f"{server}/{wait_ms}/v1", "api_key": "none"}
    client, aclient = OpenAI(**settings), AsyncOpenAI(**settings)
    if substitutor is not None:
        client, aclient = wrap_openai(client, None, substitutor), wrap_openai(aclient, None, substitutor)
    return Client(
        lambda last: client.chat.completions.create(model=MODEL, messages=_messages(last)),
        lambda last: aclient.chat.completions.create(model=MODEL, messages=_messages(last)),
        aclient.close,
    )


def _prompt(last: str) -> list[Any]:
    return [SystemMessage(SYSTEM), HumanMessage(last)]


def _messages(last: str) -> Any:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": last}]
