"""Families in order, each with its reason, and the promise kept over all of them: with families that are scripted."""

from dataclasses import dataclass, replace

import pytest

from slm_instrument.errors import ConfigError, ExportError, NotEnoughDataError
from slm_instrument.runtime.testing import write_fake_bundle
from slm_instrument.store import Verdict
from slm_instrument.train import ladder
from slm_instrument.train.family import Job
from slm_instrument.train.judging import Judged, Promise
from slm_instrument.train.ladder import Step, climb


@dataclass
class Scripted:
    """A family whose students agree and accept as often as it is told."""

    name: str
    certified: bool = True
    coverage: float = 0.9
    agreement: float = 0.9
    objects: str | None = None
    breaks: Exception | None = None
    attempted: bool = True
    made: int = 0
    confidence: float | None = None

    def check(self, base):
        pass

    def objection(self, job):
        return self.objects

    def make(self, job):
        self.made += 1
        if self.breaks is not None:
            raise self.breaks
        return self


@pytest.fixture
def job(make_task, tmp_path):
    return Job(task=make_task(), dataset=None, workspace=tmp_path)


@pytest.fixture(autouse=True)
def judged(monkeypatch):
    """What is judged is what the script says; certification itself has its own tests."""

    def judge(job, family, promise):
        family.confidence = promise.confidence
        bundle = write_fake_bundle(
            job.workspace, verdict=Verdict.CERTIFIED if family.certified else Verdict.INSUFFICIENT
        )
        certificate = replace(bundle.manifest.certificate, coverage=family.coverage)
        manifest = replace(bundle.manifest, id=family.name, certificate=certificate)
        return Judged(manifest, family, None, family.attempted, family.agreement)

    monkeypatch.setattr(ladder, "judge", judge)


PROMISE = Promise(target=0.95, confidence=0.95, comparator="normal_form")


def climbed(job, *families):
    return climb([Step(family=family) for family in families], job, PROMISE, alone=len(families) == 1)


def test_the_first_that_answers_most_calls_is_enough(job):
    dear = Scripted("dear")
    result = climbed(job, Scripted("cheap"), dear)
    assert (result.best.manifest.id, dear.made) == ("cheap", 0)
    assert [rung.student for rung in result.rungs] == ["cheap"]


def test_one_that_answers_few_calls_is_kept_unless_a_dearer_one_answers_more(job):
    assert climbed(job, Scripted("cheap", coverage=0.3), Scripted("dear", coverage=0.6)).best.manifest.id == "dear"
    (job.workspace / "second").mkdir()
    job = replace(job, workspace=job.workspace / "second")
    assert climbed(job, Scripted("cheap", coverage=0.3), Scripted("dear", coverage=0.2)).best.manifest.id == "cheap"


def test_a_certified_one_comes_before_one_that_agrees_more_often(job):
    result = climbed(
        job, Scripted("cheap", coverage=0.1, agreement=0.5), Scripted("dear", certified=False, agreement=0.9)
    )
    assert result.best.manifest.id == "cheap"


def test_every_rung_has_its_reason(job):
    result = climbed(
        job,
        Scripted("one", objects="the answers are open"),
        Scripted("two", breaks=ExportError("it answers otherwise")),
        Scripted("three", certified=False),
    )
    assert [(rung.student, rung.reason, rung.verdict) for rung in result.rungs] == [
        ("one", "the answers are open", None),
        ("two", "it answers otherwise", None),
        ("three", "", Verdict.INSUFFICIENT),
    ]


def test_where_no_student_can_be_made_all_reasons_are_given(job):
    with pytest.raises(NotEnoughDataError, match=r"no student can be made .* one: too open; two: broke"):
        climbed(job, Scripted("one", objects="too open"), Scripted("two", breaks=ExportError("broke")))


def test_a_family_that_was_asked_for_by_name_raises_its_own_error(job):
    with pytest.raises(ConfigError, match="not for the one student: too open"):
        climbed(job, Scripted("one", objects="too open"))
    with pytest.raises(ExportError, match="broke"):
        climbed(job, Scripted("two", breaks=ExportError("broke")))


def test_the_error_that_may_be_made_is_shared_out_over_the_attempts(job):
    families = [Scripted(str(at), coverage=0.2) for at in range(5)]
    climbed(job, *families)
    spent = [1 - family.confidence for family in families]
    assert sum(spent) <= 0.05
    assert spent == sorted(spent, reverse=True)
    assert spent[0] == pytest.approx(0.04)


def test_a_rung_that_asked_for_no_certificate_spends_nothing(job):
    second = Scripted("second")
    climbed(job, Scripted("first", certified=False, attempted=False), second)
    assert 1 - second.confidence == pytest.approx(0.04)


def test_one_family_alone_may_spend_it_all(job):
    only = Scripted("only")
    climbed(job, only)
    assert only.confidence == pytest.approx(0.95)


def test_what_selection_says_comes_before_the_family_itself(job):
    asked = Scripted("one")
    result = climb(
        [Step(family=asked, objection="its licence forbids it"), Step(family=Scripted("two"), base="a model")],
        job,
        PROMISE,
    )
    assert (asked.made, result.rungs[0].reason) == (0, "its licence forbids it")
    assert result.best.manifest.id == "two"
