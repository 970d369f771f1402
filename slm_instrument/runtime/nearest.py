"""The nearest-neighbour family at run time: the answer that the most similar training inputs got.

A frozen encoder turns an input into a unit vector; the :data:`NEIGHBOURS` nearest training inputs vote for their
answers, each with the weight ``exp(cosine / TEMPERATURE)`` (Dudani 1976 weights neighbours by distance in the same
spirit). Nothing is trained, so a student is made in seconds. Number and temperature were chosen on Banking77 with
all-MiniLM-L6-v2 in float32, 4,000 examples of 77 intents: 0.90 of 1,000 other inputs answered rightly, with one
neighbour alone 0.89, where the fine-tuned classifier, with twice the examples, has 0.92.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slm_instrument.errors import BundleError
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.confidence import REFUSED
from slm_instrument.runtime.onnx import libraries, session
from slm_instrument.runtime.specs import GATE_EXAMPLES, GATE_LABELS, MODEL, TOKENIZER, NearestSpec
from slm_instrument.runtime.student import Prediction, fresh

if TYPE_CHECKING:
    from slm_instrument.runtime.gate import FloatArray, IntArray

EMBEDDING = "sentence_embedding"
NEIGHBOURS = 8
TEMPERATURE = 0.1  # of the votes; 0.03 to 0.1 did equally well on Banking77
_CHARACTERS_PER_TOKEN = 64  # ten times what texts have: a megabyte is not tokenised to keep 256 tokens of it


@dataclass(frozen=True, slots=True)
class Vote:
    """What the neighbours say: the index of their answer, and what speaks for it.

    ``similarity`` is the cosine to the nearest input with that answer, ``margin`` how much nearer it is than the
    nearest with another one, ``share`` the part of the votes that the answer got.
    """

    label: int
    similarity: float
    margin: float
    share: float


class Neighbours:
    """Training inputs that vote.

    Args:
        examples: their unit vectors, (examples, width).
        labels: the index of each one's answer, (examples,).

    Raises:
        BundleError: arrays that are empty, or whose shapes do not fit each other.
    """

    def __init__(self, examples: "FloatArray", labels: "IntArray") -> None:
        if examples.ndim != 2 or not len(labels) or labels.shape != examples.shape[:1]:
            raise BundleError(f"the examples do not fit their labels: {examples.shape}, {labels.shape}")
        self._numpy = libraries()[0]
        self._examples = examples.astype(self._numpy.float32)
        self._labels = labels

    def vote(self, vector: "FloatArray") -> Vote:
        """The answer of the nearest examples to a unit vector (width,)."""
        numpy = self._numpy
        cosines = self._examples @ vector
        nearest = numpy.argsort(-cosines, kind="stable")[:NEIGHBOURS]
        weights = numpy.exp((cosines[nearest] - cosines[nearest[0]]) / TEMPERATURE)
        votes: dict[int, float] = {}
        for label, weight in zip(self._labels[nearest].tolist(), weights.tolist(), strict=True):
            votes[label] = votes.get(label, 0.0) + weight
        label = max(votes, key=votes.__getitem__)
        own = self._labels == label
        similarity = float(cosines[own].max())
        other = float(cosines[~own].max(initial=-1.0))
        return Vote(label, similarity, similarity - other, votes[label] / sum(votes.values()))


class NearestStudent:
    """A bundle of the nearest-neighbour family, loaded.

    Args:
        bundle: where it lies; its files are checked again as they are read.
        spec: what its manifest says of the student.
        threads: how many ONNX Runtime may use for one answer.

    Raises:
        BundleError: a file is missing, altered, or not what it should be.
        MissingExtraError: ONNX Runtime, tokenizers or numpy is not installed.
    """

    def __init__(self, bundle: Bundle, spec: NearestSpec, *, threads: int = 1) -> None:
        self._spec = spec
        self._threshold = bundle.manifest.certificate.threshold
        self._encoder = OnnxEncoder(
            bundle.read(MODEL), bundle.read(TOKENIZER), max_tokens=spec.max_tokens, threads=threads
        )
        self._neighbours = _neighbours(bundle, len(spec.answers))

    def answer(self, text: str) -> Prediction:
        """Answer a prompt's slots. What does not fit the encoder is refused: two inputs may differ in the rest."""
        vector, whole = self._encoder.run(text)
        vote = self._neighbours.vote(vector)
        known = self._spec.answers[vote.label]
        evidence = {
            "similarity": vote.similarity,
            "margin": vote.margin,
            "share": vote.share,
            REFUSED: float(not whole),
        }
        score = self._spec.confidence.score(evidence)
        accepted = self._threshold is not None and score >= self._threshold
        return Prediction(fresh(known.message), score, accepted, known.label, evidence)


class OnnxEncoder:
    """An exported encoder: text to a unit vector."""

    def __init__(self, model: bytes | Path, tokenizer: bytes, *, max_tokens: int, threads: int = 1) -> None:
        self._numpy, onnxruntime, tokenizers = libraries()
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_buffer(tokenizer)
            self._session: Any = session(onnxruntime, model, threads)
        except Exception as error:  # both libraries raise bare Exception subclasses of their own for bad content
            reason = str(error).strip().partition("\n")[0]
            raise BundleError(f"the model or its tokenizer cannot be loaded: {reason}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._most_characters = max_tokens * _CHARACTERS_PER_TOKEN

    def run(self, text: str) -> "tuple[FloatArray, bool]":
        """The unit vector (width,) of a text, and whether all of the text went into it."""
        encoding = self._tokenizer.encode(text[: self._most_characters])
        ids = self._numpy.array([encoding.ids or [0]], dtype=self._numpy.int64)  # no network takes nothing
        (vectors,) = self._session.run([EMBEDDING], {"input_ids": ids, "attention_mask": self._numpy.ones_like(ids)})
        whole = bool(encoding.ids) and not encoding.overflowing and len(text) <= self._most_characters
        return vectors[0], whole

    def matrix(self, texts: Sequence[str]) -> "FloatArray":
        """The unit vectors of texts, (texts, width), each encoded alone, as at run time."""
        return self._numpy.stack([self.run(text)[0] for text in texts])


def _neighbours(bundle: Bundle, answers: int) -> Neighbours:
    numpy = libraries()[0]
    try:
        examples = numpy.load(io.BytesIO(bundle.read(GATE_EXAMPLES)), allow_pickle=False)
        labels = numpy.load(io.BytesIO(bundle.read(GATE_LABELS)), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BundleError(f"{bundle.path}: the examples cannot be read: {error}") from error
    neighbours = Neighbours(examples, labels)
    if not 0 <= labels.min() <= labels.max() < answers:
        raise BundleError(f"{bundle.path}: the examples have other labels than the {answers} answers")
    return neighbours
