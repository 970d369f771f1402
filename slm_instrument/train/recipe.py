"""The recipe, from a task's calls to a bundle."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from slm_instrument.canonical import AnswerKind
from slm_instrument.comparators import NORMAL_FORM
from slm_instrument.config import Settings
from slm_instrument.curate.dataset import Dataset, build_dataset
from slm_instrument.curate.names import names_for, policy_of
from slm_instrument.curate.terms import TeacherTerms
from slm_instrument.privacy.retired import retire
from slm_instrument.progress import Listener, Stage
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.select import Policy, catalogue, choose, facts_from, this_machine
from slm_instrument.store.base import BundleRecord, Task
from slm_instrument.store.protocol import Store
from slm_instrument.train.family import Family, Job, Options
from slm_instrument.train.judging import Promise
from slm_instrument.train.ladder import Climb, Step, climb
from slm_instrument.train.result import TrainResult

logger = logging.getLogger("slm_instrument")

# Cheapest first. Imported when they are tried: each needs libraries of its own.
FAMILIES: Mapping[str, tuple[str, str]] = {
    "nearest": ("slm_instrument.train.nearest", "NEAREST"),
    "classifier": ("slm_instrument.train.classify", "CLASSIFIER"),
    "pointer": ("slm_instrument.train.pointer", "POINTER"),
    "few-shot": ("slm_instrument.train.generator", "FEW_SHOT"),
    "generator": ("slm_instrument.train.generator", "GENERATOR"),
}
WRITERS = ("few-shot", "generator")
_NEVER_THE_SAME = "free text hardly ever comes out the same twice: say what counts as agreement (--comparator)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is ordered: students to try, where the bundle goes, what to promise, and how to train.

    ``student`` is the name of a family, or None for the cheapest that will do, out of those that ``policy`` allows.
    ``base`` is its base model, None for its own choice. What a killed run had done is kept under ``out/.training``.
    """

    out: Path
    student: str | None
    base: str | None
    policy: Policy
    promise: Promise
    terms: TeacherTerms
    options: Options
    listener: Listener | None


def train_student(store: Store, task: Task, order: Order) -> TrainResult:
    """Make the best student for the task: see :func:`slm_instrument.train.train`."""
    started = time.monotonic()
    if order.student is not None and order.base is not None:
        _family(order.student).check(order.base)
    dataset = _dataset(store, task, order)
    checkpoints = order.out / ".training" / task.id
    with TemporaryDirectory(prefix="slm-instrument-train-") as folder:
        job = Job(
            task=task,
            dataset=dataset,
            workspace=Path(folder),
            checkpoints=checkpoints,
            options=order.options,
            listener=order.listener,
        )
        climbed = climb(_steps(job, order), job, order.promise, alone=order.student is not None)
        bundle = climbed.best.write(order.out)
    store.save_bundle(_record(bundle))
    if because := store.retired_bundles().get(bundle.id):
        retire(bundle.path, because)
        logger.warning("slm_instrument: the student %s may not serve: %s; train again", bundle.id, because)
    return _result(bundle, dataset, climbed, time.monotonic() - started)


def _steps(job: Job, order: Order) -> Iterator[Step]:
    """The families to try, and what selection says of each."""
    if order.student is not None:
        yield Step(family=_family(order.student), base=order.base)
        return
    samples = [sample for split in job.dataset.splits.values() for sample in split]
    known = catalogue(Settings.from_env().models)
    choice = choose(facts_from(job.task, samples), known, this_machine(), order.policy)
    exact = (order.promise.comparator or job.dataset.comparator) == NORMAL_FORM
    for name in FAMILIES:
        hopeless = _NEVER_THE_SAME if exact and name in WRITERS and job.task.kind is AnswerKind.FREE_TEXT else None
        yield Step(family=_family(name), base=choice.base_of(name), objection=hopeless or choice.objection(name))


def _family(name: str) -> Family:
    module, attribute = FAMILIES[name]
    return getattr(import_module(module), attribute)


def _dataset(store: Store, task: Task, order: Order) -> Dataset:
    stage = Stage("dataset", 1, order.listener)
    dataset = build_dataset(
        store,
        task,
        target=order.promise.target,
        confidence=order.promise.confidence,
        terms=order.terms,
        names=names_for(policy_of(store, task), task),
        seed=order.options.seed,
    )
    stage.finish()
    return dataset


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


def _result(bundle: Bundle, dataset: Dataset, climbed: Climb, seconds: float) -> TrainResult:
    manifest = bundle.manifest
    return TrainResult(
        task_id=manifest.task_id,
        task_name=manifest.task_name,
        bundle_id=manifest.id,
        path=bundle.path,
        student=manifest.family,
        rungs=climbed.rungs,
        certificate=manifest.certificate,
        test=manifest.test,
        parity=manifest.parity,
        comparator=manifest.comparator,
        curation=dataset.curation,
        terms=manifest.terms,
        answers=len(manifest.student.known_answers),
        epochs=climbed.best.made.epochs,
        seconds=seconds,
        model_bytes=sum(file.bytes for file in manifest.files.values()),
    )
