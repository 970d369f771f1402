"""Real refinements of a real store, from calls to bundles: killed, gone on with, failing in part, and idle."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument.canonical import AnswerKind
from slm_instrument.cli import run
from slm_instrument.errors import ConfigError, NotFoundError
from slm_instrument.refine import refine
from slm_instrument.refine.attempts import Attempts
from slm_instrument.refine.drift import drifts
from slm_instrument.refine.due import Why
from slm_instrument.refine.history import read_histories
from slm_instrument.refine.training import Training
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.replay import replay
from slm_instrument.store import Flag, Mode, Observation, Transition, open_store


class Shop:
    """A store of two tasks, of which one can be learned, and a models folder."""

    def __init__(self, folder, base, words):
        self.url = f"sqlite:///{folder}/calls.db"
        self.store = open_store(self.url)
        self.models = folder / "models"
        self.base = base
        self.training = Training(student="nearest", base=base)
        self.words = words

    def refine(self, **options):
        return refine(self.store, self.models, training=self.training, embedder=self.words, **options)

    def outcome(self, refinement):
        """What became of the task that can be learned."""
        (found,) = [each for each in refinement.tasks if each.due.task_id == self.task.id]
        return found

    @property
    def task(self):
        (found,) = [task for task in self.store.tasks() if task.kind is AnswerKind.CLOSED_SET]
        return found

    @property
    def audit(self):
        return [each for each in self.store.audit() if each.action == "refine" and each.subject != "*"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory, base, words, desk_calls):
    made = Shop(tmp_path_factory.mktemp("shop"), base, words)
    made.store.add_calls(desk_calls(300))
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def killed(shop, run_until_there):
    """A refinement that was killed when it had nearly certified its student, and what another one said meanwhile."""
    with run_until_there("killed.py", shop.url, shop.models, shop.base) as process:
        command = [sys.executable, "-m", "slm_instrument", "refine", "--store", shop.url, "--models", shop.models]
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        process.kill()
        process.wait()
    assert shop.store.bundles() == []
    return second


@pytest.fixture(scope="module")
def resumed(shop, killed):
    return shop.refine(every=True)


def test_a_second_one_at_once_does_nothing(killed):
    assert killed.returncode == 0, killed.stderr
    assert killed.stdout == "another refinement is at work on this store; nothing was done\n"


def test_what_was_killed_is_gone_on_with(shop, resumed):
    found = shop.outcome(resumed)
    assert found.due.why is Why.UNFINISHED
    assert found.made.error is None
    (bundle,) = shop.store.bundles()
    assert (bundle.id, bundle.verdict) == (found.made.bundle_id, found.made.verdict)
    assert not (shop.models / ".refine.json").read_text().count("usable")  # no attempt is left


def test_the_audit_log_says_why_and_what_came_of_it(shop, resumed):
    record = shop.audit[0]
    made = shop.outcome(resumed).made
    assert record.subject == shop.task.id
    assert record.detail["why"] == "unfinished"
    assert (record.detail["bundle"], record.detail["verdict"]) == (made.bundle_id, made.verdict)
    assert {"because", "student", "coverage", "agreement"} <= record.detail.keys()


def test_then_nothing_is_due_and_nothing_is_done(shop, resumed):
    again = shop.refine(every=True)
    assert [each.made for each in again.tasks] == [None]
    assert again.analysed == 0
    assert len(shop.store.bundles()) == 1
    assert " new calls" in shop.outcome(again).due.because


def test_without_a_mode_or_a_name_nobody_asked_for_it(shop, resumed, capsys):
    assert run(["refine", "--store", shop.url, "--models", str(shop.models), "--dry-run", "--json"]) == 0
    (task,) = json.loads(capsys.readouterr().out)["tasks"]
    assert (task["due"], task["because"]) == (False, "no mode was ever set for it (--all takes it in)")
    named = shop.refine(tasks=[shop.task.name], dry_run=True)
    assert shop.outcome(named).due.because.startswith("0 of ")


@pytest.fixture(scope="module")
def refined(shop, resumed, desk_calls, title_calls):
    """After a demotion: runs with new calls of a student, then of the LLM, beside a task that cannot be learned."""
    before = datetime.now(UTC)
    bundle = shop.outcome(resumed).made.bundle_id
    shop.store.set_flag(Flag(task_id=shop.task.id, mode=Mode.AUTO, set_at=before, set_by="me"))
    shop.store.add_transition(
        Transition(
            at=before,
            task_id=shop.task.id,
            bundle_id=bundle,
            number=1,
            before=Mode.CANARY,
            after=Mode.OFF,
            because="it agreed less",
        )
    )
    after = before + timedelta(seconds=1)
    shop.store.add_calls(desk_calls(950, seed=1, started_at=after, served_by=f"slm:{bundle}"))
    idle = shop.refine()
    shop.store.add_calls(desk_calls(200, seed=2, started_at=after))
    shop.store.add_calls(list(title_calls(240)))
    dry = shop.refine(every=True, dry_run=True)
    return idle, dry, shop.refine(every=True)


class TestAfterADemotion:
    def test_what_students_answered_makes_nothing_due(self, shop, refined):
        idle, _, _ = refined
        assert idle.analysed == 950
        since, whatever = shop.outcome(idle).due.because.split("; ")
        assert since.startswith("0 of 197 new calls since it went canary -> off at ")
        assert whatever.startswith("0 of ")
        # They are of the task all the same, with their prompts: drift is looked for among all calls.
        served = [noted for noted in shop.store.iter_noted() if noted.served_by.startswith("slm:")]
        assert {(noted.task_id, noted.variant is None) for noted in served} == {(shop.task.id, False)}

    def test_a_dry_run_changes_nothing_and_says_what_it_has_not_seen(self, refined):
        _, dry, _ = refined
        assert dry.pending == 440
        assert all(each.made is None for each in dry.tasks)

    def test_a_demoted_student_is_replaced_by_one_of_the_new_calls(self, shop, refined):
        found = shop.outcome(refined[2])
        assert found.due.why is Why.DEMOTED
        assert found.made.error is None
        newest = shop.store.bundles(task_id=shop.task.id)[0]
        assert newest.id == found.made.bundle_id
        lineage = {call for split in shop.store.find_dataset(shop.task.id).splits.values() for call in split}
        assert any(call.startswith("call-2-") for call in lineage)
        assert not any(call.startswith("call-1-") for call in lineage)  # those that the student answered

    def test_the_new_student_has_the_matcher_and_the_promise_of_its_task(self, shop, refined, make_calls):
        first, second = (Bundle.load(each.path).manifest for each in reversed(shop.store.bundles(task_id=shop.task.id)))
        assert second.templates == shop.task.templates
        assert (second.comparator, second.certificate.target) == (first.comparator, first.certificate.target)
        assert second.lineage.calibration > first.lineage.calibration  # the gate is certified on other calls
        assert replay(make_calls(5, seed=9), shop.models).matched == 5

    def test_it_starts_in_shadow(self, shop, refined):
        assert shop.outcome(refined[2]).made.bundle_id not in shop.store.stages()

    def test_a_task_that_fails_stops_no_other(self, shop, refined):
        (failed,) = [each for each in refined[2].tasks if each.due.task_id != shop.task.id]
        assert failed.due.why is Why.NEVER_TRAINED
        assert "is not for the nearest student" in failed.made.error
        assert refined[2].failures == 1
        (record,) = [each for each in shop.audit if each.subject == failed.due.task_id]
        assert record.detail["error"] == failed.made.error

    def test_what_the_same_calls_would_bring_again_is_not_tried_again(self, shop, refined):
        again = shop.refine(every=True)
        assert [each.made for each in again.tasks] == [None, None]
        (failed,) = [each for each in again.tasks if each.due.task_id != shop.task.id]
        assert failed.due.because.endswith("; 240 of 480 calls for another")

    def test_the_command_names_what_failed_and_ends_with_status_1(self, shop, refined, capsys):
        (failed,) = [each.due for each in refined[2].tasks if each.due.task_id != shop.task.id]
        command = ["refine", failed.task_id, "--student", "nearest", "--base", shop.base, "--json"]
        assert run([*command, "--store", shop.url, "--models", str(shop.models)]) == 1
        out, err = capsys.readouterr()
        (task,) = json.loads(out)["tasks"]
        assert "is not for the nearest student" in task["error"]
        assert err.splitlines()[-1] == "error: 1 of 1 trainings failed"


def test_a_store_without_calls_has_nothing_due(tmp_path, words):
    store = open_store(f"sqlite:///{tmp_path}/calls.db")
    refinement = refine(store, tmp_path / "models", embedder=words)
    assert (refinement.tasks, refinement.failures) == ((), 0)
    store.close()


def test_what_means_nothing_is_said(tmp_path):
    store = open_store("memory://")
    with pytest.raises(ConfigError, match="most is 0"):
        refine(store, tmp_path, most=0)
    with pytest.raises(NotFoundError, match="no task 'x'"):
        refine(store, tmp_path, tasks=["x"], dry_run=True)
    store.close()


def test_live_scores_unlike_those_of_held_out_calls_are_drift(shop, resumed, words, tmp_path):
    bundle = shop.outcome(resumed).made.bundle_id
    unsure = Observation(
        at=datetime.now(UTC),
        task_id=shop.task.id,
        bundle_id=bundle,
        mode=Mode.SHADOW,
        accepted=False,
        agreed=True,
        score=0.0,
        student_ms=1.0,
    )
    (history,) = read_histories(shop.store, [shop.task], Attempts(tmp_path))
    (record,) = [each for each in shop.store.bundles() if each.id == bundle]
    history = replace(history, bundle=record, last_known="call-0-150")  # calls alike before and since
    assert drifts(shop.store, [history], words) == {}
    shop.store.add_observations([replace(unsure, trace_id=f"live-{number}") for number in range(300)])
    (found,) = drifts(shop.store, [history], words).values()
    assert found.startswith("the gate's scores of the last 300 live calls differ")
