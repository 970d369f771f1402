"""What may go wrong beside an agent: each fault ends in the LLM's answer and in a reason that is counted.

Elsewhere: an altered model, a manifest that is no JSON, no folder, a student that raises, hangs, ends the process or
has no memory to load, an unknown tool, a cancelled task, a loop that ends, a store that cannot be opened, a forked
child and the kill switch (test_substitute); the kill switch while a student answers, a store that is down in auto, a
caller's own deadline (test_modes); half copied bundles (test_roster); contents that are no model (test_student).
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument.errors import StoreError
from slm_instrument.records import Call, Message, ToolCall, ToolSpec
from slm_instrument.runtime import Mode, Reason, Substitutor
from slm_instrument.runtime.serving import FAILURES_IN_A_ROW, THREADS
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle

from .helpers import flag, until

LAST = Pattern(("Intent of: ", SLOT))
SAME = {"task_id": "t1", "task_name": "intent", "last": LAST}
TOOL = ToolSpec("find", parameters={"type": "object", "required": ["what"], "properties": {"what": {}}})
JSON = {"type": "json_object"}
DAY_S = 86_400.0


def ask(text="Intent of: hello", **fields):
    return Call(messages=(Message("user", text),), **fields)


def calling(arguments):
    return Message("assistant", None, (ToolCall("find", arguments),))


def in_threads(work, count):
    """Run work on so many threads at once; returns what each returned or raised."""
    returned = []

    def run(number):
        try:
            returned.append(work(number))
        except BaseException as error:  # for the test to see
            returned.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(returned) == count, "a thread hangs"
    return returned


@pytest.fixture
def bundle(models):
    return write_fake_bundle(models, **SAME)


@pytest.fixture
def make(models, store):
    made = []

    def make(student=None, **options):
        student = student or ScriptedStudent(str.upper)
        options = {"store": store, "load_student": lambda _: student, "modes": {"intent": "on"}, **options}
        made.append(Substitutor(models, **options))
        return made[-1]

    yield make
    for substitutor in made:
        substitutor.close()


@pytest.fixture
def left_to_llm(decide):
    """Decides on a call that must be left to the LLM for a reason, and makes sure that this is counted."""

    def left_to_llm(substitutor, call, reason, detail=""):
        before = substitutor.stats().get(reason, 0)
        decision = decide(substitutor, call)
        assert (decision.reason, decision.answer) == (reason, None)
        assert detail in decision.detail
        assert substitutor.stats()[reason] == before + 1
        return decision

    return left_to_llm


class TestBundles:
    def test_none_in_the_folder(self, make, models, left_to_llm):
        models.mkdir()
        left_to_llm(make(), ask(), Reason.NO_MATCH)

    def test_a_manifest_of_another_format(self, make, bundle, left_to_llm):
        manifest = bundle.path / "manifest.json"
        text = manifest.read_text()
        assert text.count(f'"format": {bundle.manifest.format}') == 1
        manifest.write_text(text.replace(f'"format": {bundle.manifest.format}', '"format": 999'))
        left_to_llm(make(), ask(), Reason.ERROR, "999")

    def test_a_manifest_that_is_a_folder(self, make, bundle, left_to_llm):
        (bundle.path / "manifest.json").unlink()
        (bundle.path / "manifest.json").mkdir()
        left_to_llm(make(), ask(), Reason.ERROR, "manifest.json")

    def test_a_file_that_is_missing(self, make, bundle, left_to_llm):
        (bundle.path / "tokenizer.json").unlink()
        left_to_llm(make(), ask(), Reason.ERROR, "tokenizer.json")

    def test_one_that_was_deleted_before_its_student_was_needed(self, models, store, bundle, left_to_llm):
        with Substitutor(models, store=store, modes={"intent": "on"}) as substitutor:
            shutil.rmtree(bundle.path)
            left_to_llm(substitutor, ask(), Reason.ERROR, str(bundle.path))

    def test_a_folder_that_goes_away_with_all_its_bundles(self, make, models, bundle, monkeypatch):
        monkeypatch.setattr("slm_instrument.runtime.substitute.REREAD_EVERY_S", 0.01)
        substitutor = make()
        assert substitutor.decide(ask()).substituted
        shutil.rmtree(models)
        until(lambda: substitutor.decide(ask()).reason is Reason.NO_MATCH)
        write_fake_bundle(models, **SAME)
        until(lambda: substitutor.decide(ask()).substituted)


class TestStudents:
    @pytest.mark.parametrize(
        ("said", "fields", "detail"),
        [
            ("Sure! {", {"response_format": JSON}, "no JSON object"),
            ("[1, 2]", {"response_format": JSON}, "no JSON object"),
            (calling('{"what": '), {"tools": (TOOL,)}, "no JSON object"),
            (calling('["what"]'), {"tools": (TOOL,)}, "no JSON object"),
            (calling('{"where": "here"}'), {"tools": (TOOL,)}, "'required'"),
            ("hello", {"tools": (TOOL,), "params": {"tool_choice": "required"}}, "no tool call"),
            (calling('{"what": 1}'), {"tools": (TOOL,), "params": {"tool_choice": "none"}}, "none is allowed"),
            ("", {}, "empty"),
            (" \n", {}, "empty"),
            (Message("assistant", None), {}, "empty"),
        ],
    )
    def test_an_answer_that_breaks_what_the_call_demands(self, make, models, left_to_llm, said, fields, detail):
        tools = [tool.name for tool in fields.get("tools", ())]
        write_fake_bundle(models, **SAME, tools=tools, response_format=fields.get("response_format"))
        left_to_llm(make(ScriptedStudent(lambda _: said)), ask(**fields), Reason.INVALID, detail)

    @pytest.mark.parametrize("said", [None, "text", 42])
    def test_one_that_returns_no_prediction(self, make, bundle, left_to_llm, said):
        class Strange:
            def answer(self, text):
                return said

        left_to_llm(make(Strange()), ask(), Reason.ERROR, "Error")

    def test_one_that_runs_out_of_memory_at_work(self, make, bundle, left_to_llm):
        def exhausted(_):
            raise MemoryError

        left_to_llm(make(ScriptedStudent(exhausted)), ask(), Reason.ERROR, "MemoryError")

    def test_one_that_is_slow_is_used_again_when_it_is_not(self, make, bundle, decide, left_to_llm):
        pauses = iter([0.0, 0.5])
        slow = ScriptedStudent(lambda text: time.sleep(next(pauses, 0.0)) or text.upper())
        substitutor = make(slow, timeout_ms=50)
        assert decide(substitutor, ask()).substituted
        decision = left_to_llm(substitutor, ask(), Reason.TIMEOUT, "50 ms")
        assert decision.student_ms >= 50
        until(lambda: decide(substitutor, ask()).substituted)

    def test_one_whose_loading_hangs(self, make, bundle, left_to_llm):
        go_on = threading.Event()
        substitutor = make(load_student=lambda _: go_on.wait(30), load_timeout_ms=50, timeout_ms=50)
        left_to_llm(substitutor, ask(), Reason.TIMEOUT, "50 ms")
        go_on.set()

    def test_one_that_asks_the_substitutor_itself(self, make, bundle):
        inner = []

        def ask_again(text):
            inner.append(substitutor.decide(ask()))
            if inner[-1].answer is None:
                raise RuntimeError("nobody answers")
            return text

        substitutor = make(ScriptedStudent(ask_again), timeout_ms=200, load_timeout_ms=200)
        started = time.monotonic()
        outer = substitutor.decide(ask())
        assert outer.reason in (Reason.ERROR, Reason.TIMEOUT)
        assert time.monotonic() - started < 5
        until(lambda: inner and all(decision.answer is None for decision in inner))

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    @pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
    def test_a_real_one_goes_on_in_a_forked_child(self, trained, make_calls, store):
        call = next(make_calls(1, seed=5))
        modes = {"shop-intent": "on"}
        with Substitutor(trained.models, store=store, modes=modes, timeout_ms=10_000) as substitutor:
            expected = substitutor.decide(call)
            assert expected.score is not None, expected
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    status = 0 if substitutor.decide(call).score == expected.score else 2
                finally:
                    os._exit(status)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class Switchable:
    """A store that can be switched off: then everything that is asked of it raises."""

    def __init__(self, store, *, down=False):
        self._store, self.down = store, down

    def __getattr__(self, name):
        if self.down:
            raise StoreError("the store is down")
        return getattr(self._store, name)


class TestStore:
    def test_down_at_the_start_everything_is_off_until_it_comes_back(self, make, bundle, store, left_to_llm):
        store.set_flag(flag("t1", Mode.ON))
        switchable = Switchable(store, down=True)
        substitutor = make(store=switchable, modes={})
        left_to_llm(substitutor, ask(), Reason.DISABLED, "off by default")
        switchable.down = False
        until(lambda: substitutor.decide(ask()).substituted)

    def test_down_later_the_last_known_flags_hold_for_a_while(self, make, bundle, store, decide, monkeypatch, caplog):
        store.set_flag(flag("t1", Mode.ON))
        switchable = Switchable(store)
        substitutor = make(store=switchable, modes={})
        assert decide(substitutor, ask()).substituted
        switchable.down = True
        until(lambda: "flags cannot be read" in caplog.text)
        assert decide(substitutor, ask()).substituted
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 100)  # a minute and more has gone by
        decision = decide(substitutor, ask())
        assert (decision.reason, decision.answer) == (Reason.DISABLED, None)

    def test_down_for_good_what_was_counted_is_given_up_at_the_end(self, make, bundle, store, decide):
        switchable = Switchable(store)
        substitutor = make(store=switchable)
        assert decide(substitutor, ask()).substituted
        switchable.down = True
        substitutor.close()
        assert substitutor.stats()["SUBSTITUTED"] == 1
        assert store.tallies() == []


class TestClock:
    @pytest.fixture(params=[DAY_S, -DAY_S], ids=["forth", "back"])
    def jump(self, request, monkeypatch):
        """Sets the machine's clock by a day, as far as this package can see it; returns what it shows."""

        def jump():
            by_s, now_s = request.param, time.time

            class Jumped(datetime):
                @classmethod
                def now(cls, tz=None):
                    return datetime.now(tz) + timedelta(seconds=by_s)

            monkeypatch.setattr(time, "time", lambda: now_s() + by_s)
            for name, module in list(sys.modules.items()):
                if name.startswith("slm_instrument") and getattr(module, "datetime", None) is datetime:
                    monkeypatch.setattr(module, "datetime", Jumped)
            return lambda: Jumped.now(UTC)

        return jump

    def test_modes_deadlines_and_samples_go_on(self, make, models, bundle, store, decide, jump):
        write_fake_bundle(models, task_id="t2", task_name="greeting", last=Pattern(("Greet ", SLOT)))
        store.set_flag(flag("t1", Mode.ON))
        substitutor = make(modes={"greeting": "canary:0.5"}, timeout_ms=10_000)
        canary = [ask("Greet Ada", trace_id=f"trace {at}") for at in range(20)]
        before = [decide(substitutor, call).reason for call in canary]
        assert decide(substitutor, ask()).substituted
        jumped = jump()
        assert decide(substitutor, ask()).substituted
        assert [decide(substitutor, call).reason for call in canary] == before
        for mode, reason in ((Mode.OFF, Reason.DISABLED), (Mode.ON, Reason.SUBSTITUTED)):
            store.set_flag(replace(flag("t1", mode), set_at=jumped()))
            until(lambda reason=reason: substitutor.decide(ask()).reason is reason)

    def test_a_student_rests_as_long_as_it_would(self, make, bundle, decide, jump, monkeypatch):
        monkeypatch.setattr("slm_instrument.runtime.serving.REST_S", 5.0)

        def fail(text):
            raise RuntimeError("no luck")

        substitutor = make(ScriptedStudent(fail))
        for _ in range(FAILURES_IN_A_ROW):
            decide(substitutor, ask())
        jump()
        assert "resting" in decide(substitutor, ask()).detail


class Held:
    """A student that is in the middle of its answer until it is told to go on."""

    def __init__(self):
        self.thinking, self.go_on = threading.Event(), threading.Event()

    def answer(self, text):
        self.thinking.set()
        assert self.go_on.wait(10)
        return ScriptedStudent(str.upper).answer(text)


def impatient(substitutor):
    """What is decided for a caller who cannot wait for a student that is held."""
    return substitutor.decide(ask(), within_s=0.02)


class TestMeanwhile:
    """Something changes while a student is thinking."""

    @pytest.fixture
    def held(self):
        return Held()

    @pytest.fixture
    def under_way(self, make, bundle, decide, held):
        """Begins a call, has something happen in the middle of it, and returns what became of it."""

        def under_way(happen, **options):
            substitutor = make(held, timeout_ms=10_000, load_timeout_ms=10_000, **options)
            made = []
            thread = threading.Thread(target=lambda: made.append(decide(substitutor, ask())))
            thread.start()
            assert held.thinking.wait(10)
            happen(substitutor)
            held.go_on.set()
            thread.join(10)
            return substitutor, made[0]

        return under_way

    def test_a_flag_is_set_to_off_the_answer_is_still_used_and_no_other(self, under_way, store):
        store.set_flag(flag("t1", Mode.ON))

        def switch_off(substitutor):
            store.set_flag(flag("t1", Mode.OFF))
            until(lambda: impatient(substitutor).reason is Reason.DISABLED)

        substitutor, decision = under_way(switch_off, modes={})
        assert decision.substituted
        assert substitutor.decide(ask()).reason is Reason.DISABLED

    def test_the_bundle_is_deleted(self, under_way, bundle, monkeypatch):
        monkeypatch.setattr("slm_instrument.runtime.substitute.REREAD_EVERY_S", 0.01)

        def delete(substitutor):
            shutil.rmtree(bundle.path)
            until(lambda: impatient(substitutor).reason is Reason.NO_MATCH)

        _, decision = under_way(delete)
        assert decision.substituted
        assert decision.bundle_id == bundle.id

    def test_the_substitutor_is_closed(self, under_way):
        substitutor, decision = under_way(lambda substitutor: substitutor.close())
        assert decision.substituted
        assert substitutor.decide(ask()).substituted

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    @pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
    def test_another_thread_forks(self, under_way, held):
        children = []

        def fork(substitutor):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    held.go_on.set()  # the child's; no thread of it is in the middle of an answer
                    status = 0 if substitutor.decide(ask()).substituted else 2
                finally:
                    os._exit(status)
            children.append(child)

        _, decision = under_way(fork)
        assert decision.substituted
        assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0


class TestUnderLoad:
    def test_bundles_are_swapped_and_deleted_while_many_threads_ask(self, make, models, bundle, monkeypatch):
        monkeypatch.setattr("slm_instrument.runtime.substitute.REREAD_EVERY_S", 0.01)
        before = threading.active_count()
        substitutor = make(timeout_ms=10_000)
        done = threading.Event()

        def hammer(number):
            found = []
            while not done.is_set():
                found.append(substitutor.decide(ask(f"Intent of: {number}")))
            return found

        def swap():
            current = bundle
            for _ in range(10):
                newer = write_fake_bundle(models, **SAME)
                time.sleep(0.03)
                shutil.rmtree(current.path)
                current = newer
                time.sleep(0.03)
            done.set()

        swapping = threading.Thread(target=swap)
        swapping.start()
        returned = in_threads(hammer, 6)
        swapping.join(10)
        decisions = [decision for found in returned for decision in found]
        assert {decision.reason for decision in decisions} == {Reason.SUBSTITUTED}
        assert len({decision.bundle_id for decision in decisions}) > 2
        substitutor.close()
        until(lambda: threading.active_count() <= before)  # nobody waits for work for students that are gone

    def test_students_push_each_other_out_while_many_threads_ask(self, make, models, bundle, decide):
        write_fake_bundle(models, task_id="t2", task_name="greeting", last=Pattern(("Greet ", SLOT)))
        loads = []

        def load(bundle):
            time.sleep(0.002)
            loads.append(bundle.id)
            return ScriptedStudent(str.upper)

        modes = {"intent": "on", "greeting": "on"}
        substitutor = make(load_student=load, modes=modes, max_memory_mb=1e-9, timeout_ms=10_000)
        texts = ("Intent of: a", "Greet b")
        returned = in_threads(lambda n: [decide(substitutor, ask(texts[(n + at) % 2])) for at in range(30)], 6)
        reasons = {decision.reason for found in returned for decision in found}
        assert reasons == {Reason.SUBSTITUTED}
        assert len(loads) > 2
        assert substitutor.stats()["SUBSTITUTED"] == 6 * 30

    def test_two_that_are_loaded_at_once_do_not_both_stay(self, make, models, bundle):
        write_fake_bundle(models, task_id="t2", task_name="greeting", last=Pattern(("Greet ", SLOT)))
        both = threading.Barrier(2)
        loads = []

        def load(bundle):
            loads.append(bundle.id)
            if len(loads) <= 2:
                both.wait(10)
            return ScriptedStudent(str.upper)

        modes = {"intent": "on", "greeting": "on"}
        substitutor = make(load_student=load, modes=modes, max_memory_mb=1e-9)
        texts = ("Intent of: a", "Greet b")
        assert all(each.substituted for each in in_threads(lambda n: substitutor.decide(ask(texts[n])), 2))
        for text in texts:
            assert substitutor.decide(ask(text)).substituted
        assert len(loads) > 2


class TestProcess:
    @pytest.mark.usefixtures("ctrl_c")
    @pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system has no signals for threads")
    def test_ctrl_c_in_the_thread_that_waits_is_not_swallowed(self, make, bundle):
        held = Held()
        substitutor = make(held, timeout_ms=10_000, load_timeout_ms=10_000)

        def interrupt():
            assert held.thinking.wait(10)
            time.sleep(0.05)  # until it really waits
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            substitutor.decide(ask())
        thread.join()
        held.go_on.set()
        assert substitutor.decide(ask()).substituted

    def test_work_that_nobody_waits_for_any_more_is_not_begun(self, make, bundle, decide):
        held, asked = Held(), []
        student = ScriptedStudent(lambda text: asked.append(text) or held.answer(text).message.text)
        substitutor = make(student, timeout_ms=100, load_timeout_ms=100)
        reasons = {each.reason for each in in_threads(lambda _: decide(substitutor, ask()), THREADS + 3)}
        assert reasons == {Reason.TIMEOUT}
        assert len(asked) == THREADS
        held.go_on.set()
        assert substitutor.decide(ask("Intent of: the last")).substituted
        assert asked[THREADS:] == ["the last"]

    def test_a_process_ends_while_its_student_hangs(self, models, bundle, store):
        code = """
import sys, time
from slm_instrument.records import Call, Message
from slm_instrument.runtime import Substitutor
from slm_instrument.runtime.testing import ScriptedStudent
student = ScriptedStudent(lambda _: time.sleep(600))
substitutor = Substitutor(
    sys.argv[1],
    store=sys.argv[2],
    modes={"intent": "on"},
    load_student=lambda _: student,
    timeout_ms=50,
    load_timeout_ms=50,
)
print(substitutor.decide(Call(messages=(Message("user", "Intent of: x"),))).reason)
"""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code, models, store.url],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "TIMEOUT", "")
