"""The manifest of a student that has been made: all that is known of it before anything is shown."""

import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from slm_instrument.curate.dataset import Dataset
from slm_instrument.curate.terms import Decision
from slm_instrument.records import new_id
from slm_instrument.runtime.bundle import FORMAT, Lineage, Manifest, RedactionRecord, TaughtBy, TermsRecord
from slm_instrument.store.base import Task
from slm_instrument.train.certify import Scores, certify
from slm_instrument.train.evaluate import test_metrics
from slm_instrument.train.family import Made

_LIBRARIES = (
    "slm-instrument",
    "torch",
    "transformers",
    "peft",
    "onnx",
    "onnxruntime",
    "onnxruntime-gpu",
    "onnxruntime-genai",
    "onnxruntime-genai-cuda",
    "tokenizers",
    "numpy",
)
_NOTHING_SHOWN = Scores.of(())


def draft(task: Task, dataset: Dataset, made: Made, *, comparator: str, target: float, confidence: float) -> Manifest:
    """The manifest of a student of which nothing is shown yet, so that its gate accepts nothing."""
    return Manifest(
        format=FORMAT,
        id=_bundle_id(task.name),
        created_at=datetime.now(UTC),
        task_id=task.id,
        task_name=task.name,
        task_kind=task.kind,
        templates=task.templates,
        comparator=comparator,
        student=made.spec,
        certificate=certify(_NOTHING_SHOWN, _NOTHING_SHOWN, target=target, confidence=confidence),
        test=test_metrics(_NOTHING_SHOWN, (), None, confidence),
        parity=made.parity,
        base_model=made.base_model,
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
