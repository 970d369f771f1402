"""How sure a student is: a logistic estimate of P(agree) from what is known of one answer.

A student hands over *evidence*: named figures such as the least probability of a token, or how much of the answer
stands in the prompt; the higher, the more to be trusted. Each is first put on a common scale by where it stands among
those of the validation calls, so that it does not matter in what units a family measures, or how skewed its figures
are. The scales and weights are fitted by :func:`slm_instrument.train.calibrate.fit_confidence`. What the estimate is
worth does not matter for the promise, which comes from the certification of its threshold.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise

import msgspec

REFUSED = "refused"  # evidence above 0 under this name forces a score of 0, which no threshold accepts
_MOST = 700.0  # exp() of more overflows


class Scale(msgspec.Struct, frozen=True):
    """Evidence in standard deviations of a normal distribution: linear between knots, ``at`` to ``to``, both ascending.

    Below the least knot the line goes on, so that an answer unlike all validation calls loses ever more; above the
    highest it is level, so that no single figure makes up for what others lack.
    """

    at: tuple[float, ...]
    to: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """Where a figure stands; there must be two knots at least."""
        if value >= self.at[-1]:
            return self.to[-1]
        left = max(0, bisect_right(self.at, value) - 1)
        share = (value - self.at[left]) / (self.at[left + 1] - self.at[left])
        return self.to[left] + share * (self.to[left + 1] - self.to[left])

    def problem(self) -> str | None:
        """The first rule that well-typed values break."""
        if len(self.at) != len(self.to) or len(self.at) < 2 or not all(map(math.isfinite, (*self.at, *self.to))):
            return "a scale of the confidence is not made of two or more finite knots"
        if any(a >= b for a, b in pairwise(self.at)) or any(a > b for a, b in pairwise(self.to)):
            return "a scale of the confidence does not ascend"
        return None


class Confidence(msgspec.Struct, frozen=True, kw_only=True):
    """Weights, none negative, over scaled evidence; without names every answer scores ``1 / (1 + exp(-bias))``."""

    names: tuple[str, ...] = ()
    scales: tuple[Scale, ...] = ()
    weights: tuple[float, ...] = ()
    bias: float = 0.0

    def score(self, evidence: Mapping[str, float]) -> float:
        """P(agree), 0..1; 0 for an answer that the student itself refuses, or whose evidence is not finite."""
        if evidence.get(REFUSED, 0.0) > 0:
            return 0.0
        values = [evidence[name] for name in self.names]
        if not all(map(math.isfinite, values)):
            return 0.0
        parts = zip(values, self.scales, self.weights, strict=True)
        logit = self.bias + sum(weight * scale(value) for value, scale, weight in parts)
        return 1 / (1 + math.exp(-max(-_MOST, min(_MOST, logit))))

    def problem(self) -> str | None:
        """The first rule that well-typed values break."""
        if not len(self.names) == len(self.scales) == len(self.weights):
            return "the confidence has not as many weights as names"
        if not all(map(math.isfinite, (*self.weights, self.bias))) or any(weight < 0 for weight in self.weights):
            return "a weight of the confidence is negative or no finite number"
        return next((problem for scale in self.scales if (problem := scale.problem())), None)
