"""Recording without a word in the application's code."""

import asyncio
import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points

import pytest
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers import context

from slm_instrument import Recorder, open_store
from slm_instrument.capture import covered
from slm_instrument_langchain import SlmCallbackHandler
from slm_instrument_langchain.auto import instrument


@pytest.fixture
def instrumented(recorder):
    undo = instrument(recorder)
    yield undo
    undo()


def test_every_run_is_recorded_and_none_after_the_undo(scripted, instrumented, calls):
    scripted().invoke("one")
    asyncio.run(scripted().ainvoke("two"))
    list(scripted().stream("three"))
    instrumented()
    scripted().invoke("four")
    assert [call.messages[0].content for call in calls()] == ["one", "two", "three"]
    instrumented()


def test_a_chain_is_one_trace(scripted, instrumented, calls):
    chain = ChatPromptTemplate([("user", "{q}")]) | scripted() | RunnableLambda(lambda m: m.content) | scripted()
    chain.invoke({"q": "one"})
    asyncio.run(chain.ainvoke({"q": "two"}))
    one, one_more, two, two_more = calls()
    assert one.trace_id == one_more.trace_id == one.parent_id
    assert two.trace_id == two_more.trace_id == two.parent_id
    assert one.trace_id != two.trace_id


def test_threads_that_were_there_before(scripted, recorder, calls):
    """PEERS 9: what is known at submit time must not depend on the thread."""
    with ThreadPoolExecutor(2) as pool:
        ready = threading.Barrier(2)
        list(pool.map(lambda _: ready.wait(5), range(2)))
        undo = instrument(recorder)
        list(pool.map(lambda n: scripted().invoke(f"{n}"), range(10)))
        undo()
    assert sorted(call.messages[0].content for call in calls()) == [str(n) for n in range(10)]


def test_the_users_own_handler_wins(scripted, instrumented, calls, tmp_path):
    with Recorder(f"sqlite:///{tmp_path}/own.db") as own:
        chain = RunnableLambda(lambda text: text) | scripted()
        chain.invoke("one", config={"callbacks": [SlmCallbackHandler(own)]})
        scripted(callbacks=[SlmCallbackHandler(own)]).invoke("two")
        assert own.flush(20)
    assert calls() == []
    store = open_store(f"sqlite:///{tmp_path}/own.db")
    assert [call.messages[0].content for call in store.iter_calls()] == ["one", "two"]
    store.close()


def test_two_handlers_for_one_store_record_a_call_once(scripted, instrumented, recorder, calls):
    (RunnableLambda(lambda text: text) | scripted(callbacks=[SlmCallbackHandler(recorder)])).invoke("one")
    assert len(calls()) == 1


def test_runs_open_at_the_undo_are_recorded(scripted, instrumented, calls):
    stream = (RunnableLambda(lambda text: text) | scripted()).stream("one")
    next(stream)
    instrumented()
    list(stream)
    assert [call.messages[0].content for call in calls()] == ["one"]


def test_the_undo_takes_the_hook_back_and_no_other(scripted, recorder):
    before = list(context._configure_hooks)
    instrument(recorder)()
    after = context._configure_hooks
    assert after[: len(before)] == before
    assert all(hook[0].get() is None for hook in after[len(before) :])


def test_the_undo_holds_even_where_the_hook_stays(scripted, recorder, calls, monkeypatch):
    """LangChain has no public way to take a hook back."""
    undo = instrument(recorder)
    hooks = context._configure_hooks
    monkeypatch.setattr(context, "_configure_hooks", [])
    undo()
    monkeypatch.setattr(context, "_configure_hooks", hooks)
    (RunnableLambda(lambda text: text) | scripted()).invoke("one")
    assert calls() == []
    undo()


def test_the_entry_point_is_declared():
    (found,) = [each for each in entry_points(group="slm_instrument.integrations") if "langchain" in each.value]
    assert found.load() is instrument


def test_what_the_model_asks_of_its_provider_is_known_to_be_recorded(scripted, handler, config, calls):
    """Then the OpenAI integration below it must not record the same again; elsewhere it must."""
    seen = []
    model = scripted(answer=lambda text: (seen.append(covered()), "a b c")[1])
    model.invoke("one", config=config)
    asyncio.run(model.ainvoke("two", config=config))
    model.invoke("not recorded")
    stream = model.stream("three", config=config)
    next(stream)
    seen.append(covered())
    list(stream)
    seen.append(covered())
    assert seen == [True, True, False, True, False, False]
    assert len(calls()) == 3


def test_copies_of_a_model_record_to_the_same_recorder(scripted, handler, calls):
    copy.deepcopy(scripted(callbacks=[handler])).invoke("one")
    assert len(calls()) == 1
