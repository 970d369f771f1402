import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from slm_instrument import Recorder, open_store
from slm_instrument_langchain import SlmCallbackHandler

USAGE = {"input_tokens": 11, "output_tokens": 3, "total_tokens": 14}


class ScriptedChatModel(BaseChatModel):
    """Answers by a function of the last message; streams word by word, the usage in the last chunk."""

    model_name: str = "scripted-1"
    temperature: float = 0.5
    answer: Callable[[str], Any] = lambda text: f"You said: {text}"
    delay_s: float = 0.0
    fail_at_chunk: int | None = None

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools, **kwargs):
        return self.bind(tools=tools, **kwargs)

    def _message(self, messages) -> AIMessage:
        answer = self.answer(messages[-1].text)
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, str):
            answer = AIMessage(answer)
        return answer.model_copy(
            update={
                "usage_metadata": USAGE,
                "response_metadata": {"model_name": "scripted-1-2026", "finish_reason": "stop"},
            }
        )

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        time.sleep(self.delay_s)
        return ChatResult(generations=[ChatGeneration(message=self._message(messages))])

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        await asyncio.sleep(self.delay_s)
        return ChatResult(generations=[ChatGeneration(message=self._message(messages))])

    def _chunks(self, messages):
        message = self._message(messages)
        words = [part + " " for part in str(message.content).split(" ")]
        words[-1] = words[-1][:-1]
        for n, word in enumerate(words):
            if n == self.fail_at_chunk:
                raise ConnectionError("the line went dead")
            last = n == len(words) - 1
            yield ChatGenerationChunk(
                message=AIMessageChunk(
                    word,
                    usage_metadata=USAGE if last else None,
                    tool_calls=message.tool_calls if last else [],
                    response_metadata=message.response_metadata if last else {},
                )
            )

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        for chunk in self._chunks(messages):
            time.sleep(self.delay_s)
            yield chunk

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        for chunk in self._chunks(messages):
            await asyncio.sleep(self.delay_s)
            yield chunk


@pytest.fixture
def scripted():
    return ScriptedChatModel


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/calls.db")
    yield store
    store.close()


@pytest.fixture
def recorder(store, tmp_path):
    recorder = Recorder(f"sqlite:///{tmp_path}/calls.db")
    yield recorder
    recorder.close()


@pytest.fixture
def handler(recorder):
    handler = SlmCallbackHandler(recorder)
    yield handler
    assert handler.errors == 0
    assert not handler._runs, "a run was not ended"
    assert not handler._roots


@pytest.fixture
def config(handler):
    """A run's config that has everything recorded."""
    return {"callbacks": [handler]}


@pytest.fixture
def calls(recorder, store):
    """What has been recorded so far."""

    def read():
        assert recorder.flush(20)
        return list(store.iter_calls())

    return read
