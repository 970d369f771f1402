"""The classifier family: a student that chooses from a closed set of answers."""

from collections.abc import Mapping, Sequence

import numpy as np

from slm_instrument.curate.dataset import closed_share
from slm_instrument.curate.sample import Sample
from slm_instrument.progress import Stage
from slm_instrument.runtime.bundle import BaseModel
from slm_instrument.runtime.classifier import OnnxClassifier
from slm_instrument.runtime.confidence import Confidence
from slm_instrument.runtime.specs import GATE_EXAMPLES, GATE_LABELS, MODEL, TOKENIZER, ClassifierSpec, KnownAnswer
from slm_instrument.train.base_model import find_encoder
from slm_instrument.train.calibrate import fit_gate
from slm_instrument.train.classifier import Examples, Recipe, TrainedClassifier, fine_tune
from slm_instrument.train.export import check_parity, export_classifier
from slm_instrument.train.family import Job, Made


class ClassifierFamily:
    """Fine-tunes an encoder with a linear head over the answers that recur."""

    name = "classifier"

    def check(self, base: str | None) -> None:
        """The encoder must be there."""
        find_encoder(base)

    def objection(self, job: Job) -> str | None:
        """Open answers cannot be chosen from."""
        if job.dataset.closed:
            return None
        return (
            f"it chooses from a closed set of answers, and {closed_share(job.dataset):.0%} of the training inputs have "
            "one that recurs"
        )

    def make(self, job: Job) -> Made:
        """Fine-tune, export, and embed the gate's examples with the very model that ships."""
        encoder = find_encoder(job.base)
        dataset = job.dataset
        index = {label: at for at, label in enumerate(dataset.answers)}
        trained = fine_tune(
            encoder,
            len(index),
            _examples([sample for sample in dataset.training if sample.label in index], index),
            _examples(dataset.validation, index),
            recipe=Recipe(epochs=job.options.epochs, seed=job.options.seed),
            listener=job.listener,
        )
        return _exported(job, trained, index, encoder.base)


CLASSIFIER = ClassifierFamily()


def _examples(samples: Sequence[Sample], index: Mapping[str, int]) -> Examples:
    return Examples([sample.text for sample in samples], [index.get(sample.label, -1) for sample in samples])


def _exported(job: Job, trained: TrainedClassifier, index: Mapping[str, int], base: BaseModel) -> Made:
    """The files of the bundle: the model that passed the parity check, its tokenizer and its gate."""
    dataset = job.dataset
    stage = Stage("export", 3, job.listener)
    exported = export_classifier(trained, job.workspace)
    stage.step()
    held_out = [*dataset.validation, *dataset.calibration, *dataset.test]
    shipped = check_parity(trained, exported, [sample.text for sample in held_out])
    stage.step()
    tokenizer = trained.tokenizer.to_str()
    model = OnnxClassifier(shipped.model, tokenizer.encode(), max_tokens=trained.max_tokens)
    gate = fit_gate(model, dataset.training, dataset.validation, index)
    files = {MODEL: shipped.model} | {name: job.workspace / name for name in (TOKENIZER, GATE_EXAMPLES, GATE_LABELS)}
    files[TOKENIZER].write_text(tokenizer, encoding="utf-8")
    np.save(files[GATE_EXAMPLES], gate.examples, allow_pickle=False)
    np.save(files[GATE_LABELS], gate.labels, allow_pickle=False)
    stage.finish()
    spec = ClassifierSpec(
        answers=tuple(KnownAnswer(label, message) for label, message in dataset.answers.items()),
        max_tokens=trained.max_tokens,
        confidence=Confidence(),
        least_similarity=gate.least_similarity,
    )
    return Made(spec=spec, files=files, parity=shipped.parity, base_model=base, epochs=trained.epochs)
