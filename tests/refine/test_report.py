"""What a run says of itself, to people and to programs."""

import json

import pytest
from rich.console import Console

from slm_instrument.refine.due import Due, Why
from slm_instrument.refine.report import Made, Refined, Refinement
from slm_instrument.store import Mode, Verdict

MADE = Made(
    task_id="t1",
    seconds=61.26,
    student="classifier",
    bundle_id="b2",
    verdict=Verdict.CERTIFIED,
    coverage=0.8,
    agreement=0.99,
    agreement_low=0.951,
)


def due(why=Why.NEW_CALLS, name="sort"):
    return Due(task_id="t1", task_name=name, why=why, because="460 new calls")


def text(refinement):
    console = Console(width=200)
    with console.capture() as shown:
        console.print(refinement.summary())
    return shown.get()


def test_a_new_student_with_its_figures():
    refinement = Refinement(tasks=(Refined(due=due(), mode=Mode.AUTO, made=MADE),), analysed=460)
    (row,) = [line.split() for line in text(refinement).splitlines() if line.startswith("sort ")]
    assert row == ["sort", "new", "calls", "460", "new", "calls", "classifier", "CERTIFIED", "80.0%", "99.0%", "61"]
    (task,) = json.loads(json.dumps(refinement.to_json()))["tasks"]
    assert task == {
        "task_id": "t1",
        "name": "sort",
        "mode": "auto",
        "due": True,
        "why": "new calls",
        "because": "460 new calls",
        "student": "classifier",
        "bundle": "b2",
        "verdict": "CERTIFIED",
        "coverage": 0.8,
        "agreement": 0.99,
        "agreement_low": 0.951,
        "seconds": 61.3,
        "error": None,
    }


@pytest.mark.parametrize(
    ("mode", "served", "said"),
    [
        (Mode.AUTO, True, "evidence moves it on"),
        (Mode.SHADOW, True, "slm-instrument flags set 'sort' --mode auto"),
        (Mode.CANARY, True, "slm-instrument flags set 'sort' --mode canary"),
        (Mode.ON, False, "answers calls from now on (mode on)"),
        (Mode.OFF, False, "slm-instrument flags set 'sort' --mode auto"),
        (None, False, "slm-instrument flags set 'sort' --mode auto"),
    ],
)
def test_what_there_is_to_do_next(mode, served, said):
    (step,) = Refinement(tasks=(Refined(due=due(), mode=mode, served=served, made=MADE),)).next_steps
    assert said in step


def test_a_student_that_was_not_certified_asks_for_nothing():
    made = Made(task_id="t1", seconds=1.0, student="nearest", verdict=Verdict.INSUFFICIENT)
    assert Refinement(tasks=(Refined(due=due(), made=made),)).next_steps == []


def test_failures_are_counted_and_what_was_left_is_said():
    failed = Refined(due=due(), made=Made.failed("t1", "the disk is full", 2.0))
    refinement = Refinement(tasks=(failed, Refined(due=due(name="other"))))
    assert refinement.failures == 1
    assert "left for the next run" in text(refinement)
    assert refinement.to_json()["tasks"][0]["error"] == "the disk is full"


def test_nothing_due_nothing_there_and_somebody_else_at_work():
    assert "nothing is due" in text(Refinement(tasks=(Refined(due=due(None)),)))
    assert "no tasks" in text(Refinement())
    assert text(Refinement(pending=5, dry_run=True)).startswith("nothing is due\n5 calls are not analysed yet")
    assert text(Refinement(busy=True)) == "another refinement is at work on this store; nothing was done\n"


def test_a_dry_run_says_what_it_has_not_seen():
    shown = text(Refinement(tasks=(Refined(due=due()),), pending=1234, dry_run=True))
    assert "1,234 calls are not analysed yet" in shown
    assert "verdict" not in shown


def test_names_are_shown_as_they_are():
    assert "[red]x" in text(Refinement(tasks=(Refined(due=due(name="[red]x")),), dry_run=True))
