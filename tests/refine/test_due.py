"""The rules, one by one: what they ask for, what they leave alone, and what they say."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from slm_instrument.canonical import AnswerKind
from slm_instrument.refine.attempts import Attempt
from slm_instrument.refine.due import Rules, Why
from slm_instrument.refine.history import History
from slm_instrument.store import BundleRecord, Mode, Task, Transition, Verdict
from slm_instrument.template import Pattern, Template

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NEEDED = 197  # different prompts that a training takes at a target of 0.95
TASK = Task(id="t1", name="sort", kind=AnswerKind.CLOSED_SET, replaceable=0.9)
FRESH = History(task=TASK, mode=Mode.AUTO, usable=400, prompts=300)
TEMPLATE = Template(Pattern(("Sort.",)), Pattern(("",)), Pattern(("",)))


def bundle(verdict=Verdict.CERTIFIED, **more):
    return BundleRecord(
        id="b1", task_id="t1", dataset_id="d1", created_at=NOW, path="b1", verdict=verdict, manifest_sha256="", **more
    )


def trained(verdict=Verdict.CERTIFIED, known=400, new=0, **more):
    return replace(
        FRESH, usable=known + new, known=known, new=new, bundle=bundle(verdict), recognised=(TEMPLATE,), **more
    )


def failed(times, *, hopeless=False, error="the disk is full", usable=400):
    return Attempt(at=NOW, times=times, usable=usable, how="", error=error, hopeless=hopeless)


def demoted(since):
    numbers = {"task_id": "t1", "bundle_id": "b1", "number": 2, "because": "it agreed less"}
    moved = Transition(at=NOW, before=Mode.ON, after=Mode.SHADOW, **numbers)
    return {"demotion": moved, "since_demotion": since}


def why(history, **rules):
    return Rules(**rules).judge(history).why


def because(history, **rules):
    judged = Rules(**rules).judge(history)
    assert judged.why is None
    return judged.because


class TestWhichTasks:
    def test_those_whose_mode_is_not_off(self):
        assert why(FRESH) is Why.NEVER_TRAINED
        assert "off" in because(replace(FRESH, mode=Mode.OFF))
        assert "no mode" in because(replace(FRESH, mode=None))

    def test_every_leaves_out_what_somebody_set_to_off(self):
        assert why(replace(FRESH, mode=None), every=True) is Why.NEVER_TRAINED
        assert because(replace(FRESH, mode=Mode.OFF), every=True) == "its mode is off"

    @pytest.mark.parametrize("mode", [None, Mode.OFF, Mode.SHADOW])
    def test_named_ones_whatever_their_mode(self, mode):
        assert why(replace(FRESH, mode=mode), named=True) is Why.NEVER_TRAINED


class TestNeverTrained:
    @pytest.mark.parametrize(("prompts", "due"), [(NEEDED - 1, False), (NEEDED, True)])
    def test_as_many_different_prompts_as_a_training_takes(self, prompts, due):
        history = replace(FRESH, usable=10_000, prompts=prompts)
        assert (why(history) is not None) is due
        if not due:
            assert because(history) == "196 different prompts, a training takes 197"

    def test_a_lower_target_takes_fewer(self):
        history = replace(FRESH, prompts=100)
        assert why(history) is None
        assert why(history, target=0.9) is Why.NEVER_TRAINED
        assert why(replace(history, target=0.9)) is Why.NEVER_TRAINED  # as its last student's

    @pytest.mark.parametrize("kind", list(AnswerKind))
    def test_answers_that_never_recur_only_where_they_can_be_built_from_the_prompt(self, kind):
        history = replace(FRESH, task=replace(TASK, kind=kind, replaceable=0.05))
        if kind in (AnswerKind.CLOSED_SET, AnswerKind.FREE_TEXT):
            assert because(history).startswith("5% of its calls look replaceable")
        else:
            assert why(history) is Why.NEVER_TRAINED


class TestNewCalls:
    @pytest.mark.parametrize("verdict", [Verdict.CERTIFIED, Verdict.INSUFFICIENT])
    def test_when_calls_have_doubled(self, verdict):
        assert because(trained(verdict, new=399)).startswith("399 of 400 new calls")
        assert why(trained(verdict, new=400)) is Why.NEW_CALLS

    def test_a_student_that_failed_waits_for_four_times_the_calls(self):
        assert because(trained(Verdict.FAILED, new=1199)) == (
            "1,199 of 1,200 new calls since a student that was FAILED"
        )
        assert why(trained(Verdict.FAILED, new=1200)) is Why.NEW_CALLS

    def test_all_trainings_of_a_growing_task_together_see_at_most_twice_its_calls(self):
        sizes, known = [200], 200
        for calls in range(200, 100_001, 50):
            if why(trained(known=known, new=calls - known)) is not None:
                sizes.append(calls)
                known = calls
        assert len(sizes) == 9
        assert sum(sizes) < 2 * sizes[-1]


class TestDemotion:
    def test_enough_calls_since_to_learn_from(self):
        assert why(trained(new=NEEDED, **demoted(NEEDED))) is Why.DEMOTED
        assert because(trained(new=NEEDED, **demoted(NEEDED - 1))) == (
            "196 of 197 new calls since it went on -> shadow at 2026-03-01 00:00; 197 of 400 new calls"
        )

    def test_of_a_large_task_a_tenth(self):
        assert why(trained(known=10_000, new=999, **demoted(999))) is None
        assert why(trained(known=10_000, new=1_000, **demoted(1_000))) is Why.DEMOTED


class TestDrift:
    def test_drift_is_a_reason_by_itself(self):
        judged = Rules().judge(trained(new=NEEDED, drift="its prompts changed"))
        assert judged.why is Why.DRIFTED
        assert judged.because == "its prompts changed; 197 new calls"

    def test_it_is_looked_for_where_it_would_decide(self):
        ask = Rules().asks_for_drift
        assert ask(trained(new=NEEDED))
        assert not ask(trained(new=NEEDED - 1))  # too few to learn from
        assert not ask(trained(new=400))  # due in any case
        assert not ask(trained(Verdict.INSUFFICIENT, new=NEEDED))  # answers nothing yet
        assert not ask(replace(trained(new=NEEDED), mode=Mode.OFF))
        assert not ask(FRESH)


class TestBrokenOff:
    def test_a_killed_training_is_gone_on_with(self):
        assert why(replace(FRESH, unfinished=True)) is Why.UNFINISHED
        killed = replace(failed(7), error=None)
        assert why(replace(FRESH, attempt=killed)) is Why.UNFINISHED
        assert why(trained(attempt=killed)) is Why.UNFINISHED

    @pytest.mark.parametrize("times", [1, 2])
    def test_what_failed_is_tried_again(self, times):
        assert why(replace(FRESH, attempt=failed(times))) is Why.UNFINISHED

    @pytest.mark.parametrize("attempt", [failed(3), failed(1, hopeless=True)])
    def test_but_not_for_ever(self, attempt):
        history = replace(FRESH, attempt=attempt)
        assert because(history) == "its training failed (the disk is full); 400 of 800 calls for another"
        assert why(replace(history, usable=800)) is Why.UNFINISHED
        assert why(history, named=True) is Why.UNFINISHED  # whoever names it has seen to it
        assert why(history, how="otherwise") is Why.UNFINISHED

    def test_a_failed_training_is_not_due_for_other_reasons_meanwhile(self):
        assert why(trained(new=400, attempt=failed(3, usable=800))) is None


def test_a_retired_student_is_replaced():
    retired = replace(trained(), bundle=bundle(retired_at=NOW, retired_because="a person was erased"))
    judged = Rules().judge(retired)
    assert judged.why is Why.RETIRED
    assert judged.because.endswith("a person was erased")


def test_what_is_not_due_says_what_is_missing():
    assert because(trained(new=7)) == "7 of 400 new calls"
