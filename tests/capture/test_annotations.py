"""What an application says of its calls, and calls that two integrations see."""

import asyncio
import threading

from slm_instrument import Call, Recorder, annotate
from slm_instrument.capture import Annotations, annotations, covered, covers
from slm_instrument.store import open_store
from slm_instrument.testing import make_call


def test_inner_blocks_speak_over_outer_ones_and_are_forgotten_at_their_end():
    assert annotations() == Annotations()
    with annotate(agent="outer", labels={"a": 1, "b": 1}):
        with annotate(agent="inner", audience="human", labels={"b": 2}):
            said = annotations()
            assert (said.agent, said.audience, said.labels) == ("inner", "human", {"a": 1, "b": 2})
        assert annotations().agent == "outer"
        assert annotations().audience is None
    assert annotations() == Annotations()


def test_what_the_framework_knows_stays_and_what_only_the_user_knows_is_set():
    with annotate(agent="said", trace_id="t", origin="user-1", audience="human", labels={"release": "7"}):
        said = annotations()
    call = said.on(Call(id="1", agent="router", labels={"node": "n"}))
    assert (call.agent, call.trace_id, call.origin, call.audience) == ("router", "t", "user-1", "human")
    assert call.labels == {"node": "n", "release": "7"}
    plain = Call(id="2")
    assert Annotations().on(plain) is plain


def test_tasks_inherit_annotations_and_other_threads_do_not():
    seen = {}

    async def work(name):
        await asyncio.sleep(0)
        seen[name] = annotations().agent

    async def main():
        with annotate(agent="a"):
            first = asyncio.create_task(work("task of a"))
        with annotate(agent="b"):
            await asyncio.gather(first, work("gathered in b"))

    asyncio.run(main())
    with annotate(agent="main"):
        thread = threading.Thread(target=lambda: seen.update(thread=annotations().agent))
        thread.start()
        thread.join()
    assert seen == {"task of a": "a", "gathered in b": "b", "thread": None}


def test_a_rule_marks_calls_that_talk_to_a_person(monkeypatch):
    store = open_store("memory://")
    with Recorder(store, human=["concierge*", "channel=chat"]) as recorder:
        recorder.record(make_call(id="1", agent="concierge-de"))
        recorder.record(make_call(id="2", agent="router", labels={"channel": "chat"}))
        recorder.record(make_call(id="3", agent="router"))
        assert recorder.flush(10)
    assert [call.audience for call in store.iter_calls()] == ["human", "human", "agent"]
    monkeypatch.setenv("SLM_INSTRUMENT_HUMAN", "router")
    with Recorder(store) as recorder:
        recorder.record(make_call(id="4", agent="router"))
        assert recorder.flush(10)
    assert [call.audience for call in store.iter_calls()][-1] == "human"
    store.close()


def test_a_text_for_a_rule_is_a_list_of_patterns_and_not_of_letters():
    store = open_store("memory://")
    with Recorder(store, human="concierge*, desk") as recorder:
        for number, agent in enumerate(("concierge-de", "desk", "router")):
            recorder.record(make_call(id=str(number), agent=agent))
        assert recorder.flush(10)
    assert [call.audience for call in store.iter_calls()] == ["human", "human", "agent"]
    store.close()


def test_a_call_is_covered_while_a_probe_says_so_and_a_broken_probe_covers_nothing():
    assert not covered()
    remove_broken = covers(lambda: 1 / 0)
    assert not covered()
    remove = covers(lambda: True)
    assert covered()
    remove()
    remove()
    assert not covered()
    remove_broken()
