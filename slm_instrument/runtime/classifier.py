"""The classifier family at run time: an encoder with a linear head, and the gate on its embedding."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from slm_instrument.errors import BundleError
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.onnx import libraries, session
from slm_instrument.runtime.reading import EMBEDDING, Tokens, examples_of, loading
from slm_instrument.runtime.specs import MODEL, TOKENIZER, ClassifierSpec
from slm_instrument.runtime.student import Prediction, fresh

if TYPE_CHECKING:
    from slm_instrument.runtime.gate import FloatArray, Gate

LOGITS = "logits"


class ClassifierStudent:
    """A bundle of the classifier family, loaded.

    Args:
        bundle: where it lies; its files are checked again as they are read.
        spec: what its manifest says of the student.
        threads: how many ONNX Runtime may use for one answer. One is the fastest on short texts (measured: 1.4 ms
            against 2.2 ms with two, all-MiniLM-L6 in INT8).

    Raises:
        BundleError: a file is missing, altered, or not what it should be.
        MissingExtraError: ONNX Runtime, tokenizers or numpy is not installed.
    """

    def __init__(self, bundle: Bundle, spec: ClassifierSpec, *, threads: int = 1) -> None:
        self._spec = spec
        self._threshold = bundle.manifest.certificate.threshold
        self._model = OnnxClassifier(
            bundle.read(MODEL), bundle.read(TOKENIZER), max_tokens=spec.max_tokens, threads=threads
        )
        self._gate = _gate(bundle, spec.least_similarity)
        answers = len(spec.answers)
        if self._model.labels not in (None, answers):
            raise BundleError(f"{bundle.path}: the model has {self._model.labels} labels for {answers} answers")

    @property
    def provider(self) -> str:
        """The execution provider that the session really got."""
        return self._model.provider

    def answer(self, text: str) -> Prediction:
        """Answer a prompt's slots; what is longer than the student was trained for is cut off."""
        logits, embedding = self._model.run(text)
        weighed = self._gate.weigh(logits, embedding)
        known = self._spec.answers[weighed.label]
        score = self._spec.confidence.score(weighed.evidence)
        accepted = self._threshold is not None and score >= self._threshold
        return Prediction(fresh(known.message), score, accepted, known.label, weighed.evidence)


class OnnxClassifier:
    """The model of a classifier student alone: text to logits and sentence embedding, without a gate."""

    def __init__(self, model: bytes | Path, tokenizer: bytes, *, max_tokens: int, threads: int = 1) -> None:
        self._numpy, onnxruntime, _ = libraries()
        with loading():
            self._tokens = Tokens(tokenizer, max_tokens)
            self._session: Any = session(onnxruntime, model, threads)
            outputs = {output.name: output.shape for output in self._session.get_outputs()}
            width = outputs[LOGITS][1]
        self.labels: int | None = width if isinstance(width, int) else None

    @property
    def provider(self) -> str:
        """The execution provider that the session really got."""
        return self._session.get_providers()[0]

    def run(self, text: str) -> "tuple[FloatArray, FloatArray]":
        """The logits (labels,) and the sentence embedding (width,) of one text."""
        ids = self._numpy.array([self._tokens.encode(text)[0].ids], dtype=self._numpy.int64)
        inputs = {"input_ids": ids, "attention_mask": self._numpy.ones_like(ids)}
        logits, embedding = self._session.run([LOGITS, EMBEDDING], inputs)
        return logits[0], embedding[0]


def _gate(bundle: Bundle, least_similarity: float) -> "Gate":
    from slm_instrument.runtime.gate import Gate  # numpy comes with it

    return Gate(least_similarity, *examples_of(bundle))
