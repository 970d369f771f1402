"""The gate: from what a classifier says to one score that is compared with the certified threshold.

The score estimates the probability that the student agrees with its teacher. It is the smaller of two figures in 0..1:

* *confidence*: the softmax of the first label after temperature scaling (Guo et al. 2017, arXiv 1706.04599), fitted on
  validation calls;
* *familiarity*: how close the input lies to training inputs with the predicted label, by the cosine to its nearest ones
  (Sun et al. 2022, arXiv 2204.06507), on a scale fitted on validation calls. A softmax is as sure of inputs that are
  like nothing it was trained on; this is not.

Whatever the score is, the promise comes from the certification of its threshold, not from the score being right.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from slm_instrument.errors import BundleError
from slm_instrument.runtime.bundle import GateParameters

NEIGHBOURS = 3

FloatArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Scored:
    """The gate's opinion of one prediction; ``label`` is the index of the answer."""

    label: int
    score: float
    confidence: float
    similarity: float


class Gate:
    """Scores predictions; made from the parameters and the training examples of a bundle.

    Args:
        parameters: the fitted scales.
        examples: embeddings of training inputs, (examples, width).
        labels: the index of each example's answer, (examples,).

    Raises:
        BundleError: arrays whose shapes do not fit each other.
    """

    def __init__(self, parameters: GateParameters, examples: FloatArray, labels: npt.NDArray[np.integer[Any]]) -> None:
        if examples.ndim != 2 or labels.shape != examples.shape[:1]:
            raise BundleError(f"the gate's arrays do not fit: examples {examples.shape}, labels {labels.shape}")
        self._parameters = parameters
        unit = normalised(examples.astype(np.float32))
        self._examples = {int(label): unit[labels == label] for label in np.unique(labels)}

    def score(self, logits: FloatArray, embedding: FloatArray) -> Scored:
        """Score one prediction from its logits (labels,) and sentence embedding (width,)."""
        label = int(np.argmax(logits))
        confidence = float(softmax(logits.astype(np.float64) / self._parameters.temperature)[label])
        similarity = self.similarity(label, embedding)
        return Scored(label, min(confidence, self._familiarity(similarity)), confidence, similarity)

    def similarity(self, label: int, embedding: FloatArray) -> float:
        """The mean cosine to the nearest training inputs with that label; -1 when there are none."""
        examples = self._examples.get(label)
        if examples is None:
            return -1.0
        cosines = examples @ normalised(embedding.astype(np.float32))
        return float(np.sort(cosines)[-NEIGHBOURS:].mean())

    def _familiarity(self, similarity: float) -> float:
        low, high = self._parameters.similarity_low, self._parameters.similarity_high
        return float(np.clip((similarity - low) / max(high - low, 1e-6), 0.0, 1.0))


def softmax(logits: FloatArray) -> FloatArray:
    """Probabilities over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def normalised(vectors: FloatArray) -> FloatArray:
    """Vectors of unit length over the last axis; zero stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
