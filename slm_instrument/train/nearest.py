"""The nearest-neighbour family: nothing is trained; the teacher's answers to similar inputs are looked up.

The encoder is frozen and exported as a classifier's is. It costs seconds, works for every kind of answer that recurs,
and is the measure of what a trained student must beat.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from slm_instrument.curate.dataset import Dataset
from slm_instrument.curate.sample import Sample
from slm_instrument.errors import ExportError
from slm_instrument.progress import Stage
from slm_instrument.records import Message
from slm_instrument.runtime.bundle import Parity
from slm_instrument.runtime.confidence import Confidence
from slm_instrument.runtime.nearest import Neighbours, OnnxEncoder
from slm_instrument.runtime.onnx import libraries
from slm_instrument.runtime.reading import EMBEDDING
from slm_instrument.runtime.specs import GATE_EXAMPLES, GATE_LABELS, MODEL, TOKENIZER, KnownAnswer, NearestSpec
from slm_instrument.train.base_model import Encoder, find_encoder
from slm_instrument.train.cache import kept
from slm_instrument.train.export import Exported, export_encoder
from slm_instrument.train.family import Job, Made

LEAST_INPUTS = 2  # an answer that one input alone got is as good as never looked up, and would lie in every bundle
LEAST_RECURRING = 0.2  # share of held-out calls whose answer is known, to try at all
MOST_EXAMPLES = 10_000  # compared with at every call: 3 ms on one core, 15 MB in the bundle
MOST_TOKENS = 512  # positions of the MiniLM family
PARITY_INPUTS = 200
_GRAPH = 1  # raised by every change of what is exported, so that nothing of an older form is taken from the cache
FP32_DRIFT = 0.001  # of a cosine; rounding stays under 0.00001
INT8_AGREEMENT = 0.95  # share of inputs with the same answer; below, full precision is shipped

Floats = npt.NDArray[np.float32]


class NearestFamily:
    """Looks up what the teacher answered to the most similar inputs."""

    name = "nearest"

    def check(self, base: str | None) -> None:
        """The encoder must be there."""
        find_encoder(base)

    def objection(self, job: Job) -> str | None:
        """Answers that do not recur cannot be looked up."""
        answers = _answers(job.dataset)
        held_out = job.dataset.validation
        known = sum(sample.label in answers for sample in held_out) / max(1, len(held_out))
        if answers and known >= LEAST_RECURRING:
            return None
        return (
            f"it looks up answers that were given before, and {known:.0%} of the held-out calls have one "
            f"(at least {LEAST_RECURRING:.0%} needed)"
        )

    def make(self, job: Job) -> Made:
        """Export the encoder and embed the training inputs with the very model that ships."""
        encoder = find_encoder(job.base)
        answers = _answers(job.dataset)
        examples = _examples(job.dataset.training, answers)
        frozen = _Frozen.of(encoder, [sample.text for sample in job.dataset.training])
        stage = Stage("export", 2, job.listener)
        exported = _exported(frozen, encoder)
        stage.step()
        held_out = [*job.dataset.validation, *job.dataset.calibration, *job.dataset.test]
        model, parity = _check_parity(frozen, exported, examples, held_out)
        stage.step()
        spec = NearestSpec(
            answers=tuple(KnownAnswer(label, message) for label, message in answers.items()),
            max_tokens=frozen.max_tokens,
            confidence=Confidence(),
        )
        files = _files(job, frozen, model, examples, list(answers))
        return Made(spec=spec, files=files, parity=parity, base_model=encoder.base, epochs=0)


NEAREST = NearestFamily()


class _SentenceVectors(nn.Module):
    """The encoder with the mean over its tokens, scaled to length 1."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor]:
        """Unit vectors (batch, width) of token ids (batch, tokens)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        return (nn.functional.normalize((states * mask).sum(dim=1), dim=-1),)


@dataclass(frozen=True, slots=True)
class _Frozen:
    """The encoder in torch, as it was pretrained, with the tokenizer that cuts its inputs."""

    model: nn.Module
    tokenizer: Tokenizer
    max_tokens: int

    @classmethod
    def of(cls, encoder: Encoder, texts: Sequence[str]) -> "_Frozen":
        """Cut off after as many tokens as the longest text has, as far as the encoder has positions."""
        pretrained: Any = encoder.load()
        most = min(MOST_TOKENS, int(pretrained.config.max_position_embeddings))
        longest = max(len(encoding.ids) for encoding in encoder.tokenizer(most).encode_batch(list(texts)))
        return cls(_SentenceVectors(pretrained).eval(), encoder.tokenizer(longest), longest)

    @torch.inference_mode()
    def matrix(self, texts: Sequence[str]) -> Floats:
        """The unit vectors of texts, (texts, width): what an exported model must reproduce."""
        ids = (torch.tensor([self.tokenizer.encode(text).ids]) for text in texts)
        return np.concatenate([self.model(row, torch.ones_like(row))[0].numpy() for row in ids])

    def exported(self, model: Path) -> OnnxEncoder:
        """One of its exports, as it runs."""
        return OnnxEncoder(model, self.tokenizer.to_str().encode(), max_tokens=self.max_tokens)


def _exported(frozen: _Frozen, encoder: Encoder) -> Exported:
    """The encoder's exports. They are the same for all tasks: only the first pays 15 s of processor time for them.

    Raises:
        ExportError: this encoder cannot be exported, or the disk refuses.
    """
    _, onnxruntime, _ = libraries()
    told = f"{encoder.base.sha256} {torch.__version__} {onnx.__version__} {onnxruntime.__version__} {_GRAPH}"
    digest = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    try:
        folder = kept(digest, lambda folder: export_encoder(frozen.model, (EMBEDDING,), folder))
    except OSError as error:
        raise ExportError(f"the exported encoder cannot be kept: {error}") from error
    return Exported.within(folder)


def _answers(dataset: Dataset) -> dict[str, Message]:
    """The answers that recur in training, by normal form, most frequent first."""
    counts = Counter(sample.label for sample in dataset.training)
    first = {sample.label: sample.answer for sample in reversed(dataset.training)}
    return {
        label: dataset.answers.get(label, first[label])
        for label, count in counts.most_common()
        if count >= LEAST_INPUTS
    }


def _examples(training: Sequence[Sample], answers: dict[str, Message]) -> list[Sample]:
    """Training calls with those answers, as many of each as there is room for."""
    each = max(LEAST_INPUTS, MOST_EXAMPLES // max(1, len(answers)))
    taken: Counter[str] = Counter()
    kept: list[Sample] = []
    for sample in training:
        if sample.label in answers and taken[sample.label] < each:
            taken[sample.label] += 1
            kept.append(sample)
    return kept


def _check_parity(
    frozen: _Frozen, exported: Exported, examples: Sequence[Sample], held_out: Sequence[Sample]
) -> tuple[Path, Parity]:
    """Compare how the pretrained encoder and its exports would answer, and choose the file to ship.

    Raises:
        ExportError: the full-precision export gives other vectors than the pretrained encoder.
    """
    known = examples[:: max(1, len(examples) // PARITY_INPUTS)]
    asked = [sample.text for sample in held_out[:PARITY_INPUTS]]
    labels = np.unique([sample.label for sample in known], return_inverse=True)[1]
    texts = [sample.text for sample in known]

    wanted = _Answered(frozen.matrix(texts), frozen.matrix(asked), labels)
    models = {file: frozen.exported(file) for file in (exported.fp32, exported.int8)}
    fp32, int8 = (_Answered(model.matrix(texts), model.matrix(asked), labels) for model in models.values())
    fp32_drift = wanted.drift(fp32)
    if not fp32_drift <= FP32_DRIFT:
        raise ExportError(
            f"the exported encoder does not give the vectors of the pretrained one: cosines differ by up to "
            f"{fp32_drift:.2g}"
        )
    keep_int8 = wanted.agreement(int8) >= INT8_AGREEMENT
    parity = Parity(
        inputs=len(asked),
        fp32_agreement=wanted.agreement(fp32),
        fp32_drift=fp32_drift,
        quantised_agreement=wanted.agreement(int8),
        quantised_drift=wanted.drift(int8),
        shipped="int8" if keep_int8 else "fp32",
    )
    return exported.int8 if keep_int8 else exported.fp32, parity


class _Answered:
    """Inputs answered from examples, both embedded by the same model."""

    def __init__(self, examples: Floats, asked: Floats, labels: npt.NDArray[np.intp]) -> None:
        self.cosines = asked @ examples.T
        neighbours = Neighbours(examples, labels)
        self.labels = [neighbours.vote(vector).label for vector in asked]

    def agreement(self, other: "_Answered") -> float:
        """The share of inputs with the same answer."""
        return float(np.mean([one == two for one, two in zip(self.labels, other.labels, strict=True)]))

    def drift(self, other: "_Answered") -> float:
        """The largest difference of a cosine."""
        return float(np.abs(self.cosines - other.cosines).max())


def _files(
    job: Job, frozen: _Frozen, model: Path, examples: Sequence[Sample], labels: Sequence[str]
) -> dict[str, Path]:
    """The files of the bundle: the encoder, its tokenizer, and the examples as vectors."""
    stage = Stage("embed", len(examples), job.listener)
    encoder = frozen.exported(model)
    vectors: list[npt.NDArray[np.float16]] = []
    for sample in examples:
        vectors.append(encoder.run(sample.text)[0].astype(np.float16))
        stage.step()
    index = {label: at for at, label in enumerate(labels)}
    files = {MODEL: model} | {name: job.workspace / name for name in (TOKENIZER, GATE_EXAMPLES, GATE_LABELS)}
    files[TOKENIZER].write_text(frozen.tokenizer.to_str(), encoding="utf-8")
    np.save(files[GATE_EXAMPLES], np.stack(vectors), allow_pickle=False)
    np.save(files[GATE_LABELS], np.array([index[sample.label] for sample in examples], np.int32), allow_pickle=False)
    return files
