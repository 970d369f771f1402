"""Students on real intents: Banking77, trained through a store as a user would, replayed on calls never trained on.

    python benchmarks/students.py [--data ../shared/data] [--calls 8003] [--held-out 2000]

Writes figures only to ``benchmarks/results/students.json``. The data are no part of this repository: without them the
benchmark says so and stops.
"""

import argparse
import gzip
import json
import os
import platform
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slm_instrument import open_store
from slm_instrument.canonical import AnswerKind, agree
from slm_instrument.progress import Progress
from slm_instrument.records import Call, Message
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.replay import replay
from slm_instrument.runtime.student import ClassifierStudent
from slm_instrument.store import AnalysisRecord, Note, Task
from slm_instrument.store.protocol import Store
from slm_instrument.template import Pattern, Template
from slm_instrument.train import train

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported: threads that wait should sleep

RESULTS = Path(__file__).parent / "results" / "students.json"


def main() -> None:
    """Run the benchmark."""
    options = arguments()
    file = options.data / "banking77.jsonl.gz"
    if not file.is_file():
        sys.exit(f"{file} is not there: this benchmark needs logged calls that are no part of the repository")
    calls = list(read_calls(file))
    random.Random(options.seed).shuffle(calls)
    held_out, used = calls[: options.held_out], calls[options.held_out :][: options.calls]
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(used, held_out, Path(folder), options.seed)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"banking77": figures}, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--calls", type=int, default=8003, help="calls given to train, of which it holds out its own")
    parser.add_argument("--held-out", type=int, default=2000, help="calls kept away from train and replayed")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read_calls(file: Path) -> Iterator[Call]:
    """The calls of the compact form, which for this set has one whole call a line, long texts by reference."""
    texts: dict[str, Any] = {}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["kind"] == "ref":
                texts[row["id"]] = row["value"]
                continue
            yield Call(
                trace_id=row["trace_id"],
                app=row["app"],
                messages=tuple(Message(m["role"], resolved(m["content"], texts)) for m in row["messages"]),
                response=Message("assistant", row["response"]["content"]),
            )


def resolved(content: Any, texts: dict[str, Any]) -> Any:
    return texts[content["$ref"]] if isinstance(content, dict) else content


def measure(used: list[Call], held_out: list[Call], folder: Path, seed: int) -> dict[str, Any]:
    """Train on some calls and replay the others, as figures."""
    store = open_store(f"sqlite:///{folder}/calls.db")
    result = train(store, task_of(store, used), out=folder / "models", seed=seed, progress=tell)
    store.close()
    report = replay(held_out, folder / "models")
    return {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "calls_given": len(used),
        "calls_replayed": report.calls,
        "accuracy_without_gate": accuracy(result.path, held_out),
        "replay": report.to_json(),
        "train": result.to_json() | {"path": None},
    }


def task_of(store: Store, calls: list[Call]) -> Task:
    """Put the calls in the store as one task, as if an analysis had found it."""
    system = calls[0].messages[0].text
    task = Task(
        id="banking77",
        name="banking77",
        kind=AnswerKind.CLOSED_SET,
        templates=(Template(system=Pattern((system,)), first=Pattern(("",)), last=Pattern()),),
    )
    store.add_calls(calls)
    analysis = AnalysisRecord(id="by-hand", started_at=datetime.now(UTC), calls=len(calls))
    store.save_analysis(analysis, [task], (Note(call_id=call.id, task_id=task.id) for call in calls))
    return task


def accuracy(bundle: Path, calls: list[Call]) -> float:
    """The share of calls answered as recorded when the gate is left aside."""
    student = ClassifierStudent(Bundle.load(bundle))
    answers = ((student.answer(call.messages[-1].text).message, call.response) for call in calls)
    return sum(wanted is not None and agree(given, wanted) for given, wanted in answers) / len(calls)


def tell(progress: Progress) -> None:
    """A line on stderr every hundred steps."""
    if progress.done % 100 == 0 or progress.done == progress.total:
        left = "" if progress.eta_s is None else f", {progress.eta_s:.0f} s left"
        print(f"{progress.stage}: {progress.done}/{progress.total}{left}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
