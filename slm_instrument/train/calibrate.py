"""Fitting the gate: its two figures on validation calls, and the training examples that it compares inputs with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slm_instrument.curate.sample import Sample
from slm_instrument.runtime.bundle import GateParameters
from slm_instrument.runtime.gate import FloatArray, Gate, softmax
from slm_instrument.runtime.student import OnnxClassifier

EXAMPLES_PER_ANSWER = 100  # compared with at every call: 100 vectors of 384 take some 10 us
UNFAMILIAR = 0.05  # share of the rightly answered validation calls that the familiarity check may refuse
# Fine-tuned networks are too sure, hardly ever too unsure (Guo et al. 2017): nothing under 1 is tried.
_TEMPERATURES = np.geomspace(1.0, 10.0, 60)
_EVERYTHING = -1.0  # the least cosine there is


@dataclass(frozen=True, slots=True)
class FittedGate:
    """What the bundle keeps of the gate."""

    parameters: GateParameters
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
    known = [sample for sample in validation if sample.label in answers]
    outputs = [model.run(sample.text) for sample in known]
    wanted = np.array([answers[sample.label] for sample in known], dtype=np.int32)
    parameters = GateParameters(
        temperature=_temperature([logits for logits, _ in outputs], wanted),
        least_similarity=_least_similarity(examples, labels, outputs, wanted),
    )
    return FittedGate(parameters, examples, labels)


def _first_of_each(training: Sequence[Sample], answers: Mapping[str, int]) -> list[Sample]:
    taken: Counter[str] = Counter()
    kept: list[Sample] = []
    for sample in training:
        if sample.label in answers and taken[sample.label] < EXAMPLES_PER_ANSWER:
            taken[sample.label] += 1
            kept.append(sample)
    return kept


def _temperature(logits: Sequence[FloatArray], wanted: npt.NDArray[np.int32]) -> float:
    """The temperature under which the validation answers are the least surprising."""
    if not len(wanted):
        return 1.0
    rows, stacked = np.arange(len(wanted)), np.stack(logits).astype(np.float64)
    surprise = [-np.log(softmax(stacked / t)[rows, wanted] + 1e-12).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(surprise))])


def _least_similarity(
    examples: FloatArray,
    labels: npt.NDArray[np.int32],
    outputs: Sequence[tuple[FloatArray, FloatArray]],
    wanted: npt.NDArray[np.int32],
) -> float:
    """The similarity that all but :data:`UNFAMILIAR` of the rightly answered validation calls reach."""
    gate = Gate(GateParameters(temperature=1.0, least_similarity=_EVERYTHING), examples, labels)
    scored = [gate.score(logits, embedding) for logits, embedding in outputs]
    right = [one.similarity for one, label in zip(scored, wanted.tolist(), strict=True) if one.label == label]
    return float(np.quantile(right, UNFAMILIAR)) if right else _EVERYTHING
