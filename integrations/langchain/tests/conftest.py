import asyncio
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from integrations.langchain.tests.asking import WAYS, Spy
from integrations.langchain.tests.openai_server import Server
from slm_instrument import Recorder, open_store
from slm_instrument.runtime.testing import SLOT, Pattern, write_fake_bundle
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


@pytest.fixture
def make(tmp_path, recorder):
    """Makes a substitutor with one scripted student, of the task "intent", that keeps what it has decided."""
    made = []

    def make(student, *, mode="on", first_only=False, timeout_ms=10_000, written=True, **bundle):
        spec = {"task_name": "intent", "last": Pattern(("Intent of: ", SLOT)), **bundle}
        if written:
            write_fake_bundle(tmp_path / "models", **spec)
        substitutor = Spy(
            tmp_path / "models",
            recorder=recorder,
            modes={spec["task_name"]: mode},
            load_student=lambda _: student,
            timeout_ms=timeout_ms,
        )
        substitutor.first_only = first_only
        made.append(substitutor)
        return substitutor

    yield make
    for substitutor in made:
        substitutor.close()


@pytest.fixture(params=["sync", "async"])
def invoke(request):
    """Both ways of running an agent or a model must do alike."""
    if request.param == "sync":
        return lambda runnable, inputs, config=None: runnable.invoke(inputs, config)
    return lambda runnable, inputs, config=None: asyncio.run(runnable.ainvoke(inputs, config))


@pytest.fixture(params=WAYS)
def way(request):
    """One of the ways of asking a chat model; gives the list of what came."""
    return WAYS[request.param]


@pytest.fixture(scope="module")
def server():
    """Speaks OpenAI's protocol; ``server.asked`` is what it was asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.daemon_threads = True
        server.asked = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def model(server):
    """Makes the real ChatOpenAI, whose server is on loopback."""
    ChatOpenAI = pytest.importorskip("langchain_openai").ChatOpenAI

    def make(**options):
        address = f"http://127.0.0.1:{server.server_port}/v1"
        return ChatOpenAI(
            **{"model": "gpt-test", "base_url": address, "api_key": "sk-secret", "max_retries": 0, **options}
        )

    return make
