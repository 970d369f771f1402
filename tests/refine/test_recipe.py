"""In what order students are trained, and what becomes of those whose training breaks."""

import json
import logging
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from slm_instrument.errors import ConfigError, InputError, MissingExtraError
from slm_instrument.refine import refine
from slm_instrument.refine.attempts import ATTEMPTS, Attempts
from slm_instrument.refine.due import Why
from slm_instrument.refine.training import Training
from slm_instrument.select import Policy
from slm_instrument.store import open_store


@dataclass(frozen=True, kw_only=True)
class Breaking(Training):
    """A training that notes what it was to train, and breaks."""

    error: Exception
    begun: list = field(default_factory=list)

    @property
    def digest(self):
        return Training(student=self.student).digest

    def run(self, store, history, models, listener):
        self.begun.append(history.task.name)
        raise self.error


@pytest.fixture
def store(desk_calls, title_calls):
    """Two tasks that are both due: ``label-messages`` with more calls, and another."""
    opened = open_store("memory://")
    opened.add_calls([*desk_calls(300), *title_calls(240)])
    yield opened
    opened.close()


@pytest.fixture
def attempt(store, tmp_path, words):
    def refined(error=None, student="auto", **options):
        training = Breaking(error=error or InputError("the disk is full"), student=student)
        refinement = refine(store, tmp_path, every=True, training=training, embedder=words, **options)
        return refinement, training.begun

    return refined


def test_most_calls_first_and_no_more_than_were_asked_for(attempt):
    refinement, begun = attempt(most=1)
    assert begun == ["label-messages"]
    assert [each.due.why for each in refinement.tasks] == [Why.NEVER_TRAINED] * 2
    assert refinement.failures == 1


def test_what_broke_before_lets_others_go_first(attempt, store, tmp_path):
    attempt(most=1)
    _, begun = attempt()
    assert begun[-1] == "label-messages"
    assert len(begun) == 2


def test_an_error_that_may_pass_is_tried_three_times(attempt):
    begun = [len(attempt()[1]) for _ in range(4)]
    assert begun == [2, 2, 2, 0]


def test_what_the_arguments_are_to_blame_for_is_tried_with_others(attempt):
    blame = ConfigError("answers are not for this student")
    assert [len(attempt(blame)[1]) for _ in range(2)] == [2, 0]
    assert len(attempt(blame, student="nearest")[1]) == 2


def test_the_digest_of_the_arguments_is_the_same_in_every_process(monkeypatch):
    policy = Policy.of(["conditions", "unknown"], memory_mb=9, latency_ms=None, minutes=1.0, precision="int8")
    training = Training(policy=policy, teacher_terms_file=Path("terms.toml"))
    code = (
        "from slm_instrument.refine.training import Training; from slm_instrument.select import Policy\n"
        "from pathlib import Path\n"
        "p = Policy.of(['unknown', 'conditions'], memory_mb=9, latency_ms=None, minutes=1.0, precision='int8')\n"
        "print(Training(policy=p, teacher_terms_file=Path('terms.toml')).digest)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == training.digest
    monkeypatch.setenv("SLM_INSTRUMENT_TEACHER_TERMS", "allow")
    assert training.digest != done.stdout.strip()


def test_what_a_killed_run_leaves_is_tried_at_every_run(attempt, tmp_path):
    refinement, _ = attempt(dry_run=True)
    assert refinement.tasks == ()  # nothing is analysed yet
    attempt(most=1)
    found, _ = attempt(dry_run=True)
    killed = found.tasks[0].due.task_id
    for _ in range(5):
        Attempts(tmp_path).begin(killed, 300, "how")
    refinement, _ = attempt(dry_run=True)
    assert (refinement.tasks[0].due.why, refinement.tasks[0].due.because) == (
        Why.UNFINISHED,
        "its last training was broken off",
    )


def test_of_an_error_that_is_not_ours_only_the_kind_is_kept(attempt, store, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "slm_instrument"):
        refinement, _ = attempt(RuntimeError("no room for 'my secret prompt'"))
    assert [each.made.error for each in refinement.tasks] == ["unexpected RuntimeError"] * 2
    assert "my secret prompt" in caplog.text
    kept = [each.detail for each in store.audit() if each.action == "refine"]
    assert [each["error"] for each in kept] == ["unexpected RuntimeError"] * 2
    assert "secret" not in (tmp_path / ATTEMPTS).read_text() + json.dumps(refinement.to_json())


def test_what_is_missing_for_all_ends_the_run(attempt):
    with pytest.raises(MissingExtraError, match="train"):
        attempt(MissingExtraError("train", "training a student"))


def test_a_dry_run_trains_nothing_and_takes_no_lock(attempt, tmp_path):
    attempt()
    before = sorted(file.name for file in tmp_path.iterdir())
    _, begun = attempt(dry_run=True)
    assert begun == []
    assert sorted(file.name for file in tmp_path.iterdir()) == before
