"""What recording adds to a LangChain call, beside what other recorders add to it: python -m benchmarks.capture.

A chat model that answers at once is asked with a 2 KB prompt, without and with each system. Each is set up as for
production (batches, background threads) and really delivers: we into SQLite, the others to a server on loopback, in
another process, that takes everything at once. In every round each system has a process of its own, in which calls
without and with it take turns (benchmarks/peers/worker.py), so that all see the same machine. A figure is the median
over the rounds of what the system adds to the calls without it. CPU is that of the whole process, until everything is
exported. "Paced" leaves a millisecond between calls, as if the model took its time: then exporting goes on beside the
calls and not instead of them.

The first run installs the other systems in .venv-peers.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.peers import environment

RESULTS = Path(__file__).with_name("results") / "capture.json"
SYSTEMS = {
    "empty": "a callback that does nothing",
    "slm_instrument": "slm_instrument",
    "langfuse": "Langfuse",
    "openinference": "OpenInference",
    "traceloop": "Traceloop",
    "langsmith": "LangSmith",
    "mlflow": "MLflow",
}
LONGEST_S = 180  # that one system may take in a round

# What is promised of slm_instrument: microseconds at the median, and shares of what Langfuse adds in the same run.
MOST_US = 20.0
MOST_OF_LANGFUSE = {"p50": 0.1, "p99": 0.2, "cpu": 0.35}

Ways = dict[str, dict[str, Any]]  # way of calling -> benchmarks.peers.worker.Way


@dataclass(frozen=True, slots=True)
class Row:
    """What a system adds to a call, in microseconds, and the share of the calls that it delivered."""

    way: str
    system: str
    p50: float
    p99: float
    cpu: float
    delivered: float | None


def main() -> None:
    args = arguments()
    python = environment.python()
    rounds: defaultdict[str, list[Ways]] = defaultdict(list)
    missing: dict[str, str] = {}
    facts = machine()
    with sink(python) as address:
        for number in range(1, args.rounds + 1):
            for system in args.systems:
                measured = measure(python, system, address, args) if system not in missing else None
                if isinstance(measured, str):
                    missing[system] = measured
                elif measured is not None:
                    rounds[system].append(measured)
                print(f"round {number} of {args.rounds}: {system}: {_said(measured)}", file=sys.stderr, flush=True)
    rows = summary(rounds)
    promises = kept(rows)
    show(rows)
    print(*promises, *(f"not measured: {SYSTEMS[name]}: {why}" for name, why in missing.items()), sep="\n")
    if args.markdown:
        print(markdown(rows))
    made = {
        "unit": "us",
        **{name: getattr(args, name) for name in ("calls", "block", "rounds")},
        **facts,
        "peers": environment.versions(),
        "rows": [asdict(row) for row in rows],
        "promises": promises,
        "not_measured": missing,
        "measured": rounds,
    }
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS), metavar="SYSTEM")
    parser.add_argument("--calls", type=int, default=600, help="in each round, way and system [%(default)s]")
    parser.add_argument("--block", type=int, default=600, help="calls in a turn [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="[%(default)s]")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go [%(default)s]")
    parser.add_argument("--markdown", action="store_true", help="print the table of the README too")
    args = parser.parse_args()
    if args.rounds < 1 or args.block < 2 or args.calls < args.block:
        parser.error("at least one round, two calls in a block and one block of calls are needed")
    return args


@contextmanager
def sink(python: Path) -> Generator[str]:
    """The server that takes what the others export; yields its address."""
    command = [python, "-m", "benchmarks.peers.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=environment.REPOSITORY) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def measure(python: Path, system: str, address: str, args: argparse.Namespace) -> Ways | str:
    """One round of a system, or why there is none."""
    sizes = ["--calls", str(args.calls), "--block", str(args.block)]
    command = [python, "-m", "benchmarks.peers.worker", system, "--sink", address, *sizes]
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=environment.REPOSITORY, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"took more than {LONGEST_S} s"
    if done.returncode:
        return (done.stderr.strip() or f"exit status {done.returncode}").rpartition("\n")[2]
    found: Ways = json.loads(done.stdout.splitlines()[-1])
    found["_"] = {"seconds": round(time.monotonic() - started, 1)}
    return found


def summary(rounds: dict[str, list[Ways]]) -> list[Row]:
    """The medians over the rounds; ``no callback`` is that of all calls without a system."""
    every = [measured for of_system in rounds.values() for measured in of_system]
    ways = [way for way in (every[0] if every else {}) if way != "_"]
    rows: list[Row] = []
    for way in ways:
        bare = {figure: median(each[way]["bare"][figure] for each in every) for figure in ("p50", "p99", "cpu")}
        rows.append(Row(way, "none", **bare, delivered=None))
        for system, of_system in rounds.items():
            rows.append(_row(way, system, [each[way] for each in of_system]))
    return rows


def _row(way: str, system: str, measured: Sequence[dict[str, Any]]) -> Row:
    added = {
        figure: median(each["with_system"][figure] - each["bare"][figure] for each in measured)
        for figure in ("p50", "p99", "cpu")
    }
    delivered = sum(each["delivered"] for each in measured) / sum(each["sent"] for each in measured)
    return Row(way, system, **added, delivered=None if system == "empty" else delivered)


def kept(rows: Sequence[Row]) -> list[str]:
    """A line for each promise: kept or not, or unclear because the machine was too busy."""
    found = {(row.way, row.system): row for row in rows}
    lines: list[str] = []
    for way in dict.fromkeys(row.way for row in rows):
        ours, theirs = found.get((way, "slm_instrument")), found.get((way, "langfuse"))
        if ours is None:
            continue
        lines.append(_promise(f"{way}: added median {ours.p50:.1f} us", ours.p50, MOST_US, "us"))
        for figure, most in MOST_OF_LANGFUSE.items() if theirs is not None else ():
            share = getattr(ours, figure) / max(getattr(theirs, figure), 1e-9)
            lines.append(_promise(f"{way}: {share:.3f} of the {figure} that Langfuse adds", share, most, ""))
    return lines


def _promise(said: str, found: float, most: float, unit: str) -> str:
    verdict = "UNCLEAR" if found < 0 else "PASS" if found <= most else "FALLS SHORT"  # no system adds less than nothing
    return f"{verdict:11}  {said}, at most {most:g} {unit}".rstrip()


def show(rows: Sequence[Row]) -> None:
    table = Table(title="A LangChain call in microseconds without a callback, and what each system adds to it")
    for name in ("", "system"):
        table.add_column(name, no_wrap=True)
    for name in ("median", "p99", "CPU", "delivered"):
        table.add_column(name, justify="right", no_wrap=True)
    way = None
    for row in rows:
        if row.way != way:
            table.add_section()
        cells = (f"{row.p50:.0f}", f"{row.p99:.0f}", f"{row.cpu:.0f}", _percent(row.delivered))
        table.add_row(row.way if row.way != way else "", SYSTEMS.get(row.system, "no callback"), *cells)
        way = row.way
    Console(width=100).print(table)


def markdown(rows: Sequence[Row]) -> str:
    """Median / p99 / CPU in a column for each way of calling."""
    ways = list(dict.fromkeys(row.way for row in rows))
    found = {(row.way, row.system): row for row in rows}
    lines = [f"| added to a call, us: median / p99 / CPU | {' | '.join(ways)} |", "|---|" + "---:|" * len(ways)]
    for system in dict.fromkeys(row.system for row in rows):
        cells = [f"{row.p50:.0f} / {row.p99:.0f} / {row.cpu:.0f}" for way in ways if (row := found.get((way, system)))]
        name = SYSTEMS.get(system, "(the call itself, no callback)")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _said(measured: Ways | str | None) -> str:
    if isinstance(measured, str):
        return measured
    return "left out" if measured is None else f"{measured['_']['seconds']} s"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


if __name__ == "__main__":
    main()
