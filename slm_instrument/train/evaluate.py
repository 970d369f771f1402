"""Asking a student held-out calls, and the figures of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from slm_instrument.comparators import Comparator
from slm_instrument.curate.sample import Sample
from slm_instrument.progress import Stage
from slm_instrument.runtime.bundle import Certificate, TestMetrics
from slm_instrument.runtime.held_out import FieldAgreement, HeldOut, SplitScores
from slm_instrument.runtime.student import Prediction, Student
from slm_instrument.train.certify import Scores, certify_also, lower_bound, upper_bound

MOST_FIELDS = 50  # of an answer that a bundle tells of, those with the most disagreements


@dataclass(frozen=True, slots=True)
class Asked:
    """What a student said to held-out calls, whether it agreed with the teacher, and how long each answer took."""

    predictions: Sequence[Prediction]
    agreed: Sequence[bool]
    latencies_ms: Sequence[float]

    @property
    def scores(self) -> Scores:
        """What certification looks at."""
        return Scores.of([(said.score, agreed) for said, agreed in zip(self.predictions, self.agreed, strict=True)])

    @property
    def kept(self) -> SplitScores:
        """What the bundle keeps."""
        return SplitScores(tuple(said.score for said in self.predictions), tuple(self.agreed))


def ask(student: Student, samples: Sequence[Sample], comparator: Comparator, stage: Stage | None = None) -> Asked:
    """Let the student answer every sample, one by one as it will at run time, and compare with the teacher."""
    predictions: list[Prediction] = []
    latencies: list[float] = []
    for sample in samples:
        started = time.perf_counter()
        predictions.append(student.answer(sample.text))
        latencies.append((time.perf_counter() - started) * 1000)
        if stage is not None:
            stage.step()
    pairs = zip(predictions, samples, strict=True)
    return Asked(predictions, [comparator.agrees(said.message, sample.answer) for said, sample in pairs], latencies)


def test_metrics(
    scores: Scores, latencies_ms: Sequence[float], threshold: float | None, confidence: float
) -> TestMetrics:
    """The figures at a threshold; None accepts nothing."""
    calls = len(scores.agreed)
    accepted, agreed = (0, 0) if threshold is None else scores.accepted(threshold)
    return TestMetrics(
        calls=calls,
        agreement_all=float(scores.agreed.mean()) if calls else None,
        accepted=accepted,
        agreement=agreed / accepted if accepted else None,
        agreement_low=lower_bound(agreed, accepted, confidence),
        agreement_high=upper_bound(agreed, accepted, confidence),
        coverage=accepted / calls if calls else 0.0,
        latency_ms=median(latencies_ms) if latencies_ms else None,
    )


def held_out(
    validation: Asked,
    calibration: Asked,
    test: Asked,
    samples: Sequence[Sample],
    comparator: Comparator,
    certificate: Certificate,
) -> HeldOut:
    """All that the held-out calls show besides the certificate.

    Args:
        validation: the answers to the validation calls.
        calibration: those to the calibration calls.
        test: those to the test calls.
        samples: the test calls.
        comparator: what decides whether answers agree.
        certificate: the student's own.
    """
    also = certify_also(
        validation.scores, calibration.scores, besides=certificate.target, confidence=certificate.confidence
    )
    report = comparator.report(
        (said.message, sample.answer) for said, sample in zip(test.predictions, samples, strict=True)
    )
    fields = [FieldAgreement(place, field.answers, field.agreed) for place, field in report.fields.items()]
    return HeldOut(
        validation=validation.kept,
        calibration=calibration.kept,
        test=test.kept,
        also=also,
        fields=fields[:MOST_FIELDS],
    )
