"""One handler for a whole process: threads, event loops, a store that hangs, a million calls."""

import asyncio
import gc
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

from slm_instrument import Recorder
from slm_instrument.testing import FlakyStore
from slm_instrument_langchain import SlmCallbackHandler


def test_one_handler_for_many_threads(scripted, handler, config, calls):
    """PEERS 7, 9: a shared handler mixes parallel runs, and loses those of executor threads."""
    chain = ChatPromptTemplate([("user", "{q}")]) | scripted(delay_s=0.001)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: chain.invoke({"q": f"Message {n}"}, config=config), range(200)))
    found = calls()
    assert {call.messages[0].content: call.response.content for call in found} == {
        f"Message {n}": f"You said: Message {n}" for n in range(200)
    }
    assert len({call.trace_id for call in found}) == 200


def test_one_handler_for_many_event_loops(scripted, config, calls):
    async def work(name):
        await asyncio.gather(*(scripted(delay_s=0.001).ainvoke(f"{name} {n}", config=config) for n in range(25)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: asyncio.run(work(name)), "abcd"))
    assert sorted(call.messages[0].content for call in calls()) == sorted(f"{a} {n}" for a in "abcd" for n in range(25))


def test_async_calls_stay_on_their_thread(scripted, handler, config, monkeypatch, calls):
    seen = []
    start = handler._begin
    monkeypatch.setattr(handler, "_begin", lambda *args: (seen.append(threading.current_thread()), start(*args)))

    async def work():
        loop = asyncio.get_running_loop()

        def no_executor(*args):
            raise AssertionError("the callback was sent to a thread")

        monkeypatch.setattr(loop, "run_in_executor", no_executor)
        return await scripted().ainvoke("hello", config=config)

    assert asyncio.run(work()).content == "You said: hello"
    assert seen == [threading.main_thread()]
    assert len(calls()) == 1


def test_the_event_loop_goes_on_while_the_store_hangs(scripted, config, recorder, calls, monkeypatch):
    """PEERS 6: the callback blocks the event loop."""
    release = threading.Event()
    keep = recorder._writer._keeper.keep
    monkeypatch.setattr(recorder._writer._keeper, "keep", lambda batch: (release.wait(20), keep(batch)))

    async def work():
        await scripted().ainvoke("one", config=config)
        await asyncio.sleep(0.2)
        started = time.monotonic()
        await scripted().ainvoke("two", config=config)
        return time.monotonic() - started

    assert asyncio.run(work()) < 10, "the store hangs for twice as long"
    release.set()
    assert len(calls()) == 2


def test_the_kill_switch(scripted, config, calls, monkeypatch):
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    scripted().invoke("hello", config=config)
    assert calls() == []


def test_runs_that_never_end_do_not_fill_the_memory(scripted, handler, config, calls, monkeypatch):
    monkeypatch.setattr("slm_instrument_langchain.callback._MAX_RUNS", 10)
    streams = [scripted().stream(f"Message {n}", config=config) for n in range(15)]
    for stream in streams:
        next(stream)
    assert len(handler._runs) <= 10
    given_up = [call for call in calls() if call.error and call.error.type == "Unfinished"]
    assert [call.messages[0].content for call in given_up] == [f"Message {n}" for n in range(5)]
    for stream in streams:
        list(stream)
    assert len(calls()) == 15, "each once, though those were still read"


class Counting:
    """In the place of a recorder: makes each record, and keeps none."""

    made = 0

    def submit(self, build):
        assert build().response is not None
        self.made += 1


def test_twenty_thousand_calls_leave_nothing_in_the_handler(scripted):
    """PEERS 4: memory leaks in long-running agents."""
    recorder = Counting()
    handler = SlmCallbackHandler(recorder)
    answer = LLMResult(generations=[[ChatGeneration(message=AIMessage("yes"))]])

    def work(n):
        for _ in range(n):
            chain, model = uuid4(), uuid4()
            handler.on_chain_start({}, {}, run_id=chain)
            handler.on_chat_model_start({}, [[HumanMessage("well?")]], run_id=model, parent_run_id=chain, metadata={})
            handler.on_llm_new_token("yes", run_id=model)
            handler.on_llm_end(answer, run_id=model)
            handler.on_chain_end({}, run_id=chain)

    work(500)
    gc.collect()
    before = len(gc.get_objects())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [4_875] * 4))
    assert recorder.made == 20_000
    assert (handler._runs, handler._roots, handler.errors) == ({}, {}, 0)
    del pool
    gc.collect()
    assert len(gc.get_objects()) - before < 1_000


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream"])
def test_no_cycle_keeps_a_prompt_alive(scripted, way):
    """PEERS 4, 5: what a call held is free when it is recorded, without the garbage collector."""
    model, config = scripted(), {"callbacks": [SlmCallbackHandler(Counting())]}

    def ask():
        prompt = [HumanMessage("well?")]
        if way == "invoke":
            model.invoke(prompt, config=config)
        elif way == "ainvoke":
            asyncio.run(model.ainvoke(prompt, config=config))
        else:
            list(model.stream(prompt, config=config))
        return weakref.ref(prompt[0])

    ask()
    gc.collect()
    gc.disable()
    try:
        assert ask()() is None
    finally:
        gc.enable()


def test_calls_in_tasks_of_tasks_keep_their_trace(scripted, handler, config, calls):
    """PEERS 8: async context breaks traces apart."""

    async def step(text, config):
        found = await asyncio.gather(*(scripted(delay_s=0.002).ainvoke(f"{text} {n}", config=config) for n in range(3)))
        return await asyncio.create_task(scripted().ainvoke(f"{text} {len(found)}", config=config))

    async def work():
        chain = RunnableLambda(step)
        await asyncio.gather(*(chain.ainvoke(name, config=config) for name in "abc"))

    asyncio.run(work())
    traces = {}
    for call in calls():
        traces.setdefault(call.trace_id, []).append(call.messages[0].content)
    assert sorted(sorted(asked) for asked in traces.values()) == [[f"{name} {n}" for n in range(4)] for name in "abc"]


def test_an_agent_goes_on_while_the_store_is_down(scripted, store, tmp_path):
    """PEERS 3: nothing piles up in the handler, and nothing is lost."""
    flaky = FlakyStore(store)
    flaky.down = True
    with Recorder(flaky) as recorder:
        handler = SlmCallbackHandler(recorder)
        for n in range(200):
            assert scripted().invoke(f"{n}", config={"callbacks": [handler]}).content == f"You said: {n}"
        assert not recorder.flush(0.3)
        assert not handler._runs
        flaky.down = False
        assert recorder.flush(20)
    assert sorted(int(call.messages[0].content) for call in store.iter_calls()) == list(range(200))


APPLICATION = """
import sys
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from slm_instrument import Recorder
from slm_instrument_langchain import SlmCallbackHandler

handler = SlmCallbackHandler(Recorder(sys.argv[1]))
for n in range(100):
    FakeListChatModel(responses=["yes"]).invoke(f"{n}", config={"callbacks": [handler]})
"""


def test_a_process_that_just_ends_has_recorded_its_calls(store, tmp_path):
    """PEERS 1: traces are lost when the process ends."""
    run = [sys.executable, "-W", "error", "-c", APPLICATION, f"sqlite:///{tmp_path}/calls.db"]
    ended = subprocess.run(run, check=True, capture_output=True, timeout=60)
    assert ended.stderr == b""
    assert sorted(int(call.messages[0].content) for call in store.iter_calls()) == list(range(100))
