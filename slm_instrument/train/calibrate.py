"""Fitting the gate: its two scales on validation calls, and the training examples that it compares inputs with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize

from slm_instrument.curate.dataset import Sample
from slm_instrument.runtime.bundle import GateParameters
from slm_instrument.runtime.gate import FloatArray, Gate, softmax
from slm_instrument.runtime.student import OnnxClassifier

EXAMPLES_PER_ANSWER = 100  # compared with at every call: 100 vectors of 384 take 10 us
_TEMPERATURES = (1.0, 10.0)  # fine-tuned networks are too sure, never too unsure (Guo et al. 2017)


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
    if not known:
        return FittedGate(GateParameters(temperature=1.0, similarity_low=0.0, similarity_high=1.0), examples, labels)
    outputs = [model.run(sample.text) for sample in known]
    logits = np.stack([one for one, _ in outputs]).astype(np.float64)
    wanted = np.array([answers[sample.label] for sample in known])
    low, high = _similarity_scale(examples, labels, logits, [two for _, two in outputs], wanted)
    parameters = GateParameters(
        temperature=_temperature(logits, wanted), similarity_low=low, similarity_high=high
    )
    return FittedGate(parameters, examples, labels)
