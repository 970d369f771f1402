"""Students on logged calls: the whole loop as a user runs it, and figures on calls that were never trained on.

    python -m benchmarks.students [--sets banking77 clinc150 ...] [--student auto] [--data ../shared/data]

Each log is stored without the traces that are held out, analysed, and every task with enough calls gets a student;
then the held-out calls are put to the students. Figures only go into ``benchmarks/results/students.json``, a set at a
time, so that sets can be run one by one. The data are no part of this repository: without them the benchmark says so
and stops.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.finding.labelled import DATA, SETS, Log, have, open_sets
from benchmarks.machine import machine
from benchmarks.schooling.school import Plan, school
from slm_instrument.records import Call

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported: threads that wait should sleep

TARGET = 0.95
HELD_OUT = 0.2
RESULTS = Path(__file__).parent / "results" / "students.json"


def main() -> None:
    """Run the benchmark."""
    options = arguments()
    if not have(options.data):
        sys.exit(1)
    plan = Plan(
        held_out=options.held_out,
        student=options.student,
        target=options.target,
        seed=options.seed,
        least_calls=options.least_calls,
        epochs=options.epochs,
        minutes=options.budget_minutes,
        comparator=options.comparator,
        members=options.members,
    )
    about = machine(("torch", "transformers", "onnxruntime-gpu"))
    for log in open_sets(options.sets, options.data):
        with tempfile.TemporaryDirectory() as scratch:
            folder = options.keep / log.name if options.keep else Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            rows = school(lambda log=log: chosen(log, options.labels), folder, plan)
        keep(name_of(log, options), {**about, "plan": asdict(plan), "tasks": rows})
        Console().print(table(log.name, rows))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS)
    parser.add_argument("--labels", nargs="+", default=[], help="only calls that the set labels so")
    parser.add_argument("--student", default="auto", help="the family, as for slm-instrument train")
    parser.add_argument("--held-out", type=float, default=HELD_OUT, help="share of the traces never trained on")
    parser.add_argument("--target", type=float, default=TARGET)
    parser.add_argument("--least-calls", type=int, default=200, help="tasks with fewer are named and not trained")
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--members", type=int, default=1, help="networks of a pointer student")
    parser.add_argument("--comparator", help="what counts as agreement, as for slm-instrument train")
    parser.add_argument("--budget-minutes", type=float, default=60.0, help="what one training of auto may take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for stores and bundles, to look at them afterwards")
    return parser.parse_args()


def chosen(log: Log, labels: list[str]) -> Iterator[Call]:
    """The calls of a log, all or those with certain labels; what is found in them is never told the labels."""
    return (call for call, label in log.read() if not labels or label in labels)


def name_of(log: Log, options: argparse.Namespace) -> str:
    """What the figures are kept under: the set, and what of the plan is not the default."""
    told = {
        options.student: options.student != "auto",
        f"target {options.target:g}": options.target != TARGET,
        f"held-out {options.held_out:g}": options.held_out != HELD_OUT,
        f"members {options.members}": options.members != 1,
        options.comparator: options.comparator is not None,
    }
    return ":".join([log.name, *options.labels, *(text for text, other in told.items() if other)])


def keep(name: str, figures: dict[str, Any]) -> None:
    """Put a set's figures among those of the others."""
    RESULTS.parent.mkdir(exist_ok=True)
    kept: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    RESULTS.write_text(json.dumps(kept | {name: figures}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def table(name: str, rows: list[dict[str, Any]]) -> Table:
    """The rows of a set for a terminal; shares are of held-out calls."""
    shown = Table(title=name, box=None, pad_edge=False, header_style="bold", title_justify="left")
    shown.add_column("task", overflow="fold")
    headings = ("calls", "student", "verdict", "held out", "right", "coverage", "agreement", "at least")
    for heading in (*headings, "p50 ms", "MB", "train s"):
        shown.add_column(heading, justify="right")
    for row in rows:
        shown.add_row(row["task"], f"{row['calls']:,}", *_cells(row))
    return shown


def _cells(row: dict[str, Any]) -> list[str]:
    if "not_trained" in row:
        return ["-", row["not_trained"][:60]]
    held_out: dict[str, Any] = row.get("held_out") or {}
    shares = [held_out.get(key) for key in ("agreement_without_gate", "coverage", "agreement", "agreement_low")]
    latency = held_out.get("p50_ms")
    return [
        row["student"],
        row["verdict"],
        str(held_out.get("calls", 0)),
        *("-" if share is None else f"{share:.3f}" for share in shares),
        "-" if latency is None else f"{latency:.1f}",
        f"{row['megabytes']:.0f}",
        f"{row['seconds']:.0f}",
    ]


if __name__ == "__main__":
    main()
