"""The modes of a running substitutor: audit, auto, the brake, challengers, rules, the caller's deadline."""

import asyncio
import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument.records import Call, Message, ToolCall, ToolSpec
from slm_instrument.runtime import Mode, Reason, Substitutor
from slm_instrument.runtime.flags import sampled
from slm_instrument.runtime.serving import FAILURES_IN_A_ROW
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle
from slm_instrument.store import KILL_SWITCH, Flag, Transition

from .helpers import flag, until

LAST = Pattern(("Intent of: ", SLOT))
SAME = {"task_id": "t1", "task_name": "intent", "last": LAST}
AUDITED = next(str(n) for n in range(1000) if not sampled(str(n), 0.95))
ANSWERED = next(str(n) for n in range(1000) if sampled(str(n), 0.1))


def ask(text="Intent of: hello", trace=ANSWERED, **fields):
    return Call(messages=(Message("user", text),), trace_id=trace, **fields)


@pytest.fixture
def bundle(models):
    return write_fake_bundle(models, **SAME)


@pytest.fixture
def make(models, store):
    made = []

    def make(**options):
        options = {"store": store, "load_student": lambda _: ScriptedStudent(str.upper), **options}
        made.append(Substitutor(models, **options))
        return made[-1]

    yield make
    for substitutor in made:
        substitutor.close()


def moved(store, bundle_id, before, after, number=1):
    transition = Transition(
        at=datetime.now(UTC),
        task_id="t1",
        bundle_id=bundle_id,
        number=number,
        before=before,
        after=after,
        because="a test says so",
    )
    assert store.add_transition(transition)


def set_flag(store, mode, rate=1.0):
    store.set_flag(flag("t1", mode, rate))


class TestAudit:
    def test_the_llm_answers_a_share_of_the_traces_and_the_student_is_compared(self, make, bundle, store):
        substitutor = make(modes={"intent": "on:0.95"})
        call = ask(trace=AUDITED)
        decision = substitutor.decide(call)
        assert (decision.reason, decision.mode, decision.compare, decision.answer) == (
            Reason.AUDIT,
            Mode.ON,
            True,
            None,
        )
        substitutor.observe(call, decision, Message("assistant", "HELLO"))
        assert substitutor.flush(10)
        [seen] = store.observations()
        assert (seen.mode, seen.agreed, seen.bundle_id, seen.trace_id) == (Mode.ON, True, bundle.id, AUDITED)
        assert substitutor.decide(ask()).substituted

    def test_a_whole_trace_is_audited_or_none_of_it(self, make, bundle):
        substitutor = make(modes={"intent": "on:0.5"})
        for trace in map(str, range(20)):
            assert len({substitutor.decide(ask(trace=trace)).reason for _ in range(3)}) == 1

    def test_code_and_environment_audit_nothing_unless_they_say_so(self, make, bundle):
        substitutor = make(modes={"intent": "on"})
        assert all(substitutor.decide(ask(trace=str(n))).substituted for n in range(200))

    def test_canary_compares_the_traces_that_it_leaves_to_the_llm(self, make, bundle):
        decision = make(modes={"intent": "canary"}).decide(ask(trace=AUDITED))
        assert (decision.reason, decision.compare) == (Reason.NOT_SAMPLED, True)

    def test_what_the_student_declined_is_no_evidence(self, make, bundle):
        unsure = ScriptedStudent(str.upper, accepted=False)
        decision = make(modes={"intent": "on"}, load_student=lambda _: unsure).decide(ask())
        assert (decision.reason, decision.compare) == (Reason.LOW_CONFIDENCE, False)


class TestAuto:
    def test_a_student_begins_in_shadow_and_follows_its_transitions(self, make, bundle, store):
        substitutor = make(modes={"intent": "auto"})
        assert substitutor.decide(ask()).reason is Reason.SHADOW
        moved(store, bundle.id, Mode.SHADOW, Mode.CANARY)
        until(lambda: substitutor.decide(ask()).substituted)
        assert substitutor.decide(ask()).mode is Mode.CANARY
        assert substitutor.decide(ask(trace=AUDITED)).reason is Reason.NOT_SAMPLED
        moved(store, bundle.id, Mode.CANARY, Mode.OFF, number=2)
        until(lambda: substitutor.decide(ask()).reason is Reason.DISABLED)
        assert "withdrawn on evidence" in substitutor.decide(ask()).detail

    def test_a_new_student_is_compared_beside_the_one_that_serves(self, make, models, bundle, store):
        moved(store, bundle.id, Mode.SHADOW, Mode.ON)
        newer = write_fake_bundle(models, **SAME, created_at=datetime.now(UTC) + timedelta(hours=1))
        substitutor = make(modes={"intent": "auto"})
        assert substitutor.decide(ask()).bundle_id == bundle.id
        call = ask(trace=AUDITED)
        substitutor.observe(call, substitutor.decide(call), Message("assistant", "HELLO"))
        assert substitutor.flush(10)
        assert {each.bundle_id: each.mode for each in store.observations()} == {
            newer.id: Mode.SHADOW,
            bundle.id: Mode.ON,
        }

    def test_a_store_that_is_down_leaves_all_to_the_llm(self, models, bundle, tmp_path):
        with Substitutor(models, store=f"sqlite:///{tmp_path}/no/such/folder.db", modes={"intent": "auto"}) as auto:
            assert auto.decide(ask()).reason is Reason.SHADOW


class TestBrake:
    def test_evidence_takes_back_what_was_switched_on_by_hand_until_it_is_switched_on_again(self, make, bundle, store):
        set_flag(store, Mode.ON)
        substitutor = make()
        assert substitutor.decide(ask()).substituted
        moved(store, bundle.id, Mode.ON, Mode.SHADOW)
        until(lambda: substitutor.decide(ask()).reason is Reason.SHADOW)
        set_flag(store, Mode.ON)
        until(lambda: substitutor.decide(ask()).substituted)


class TestModelsFolder:
    def test_a_student_that_is_made_while_the_agent_runs_is_taken_in(self, make, models, store):
        substitutor = make(modes={"intent": "on"})
        assert substitutor.decide(ask()).reason is Reason.NO_MATCH
        write_fake_bundle(models, **SAME)
        until(lambda: substitutor.decide(ask()).substituted)

    def test_a_student_made_before_the_flag_but_copied_after_it_waits_also_when_the_agent_starts_anew(
        self, make, models, bundle, store, tmp_path
    ):
        set_flag(store, Mode.ON, 0.95)
        first = make()
        assert first.decide(ask()).bundle_id == bundle.id
        later = datetime.now(UTC) - timedelta(seconds=1)  # after the other, and before the flag
        elsewhere = write_fake_bundle(tmp_path / "elsewhere", **SAME, created_at=later)
        copied = models / elsewhere.path.name
        shutil.copytree(elsewhere.path, copied)
        until(lambda: first.measure().loaded and len(first._roster.fleet.every_servable) == 2)
        assert first.decide(ask()).bundle_id == bundle.id
        first.close()
        again = make()
        assert again.decide(ask()).bundle_id == bundle.id
        assert again.decide(ask(trace=AUDITED)).reason is Reason.AUDIT

    def test_decisions_come_to_the_store(self, make, bundle, store):
        substitutor = make(modes={"intent": "on"})
        for text in ("Intent of: a", "Intent of: b", "else"):
            substitutor.decide(ask(text))
        substitutor.close()
        assert {(each.task_id, each.reason): each.calls for each in store.tallies()} == {
            ("t1", "SUBSTITUTED"): 2,
            ("", "NO_MATCH"): 1,
        }


class TestDialogues:
    def test_what_the_llm_had_to_take_over_it_keeps(self, make, models):
        write_fake_bundle(models, **SAME)
        student = ScriptedStudent(lambda text: "" if "unclear" in text else "yes")
        substitutor = make(modes={"intent": "on"}, load_student=lambda _: student)
        first = ask("Intent of: a")
        assert substitutor.decide(first).substituted

        def going_on(text, turns):
            answers = [Message("assistant", "yes"), Message("tool", "done")] * turns
            return Call(messages=(*first.messages, *answers, Message("user", text)), trace_id=first.trace_id)

        assert substitutor.decide(going_on("Intent of: b", 1)).substituted
        assert substitutor.decide(going_on("Intent of: unclear", 2)).reason is Reason.INVALID
        assert substitutor.decide(going_on("Intent of: b", 3)).reason is Reason.HANDED_OVER
        assert substitutor.decide(ask("Intent of: b")).substituted


class TestRules:
    @pytest.mark.parametrize("given", ["argument", "environment"])
    def test_a_tool_that_only_the_llm_may_call(self, make, models, monkeypatch, given):
        write_fake_bundle(models, **SAME, tools=["refund", "look"])
        tools = (ToolSpec("refund", "", {"type": "object"}), ToolSpec("look", "", {"type": "object"}))
        student = ScriptedStudent(lambda text: Message("assistant", None, (ToolCall(text, "{}", "id"),)))
        options = {"llm_only_tools": ["ref*"]} if given == "argument" else {}
        if given == "environment":
            monkeypatch.setenv("SLM_INSTRUMENT_LLM_ONLY_TOOLS", "delete_*, refund")
        substitutor = make(modes={"intent": "on"}, load_student=lambda _: student, **options)
        decision = substitutor.decide(ask("Intent of: refund", tools=tools))
        assert (decision.reason, decision.answer) == (Reason.UNSUPPORTED, None)
        assert "'refund' is left to the LLM by rule" in decision.detail
        assert substitutor.decide(ask("Intent of: look", tools=tools)).substituted

    def test_what_a_rule_leaves_to_the_llm_is_no_evidence(self, make, models, store):
        write_fake_bundle(models, **SAME, tools=["refund"])
        student = ScriptedStudent(lambda text: Message("assistant", None, (ToolCall("refund", "{}", "id"),)))
        options = {"modes": {"intent": "shadow"}, "load_student": lambda _: student}
        substitutor = make(llm_only_tools=["refund"], **options)
        call = ask("Intent of: x", tools=(ToolSpec("refund", "", {"type": "object"}),))
        substitutor.observe(call, substitutor.decide(call), Message("assistant", "no"))
        assert substitutor.flush(10)
        assert [each.accepted for each in store.observations()] == [False]


class TestDeadline:
    def test_a_student_gets_half_of_its_callers_time(self, make, bundle):
        slow = ScriptedStudent(lambda text: time.sleep(0.2) or text)
        substitutor = make(modes={"intent": "on"}, load_student=lambda _: slow, timeout_ms=5_000)
        substitutor.warm()
        assert substitutor.decide(ask(), within_s=0.3).reason is Reason.TIMEOUT
        assert substitutor.decide(ask(), within_s=5).substituted
        started = time.perf_counter()
        decision = substitutor.decide(ask(), within_s=0.02)
        assert decision.reason is Reason.TIMEOUT
        assert time.perf_counter() - started < 0.15
        assert asyncio.run(substitutor.adecide(ask(), within_s=0.0)).reason is Reason.TIMEOUT

    def test_hurried_callers_do_not_put_a_sound_student_to_rest(self, make, bundle):
        slow = ScriptedStudent(lambda text: time.sleep(0.02) or text)
        substitutor = make(modes={"intent": "on"}, load_student=lambda _: slow, timeout_ms=5_000)
        substitutor.warm()
        for _ in range(FAILURES_IN_A_ROW + 1):
            assert substitutor.decide(ask(), within_s=0.001).reason is Reason.TIMEOUT
        assert substitutor.decide(ask()).substituted


@pytest.mark.parametrize("how", ["environment", "store"])
def test_an_answer_that_comes_after_the_kill_switch_is_not_used(make, bundle, store, monkeypatch, how):
    def answer(text):
        if how == "environment":
            monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
        else:
            store.set_flag(Flag(task_id=KILL_SWITCH, mode=Mode.OFF, set_at=datetime.now(UTC), set_by="test"))
            time.sleep(1.0)
        return text

    substitutor = make(modes={"intent": "on"}, load_student=lambda _: ScriptedStudent(answer), timeout_ms=5_000)
    decision = substitutor.decide(ask())
    assert (decision.reason, decision.answer) == (Reason.DISABLED, None)
    assert decision.student_ms > 0


def test_students_share_the_memory_that_there_is(make, models, bundle):
    write_fake_bundle(models, task_name="greeting", last=Pattern(("Greet ", SLOT)))
    made = []

    def load(bundle):
        made.append(bundle.manifest.task_name)
        return ScriptedStudent(str.upper)

    substitutor = make(modes={"intent": "on", "greeting": "on"}, load_student=load, max_memory_mb=1e-6)
    for text in ("Intent of: a", "Greet Ada", "Intent of: b"):
        assert substitutor.decide(ask(text)).substituted
    assert made == ["intent", "greeting", "intent"]
