"""Disks that are full or have gone read-only, and spools with a bound: what there is room for is written at last.

Needs root and Linux, to mount small file systems; elsewhere it says so, and only the bound of the spool is tried. All
calls that are not written must be counted as dropped, one by one; while there is room on some disk there may be none.
"""

import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.ordeals.kill import is_sound
from benchmarks.ordeals.load import Load, call, name, processes, stored
from slm_instrument.capture import Recorder, RecorderStats
from slm_instrument.store import open_store

CALLS = 5_000
RATE = 2_500  # calls a second
_LEFT_BYTES = 1_500_000  # free when the calls begin: they need several times that

Case = Callable[[Path], "Ended"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a case ended: ``stats`` of the recorder that was there when the disk failed, the ids ``found`` at the end."""

    stats: RecorderStats
    flushed: bool
    found: list[str]
    sound: bool
    may_drop: bool


def measure(said: Callable[[str], None]) -> dict[str, Any]:
    """Figures of each case."""
    cases: dict[str, Case] = {"spool_bound": _bounded_spool}
    reason = _why_not_mount()
    if reason is None:
        cases |= {"full": _full, "full_without_another": _full_without_another, "read_only": _read_only}
    figures: dict[str, Any] = {}
    for title, case in cases.items():
        figures[title] = _judged(_in_a_process(case))
        said(f"disk, {title}: {figures[title]}")
    figures["kept"] = all(each["kept"] for each in figures.values())
    return figures | ({"skipped": reason} if reason else {})


def _judged(ended: Ended) -> dict[str, Any]:
    expected = [name(0, number) for number in range(CALLS)]
    found, dropped = ended.found, ended.stats.dropped
    counted = dropped + len(found) == CALLS and ended.stats.submitted == CALLS and not ended.stats.errors
    right = set(found) <= set(expected) and len(found) == len(set(found))
    kept = counted and right and ended.flushed and ended.sound and (ended.may_drop or not dropped)
    # No promise here: calls come faster than any store takes them, and what falls behind then is written later.
    in_order = found == sorted(found)
    return {"kept": kept, "calls": CALLS, "written": len(found), "dropped": dropped, "oldest_first": in_order}


def _in_a_process(case: Case) -> Ended:
    ours, theirs = processes().Pipe(duplex=False)
    process = processes().Process(target=_run, args=(case, theirs))
    process.start()
    theirs.close()
    ended = ours.recv()
    process.join()
    return ended


def _run(case: Case, answer: Connection) -> None:
    with tempfile.TemporaryDirectory() as folder:
        answer.send(case(Path(folder)))


def _bounded_spool(folder: Path) -> Ended:
    """The database is locked, and queue and spool together do not hold the calls that come meanwhile."""
    load = Load(url=_fresh(folder), rate=RATE, queue=500, spool_bytes=1_000_000)
    other = sqlite3.connect(folder / "calls.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    recorder = load.recorder()
    _record(recorder, 0, CALLS)
    other.execute("ROLLBACK")
    other.close()
    return _ended(recorder, load.url, folder, may_drop=True)


def _full(folder: Path) -> Ended:
    """The database's disk is full; the spool finds room on another."""
    with _mounted(folder, "tmpfs") as disk:
        return _filled_and_freed(Load(url=_fresh(disk), rate=RATE, queue=500), disk, may_drop=False)


def _full_without_another(folder: Path) -> Ended:
    """The only disk is full: what neither it nor the queue hold is lost."""
    with _mounted(folder, "tmpfs") as disk:
        os.environ["XDG_STATE_HOME"] = tempfile.tempdir = str(disk)
        return _filled_and_freed(Load(url=_fresh(disk), rate=RATE, queue=500), disk, may_drop=True)


def _filled_and_freed(load: Load, disk: Path, *, may_drop: bool) -> Ended:
    filler = disk / "filler"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    filler.write_bytes(bytes(free - _LEFT_BYTES))
    recorder = load.recorder()
    _record(recorder, 0, CALLS)
    filler.unlink()
    return _ended(recorder, load.url, disk, may_drop=may_drop)


def _read_only(folder: Path) -> Ended:
    """The file system goes read-only by an error, as it does; it is repaired, and the process started again."""
    with _mounted(folder, "ext4") as disk:
        recorder = Recorder(_fresh(disk))
        _record(recorder, 0, CALLS // 5)
        recorder.flush(60)
        os.sync()  # what the kernel has not written yet goes with the file system, which is no fault of ours
        _break(disk)
        _record(recorder, CALLS // 5, CALLS)
        recorder.close()
        _repair(disk)
        with Recorder(_url(disk)) as again:
            flushed = again.flush(60)
        return Ended(recorder.stats(), flushed, stored(_url(disk)), is_sound(disk), may_drop=False)


def _record(recorder: Recorder, first: int, end: int) -> None:
    began = time.monotonic()
    for number in range(first, end):
        recorder.record(call(0, number))
        time.sleep(max(0.0, began + (number - first) / RATE - time.monotonic()))


def _ended(recorder: Recorder, url: str, folder: Path, *, may_drop: bool) -> Ended:
    recorder.flush(60)  # says False when calls were dropped before
    flushed = recorder.flush(10)
    recorder.close()
    return Ended(recorder.stats(), flushed, stored(url), is_sound(folder), may_drop)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/calls.db"


def _fresh(folder: Path) -> str:
    open_store(_url(folder)).close()
    return _url(folder)


def _why_not_mount() -> str | None:
    try:
        with tempfile.TemporaryDirectory() as folder, _mounted(Path(folder), "ext4"):
            return None
    except (OSError, subprocess.CalledProcessError) as e:
        return f"file systems cannot be mounted here ({e})"


@contextmanager
def _mounted(folder: Path, kind: str) -> Generator[Path]:
    """A small file system in the folder, until the block is left."""
    disk = folder / "disk"
    disk.mkdir()
    if kind == "ext4":
        image = folder / "image"
        image.write_bytes(bytes(64_000_000))
        _do("mkfs.ext4", "-q", image)
        _do("mount", "-o", "loop,errors=remount-ro", image, disk)
    else:
        _do("mount", "-t", kind, "-o", "size=40m", "none", disk)
    try:
        yield disk
    finally:
        _do("umount", disk)


def _break(disk: Path) -> None:
    device = Path(_do("findmnt", "-n", "-o", "SOURCE", disk)).name
    Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("a broken disk", encoding="utf-8")


def _repair(disk: Path) -> None:
    _do("umount", disk)
    image = disk.with_name("image")
    subprocess.run(["fsck.ext4", "-fy", image], check=False, capture_output=True)  # says 1 when it repaired something
    _do("mount", "-o", "loop", image, disk)


def _do(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
