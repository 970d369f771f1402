"""One log through the whole loop: stored, analysed, students trained for its tasks, replayed on what was held out."""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.schooling.held_out import replay_ungated
from slm_instrument import open_store
from slm_instrument.analyze import analyze
from slm_instrument.errors import SlmInstrumentError
from slm_instrument.progress import Progress
from slm_instrument.records import Call
from slm_instrument.redaction.settings import read_policies
from slm_instrument.runtime.fleet import Fleet
from slm_instrument.select import Policy
from slm_instrument.store import Task
from slm_instrument.store.protocol import Store
from slm_instrument.train import train
from slm_instrument.train.result import TrainResult

_BATCH = 500
Read = Callable[[], Iterator[Call]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to school: the share of the traces that is held out, and what is told to ``train``."""

    held_out: float
    student: str
    target: float
    seed: int
    least_calls: int
    epochs: int | None
    minutes: float
    comparator: str | None
    members: int = 1


def school(read: Read, folder: Path, plan: Plan) -> list[dict[str, Any]]:
    """A row of figures for every task of the log, those that got no student included, largest first."""
    store = open_store(f"sqlite:///{folder}/calls.db")
    used = (call for call in read() if not held_out(call, plan))
    while batch := list(islice(used, _BATCH)):
        store.add_calls(batch)
    analyze(store)
    tasks = sorted(store.tasks(), key=lambda task: -task.calls)
    rows = {task.id: _taught(store, task, folder / "models", plan) for task in tasks}
    store.close()
    if any("certificate" in row for row in rows.values()):
        _add_held_out(rows, folder / "models", (call for call in read() if held_out(call, plan)))
    return list(rows.values())


def held_out(call: Call, plan: Plan) -> bool:
    """Whether the call's whole trace is kept away from training, the same for every run."""
    key = f"{plan.seed}:{call.trace_id or call.id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(key, digest_size=4).digest(), "big") < plan.held_out * 2**32


def _taught(store: Store, task: Task, models: Path, plan: Plan) -> dict[str, Any]:
    row: dict[str, Any] = {"task": task.name, "kind": task.kind.value, "calls": task.calls}
    if task.calls < plan.least_calls:
        return row | {"not_trained": f"fewer than {plan.least_calls} calls"}
    print(f"\n{task.name} ({task.kind}, {task.calls} calls)", file=sys.stderr)
    started = time.monotonic()
    try:
        result = train(
            store,
            task,
            out=models,
            student=plan.student,
            target=plan.target,
            epochs=plan.epochs,
            members=plan.members,
            policy=Policy(minutes=plan.minutes),
            comparator=plan.comparator,
            seed=plan.seed,
            progress=tell,
        )
    except SlmInstrumentError as error:
        return row | {"not_trained": str(error), "seconds": time.monotonic() - started}
    print(result.summary(), file=sys.stderr)
    return row | _figures(result)


def _figures(result: TrainResult) -> dict[str, Any]:
    told = result.to_json()
    kept = ("verdict", "student", "rungs", "certificate", "test", "parity", "curation", "epochs", "seconds")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # of the process so far, in MiB on Linux
    return {name: told[name] for name in kept} | {"megabytes": result.model_bytes / 1e6, "peak_rss_mib": round(peak)}


def _add_held_out(rows: dict[str, dict[str, Any]], models: Path, calls: Iterator[Call]) -> None:
    fleet = Fleet.load(models, policies=read_policies())
    for servable in fleet.servables:
        servable.unusable = None  # what is not certified is measured too, with its gate shut
    for task_id, replayed in replay_ungated(fleet, calls).items():
        rows[task_id]["held_out"] = replayed.figures()
    fleet.close()


def tell(progress: Progress) -> None:
    """A line on stderr every now and then."""
    if progress.done % max(1, progress.total // 10) == 0 or progress.done == progress.total:
        left = "" if progress.eta_s is None else f", {progress.eta_s:.0f} s left"
        print(f"{progress.stage}: {progress.done}/{progress.total}{left}", file=sys.stderr, flush=True)
