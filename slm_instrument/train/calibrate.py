"""Fitting what a gate is made of, on validation calls: the confidence of students, the classifier's gate."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, special  # pyright: ignore[reportMissingTypeStubs]

from slm_instrument.curate.sample import Sample
from slm_instrument.runtime.classifier import OnnxClassifier
from slm_instrument.runtime.confidence import REFUSED, Confidence, Scale
from slm_instrument.runtime.gate import Gate

EXAMPLES_PER_ANSWER = 100  # compared with at every call, with those of four rivals: 0.2 ms
UNFAMILIAR = 0.03  # share of the rightly answered validation calls that are refused as unlike all training inputs
_EVERYTHING = -1.0  # the least cosine there is
_KNOTS = 20  # of a scale: a twentieth of the validation calls apart
_PRIOR_WEIGHT = 1.0  # what the weights add up to before anything is seen: scores keep their spread
_PRIOR_STRENGTH = 3.0  # simulated with 50 to 400 calls: 1 to 10 do equally well

_Floats = npt.NDArray[np.float64]
_expit: Any = special.expit  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_normal_quantile: Any = special.ndtri  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


@dataclass(frozen=True, slots=True)
class FittedGate:
    """What the gate of a classifier compares inputs with, and the similarity below which it refuses them."""

    least_similarity: float
    examples: npt.NDArray[np.float16]
    labels: npt.NDArray[np.int32]


def fit_gate(
    model: OnnxClassifier, training: Sequence[Sample], validation: Sequence[Sample], answers: Mapping[str, int]
) -> FittedGate:
    """Fit the gate for the very model that ships.

    Args:
        model: the exported, quantised classifier.
        training: calls it was trained on; up to :data:`EXAMPLES_PER_ANSWER` of each answer are kept as vectors.
        validation: calls it was not trained on, from the same source.
        answers: the index of every answer that the model can give.
    """
    kept = _first_of_each(training, answers)
    labels = np.array([answers[sample.label] for sample in kept], dtype=np.int32)
    examples = np.stack([model.run(sample.text)[1] for sample in kept]).astype(np.float16)
    gate = Gate(_EVERYTHING, examples, labels)
    weighed = [(gate.weigh(*model.run(sample.text)), answers.get(sample.label)) for sample in validation]
    similarities = [one.evidence["similarity"] for one, wanted in weighed if one.label == wanted]
    least = float(np.quantile(similarities, UNFAMILIAR)) if similarities else _EVERYTHING
    return FittedGate(least, examples, labels)


def _first_of_each(training: Sequence[Sample], answers: Mapping[str, int]) -> list[Sample]:
    taken: Counter[str] = Counter()
    kept: list[Sample] = []
    for sample in training:
        if sample.label in answers and taken[sample.label] < EXAMPLES_PER_ANSWER:
            taken[sample.label] += 1
            kept.append(sample)
    return kept


def fit_confidence(evidence: Sequence[Mapping[str, float]], agreed: Sequence[bool]) -> Confidence:
    """Fit the confidence of a student: logistic regression on evidence put on a common scale.

    What is fitted must be right with some fifty calls, of which five may be wrong. Three things make it so, measured by
    the coverage that is left at an agreement of 0.95, in simulated students with six figures of which two say nothing:

    * every figure is replaced by the normal score of its rank: 0.38 instead of 0.25 with 60 calls, 0.44 instead of 0.36
      with 150, because a least log-probability has a long tail;
    * no weight is negative, for more evidence never makes an answer less sure: 0.33 instead of 0.29 with 50 calls, and
      0.32 for scikit-learn's logistic regression with its penalty tuned;
    * weights are drawn towards equal ones, not towards 0, so that a student which agreed always, or never, is still
      ranked by its evidence. Agreement counts by Platt's (1999) targets, which keep the bias finite then.

    Args:
        evidence: of every validation call, under the same names; higher is more trustworthy.
        agreed: whether the student agreed with the teacher on it.

    Returns:
        The confidence. Answers that the student itself refused, or whose evidence is not finite, are left out: they
        score 0 in any case. Figures that never change get no weight.
    """
    pairs = [(said, right) for said, right in zip(evidence, agreed, strict=True) if _counts(said)]
    if not pairs:
        return Confidence()
    values = {name: [said[name] for said, _ in pairs] for name in sorted(pairs[0][0]) if name != REFUSED}
    scales = {name: _scale(np.array(column)) for name, column in values.items() if len(set(column)) > 1}
    scaled = (
        np.array([[scales[name](value) for value in values[name]] for name in scales])
        .reshape(len(scales), len(pairs))
        .T
    )
    weights, bias = _logistic(scaled, np.array([right for _, right in pairs], np.bool_))
    return Confidence(names=tuple(scales), scales=tuple(scales.values()), weights=tuple(weights), bias=bias)


def _counts(evidence: Mapping[str, float]) -> bool:
    return evidence.get(REFUSED, 0.0) <= 0 and all(map(math.isfinite, evidence.values()))


def _scale(values: _Floats) -> Scale:
    """Knots at evenly spaced ranks, from the figures to the normal scores of their ranks; ties share the middle one."""
    distinct, counts = np.unique(values, return_counts=True)
    ranks = (np.cumsum(counts) - counts / 2) / len(values)
    knots = np.unique(np.searchsorted(ranks, np.linspace(float(ranks[0]), float(ranks[-1]), _KNOTS + 1)))
    return Scale(tuple(distinct[knots].tolist()), tuple(_normal_quantile(ranks[knots]).tolist()))


def _logistic(scaled: _Floats, agreed: npt.NDArray[np.bool_]) -> tuple[list[float], float]:
    """The weights, not negative, and the bias that are the most likely under the prior.

    Args:
        scaled: evidence, (calls, figures).
        agreed: (calls,).
    """
    right, figures = int(agreed.sum()), scaled.shape[1]
    targets = np.where(agreed, (right + 1) / (right + 2), 1 / (len(agreed) - right + 2))
    prior = np.full(figures, _PRIOR_WEIGHT / max(1, figures))

    def loss(parameters: _Floats) -> tuple[float, _Floats]:
        weights, bias = parameters[:-1], parameters[-1]
        logits = scaled @ weights + bias
        away = weights - prior
        slope = _expit(logits) - targets
        value = np.sum(np.logaddexp(0, logits) - targets * logits) + _PRIOR_STRENGTH / 2 * np.sum(away**2)
        return float(value), np.append(scaled.T @ slope + _PRIOR_STRENGTH * away, slope.sum())

    minimize: Any = optimize.minimize  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    bounds = [(0.0, None)] * figures + [(None, None)]
    fitted = minimize(loss, np.append(prior, 0.0), jac=True, method="L-BFGS-B", bounds=bounds).x.tolist()
    return fitted[:-1], fitted[-1]
