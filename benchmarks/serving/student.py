"""A classifier student as users have one: all-MiniLM-L6 in INT8, trained on made calls, kept for the next run.

What is measured with it is time. So it is trained for one epoch, and its certificate is made to accept whatever it
says: every call of its task is answered.
"""

import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.serving.workload import OTHER_TEMPLATE, TASK_ID, TASK_NAME, TEMPLATE, labelled_calls
from slm_instrument import open_store
from slm_instrument.canonical import AnswerKind
from slm_instrument.records import new_id
from slm_instrument.runtime.bundle import Bundle, find_bundles, write_bundle
from slm_instrument.store import AnalysisRecord, Note, Task, Verdict

KEPT = Path(tempfile.gettempdir()) / "slm-instrument-benchmark-student"
_CALLS = 460  # as few as can be certified at all


def models_folder() -> Path:
    """A models folder with the student in it, made when there is none."""
    models = KEPT / "models"
    if not any(isinstance(bundle, Bundle) for _, bundle in find_bundles(models)):
        print(f"training a student, once; it is kept in {KEPT}", file=sys.stderr, flush=True)
        _train(models)
    return models


def with_another_task(models: Path) -> tuple[str, str]:
    """Copy the student into a models folder, twice, for two tasks; returns their ids."""
    [bundle] = [bundle for _, bundle in find_bundles(models_folder()) if isinstance(bundle, Bundle)]
    files = {name: bundle.path / name for name in bundle.manifest.files}
    other = replace(bundle.manifest, id="other", task_id="other", task_name="other intent", templates=(OTHER_TEMPLATE,))
    for manifest in (bundle.manifest, other):
        write_bundle(models, manifest, files)
    return TASK_ID, other.task_id


def _train(models: Path) -> None:
    from slm_instrument.train import train

    task = Task(id=TASK_ID, name=TASK_NAME, kind=AnswerKind.CLOSED_SET, templates=(TEMPLATE,))
    calls = list(labelled_calls(_CALLS))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/calls.db")
        try:
            store.add_calls(calls)
            analysis = AnalysisRecord(id=new_id(), started_at=datetime.now(UTC), calls=len(calls))
            store.save_analysis(analysis, [task], [Note(call_id=call.id, task_id=task.id) for call in calls])
            made = train(store, task, out=Path(folder, "models"), student="classifier", epochs=1)
        finally:
            store.close()
        _accepting_all(Bundle.load(made.path), models)


def _accepting_all(bundle: Bundle, models: Path) -> None:
    if bundle.manifest.parity.shipped != "int8":
        sys.exit("the student did not come out in INT8: what is measured with it would not be comparable")
    certificate = replace(bundle.manifest.certificate, verdict=Verdict.CERTIFIED, threshold=0.0)
    manifest = replace(bundle.manifest, certificate=certificate, redaction=None)
    write_bundle(models, manifest, {name: bundle.path / name for name in manifest.files})
