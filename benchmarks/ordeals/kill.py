"""``kill -9`` at random moments under load: what was recorded more than 200 ms before is there after the next start.

The four situations take turns: a new database; one that another process locks most of the time, so that calls go to
the spool; a queue so short that callers spill; and a process with forked children, all killed together.
"""

import os
import random
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.ordeals.load import Load, Shared, call, name, processes, record_until_killed, start_again, stored
from slm_instrument.errors import StoreError
from slm_instrument.store import open_store

ALLOWED_MS = 200.0
_LIVES_S = (0.2, 3.0)
_ROOM = 16_000  # calls of a worker: more than any has the time for

_SITUATIONS: dict[str, dict[str, Any]] = {
    "new database": {"threads": 3, "rate": 1_000},
    "locked database": {"threads": 3, "rate": 1_000},
    "short queue": {"threads": 3, "rate": 1_000, "queue": 100},
    "forked children": {"threads": 2, "forks": 2, "rate": 700},
}


@dataclass(frozen=True, slots=True)
class Kill:
    """One process killed; ``worst_ms`` is how long before the kill the oldest call that is lost was recorded."""

    situation: str
    calls: int
    lost: int
    late: int  # lost although recorded more than ALLOWED_MS before the kill
    worst_ms: float
    recovered: int  # found in the spool by the next process
    sound: bool  # the next process wrote all, none twice; integrity_check is ok, and no spool is left


def measure(kills: int, seed: int, said: Callable[[str], None]) -> dict[str, Any]:
    """Kill so many processes; figures of each situation, and the kills that broke the promise."""
    draw = random.Random(seed)
    done: list[Kill] = []
    for number in range(kills):
        situation = list(_SITUATIONS)[number % len(_SITUATIONS)]
        with tempfile.TemporaryDirectory() as folder:
            done.append(_kill_one(situation, Path(folder), draw))
        said(f"kill {number + 1} of {kills}: {done[-1]}")
    broken = [asdict(kill) for kill in done if kill.late or not kill.sound]
    rows = [_summary(name, [kill for kill in done if kill.situation == name]) for name in _SITUATIONS]
    return {"kept": not broken, "allowed_ms": ALLOWED_MS, "situations": rows, "broken": broken}


def _summary(situation: str, kills: list[Kill]) -> dict[str, Any]:
    sums = {field: sum(getattr(kill, field) for kill in kills) for field in ("calls", "lost", "late", "recovered")}
    worst = max((kill.worst_ms for kill in kills), default=0.0)
    return {"situation": situation, "kills": len(kills), **sums, "worst_ms": round(worst, 1)}


def _kill_one(situation: str, folder: Path, draw: random.Random) -> Kill:
    url = f"sqlite:///{folder}/calls.db"
    load = Load(url=url, room=_ROOM, **_SITUATIONS[situation])
    if situation != "new database":
        open_store(url).close()
    acks = processes().RawArray("d", load.workers * load.room)
    process = processes().Process(target=record_until_killed, args=(load, acks))
    process.start()
    _wait_for_first(acks, process)
    until = time.monotonic() + draw.uniform(*_LIVES_S)
    if situation == "locked database":
        _lock_now_and_then(folder / "calls.db", until, draw)
    time.sleep(max(0.0, until - time.monotonic()))
    killed = time.monotonic()
    os.killpg(process.pid or 0, signal.SIGKILL)
    process.join()
    recorded = {name(n // load.room, n % load.room): at for n, at in enumerate(acks) if at}
    return _judged(situation, folder, {id: (killed - at) * 1e3 for id, at in recorded.items()})


def _judged(situation: str, folder: Path, ages_ms: dict[str, float]) -> Kill:
    url = f"sqlite:///{folder}/calls.db"
    flushed, recovered = _start_again(url)
    try:
        found = stored(url)
    except StoreError:  # a damaged database: all is lost
        found = []
    kept = set(found)
    lost = [age for id, age in ages_ms.items() if id not in kept]
    twice = len(found) - len(kept)
    sound = flushed and not twice and call(999, 0).id in kept and is_sound(folder)
    late = sum(age > ALLOWED_MS for age in lost)
    return Kill(situation, len(ages_ms), len(lost), late, round(max(lost, default=0.0), 1), recovered, sound)


def _start_again(url: str) -> tuple[bool, int]:
    ours, theirs = processes().Pipe(duplex=False)
    process = processes().Process(target=start_again, args=(url, theirs))
    process.start()
    theirs.close()
    try:
        flushed, stats = ours.recv()
    except EOFError:  # it ended before it could tell
        return False, 0
    process.join()
    return flushed, stats.recovered


def is_sound(folder: Path) -> bool:
    """Whether the folder's database is whole and no spool lies beside it."""
    connection = sqlite3.connect(folder / "calls.db")
    try:
        whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    return whole and not [path for path in folder.iterdir() if ".spool-" in path.name]


def _wait_for_first(acks: Shared, process: BaseProcess) -> None:
    deadline = time.monotonic() + 60
    while not acks[0]:
        if time.monotonic() > deadline or not process.is_alive():
            raise RuntimeError("the process under test did not begin to record")
        time.sleep(0.001)


def _lock_now_and_then(file: Path, until: float, draw: random.Random) -> None:
    connection = sqlite3.connect(file, isolation_level=None, timeout=10)
    while time.monotonic() < until:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(max(0.0, min(until - time.monotonic(), draw.uniform(0.1, 1.5))))
        connection.execute("ROLLBACK")
        time.sleep(max(0.0, min(until - time.monotonic(), draw.uniform(0.05, 0.4))))
    connection.close()
