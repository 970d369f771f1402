import asyncio
import logging
import os
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument.capture import Recorder
from slm_instrument.errors import ConfigError, StoreError
from slm_instrument.records import Call, Message, ToolCall, ToolSpec
from slm_instrument.runtime import Mode, Reason, Substitutor
from slm_instrument.runtime.serving import FAILURES_IN_A_ROW, THREADS
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle
from slm_instrument.store import KILL_SWITCH, Verdict, open_store

from .helpers import flag, until

LAST = Pattern(("Intent of: ", SLOT))


def ask(text="Intent of: hello", **fields):
    return Call(messages=(Message("user", text),), **fields)


@pytest.fixture
def bundle(models):
    return write_fake_bundle(models, task_id="t1", task_name="intent", last=LAST)


@pytest.fixture
def student():
    return ScriptedStudent(str.upper)


@pytest.fixture
def make(models, store, student):
    made = []

    def make(**options):
        options = {"store": store, "load_student": lambda _: student, **options}
        made.append(Substitutor(models, **options))
        return made[-1]

    yield make
    for substitutor in made:
        substitutor.close()


class TestReasons:
    def test_substituted(self, make, bundle, student, decide):
        decision = decide(make(modes={"intent": "on"}), ask())
        assert decision.reason is Reason.SUBSTITUTED
        assert decision.substituted
        assert (decision.mode, decision.task_id, decision.bundle_id) == (Mode.ON, "t1", bundle.id)
        assert decision.answer == Message("assistant", "HELLO")
        assert decision.score == 0.99
        assert decision.student_ms > 0
        assert student.asked == ["hello"]

    def test_off_is_the_default(self, make, bundle, student, decide):
        decision = decide(make(), ask())
        assert (decision.reason, decision.mode, decision.task_id) == (Reason.DISABLED, Mode.OFF, "t1")
        assert decision.answer is None
        assert student.asked == []

    def test_no_match(self, make, bundle, student, decide):
        decision = decide(make(modes={"intent": "on"}), ask("Something else"))
        assert (decision.reason, decision.task_id, decision.answer) == (Reason.NO_MATCH, None, None)
        assert student.asked == []

    def test_low_confidence(self, make, bundle, decide):
        unsure = ScriptedStudent(str.upper, score=0.2, accepted=False)
        decision = decide(make(modes={"intent": "on"}, load_student=lambda _: unsure), ask())
        assert (decision.reason, decision.score, decision.answer) == (Reason.LOW_CONFIDENCE, 0.2, None)

    def test_invalid(self, make, models, decide):
        write_fake_bundle(models, task_name="tools", last=LAST, tools=["find"])
        wrong = ScriptedStudent(lambda _: Message("assistant", None, (ToolCall("launch", "{}"),)))
        decision = decide(make(modes={"tools": "on"}, load_student=lambda _: wrong), ask(tools=(ToolSpec("find"),)))
        assert (decision.reason, decision.answer) == (Reason.INVALID, None)
        assert "launch" in decision.detail

    def test_unsupported_content(self, make, models, student, decide):
        write_fake_bundle(models, task_name="any")
        image = Message("user", [{"type": "text", "text": "what?"}, {"type": "image_url", "image_url": {"url": "x"}}])
        decision = decide(make(modes={"any": "on"}), Call(messages=(image,)))
        assert decision.reason is Reason.UNSUPPORTED
        assert student.asked == []

    @pytest.mark.parametrize("verdict", [Verdict.INSUFFICIENT, Verdict.FAILED])
    def test_an_uncertified_student_is_unsupported(self, make, models, student, decide, verdict):
        write_fake_bundle(models, task_name="intent", last=LAST, verdict=verdict)
        decision = decide(make(modes={"intent": "on"}), ask())
        assert decision.reason is Reason.UNSUPPORTED
        assert verdict in decision.detail
        assert student.asked == []

    def test_not_sampled_and_sampled(self, make, bundle, decide):
        substitutor = make(modes={"intent": "canary:0.5"})
        reasons = {decide(substitutor, ask(trace_id=f"trace {at}")).reason for at in range(40)}
        assert reasons == {Reason.NOT_SAMPLED, Reason.SUBSTITUTED}
        again = {decide(substitutor, ask(trace_id="trace 1")).reason for _ in range(5)}
        assert len(again) == 1

    def test_shadow_answers_at_once_and_asks_nobody(self, make, bundle, student, decide):
        decision = decide(make(modes={"intent": "shadow"}), ask())
        assert (decision.reason, decision.mode, decision.answer) == (Reason.SHADOW, Mode.SHADOW, None)
        assert student.asked == []

    def test_a_student_that_raises(self, make, bundle, decide):
        broken = ScriptedStudent(lambda text: text[1000])
        decision = decide(make(modes={"intent": "on"}, load_student=lambda _: broken), ask())
        assert (decision.reason, decision.answer) == (Reason.ERROR, None)
        assert "IndexError" in decision.detail

    def test_a_student_that_raises_a_timeout_of_its_own_is_an_error(self, make, bundle, decide):
        def raise_timeout(_):
            raise TimeoutError("mine")

        substitutor = make(modes={"intent": "on"}, load_student=lambda _: ScriptedStudent(raise_timeout))
        decision = decide(substitutor, ask())
        assert (decision.reason, decision.detail) == (Reason.ERROR, "TimeoutError: mine")

    def test_a_student_that_would_end_the_process(self, make, bundle, decide):
        decision = decide(make(modes={"intent": "on"}, load_student=lambda _: ScriptedStudent(sys.exit)), ask())
        assert decision.reason is Reason.ERROR
        assert "SystemExit" in decision.detail

    def test_a_student_that_hangs_costs_no_more_than_the_deadline(self, make, bundle, decide):
        go_on = threading.Event()
        slow = ScriptedStudent(lambda _: str(go_on.wait(30)))
        substitutor = make(modes={"intent": "on"}, load_student=lambda _: slow, timeout_ms=30, load_timeout_ms=30)
        decision = decide(substitutor, ask())
        go_on.set()
        assert (decision.reason, decision.answer) == (Reason.TIMEOUT, None)
        assert "30 ms" in decision.detail
        assert 30 <= decision.student_ms < 10_000

    def test_a_student_that_cannot_be_loaded(self, make, bundle, decide):
        def no_memory(_):
            raise MemoryError

        decision = decide(make(modes={"intent": "on"}, load_student=no_memory), ask())
        assert (decision.reason, decision.detail) == (Reason.ERROR, "MemoryError")

    def test_a_call_that_is_none(self, make, bundle, decide):
        decision = decide(make(modes={"intent": "on"}), Call(messages=(None,)))
        assert decision.reason is Reason.ERROR


class TestKillSwitch:
    def test_environment(self, make, bundle, decide, monkeypatch):
        substitutor = make(modes={"intent": "on"})
        monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
        decision = decide(substitutor, ask())
        assert (decision.reason, decision.mode) == (Reason.DISABLED, Mode.OFF)
        monkeypatch.delenv("SLM_INSTRUMENT_DISABLED")
        assert decide(substitutor, ask()).substituted

    def test_store_stops_what_environment_and_code_switched_on(self, make, bundle, url, monkeypatch):
        monkeypatch.setenv("SLM_INSTRUMENT_FLAGS", "intent=on")
        substitutor = make(modes={"intent": "on"})
        assert substitutor.decide(ask()).substituted
        other = open_store(url)
        other.set_flag(flag(KILL_SWITCH, Mode.OFF))
        thrown_at = time.monotonic()
        until(lambda: not substitutor.decide(ask()).substituted)
        # The promise is one second; a busy machine gets some more before this fails for no reason of ours.
        assert time.monotonic() - thrown_at < 3
        assert "kill switch" in substitutor.decide(ask()).detail
        other.set_flag(flag(KILL_SWITCH, Mode.ON))
        until(lambda: substitutor.decide(ask()).substituted)
        other.close()


class TestModes:
    def test_a_store_flag_is_seen_by_a_running_process(self, make, bundle, url):
        substitutor = make()
        assert substitutor.decide(ask()).reason is Reason.DISABLED
        other = open_store(url)
        other.set_flag(flag("t1", Mode.ON))
        until(lambda: substitutor.decide(ask()).substituted)
        other.set_flag(flag("t1", Mode.OFF))
        until(lambda: not substitutor.decide(ask()).substituted)
        other.close()

    def test_a_store_flag_is_there_for_the_first_call(self, make, bundle, store):
        store.set_flag(flag("t1", Mode.ON))
        assert make().decide(ask()).substituted

    def test_environment_over_code_over_store(self, make, bundle, store, monkeypatch):
        store.set_flag(flag("t1", Mode.ON))
        assert make(modes={"t1": Mode.SHADOW}).decide(ask()).mode is Mode.SHADOW
        monkeypatch.setenv("SLM_INSTRUMENT_FLAGS", "intent=off")
        assert make(modes={"t1": Mode.SHADOW}).decide(ask()).mode is Mode.OFF

    @pytest.mark.parametrize("modes", [{"intent": "off:0.5"}, {"intent": "sometimes"}, {"*": "on"}])
    def test_modes_that_mean_nothing_are_refused_at_construction(self, models, store, modes):
        with pytest.raises(ConfigError):
            Substitutor(models, store=store, modes=modes)

    @pytest.mark.parametrize("misspelt", ["intent=offf", "intent=on:2", "t1=", "*=offf"])
    def test_a_flag_of_the_environment_that_means_nothing_leaves_its_task_to_the_llm(
        self, make, bundle, monkeypatch, caplog, misspelt
    ):
        monkeypatch.setenv("SLM_INSTRUMENT_FLAGS", misspelt)
        substitutor = make(modes={"intent": "on"})
        decision = substitutor.decide(ask())
        assert (decision.reason, misspelt in decision.detail or misspelt.startswith("*")) == (Reason.DISABLED, True)
        assert substitutor.stats()["DISABLED"] == 1
        [told] = [each for each in caplog.records if each.levelname == "ERROR"]
        assert "is off: the LLM answers" in told.getMessage()

    def test_the_other_flags_of_the_environment_hold(self, make, bundle, monkeypatch, caplog):
        monkeypatch.setenv("SLM_INSTRUMENT_FLAGS", "letters=offf,rubbish,intent=on")
        assert make(modes={"intent": "off"}).decide(ask()).substituted
        assert len([each for each in caplog.records if each.levelname == "ERROR"]) == 2

    def test_a_task_nobody_knows_is_logged(self, make, bundle, caplog):
        make(modes={"indent": "on"})
        assert "indent" in caplog.text


class TestBundles:
    def test_no_folder_leaves_everything_to_the_llm_and_says_so_once(self, make, models, caplog):
        substitutor = make(modes={})
        assert [substitutor.decide(ask()).reason for _ in range(3)] == [Reason.NO_MATCH] * 3
        assert caplog.text.count("no student in") == 1

    def test_the_newest_certified_bundle_serves(self, make, models, bundle):
        now = datetime.now(UTC)
        same = {"task_id": "t1", "task_name": "intent", "last": LAST}
        newest = write_fake_bundle(models, **same, created_at=now + timedelta(hours=1))
        write_fake_bundle(models, **same, created_at=now - timedelta(hours=1))
        write_fake_bundle(models, **same, created_at=now + timedelta(hours=2), verdict=Verdict.FAILED)
        assert make(modes={"t1": "on"}).decide(ask()).bundle_id == newest.id

    def test_an_altered_model_is_an_error_with_its_reason(self, make, bundle, student, decide, caplog):
        (bundle.path / "model.onnx").write_bytes(b"something else")
        substitutor = make(modes={"intent": "on"})
        decision = decide(substitutor, ask())
        assert (decision.reason, decision.mode, decision.task_id) == (Reason.ERROR, Mode.ON, "t1")
        assert "model.onnx is not what was written" in decision.detail
        assert decide(substitutor, ask("else")).reason is Reason.NO_MATCH
        assert student.asked == []
        assert "model.onnx" in caplog.text

    def test_an_older_sound_bundle_stands_in_for_a_broken_one(self, make, models, bundle):
        later = datetime.now(UTC) + timedelta(hours=1)
        broken = write_fake_bundle(models, task_id="t1", task_name="intent", last=LAST, created_at=later)
        (broken.path / "tokenizer.json").unlink()
        assert make(modes={"t1": "on"}).decide(ask()).bundle_id == bundle.id

    def test_a_manifest_that_cannot_be_read_is_an_error_for_every_call_it_may_concern(self, make, models, bundle):
        (bundle.path / "manifest.json").write_bytes(b"{")
        write_fake_bundle(models, task_name="greeting", last=Pattern(("Greet ", SLOT)))
        substitutor = make(modes={"greeting": "on"})
        decision = substitutor.decide(ask())
        assert decision.reason is Reason.ERROR
        assert "manifest.json" in decision.detail
        assert substitutor.decide(ask("Greet Ada")).substituted

    def test_a_bundle_altered_after_the_start(self, models, store, bundle):
        with Substitutor(models, store=store, modes={"intent": "on"}) as substitutor:
            (bundle.path / "model.onnx").write_bytes(b"something else")
            decision = substitutor.decide(ask())
        assert decision.reason is Reason.ERROR
        assert "model.onnx" in decision.detail

    def test_a_prompt_that_fits_two_tasks_is_no_match(self, make, models, bundle):
        write_fake_bundle(models, task_name="other", last=LAST)
        decision = make(modes={"intent": "on", "other": "on"}).decide(ask())
        assert decision.reason is Reason.NO_MATCH
        assert "intent, other" in decision.detail

    def test_the_student_is_loaded_once_and_only_when_asked(self, make, bundle, student):
        loaded = []

        def load(bundle):
            time.sleep(0.02)
            loaded.append(bundle.id)
            return student

        substitutor = make(modes={"intent": "on"}, load_student=load)
        substitutor.decide(ask("else"))
        assert loaded == []
        threads = [threading.Thread(target=substitutor.decide, args=(ask(),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert loaded == [bundle.id]

    def test_warm_loads_what_is_on_and_survives_what_cannot_be_loaded(self, make, models, bundle, student, caplog):
        write_fake_bundle(models, task_name="off", last=Pattern(("Off ", SLOT)))
        broken = write_fake_bundle(models, task_name="broken", last=Pattern(("Broken ", SLOT)))
        loaded = []

        def load(bundle):
            if bundle.id == broken.id:
                raise MemoryError
            loaded.append(bundle.id)
            return student

        make(modes={"intent": "on", "broken": "shadow"}, load_student=load).warm()
        assert loaded == [bundle.id]
        assert "MemoryError" in caplog.text


class TestRest:
    def test_a_student_that_keeps_failing_is_left_alone_for_a_while(self, make, bundle, caplog):
        asked = []

        def fail(text):
            asked.append(text)
            raise RuntimeError("no luck")

        substitutor = make(modes={"intent": "on"}, load_student=lambda _: ScriptedStudent(fail))
        decisions = [substitutor.decide(ask()) for _ in range(FAILURES_IN_A_ROW + 5)]
        assert {decision.reason for decision in decisions} == {Reason.ERROR}
        assert len(asked) == FAILURES_IN_A_ROW
        assert "resting" in decisions[-1].detail
        assert "no luck" in decisions[-1].detail
        assert caplog.text.count("left to the LLM") == 1

    def test_a_burst_of_calls_does_not_take_a_sound_student_out_of_service(self, make, bundle):
        go_on = threading.Event()
        stalled = ScriptedStudent(lambda text: text.upper() if go_on.wait(10) else "")
        options = {"load_student": lambda _: stalled, "timeout_ms": 50, "load_timeout_ms": 50}
        substitutor = make(modes={"intent": "on"}, **options)

        async def burst():
            return await asyncio.gather(*(substitutor.adecide(ask()) for _ in range(32)))

        assert {decision.reason for decision in asyncio.run(burst())} == {Reason.TIMEOUT}
        go_on.set()
        until(lambda: substitutor.decide(ask()).substituted)

    def test_it_is_asked_again_after_its_rest(self, make, bundle, monkeypatch):
        monkeypatch.setattr("slm_instrument.runtime.serving.REST_S", 0.05)
        luck = iter([False] * FAILURES_IN_A_ROW)

        def recover(text):
            if next(luck, True):
                return text
            raise RuntimeError("no luck")

        substitutor = make(modes={"intent": "on"}, load_student=lambda _: ScriptedStudent(recover))
        for _ in range(FAILURES_IN_A_ROW):
            assert substitutor.decide(ask()).reason is Reason.ERROR
        until(lambda: substitutor.decide(ask()).substituted)

    def test_one_that_hangs_stops_no_other_and_costs_only_a_few_deadlines(self, make, models, bundle, student):
        other = write_fake_bundle(models, task_name="greeting", last=Pattern(("Greet ", SLOT)))
        go_on = threading.Event()
        hanging = ScriptedStudent(lambda _: str(go_on.wait(30)))
        substitutor = make(
            modes={"intent": "on", "greeting": "on"},
            load_student=lambda bundle: student if bundle.id == other.id else hanging,
            timeout_ms=200,
            load_timeout_ms=200,
        )
        reasons = [substitutor.decide(ask()).reason for _ in range(50)]
        assert substitutor.decide(ask("Greet Ada")).substituted
        go_on.set()
        assert set(reasons) == {Reason.TIMEOUT}
        assert len(hanging.asked) <= max(THREADS, FAILURES_IN_A_ROW)


class TestObserve:
    def test_a_shadowed_call_becomes_an_observation(self, make, bundle, store):
        substitutor = make(modes={"intent": "shadow"})
        for teacher in ("HELLO", "goodbye"):
            call = ask()
            decision = substitutor.decide(call)
            substitutor.observe(call, decision, Message("assistant", teacher), teacher_ms=700.0, call_id="c1")
        assert substitutor.flush(10)
        first, second = store.observations()
        assert (first.agreed, second.agreed) == (True, False)
        assert (first.task_id, first.bundle_id, first.mode) == ("t1", bundle.id, Mode.SHADOW)
        assert (first.accepted, first.score, first.teacher_ms, first.call_id) == (True, 0.99, 700.0, "c1")
        assert first.student_ms > 0
        assert substitutor.stats() == {"SHADOW": 2, "observed": 2, "dropped": 0}

    def test_what_the_gate_or_the_form_refuses_is_not_accepted(self, make, bundle, store):
        empty = ScriptedStudent(lambda _: "")
        substitutor = make(modes={"intent": "shadow"}, load_student=lambda _: empty)
        substitutor.observe(ask(), substitutor.decide(ask()), Message("assistant", ""))
        assert substitutor.flush(10)
        assert [each.accepted for each in store.observations()] == [False]

    def test_nothing_else_is_observed(self, make, bundle, store):
        substitutor = make(modes={"intent": "on"})
        substitutor.observe(ask(), substitutor.decide(ask()), Message("assistant", "HELLO"))
        shadow = make(modes={"intent": "shadow"})
        shadow.observe(ask(), shadow.decide(ask()), None)
        assert substitutor.flush(10)
        assert shadow.flush(10)
        assert store.observations() == []

    def test_a_student_that_fails_is_dropped_and_counted(self, make, bundle, store, caplog):
        substitutor = make(modes={"intent": "shadow"}, load_student=lambda _: ScriptedStudent(lambda text: text[99]))
        for _ in range(FAILURES_IN_A_ROW):
            substitutor.observe(ask(), substitutor.decide(ask()), Message("assistant", "x"))
            assert substitutor.flush(10)
        assert substitutor.stats()["dropped"] == FAILURES_IN_A_ROW
        assert substitutor.decide(ask()).reason is Reason.ERROR
        assert caplog.text.count("are being dropped") == 1

    def test_a_store_that_is_down_drops_and_counts(self, models, bundle, student, caplog):
        class Down:
            def flags(self):
                return {}

            def add_observations(self, observations):
                raise StoreError("the store is down")

        with Substitutor(models, store=Down(), modes={"t1": "shadow"}, load_student=lambda _: student) as substitutor:
            substitutor.observe(ask(), substitutor.decide(ask()), Message("assistant", "x"))
            assert substitutor.flush(10)
            assert substitutor.stats()["dropped"] == 1
        assert "the store is down" in caplog.text

    def test_a_full_queue_drops_and_counts_and_never_waits(self, make, bundle):
        go_on = threading.Event()
        slow = ScriptedStudent(lambda text: str(go_on.wait(30)))
        substitutor = make(modes={"intent": "shadow"}, load_student=lambda _: slow, shadow_queue=5)
        decision = substitutor.decide(ask())
        for _ in range(100):
            substitutor.observe(ask(), decision, Message("assistant", "x"))
        assert substitutor.stats()["dropped"] >= 90
        go_on.set()
        assert substitutor.flush(20)


class TestServed:
    def test_a_substituted_call_is_recorded_as_served_by_its_bundle(self, make, bundle, store):
        recorder = Recorder(store)
        substitutor = make(modes={"intent": "on"}, recorder=recorder, store=None)
        call = ask(model="gpt-5.5", trace_id="trace")
        decision = substitutor.decide(call)
        substitutor.served(call, decision)
        assert recorder.flush(10)
        (recorded,) = store.iter_calls()
        recorder.close()
        assert recorded.id == call.id
        assert recorded.served_by == f"slm:{bundle.id}"
        assert recorded.response.text == "HELLO"
        assert (recorded.model, recorded.trace_id) == ("gpt-5.5", "trace")
        assert (recorded.usage.input_tokens, recorded.usage.output_tokens, recorded.cost_usd) == (0, 0, 0.0)
        assert recorded.duration_ms == pytest.approx(decision.student_ms)

    def test_nothing_is_recorded_of_other_decisions(self, make, bundle, store):
        recorder = Recorder(store)
        substitutor = make(recorder=recorder)
        substitutor.served(ask(), substitutor.decide(ask()))
        assert recorder.flush(10)
        recorder.close()
        assert store.count_calls() == 0

    def test_without_a_recorder_nothing_happens(self, make, bundle):
        substitutor = make(modes={"intent": "on"})
        substitutor.served(ask(), substitutor.decide(ask()))


class TestStore:
    def test_the_recorders_store_is_the_default(self, models, bundle, student, url, store):
        store.set_flag(flag("t1", Mode.ON))
        recorder = Recorder(url)
        with recorder, Substitutor(models, recorder=recorder, load_student=lambda _: student) as substitutor:
            assert substitutor.decide(ask()).substituted

    def test_then_the_environments(self, models, bundle, student, url, store, monkeypatch):
        store.set_flag(flag("t1", Mode.ON))
        monkeypatch.setenv("SLM_INSTRUMENT_STORE", url)
        with Substitutor(models, load_student=lambda _: student) as substitutor:
            assert substitutor.decide(ask()).substituted

    def test_without_any_no_database_is_made(self, models, bundle, student, tmp_path, monkeypatch, caplog):
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("SLM_INSTRUMENT_STORE", raising=False)
        with Substitutor(models, modes={"intent": "on"}, load_student=lambda _: student) as substitutor:
            assert substitutor.decide(ask()).substituted
        assert not list(tmp_path.glob("*.db"))

    def test_a_store_that_cannot_be_opened_stops_nothing(self, models, bundle, student, tmp_path, caplog):
        caplog.set_level(logging.WARNING)
        address = f"sqlite:///{tmp_path}/no/such/folder/calls.db"
        with Substitutor(models, store=address, modes={"t1": "on"}, load_student=lambda _: student) as substitutor:
            assert substitutor.decide(ask()).substituted
        assert caplog.text.count("flags cannot be read") == 1

    def test_a_database_that_was_replaced_is_read_anew(self, models, bundle, student, tmp_path, url, store):
        store.set_flag(flag("t1", Mode.ON))
        with Substitutor(models, store=url, load_student=lambda _: student) as substitutor:
            assert substitutor.decide(ask()).substituted
            other = open_store(f"sqlite:///{tmp_path}/other.db")
            other.set_flag(flag(KILL_SWITCH, Mode.OFF))
            other.close()
            store.close()
            for rest in ("-wal", "-shm"):
                (tmp_path / f"calls.db{rest}").unlink(missing_ok=True)
            (tmp_path / "other.db").replace(tmp_path / "calls.db")
            until(lambda: substitutor.decide(ask()).reason is Reason.DISABLED)


class TestProcess:
    def test_many_threads_at_once(self, make, bundle):
        substitutor = make(modes={"intent": "on"}, timeout_ms=30_000)
        decisions = []

        def work(name):
            for at in range(50):
                call = ask(f"Intent of: {name} {at}")
                decisions.append((call, substitutor.decide(call)))

        threads = [threading.Thread(target=work, args=(f"t{at}",)) for at in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(decisions) == 16 * 50
        for call, decision in decisions:
            assert decision.answer.text == call.messages[0].text.removeprefix("Intent of: ").upper()

    def test_many_tasks_of_an_event_loop_at_once_and_the_loop_stays_free(self, make, bundle):
        go_on = threading.Event()
        slow = ScriptedStudent(lambda text: text.upper() if go_on.wait(10) else "")
        substitutor = make(modes={"intent": "on"}, load_student=lambda _: slow, load_timeout_ms=30_000)

        async def main():
            asking = [asyncio.create_task(substitutor.adecide(ask())) for _ in range(32)]
            await asyncio.sleep(0.05)
            assert not any(task.done() for task in asking)  # this line runs while they all wait
            declined = await substitutor.adecide(ask("else"))
            assert declined.reason is Reason.NO_MATCH
            go_on.set()
            return await asyncio.gather(*asking)

        assert all(decision.substituted for decision in asyncio.run(main()))

    def test_a_declined_call_never_leaves_the_event_loop(self, make, bundle):
        coroutine = make(modes={"intent": "on"}).adecide(ask("else"))
        with pytest.raises(StopIteration) as stopped:
            coroutine.send(None)  # runs to its end without ever waiting
        assert stopped.value.value.reason is Reason.NO_MATCH

    def test_a_cancelled_task_stays_cancelled(self, make, bundle):
        go_on = threading.Event()
        slow = ScriptedStudent(lambda text: str(go_on.wait(10)))
        substitutor = make(modes={"intent": "on"}, load_student=lambda _: slow, load_timeout_ms=30_000)

        async def main():
            asking = asyncio.create_task(substitutor.adecide(ask()))
            await asyncio.sleep(0.05)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            go_on.set()
            return await substitutor.adecide(ask())

        assert asyncio.run(main()).substituted

    def test_a_loop_that_ends_before_the_student_does(self, make, bundle, caplog):
        go_on = threading.Event()
        slow = ScriptedStudent(lambda text: text if go_on.wait(10) else "")
        substitutor = make(modes={"intent": "on"}, load_student=lambda _: slow, timeout_ms=20, load_timeout_ms=20)
        assert asyncio.run(substitutor.adecide(ask())).reason is Reason.TIMEOUT
        go_on.set()
        until(lambda: substitutor.decide(ask()).substituted)
        assert "exception calling callback" not in caplog.text

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    @pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
    def test_a_forked_child_decides_and_sees_the_kill_switch(self, models, bundle, student, url, store):
        with Substitutor(models, store=url, modes={"t1": "on"}, load_student=lambda _: student) as substitutor:
            assert substitutor.decide(ask()).substituted
            decided, told = os.pipe()
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    assert substitutor.decide(ask()).substituted
                    os.write(told, b"1")
                    until(lambda: substitutor.decide(ask()).reason is Reason.DISABLED, 20)
                    status = 0
                finally:
                    os._exit(status)
            os.close(told)
            assert os.read(decided, 1) == b"1"
            os.close(decided)
            store.set_flag(flag(KILL_SWITCH, Mode.OFF))
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def test_closing_twice_does_nothing(self, make, bundle):
        substitutor = make(modes={"intent": "on"})
        substitutor.decide(ask())
        substitutor.close()
        substitutor.close()

    def test_decisions_are_counted_by_reason(self, make, bundle):
        substitutor = make(modes={"intent": "on"})
        for text in ("Intent of: a", "Intent of: b", "else"):
            substitutor.decide(ask(text))
        substitutor.refuse("structured output")
        expected = {"SUBSTITUTED": 2, "NO_MATCH": 1, "UNSUPPORTED": 1, "observed": 0, "dropped": 0}
        assert substitutor.stats() == expected


def test_the_call_is_not_changed(make, bundle):
    call = ask()
    before = replace(call)
    make(modes={"intent": "on"}).decide(call)
    assert call == before
