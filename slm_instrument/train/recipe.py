"""The recipe of the classifier family, from a task's calls to a bundle."""

import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from slm_instrument.curate.dataset import Dataset, build_dataset
from slm_instrument.curate.names import names_for, policy_of
from slm_instrument.curate.sample import Sample
from slm_instrument.curate.terms import Decision, TeacherTerms
from slm_instrument.privacy.retired import retire
from slm_instrument.progress import Listener, Stage
from slm_instrument.records import new_id
from slm_instrument.runtime.bundle import (
    FORMAT,
    BaseModel,
    Bundle,
    GateParameters,
    KnownAnswer,
    Lineage,
    Manifest,
    Parity,
    RedactionRecord,
    TaughtBy,
    TermsRecord,
    write_bundle,
)
from slm_instrument.runtime.manifest import GATE_EXAMPLES, GATE_LABELS, MODEL, TOKENIZER
from slm_instrument.runtime.student import ClassifierStudent, OnnxClassifier
from slm_instrument.store.base import BundleRecord, Task
from slm_instrument.store.protocol import Store
from slm_instrument.train.base_model import find_encoder
from slm_instrument.train.calibrate import fit_gate
from slm_instrument.train.certify import Scores, certify
from slm_instrument.train.classifier import Examples, Recipe, TrainedClassifier, fine_tune
from slm_instrument.train.evaluate import judge, test_metrics
from slm_instrument.train.export import check_parity, export_classifier
from slm_instrument.train.result import TrainResult

logger = logging.getLogger("slm_instrument")

_LIBRARIES = (
    "slm-instrument",
    "torch",
    "transformers",
    "onnx",
    "onnxruntime",
    "onnxruntime-gpu",
    "tokenizers",
    "numpy",
)
_NOTHING_SHOWN = Scores.of(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is to be certified: agreement of at least ``target``, with probability ``confidence``."""

    target: float
    confidence: float


@dataclass(frozen=True, slots=True)
class _Parts:
    """A student that has been made and not yet judged."""

    files: Mapping[str, Path]
    gate: GateParameters
    parity: Parity


def train_classifier(
    store: Store,
    task: Task,
    *,
    out: Path,
    base: str | None,
    promise: Promise,
    terms: TeacherTerms,
    recipe: Recipe,
    listener: Listener | None,
) -> TrainResult:
    """Make a classifier student for the task: see :func:`slm_instrument.train.train`."""
    started = time.monotonic()
    encoder = find_encoder(base)
    dataset = _dataset(store, task, promise, terms, recipe.seed, listener)
    index = {label: at for at, label in enumerate(dataset.answers)}
    trained = fine_tune(
        encoder,
        len(index),
        _examples([sample for sample in dataset.training if sample.label in index], index),
        _examples(dataset.validation, index),
        recipe=recipe,
        listener=listener,
    )
    with TemporaryDirectory(prefix="slm-instrument-train-") as folder:
        parts = _exported(trained, dataset, index, Path(folder), listener)
        draft = _draft(task, dataset, trained, parts, encoder.base, promise)
        bundle = _judged(draft, dataset, parts.files, Path(folder), out, listener)
    store.save_bundle(_record(bundle))
    if because := store.retired_bundles().get(bundle.id):
        retire(bundle.path, because)
        logger.warning("slm_instrument: the student %s may not serve: %s; train again", bundle.id, because)
    return _result(bundle, dataset, trained.epochs, time.monotonic() - started)


def _dataset(
    store: Store, task: Task, promise: Promise, terms: TeacherTerms, seed: int, listener: Listener | None
) -> Dataset:
    stage = Stage("dataset", 1, listener)
    dataset = build_dataset(
        store,
        task,
        target=promise.target,
        confidence=promise.confidence,
        terms=terms,
        names=names_for(policy_of(store, task), task),
        seed=seed,
    )
    stage.finish()
    return dataset


def _examples(samples: Sequence[Sample], index: Mapping[str, int]) -> Examples:
    return Examples([sample.text for sample in samples], [index.get(sample.label, -1) for sample in samples])


def _exported(
    trained: TrainedClassifier, dataset: Dataset, index: Mapping[str, int], workspace: Path, listener: Listener | None
) -> _Parts:
    """The files of the bundle: the model that passed the parity check, its tokenizer and its gate."""
    stage = Stage("export", 3, listener)
    exported = export_classifier(trained, workspace)
    stage.step()
    held_out = [*dataset.validation, *dataset.calibration, *dataset.test]
    shipped = check_parity(trained, exported, [sample.text for sample in held_out])
    stage.step()
    tokenizer = trained.tokenizer.to_str()
    model = OnnxClassifier(shipped.model, tokenizer.encode(), max_tokens=trained.max_tokens)
    gate = fit_gate(model, dataset.training, dataset.validation, index)
    files = {
        MODEL: shipped.model,
        TOKENIZER: workspace / TOKENIZER,
        GATE_EXAMPLES: workspace / GATE_EXAMPLES,
        GATE_LABELS: workspace / GATE_LABELS,
    }
    files[TOKENIZER].write_text(tokenizer, encoding="utf-8")
    np.save(files[GATE_EXAMPLES], gate.examples, allow_pickle=False)
    np.save(files[GATE_LABELS], gate.labels, allow_pickle=False)
    stage.finish()
    return _Parts(files, gate.parameters, shipped.parity)


def _draft(
    task: Task, dataset: Dataset, trained: TrainedClassifier, parts: _Parts, base: BaseModel, promise: Promise
) -> Manifest:
    """The manifest of a student of which nothing is shown yet, so that its gate accepts nothing."""
    certificate = certify(_NOTHING_SHOWN, _NOTHING_SHOWN, target=promise.target, confidence=promise.confidence)
    return Manifest(
        format=FORMAT,
        id=_bundle_id(task.name),
        created_at=datetime.now(UTC),
        family="classifier",
        task_id=task.id,
        task_name=task.name,
        task_kind=task.kind,
        templates=task.templates,
        comparator="normal_form",
        answers=tuple(KnownAnswer(label, message) for label, message in dataset.answers.items()),
        max_tokens=trained.max_tokens,
        gate=parts.gate,
        certificate=certificate,
        test=test_metrics(_NOTHING_SHOWN, (), None, promise.confidence),
        parity=parts.parity,
        base_model=base,
        lineage=Lineage(
            dataset_id=dataset.record.id, **{split: len(calls) for split, calls in dataset.record.splits.items()}
        ),
        libraries=_versions(),
        terms=_terms(dataset.teachers),
        redaction=RedactionRecord(level=dataset.level.value, names=dataset.names_removed),
    )


def _terms(decision: Decision) -> TermsRecord:
    return TermsRecord(
        policy=decision.policy.value,
        acknowledged_by=decision.acknowledged_by,
        teachers=tuple(
            TaughtBy(
                provider=judged.teacher.provider,
                model=judged.teacher.model,
                calls=judged.calls,
                verdict=judged.terms.verdict.value,
                limits=judged.terms.limits,
                source=judged.terms.source,
            )
            for judged in decision.teachers
        ),
    )


def _judged(
    draft: Manifest,
    dataset: Dataset,
    files: Mapping[str, Path],
    workspace: Path,
    out: Path,
    listener: Listener | None,
) -> Bundle:
    """Certify the student as it will run, measure it on the test calls, and write its bundle."""
    held_out = len(dataset.validation) + len(dataset.calibration) + len(dataset.test)
    stage = Stage("certify", held_out, listener)
    student = ClassifierStudent(write_bundle(workspace / "draft", draft, files))
    promise = draft.certificate
    validation, _ = judge(student, dataset.validation, stage)
    calibration, _ = judge(student, dataset.calibration, stage)
    certificate = certify(validation, calibration, target=promise.target, confidence=promise.confidence)
    test, latencies = judge(student, dataset.test, stage)
    metrics = test_metrics(test, latencies, certificate.threshold, promise.confidence)
    return write_bundle(out, replace(draft, certificate=certificate, test=metrics), files)


def _record(bundle: Bundle) -> BundleRecord:
    manifest = bundle.manifest
    return BundleRecord(
        id=manifest.id,
        task_id=manifest.task_id,
        dataset_id=manifest.lineage.dataset_id,
        created_at=manifest.created_at,
        path=str(bundle.path.resolve()),
        verdict=manifest.certificate.verdict,
        manifest_sha256=bundle.manifest_sha256,
    )


def _result(bundle: Bundle, dataset: Dataset, epochs: int, seconds: float) -> TrainResult:
    manifest = bundle.manifest
    return TrainResult(
        task_id=manifest.task_id,
        task_name=manifest.task_name,
        bundle_id=manifest.id,
        path=bundle.path,
        certificate=manifest.certificate,
        test=manifest.test,
        parity=manifest.parity,
        curation=dataset.curation,
        terms=manifest.terms,
        answers=len(manifest.answers),
        epochs=epochs,
        seconds=seconds,
        model_bytes=manifest.files[MODEL].bytes,
    )


def _bundle_id(task_name: str) -> str:
    """Readable, a valid folder name, sorted by time for one task, and new every time."""
    slug = re.sub(r"[^a-z0-9]+", "-", task_name.lower()).strip("-")[:40].strip("-") or "task"
    return f"{slug}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{new_id()[-6:]}"


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
