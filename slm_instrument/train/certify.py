"""Certification: the loosest gate at which the student is shown to agree often enough.

Learn-then-Test (Angelopoulos et al. 2021, arXiv 2110.01052) with fixed-sequence testing. The candidate thresholds and
their order are fixed on validation calls. Then, from strict to loose, each is tested on calibration calls that were
used for nothing else: the null hypothesis "agreement on accepted calls is below the target" is rejected when the exact
one-sided binomial bound (Clopper and Pearson 1934) on the agreement reaches the target. The first threshold that fails
ends the walk, so that no correction for many tests is paid; the last that passed is certified. Over repetitions of the
whole procedure, agreement at a certified threshold falls short of the target in at most ``1 - confidence`` of them,
provided that live calls come from where the calibration calls came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special, stats  # pyright: ignore[reportMissingTypeStubs]

from slm_instrument.curate.split import least_evidence
from slm_instrument.runtime.bundle import Certificate
from slm_instrument.store.base import Verdict

Floats = npt.NDArray[np.float64]

ALSO = (0.9, 0.95, 0.99)  # targets that a model card tells of besides the student's own
_STEPS = 50  # thresholds tried: two per cent of the validation calls apart


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of held-out calls and whether the student agreed with the teacher on each."""

    scores: Floats
    agreed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, pairs: Sequence[tuple[float, bool]]) -> "Scores":
        """From (score, agreed) pairs."""
        return cls(
            np.array([score for score, _ in pairs], np.float64), np.array([agreed for _, agreed in pairs], np.bool_)
        )

    def accepted(self, threshold: float) -> tuple[int, int]:
        """How many calls reach the threshold, and on how many of those the student agreed."""
        mask = self.scores >= threshold
        return int(mask.sum()), int(self.agreed[mask].sum())

    def counts(self, thresholds: Floats) -> Floats:
        """The same for many thresholds at once: accepted and agreed calls, (thresholds, 2)."""
        order = np.argsort(-self.scores)
        accepted = np.searchsorted(-self.scores[order], -thresholds, side="right")
        agreed = np.concatenate([[0], np.cumsum(self.agreed[order])])
        return np.stack([accepted, agreed[accepted]], axis=1).astype(np.float64)


def lower_bound(agreed: int, accepted: int, confidence: float) -> float:
    """The one-sided exact lower bound of an agreement seen ``agreed`` times in ``accepted``; 0 without evidence."""
    return 0.0 if agreed == 0 else _beta_quantile(agreed, accepted - agreed + 1, 1 - confidence)


def upper_bound(agreed: int, accepted: int, confidence: float) -> float:
    """The one-sided exact upper bound of an agreement; 1 without evidence."""
    return 1.0 if agreed == accepted else _beta_quantile(agreed + 1, accepted - agreed, confidence)


def candidate_thresholds(
    validation: Scores, calibration_calls: int, *, target: float, confidence: float
) -> list[float]:
    """Thresholds to test, strict to loose, chosen without a look at calibration answers.

    Left out are those that would accept too few calls to prove anything, and those at which the validation calls
    themselves agree less than the target, by more than a standard error: nothing worth certifying lies there, but some
    lucky draws do. (Without that error, validation calls that happen to be hard end the walk early: 0.861 instead of
    0.894 of the calls of one student on Banking77. In simulations of eight tasks it raised the share of broken promises
    in one, from 0 to 0.7 %.) The walk starts where certification is most likely by what the validation calls show: a
    strict start has few calls, a loose one has many errors.

    Args:
        validation: scores on the validation split.
        calibration_calls: how many calls the thresholds will be tested on.
        target: the agreement to certify.
        confidence: the certainty of the certificate.
    """
    grid = _testable(validation, calibration_calls, target, confidence)
    counts = validation.counts(grid)
    promising = counts[:, 1] >= target * counts[:, 0] - np.sqrt(target * (1 - target) * counts[:, 0])
    if not promising.any():
        return []
    counts = counts[promising]
    expected = np.round(calibration_calls * counts[:, 0] / len(validation.scores))
    chances = _chances(counts, expected, target, confidence)
    return grid[promising][int(np.argmax(chances)) :].tolist()


def certify(validation: Scores, calibration: Scores, *, target: float = 0.95, confidence: float = 0.95) -> Certificate:
    """Find the loosest threshold at which agreement is at least the target, with that confidence.

    Returns:
        The certificate. CERTIFIED with the threshold; FAILED when agreement is shown to be below the target at every
        threshold that accepts enough calls (at ``confidence``, corrected for their number); INSUFFICIENT otherwise.
    """
    calls = len(calibration.scores)
    certified: float | None = None
    for threshold in candidate_thresholds(validation, calls, target=target, confidence=confidence):
        accepted, agreed = calibration.accepted(threshold)
        if lower_bound(agreed, accepted, confidence) < target:
            break
        certified = threshold
    if certified is not None:
        return _certificate(Verdict.CERTIFIED, calibration, certified, certified, target, confidence)
    tested = _testable(validation, calls, target, confidence)
    verdict = Verdict.FAILED if _hopeless(tested, calibration, target, confidence) else Verdict.INSUFFICIENT
    return _certificate(verdict, calibration, None, float(tested[0]) if len(tested) else 1.0, target, confidence)


def certify_also(
    validation: Scores, calibration: Scores, *, besides: float, confidence: float, targets: Sequence[float] = ALSO
) -> tuple[Certificate, ...]:
    """What the same calls show of other targets than the student's own, for information.

    Every further statement is one more that may be wrong. Together these hold with the given confidence (a union bound:
    each alone has the higher one that its certificate tells); the student's own certificate is apart from them.

    Args:
        validation: scores on the validation split.
        calibration: scores on the calibration split.
        besides: the student's own target, which is left out.
        confidence: that of the student's own certificate.
        targets: agreements to certify.
    """
    others = [target for target in targets if target != besides]
    each = 1 - (1 - confidence) / max(1, len(others))
    return tuple(certify(validation, calibration, target=target, confidence=each) for target in others)


def _testable(validation: Scores, calibration_calls: int, target: float, confidence: float) -> Floats:
    """Thresholds, strict to loose, that should accept enough calibration calls to certify, were all of them agreed."""
    scored = validation.scores[validation.scores > 0]  # a score of 0 is a refusal that no threshold may overrule
    if not len(scored):
        return scored
    grid = np.unique(np.quantile(scored, np.linspace(0, 1, _STEPS + 1), method="lower"))[::-1]
    shares = validation.counts(grid)[:, 0] / len(validation.scores)
    return grid[np.round(calibration_calls * shares) >= least_evidence(target, confidence)]


def _chances(counts: Floats, expected: Floats, target: float, confidence: float) -> Floats:
    """The chance that each threshold passes, if calibration calls are like the validation calls.

    Args:
        counts: accepted and agreed validation calls at each threshold, (thresholds, 2).
        expected: accepted calibration calls to expect at each, (thresholds,).
        target: the agreement to certify.
        confidence: the certainty of the certificate.
    """
    rate = (counts[:, 1] + 0.5) / (counts[:, 0] + 1)  # Jeffreys: none wrong among few is not none wrong ever
    binomial: Any = stats.binom  # pyright: ignore[reportUnknownMemberType]
    too_few = binomial.isf(1 - confidence, expected, target)  # agreements with which the bound misses the target
    return binomial.sf(too_few, expected, rate)


def _hopeless(candidates: Floats, calibration: Scores, target: float, confidence: float) -> bool:
    if not len(candidates):
        return False
    corrected = 1 - (1 - confidence) / len(candidates)
    counts = calibration.counts(candidates).astype(int).tolist()
    return all(upper_bound(agreed, accepted, corrected) < target for accepted, agreed in counts)


def _certificate(
    verdict: Verdict, calibration: Scores, threshold: float | None, shown: float, target: float, confidence: float
) -> Certificate:
    calls = len(calibration.scores)
    accepted, agreed = calibration.accepted(shown)
    return Certificate(
        verdict=verdict,
        target=target,
        confidence=confidence,
        threshold=threshold,
        calls=calls,
        accepted=accepted,
        agreement=agreed / accepted if accepted else None,
        agreement_low=lower_bound(agreed, accepted, confidence),
        agreement_high=upper_bound(agreed, accepted, confidence),
        coverage=accepted / calls if calls else 0.0,
    )


def _beta_quantile(a: float, b: float, probability: float) -> float:
    return float(special.betaincinv(a, b, probability))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
