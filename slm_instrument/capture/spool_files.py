"""The files of a spool: where they lie, who holds them, and what is read from one.

Each process appends to a file of its own and holds a lock on it. A file whose lock is free is of a process that ended.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import msgspec
from sqlalchemy import URL

from slm_instrument.records import Call
from slm_instrument.store.engine import sqlite_file

_NEW_S = 60.0  # an empty file that is younger may be one that its process has not locked yet

_OPEN_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
_decoder = msgspec.json.Decoder(Call)


class SpoolFile:
    """One file, locked by this process."""

    def __init__(self, path: Path, descriptor: int, *, own: bool) -> None:
        self.path = path
        self.own = own
        self.waiting = 0
        self._descriptor = descriptor
        self._reader = path.open("rb")  # an offset of its own: appending moves the other one
        self._at = 0  # all before is in the store
        self._next = 0
        self._handed_out = 0
        self.torn = 0  # lines of the last reading that are none: torn by a crash

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.path.parent

    @property
    def size(self) -> int:
        """Bytes."""
        return os.fstat(self._descriptor).st_size

    @classmethod
    def adopt(cls, path: Path) -> "SpoolFile | None":
        """The file, when its process has ended and it is this user's own."""
        try:
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
        except OSError:
            return None
        if not _is_mine(descriptor) or not _locked(descriptor) or not path.exists():
            os.close(descriptor)
            return None
        try:
            file = cls(path, descriptor, own=False)
        except OSError:
            os.close(descriptor)
            return None
        file.waiting = sum(1 for _ in file._lines(0))
        if file.waiting:
            return file
        if time.time() - changed_at(path) > _NEW_S:  # its process was killed before it wrote the first line
            file.remove()
        else:
            file.close()
        return None

    def append(self, lines: bytes, count: int) -> None:
        """Write lines, all or none."""
        before = self.size
        try:
            _write_all(self._descriptor, lines)
        except OSError:
            os.ftruncate(self._descriptor, before)  # no half line in the middle of the file
            raise
        self.waiting += count

    def read(self, limit: int) -> list[Call]:
        """The calls after the settled ones; torn lines are passed over and counted."""
        calls: list[Call] = []
        self.torn, self._next = 0, self._at
        for line in self._lines(self._at):
            try:
                calls.append(_decoder.decode(line))
            except (msgspec.MsgspecError, ValueError):
                self.torn += 1
            self._next = self._reader.tell()
            if len(calls) == limit:
                break
        self._handed_out = len(calls) + self.torn
        return calls

    def settle(self) -> int:
        """Forget what was read last; returns how many torn lines were among it."""
        self._at = self._next
        self.waiting -= self._handed_out
        torn, self.torn, self._handed_out = self.torn, 0, 0
        return torn

    def remove(self) -> None:
        """Close and delete it."""
        self.close()
        with suppress(OSError):
            self.path.unlink()

    def close(self) -> None:
        """Let go of it."""
        self._reader.close()
        os.close(self._descriptor)

    def _lines(self, start: int) -> Iterator[bytes]:
        self._reader.seek(start)
        while line := self._reader.readline():
            yield line


class Place(NamedTuple):
    """Where files may lie, how their names begin there, and whether the folder is ours to make."""

    folder: Path
    stem: str
    ours: bool


def places_for(url: URL) -> list[Place]:
    """Where files may lie, best first."""
    shown = url.render_as_string(hide_password=True)
    file = sqlite_file(url)
    if file is not None:
        shown = str(file.absolute())
    stem = f"{sha256(shown.encode()).hexdigest()[:16]}.spool-"
    state = Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()) / "slm_instrument"
    user = os.getuid() if sys.platform != "win32" else os.environ.get("USERNAME", "")
    temporary = Path(tempfile.gettempdir()) / f"slm_instrument-{user}"
    found = [Place(state, stem, ours=True), Place(temporary, stem, ours=True)]
    return found if file is None else [Place(file.absolute().parent, f"{file.name}.spool-", ours=False), *found]


def create(places: Sequence[Place]) -> SpoolFile:
    """A new file in the first of the places that can be written.

    Raises:
        OSError: none can.
    """
    problem: OSError | None = None
    for folder, stem, ours in (*places, *places):  # twice: another process may have taken the new file for a left one
        path = folder / f"{stem}{os.getpid()}-{token_hex(4)}"
        try:
            if ours:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, _OPEN_NEW, 0o600)
        except OSError as e:
            problem = problem or e
            continue
        with suppress(OSError):
            if _locked(descriptor):
                return SpoolFile(path, descriptor, own=True)
        os.close(descriptor)
    raise problem or OSError("no folder for the spool")


def files_in(place: Place) -> list[Path]:
    """The spool files that lie there, of whatever process."""
    folder, stem, _ = place
    with suppress(OSError):
        return [path for path in folder.iterdir() if path.name.startswith(stem)]
    return []


def changed_at(path: Path) -> float:
    """When the file was written last, in seconds since 1970; 0 when it is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _is_mine(descriptor: int) -> bool:
    return sys.platform == "win32" or os.fstat(descriptor).st_uid == os.getuid()


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        # A byte far behind the end: Windows locks are mandatory, and the lines must stay readable.
        os.lseek(descriptor, 1 << 40, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
