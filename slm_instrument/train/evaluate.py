"""Asking a student held-out calls, and the figures of it."""

import time
from collections.abc import Sequence
from statistics import median

from slm_instrument.curate.sample import Sample
from slm_instrument.progress import Stage
from slm_instrument.runtime.bundle import TestMetrics
from slm_instrument.runtime.student import Student
from slm_instrument.train.certify import Scores, lower_bound, upper_bound


def judge(student: Student, samples: Sequence[Sample], stage: Stage | None = None) -> tuple[Scores, list[float]]:
    """Let the student answer every sample, one by one as it will at run time, and compare with the teacher.

    Returns:
        The scores, and the milliseconds that each answer took.
    """
    pairs: list[tuple[float, bool]] = []
    latencies: list[float] = []
    for sample in samples:
        started = time.perf_counter()
        prediction = student.answer(sample.text)
        latencies.append((time.perf_counter() - started) * 1000)
        pairs.append((prediction.score, prediction.label == sample.label))
        if stage is not None:
            stage.step()
    return Scores.of(pairs), latencies


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
