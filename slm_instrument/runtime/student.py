"""Students at work: text in, an assistant message and a score out.

A :class:`ClassifierStudent` needs ONNX Runtime, tokenizers and numpy, and no torch. This module imports without them:
the libraries come when a student is made.
"""

import io
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from slm_instrument.errors import BundleError, MissingExtraError
from slm_instrument.records import Message, new_id
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.manifest import GATE_EXAMPLES, GATE_LABELS, MODEL, TOKENIZER

if TYPE_CHECKING:
    from slm_instrument.runtime.gate import FloatArray, Gate

LOGITS = "logits"
EMBEDDING = "sentence_embedding"  # "embedding" collides with a node that the torch exporter makes
_FATAL_ONLY = 4  # ONNX Runtime's severity scale
_CHARACTERS_PER_TOKEN = 64  # ten times what texts have: a megabyte is not tokenised to keep 256 tokens of it


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a student would answer.

    ``accepted`` says whether the gate lets it through: the score reaches the certified threshold. ``label`` is the
    answer's normal form, ``confidence`` its calibrated softmax, ``similarity`` the cosine to the nearest training
    inputs.
    """

    message: Message
    score: float
    accepted: bool
    label: str
    confidence: float
    similarity: float


class Student(Protocol):
    """A small model that answers one task; safe to call from several threads."""

    def answer(self, text: str) -> Prediction:
        """Answer a prompt's slots (:attr:`slm_instrument.template.Slots.text`)."""
        ...


class ClassifierStudent:
    """A bundle of the classifier family, loaded.

    Args:
        bundle: where it lies; its files are checked again as they are read.
        threads: how many ONNX Runtime may use for one answer. One is the fastest on short texts (measured: 1.4 ms
            against 2.2 ms with two, all-MiniLM-L6 in INT8).

    Raises:
        BundleError: a file is missing, altered, or not what it should be.
        MissingExtraError: ONNX Runtime, tokenizers or numpy is not installed.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self._manifest = bundle.manifest
        self._threshold = bundle.manifest.certificate.threshold
        self._model = OnnxClassifier(
            bundle.read(MODEL), bundle.read(TOKENIZER), max_tokens=bundle.manifest.max_tokens, threads=threads
        )
        self._gate = _gate(bundle)
        answers = len(bundle.manifest.answers)
        if self._model.labels not in (None, answers):
            raise BundleError(f"{bundle.path}: the model has {self._model.labels} labels for {answers} answers")

    @property
    def provider(self) -> str:
        """The execution provider that the session really got."""
        return self._model.provider

    def answer(self, text: str) -> Prediction:
        """Answer a prompt's slots; what is longer than the student was trained for is cut off."""
        logits, embedding = self._model.run(text)
        scored = self._gate.score(logits, embedding)
        known = self._manifest.answers[scored.label]
        accepted = self._threshold is not None and scored.score >= self._threshold
        return Prediction(
            _fresh(known.message), scored.score, accepted, known.label, scored.confidence, scored.similarity
        )


class OnnxClassifier:
    """The model of a classifier student alone: text to logits and sentence embedding, without a gate."""

    def __init__(self, model: bytes | Path, tokenizer: bytes, *, max_tokens: int, threads: int = 1) -> None:
        numpy, onnxruntime, tokenizers = _libraries()
        self._numpy = numpy
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_buffer(tokenizer)
            self._session: Any = _session(onnxruntime, model, threads)
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


def _libraries() -> tuple[Any, Any, Any]:
    # ONNX Runtime writes a device id under ~/.cache and queues usage events at its first session otherwise.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import numpy
        import onnxruntime  # pyright: ignore[reportMissingTypeStubs]
        import tokenizers
    except ImportError as error:
        raise MissingExtraError("runtime", "a student") from error
    return numpy, onnxruntime, tokenizers


def _session(onnxruntime: Any, model: bytes | Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    # Waiting threads of an agent's process should sleep, not spin.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(source, options, providers=_providers(onnxruntime))


def _providers(onnxruntime: Any) -> list[str]:
    # onnxruntime-gpu lists CUDA also where there is no GPU, and complains on stderr when it is asked for in vain.
    plausible = Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
    cuda = plausible and "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    return ["CUDAExecutionProvider", "CPUExecutionProvider"] if cuda else ["CPUExecutionProvider"]


def _gate(bundle: Bundle) -> "Gate":
    import numpy

    from slm_instrument.runtime.gate import Gate

    try:
        examples = numpy.load(io.BytesIO(bundle.read(GATE_EXAMPLES)), allow_pickle=False)
        labels = numpy.load(io.BytesIO(bundle.read(GATE_LABELS)), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BundleError(f"{bundle.path}: the gate's arrays cannot be read: {error}") from error
    return Gate(bundle.manifest.gate, examples, labels)


def _fresh(message: Message) -> Message:
    """The message as if just made: every tool call gets an id of its own, as a provider would give it."""
    if not message.tool_calls:
        return message
    calls = tuple(replace(call, id=f"call_{new_id().replace('-', '')}") for call in message.tool_calls)
    return replace(message, tool_calls=calls)
