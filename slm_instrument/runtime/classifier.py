"""The classifier family at run time: an encoder with a linear head, and the gate on its embedding."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slm_instrument.errors import BundleError
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.onnx import libraries, session
from slm_instrument.runtime.specs import GATE_EXAMPLES, GATE_LABELS, MODEL, TOKENIZER, ClassifierSpec
from slm_instrument.runtime.student import Prediction, fresh

if TYPE_CHECKING:
    from slm_instrument.runtime.gate import FloatArray, Gate

LOGITS = "logits"
EMBEDDING = "sentence_embedding"  # "embedding" collides with a node that the torch exporter makes
_CHARACTERS_PER_TOKEN = 64  # ten times what texts have: a megabyte is not tokenised to keep 256 tokens of it


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
        self._gate = _gate(bundle, spec)
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
        numpy, onnxruntime, tokenizers = libraries()
        self._numpy = numpy
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_buffer(tokenizer)
            self._session: Any = session(onnxruntime, model, threads)
            outputs = {output.name: output.shape for output in self._session.get_outputs()}
            width = outputs[LOGITS][1]
        except Exception as error:  # both libraries raise bare Exception subclasses of their own for bad content
            reason = str(error).strip().partition("\n")[0]
            raise BundleError(f"the model or its tokenizer cannot be loaded: {reason}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._most_characters = max_tokens * _CHARACTERS_PER_TOKEN
        self.labels: int | None = width if isinstance(width, int) else None

    @property
    def provider(self) -> str:
        """The execution provider that the session really got."""
        return self._session.get_providers()[0]

    def run(self, text: str) -> "tuple[FloatArray, FloatArray]":
        """The logits (labels,) and the sentence embedding (width,) of one text."""
        ids = self._numpy.array([self._tokenizer.encode(text[: self._most_characters]).ids], dtype=self._numpy.int64)
        inputs = {"input_ids": ids, "attention_mask": self._numpy.ones_like(ids)}
        logits, embedding = self._session.run([LOGITS, EMBEDDING], inputs)
        return logits[0], embedding[0]


def _gate(bundle: Bundle, spec: ClassifierSpec) -> "Gate":
    import numpy

    from slm_instrument.runtime.gate import Gate

    try:
        examples = numpy.load(io.BytesIO(bundle.read(GATE_EXAMPLES)), allow_pickle=False)
        labels = numpy.load(io.BytesIO(bundle.read(GATE_LABELS)), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BundleError(f"{bundle.path}: the gate's arrays cannot be read: {error}") from error
    return Gate(spec.least_similarity, examples, labels)
