"""From a student that has been made to what it is worth: its confidence fitted, its threshold certified, its test."""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from slm_instrument.comparators import comparator
from slm_instrument.progress import Stage
from slm_instrument.runtime.bundle import Bundle, Certificate, Manifest
from slm_instrument.runtime.held_out import HELD_OUT, encode_held_out
from slm_instrument.runtime.specs import AnyStudentSpec
from slm_instrument.runtime.student import Student, load_student
from slm_instrument.store.base import Verdict
from slm_instrument.train.calibrate import fit_confidence
from slm_instrument.train.certify import candidate_thresholds, certify
from slm_instrument.train.drafts import draft
from slm_instrument.train.evaluate import Asked, ask, held_out, test_metrics
from slm_instrument.train.family import Job, Made


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is to be certified: agreement of at least ``target``, with probability ``confidence``.

    ``comparator`` says what agreement is; None leaves it to the dataset.
    """

    target: float
    confidence: float
    comparator: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A student with everything that is known of it, ready to be written.

    ``attempted`` says whether calibration calls were asked for a certificate, which spends some of the promise's
    error, and ``validation_agreement`` how often it agreed, gate aside, on calls that decide nothing of the promise.
    """

    manifest: Manifest
    made: Made
    held_out: Path
    attempted: bool
    validation_agreement: float

    def write(self, root: Path) -> Bundle:
        """Write the bundle into a models folder.

        Raises:
            BundleError: the disk refuses.
        """
        return self.made.write(root, self.manifest, {HELD_OUT: self.held_out})

    @property
    def certificate(self) -> Certificate:
        """What was shown."""
        return self.manifest.certificate

    @property
    def certified(self) -> bool:
        """Whether it may answer."""
        return self.certificate.verdict is Verdict.CERTIFIED


def judge(job: Job, made: Made, promise: Promise) -> Judged:
    """Certify a student as it will run, through the runtime's own code, and measure it on the test calls."""
    dataset = job.dataset
    spec = promise.comparator or dataset.comparator
    agreement = comparator(spec)
    stage = Stage("certify", len(dataset.validation) + len(dataset.calibration) + len(dataset.test), job.listener)
    manifest = draft(
        job.task,
        dataset,
        made,
        comparator=spec,
        target=promise.target,
        confidence=promise.confidence,
    )
    student = _at_work(job, "draft", manifest, made)
    validation = ask(student, dataset.validation, agreement, stage)
    manifest = replace(manifest, student=_confident(made.spec, validation))
    student = _at_work(job, "scored", manifest, made)
    validation = _scored_anew(validation, manifest)
    calibration = ask(student, dataset.calibration, agreement, stage)
    certificate = certify(validation.scores, calibration.scores, target=promise.target, confidence=promise.confidence)
    test = ask(student, dataset.test, agreement, stage)
    metrics = test_metrics(test.scores, test.latencies_ms, certificate.threshold, promise.confidence)
    tried = candidate_thresholds(
        validation.scores, len(dataset.calibration), target=promise.target, confidence=promise.confidence
    )
    kept = job.workspace / HELD_OUT
    kept.write_bytes(encode_held_out(held_out(validation, calibration, test, dataset.test, agreement, certificate)))
    return Judged(
        replace(manifest, certificate=certificate, test=metrics),
        made,
        kept,
        attempted=bool(tried),
        validation_agreement=sum(validation.agreed) / max(1, len(validation.agreed)),
    )


def _at_work(job: Job, name: str, manifest: Manifest, made: Made) -> Student:
    return load_student(made.write(job.workspace / name, manifest))


def _confident(spec: AnyStudentSpec, validation: Asked) -> AnyStudentSpec:
    confidence = fit_confidence([said.evidence for said in validation.predictions], validation.agreed)
    return msgspec.structs.replace(spec, confidence=confidence)


def _scored_anew(asked: Asked, manifest: Manifest) -> Asked:
    """The same answers under the confidence that was fitted since."""
    confidence = manifest.student.confidence
    predictions = [replace(said, score=confidence.score(said.evidence)) for said in asked.predictions]
    return replace(asked, predictions=predictions)
