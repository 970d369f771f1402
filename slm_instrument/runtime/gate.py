"""What speaks for an answer that a classifier chose, as evidence for its :class:`Confidence`.

A softmax alone is as sure of inputs like none it was trained on, and knows little of inputs between two answers. So the
sentence embedding is compared with those of training inputs (Sun et al. 2022, arXiv 2204.06507). Evidence is

* ``log_odds`` of the first answer by the softmax, and ``margin``, how far its logit is above the second;
* ``similarity``, the mean cosine to the nearest training inputs with that answer;
* ``separation``, how much higher that is than for the next likely answers.

An input whose similarity is less than nearly all rightly answered validation calls have is refused.

Measured on 1,500 calls of Banking77 (77 answers, a linear head on frozen embeddings, 0.885 right): certified at 0.95
for 0.836 of the calls, and for 0.769 by the softmax alone. On CLINC150, of 200 out-of-scope texts 0.05 pass a gate that
is certified for 0.89 of the others; by the softmax alone 0.25 pass.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from slm_instrument.errors import BundleError
from slm_instrument.runtime.confidence import REFUSED

NEIGHBOURS = 3
RIVALS = 4  # answers that the first is compared with: with all others, a call would read megabytes of examples

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The index of an answer, and what speaks for it."""

    label: int
    evidence: dict[str, float]


class Gate:
    """Weighs what a classifier says.

    Args:
        least_similarity: below it, an input is refused.
        examples: embeddings of training inputs, (examples, width).
        labels: the index of each example's answer, (examples,).

    Raises:
        BundleError: arrays whose shapes do not fit each other.
    """

    def __init__(self, least_similarity: float, examples: FloatArray, labels: IntArray) -> None:
        if examples.ndim != 2 or labels.shape != examples.shape[:1]:
            raise BundleError(f"the gate's arrays do not fit: examples {examples.shape}, labels {labels.shape}")
        self._least_similarity = least_similarity
        unit = normalised(examples.astype(np.float32))
        self._examples = {int(label): unit[labels == label] for label in np.unique(labels)}

    def weigh(self, logits: FloatArray, embedding: FloatArray) -> Weighed:
        """Weigh one prediction by its logits (labels,) and sentence embedding (width,)."""
        label, *rivals = np.argsort(-logits, kind="stable")[: 1 + RIVALS].tolist()
        similarity = self.similarity(label, embedding)
        evidence = {
            "log_odds": _log_odds(logits.astype(np.float64), label),
            "margin": min((float(logits[label] - logits[rival]) for rival in rivals), default=0.0),
            "similarity": similarity,
            "separation": min((similarity - self.similarity(rival, embedding) for rival in rivals), default=0.0),
            REFUSED: float(similarity < self._least_similarity),
        }
        return Weighed(label, evidence)

    def similarity(self, label: int, embedding: FloatArray) -> float:
        """The mean cosine to the nearest training inputs with that label; -1 when there are none."""
        examples = self._examples.get(label)
        if examples is None:
            return -1.0
        cosines = examples @ normalised(embedding.astype(np.float32))
        return float(np.sort(cosines)[-NEIGHBOURS:].mean())


def _log_odds(logits: FloatArray, label: int) -> float:
    """The logarithm of the probability of a label over that of all others; from logits, for it may round to 1."""
    others = np.delete(logits, label)
    if not len(others):
        return 0.0
    highest = others.max()
    return float(logits[label] - highest - np.log(np.exp(others - highest).sum()))


def softmax(logits: FloatArray) -> FloatArray:
    """Probabilities over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def normalised(vectors: FloatArray) -> FloatArray:
    """Vectors of unit length over the last axis; zero stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
