"""Many callers at once while flags flip: nothing raises, no answer is another's, and every decision is counted."""

import asyncio
import itertools
import os
import threading
import time
from collections import Counter

import pytest

from slm_instrument.records import Call, Message
from slm_instrument.runtime import Mode, Reason, Substitutor
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle
from slm_instrument.store import KILL_SWITCH

from .helpers import flag

THREADS, TASKS = 32, 200
SECONDS, MOST_SECONDS = 2.0, 30.0  # on a busy machine it takes longer until every mode has been seen
SEEN = {Reason.SUBSTITUTED, Reason.DISABLED, Reason.NO_MATCH, Reason.SHADOW}
PROMPTS = {"intent": "Intent of: {}", "greet": "Greet {}", "nobody": "Neither {}"}
FLIPS = [
    ("greet", Mode.SHADOW),
    ("intent", Mode.OFF),
    (KILL_SWITCH, Mode.OFF),
    (KILL_SWITCH, Mode.ON),
    ("intent", Mode.ON),
    ("greet", Mode.CANARY),
]


@pytest.fixture
def substitutor(tmp_path, store):
    models = tmp_path / "models"
    write_fake_bundle(models, task_name="intent", last=Pattern(("Intent of: ", SLOT)))
    write_fake_bundle(models, task_name="greet", last=Pattern(("Greet ", SLOT)))

    def load(bundle):
        name = bundle.manifest.task_name
        return ScriptedStudent(lambda text: f"{name} {text}")

    with Substitutor(models, store=store, load_student=load, timeout_ms=30_000) as substitutor:
        yield substitutor


@pytest.fixture
def flipping(store, monkeypatch):
    """Flags of the store change as often as they are read, the kill switch of the environment all the time."""
    done = threading.Event()
    flips = itertools.cycle(FLIPS)

    def flip():
        for number in itertools.count():
            os.environ["SLM_INSTRUMENT_DISABLED"] = "1" if number % 10 == 9 else "0"
            if number % 20 == 0:
                store.set_flag(flag(*next(flips)))
            if done.wait(0.01):
                return

    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "0")
    thread = threading.Thread(target=flip)
    thread.start()
    yield
    done.set()
    thread.join(10)
    assert not thread.is_alive()


class Caller:
    """One of many who ask one call after the other until the time is over; all know what any of them has seen."""

    def __init__(self, substitutor, name, seen):
        self.substitutor, self.name = substitutor, name
        self.reasons, self._seen = Counter(), seen
        self.observed = 0
        self._began = time.monotonic()

    def calls(self):
        """Calls of both tasks and of none, until the time is over."""
        for number in itertools.count():
            took = time.monotonic() - self._began
            if took > (SECONDS if self._seen >= SEEN else MOST_SECONDS):
                return
            task = list(PROMPTS)[number % len(PROMPTS)]
            text = f"{self.name}-{number}"
            yield task, text, Call(messages=(Message("user", PROMPTS[task].format(text)),), trace_id=text)

    def check(self, task, text, call, decision):
        """Whether the answer is the one to this question, as the task's student gives it; hands in the LLM's."""
        self.reasons[decision.reason] += 1
        self._seen.add(decision.reason)
        assert decision.substituted == (decision.answer is not None)
        if decision.substituted:
            assert decision.answer.text == f"{task} {text}"
        if decision.compare:
            self.substitutor.observe(call, decision, Message("assistant", f"{task} {text}"))
            self.observed += 1

    def run(self):
        for task, text, call in self.calls():
            self.check(task, text, call, self.substitutor.decide(call))

    async def arun(self):
        for task, text, call in self.calls():
            self.check(task, text, call, await self.substitutor.adecide(call))
            await asyncio.sleep(0)


def in_threads(callers):
    failures = []

    def run(caller):
        try:
            caller.run()
        except BaseException as error:  # for the test to see
            failures.append(error)

    threads = [threading.Thread(target=run, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * MOST_SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


def on_one_loop(callers):
    async def main():
        await asyncio.gather(*(caller.arun() for caller in callers))

    asyncio.run(main())


@pytest.mark.usefixtures("flipping")
@pytest.mark.parametrize(("run", "callers"), [(in_threads, THREADS), (on_one_loop, TASKS)])
def test_every_decision_is_counted_and_no_answer_is_anothers(substitutor, store, run, callers):
    seen = set()
    asking = [Caller(substitutor, f"caller{number}", seen) for number in range(callers)]
    run(asking)
    reasons = sum((caller.reasons for caller in asking), Counter())
    assert set(reasons) >= SEEN
    assert Reason.ERROR not in reasons
    assert substitutor.flush(30)
    stats = substitutor.stats()
    observed, dropped = stats.pop("observed"), stats.pop("dropped")
    assert stats == reasons
    # A task may be off by the time the LLM has answered.
    assert 0 < observed + dropped <= sum(caller.observed for caller in asking)
    assert len(store.observations()) == observed
    substitutor.close()
    tallied = Counter()
    for tally in store.tallies():
        tallied[tally.reason] += tally.calls
    assert tallied == reasons
