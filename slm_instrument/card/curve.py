"""The risk-coverage curve: how often a student agrees on the calls that it is the surest of, for every share of them.

Drawn from the calibration calls, as the certificate is: what the plot shows at the certified threshold is what the
certificate says, and the lower edge of the band is there the very bound that was certified. The student never saw these
calls; only the threshold was chosen on them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from slm_instrument.runtime.bounds import agreement_lower_bound
from slm_instrument.runtime.held_out import SplitScores

BAND = 0.95  # confidence of each edge of the band, at each point by itself, where nothing else was certified
_MOST_POINTS = 100


@dataclass(frozen=True)
class Point:
    """What a threshold would let through, of ``calls``: ``accepted``, on which the student ``agreed`` so often."""

    threshold: float
    calls: int
    accepted: int
    agreed: int
    confidence: float = BAND

    @property
    def coverage(self) -> float:
        """The share of the calls that is accepted, 0..1."""
        return self.accepted / self.calls

    @property
    def agreement(self) -> float:
        """The share of the accepted calls on which the student agreed, 0..1."""
        return self.agreed / self.accepted

    @cached_property
    def low(self) -> float:
        """The exact one-sided lower bound of the agreement, which is what is certified."""
        return agreement_lower_bound(self.agreed, self.accepted, self.confidence)

    @cached_property
    def high(self) -> float:
        """The exact one-sided upper bound of it."""
        return 1 - agreement_lower_bound(self.accepted - self.agreed, self.accepted, self.confidence)


def risk_coverage(split: SplitScores, confidence: float = BAND) -> list[Point]:
    """The curve from the strictest threshold to the loosest, thinned to a hundred points.

    Calls that the gate refuses, whatever the threshold (their score is 0), are never accepted.
    """
    calls = sorted(zip(split.scores, split.agreed, strict=True), reverse=True)
    points: list[Point] = []
    agreed = 0
    for at, (score, right) in enumerate(calls):
        if score <= 0:
            break
        agreed += right
        if at + 1 == len(calls) or calls[at + 1][0] < score:
            points.append(Point(score, len(calls), at + 1, agreed, confidence))
    return _thinned(points)


def point_at(split: SplitScores, threshold: float, confidence: float = BAND) -> Point | None:
    """What that threshold lets through; None when it is nothing."""
    passed = [right for score, right in zip(split.scores, split.agreed, strict=True) if score >= threshold]
    return Point(threshold, len(split.scores), len(passed), sum(passed), confidence) if passed else None


def least_agreement(points: Sequence[Point], target: float) -> float:
    """Where the axis of agreements begins: under the target and most of the curve, at a multiple of a twentieth.

    The strictest twentieth of the calls is left out: one error in the first three says little, and would flatten
    everything else.
    """
    shown = [point.agreement for point in points if point.coverage >= 0.05]
    return max(0.0, int(min([target, *shown]) * 20 - 0.5) / 20)


def _thinned(points: list[Point]) -> list[Point]:
    if len(points) <= _MOST_POINTS:
        return points
    step = (len(points) - 1) / (_MOST_POINTS - 1)
    return [points[round(at * step)] for at in range(_MOST_POINTS)]
