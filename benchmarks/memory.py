"""What recording takes of memory over a million calls: python -m benchmarks.memory.

Three series, each in a process of its own, of the resident memory as calls with 2 KB prompts go by:

    store      a million calls through the recorder into SQLite
    outage     calls while the store is down: they fill the queue, then the spool, and then are dropped and counted
    langchain  200,000 calls of a LangChain model with the callback

Into a store that works, calls are handed in as fast as they are written; otherwise as fast as they can be made. Growth
is what came after the first tenth of a series: caches and the allocator have their size by then.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from langchain_core.runnables import RunnableConfig
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.peers.workload import InstantModel, marked
from benchmarks.traffic import offer_all
from slm_instrument import Recorder, open_store
from slm_instrument.store import Store
from slm_instrument.testing import FlakyStore
from slm_instrument_langchain import SlmCallbackHandler

RESULTS = Path(__file__).with_name("results") / "memory.json"
WAITING = 4_000  # calls in the queue, of the 10,000 it holds
SPOOL_BYTES = 64 << 20
MOST_MIB = 64  # that a series may grow by after its first tenth
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Series:
    """Resident memory in MiB after so many calls, and what became of them."""

    name: str
    seconds: float
    rss: list[tuple[int, float]]
    submitted: int
    written: int
    spooled: int
    dropped: int
    errors: int

    @property
    def growth(self) -> float:
        """From the first tenth to the end, in MiB."""
        return self.rss[-1][1] - next(mib for calls, mib in self.rss if calls >= self.rss[-1][0] / 10)

    @property
    def accounted(self) -> bool:
        """Whether every call is somewhere, and none but those of an outage is lost."""
        lost = self.dropped + self.errors
        return self.written + self.spooled + lost == self.submitted and (lost == 0 or self.name == "outage")


class Meter:
    """Notes the resident memory every so many calls."""

    def __init__(self, every: int) -> None:
        self._every = every
        self.rss: list[tuple[int, float]] = []

    def __call__(self, calls: int) -> None:
        """So many calls were handed in."""
        if calls % self._every == 0:
            self.rss.append((calls, resident()))


def main() -> None:
    args = arguments()
    if args.one:
        print(json.dumps(asdict(SERIES[args.one](int(SIZES[args.one] * args.scale)))))
        return
    facts = machine(("langchain-core", "sqlalchemy"))
    found: list[Series] = []
    for name in args.series:
        found.append(in_own_process(name, args.scale))
        print(f"{name}: {found[-1].seconds:.0f} s", file=sys.stderr, flush=True)
    show(found)
    print(*map(promise, found), sep="\n")
    rows = [{**asdict(series), "growth": round(series.growth, 1)} for series in found]
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps({**facts, "unit": "MiB", "series": rows}, indent=1) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--series", nargs="+", choices=list(SERIES), default=list(SERIES))
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of calls [%(default)s]")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go [%(default)s]")
    parser.add_argument("--one", choices=list(SERIES), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not 0.001 <= args.scale <= 100:
        parser.error("--scale is a factor, from 0.001")
    return args


def in_own_process(name: str, scale: float) -> Series:
    """Measure a series in a fresh process: memory that was taken is not given back."""
    command = [sys.executable, "-m", "benchmarks.memory", "--one", name, "--scale", str(scale)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, cwd=RESULTS.parents[2])
    found = json.loads(done.stdout.splitlines()[-1])
    return Series(**found | {"rss": [(calls, mib) for calls, mib in found["rss"]]})


def into_store(calls: int) -> Series:
    meter = Meter(max(1, calls // 20))
    with tempfile.TemporaryDirectory() as folder, Recorder(f"sqlite:///{folder}/calls.db") as recorder:
        started = time.monotonic()
        offer_all(recorder, calls, waiting=WAITING, seen=meter)
        return ended("store", started, recorder, meter, calls)


def through_outage(calls: int) -> Series:
    meter = Meter(max(1, calls // 20))
    with tempfile.TemporaryDirectory() as folder:
        store = FlakyStore(open_store(f"sqlite:///{folder}/calls.db"))
        store.down = True
        with Recorder(cast("Store", store), spool_bytes=SPOOL_BYTES) as recorder:
            started = time.monotonic()
            offer_all(recorder, calls, waiting=calls, seen=meter)
            return ended("outage", started, recorder, meter, calls)


def of_langchain(calls: int) -> Series:
    meter, model = Meter(max(1, calls // 20)), InstantModel()
    with tempfile.TemporaryDirectory() as folder, Recorder(f"sqlite:///{folder}/calls.db") as recorder:
        config: RunnableConfig = {"callbacks": [SlmCallbackHandler(recorder)]}
        started = time.monotonic()
        for number in range(calls):
            meter(number)
            model.invoke(marked(f"memory-{number}"), config=config)
        return ended("langchain", started, recorder, meter, calls)


def ended(name: str, started: float, recorder: Recorder, meter: Meter, calls: int) -> Series:
    recorder.flush(60 if name != "outage" else 1)
    meter.rss.append((calls, resident()))
    stats, took = recorder.stats(), time.monotonic() - started
    return Series(
        name, took, meter.rss, stats.submitted, stats.written, stats.spooled + stats.queued, stats.dropped, stats.errors
    )


def resident() -> float:
    """MiB of the process that are in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / MIB, 1)


SERIES: dict[str, Callable[[int], Series]] = {"store": into_store, "outage": through_outage, "langchain": of_langchain}
SIZES = {"store": 1_000_000, "outage": 200_000, "langchain": 200_000}


def show(found: Sequence[Series]) -> None:
    table = Table(title="Resident memory in MiB as calls with 2 KB prompts are recorded")
    for name in ("series", "calls", "s", "at 1/10", "at 1/2", "at the end", "most", "written", "waiting", "dropped"):
        table.add_column(name, justify="right")
    for each in found:
        tenth, half = (next(mib for calls, mib in each.rss if calls >= each.rss[-1][0] * part) for part in (0.1, 0.5))
        memory = (f"{mib:.0f}" for mib in (tenth, half, each.rss[-1][1], max(mib for _, mib in each.rss)))
        counts = (f"{count}" for count in (each.written, each.spooled, each.dropped))
        table.add_row(each.name, f"{each.rss[-1][0]}", f"{each.seconds:.0f}", *memory, *counts)
    Console(width=110).print(table)


def promise(series: Series) -> str:
    kept = series.growth <= MOST_MIB and series.accounted
    counted = "every call accounted for" if series.accounted else "calls NOT accounted for"
    said = f"{series.name}: {series.growth:+.1f} MiB after the first tenth, at most {MOST_MIB}; {counted}"
    return f"{'PASS       ' if kept else 'FALLS SHORT'}  {said}"


if __name__ == "__main__":
    main()
