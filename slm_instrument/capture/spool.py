"""Calls that wait on disk for a store that is down: append-only files, one JSON line per call.

Each process appends to a file of its own and holds a lock on it. A file whose lock is free is of a process that ended
without its store; whoever starts next on the same store takes it over. A call may be read from here after it reached
the store (the process died between the two): stores ignore ids they know, which makes it exactly once.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import msgspec
from sqlalchemy import URL

from slm_instrument.capture.sink import cleaned
from slm_instrument.records import Call
from slm_instrument.store.engine import sqlite_file

DEFAULT_SPOOL_BYTES = 1 << 30

_OPEN_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
_decoder = msgspec.json.Decoder(Call)


class SpoolFullError(OSError):
    """The spool holds as many bytes as it may."""


class Spool:
    """The calls that wait, oldest first. Safe to use from several threads.

    Args:
        url: The store the calls wait for. The files lie beside an SQLite database, else (or when that folder cannot be
            written) in the user's state folder, else in the folder for temporary files; readable by their owner only.
        max_bytes: How much may wait.
    """

    def __init__(self, url: URL, *, max_bytes: int = DEFAULT_SPOOL_BYTES) -> None:
        self._places = _places(url)
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._files: list[_SpoolFile] = []
        self._left = 0  # calls in the files that were closed
        self.damaged = 0  # lines that could not be read: torn by a crash
        # A database in memory ends with its process: nobody may take over what waits for it.
        self._shared = sqlite_file(url) is not None or url.get_backend_name() != "sqlite"

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        with self._lock:
            return self._left + sum(file.waiting for file in self._files)

    @property
    def path(self) -> Path | None:
        """The newest file, if there is one."""
        with self._lock:
            return self._files[-1].path if self._files else None

    def adopt(self) -> int:
        """Take over the files of processes that ended; returns how many calls they hold."""
        if not self._shared:
            return 0
        with self._lock:
            adopted = [file for path in self._orphans() if (file := _SpoolFile.adopt(path)) is not None]
            self._files[:0] = adopted
            return sum(file.waiting for file in adopted)

    def append(self, calls: Sequence[Call]) -> None:
        """Write calls behind those that wait, all or none.

        Raises:
            OSError: no place can be written, or the spool is full.
        """
        lines = b"".join(_line(call) for call in calls)
        with self._lock:
            if sum(file.size for file in self._files) + len(lines) > self._max_bytes:
                raise SpoolFullError(f"the spool holds {self._max_bytes} bytes")
            self._writable().append(lines, len(calls))

    def oldest(self, limit: int) -> list[Call]:
        """The calls that have waited longest; they stay until :meth:`settle`."""
        with self._lock:
            while self._files:
                calls, damaged = self._files[0].read(limit)
                self.damaged += damaged
                if calls:
                    return calls
                self._files.pop(0).remove()
            return []

    def settle(self) -> None:
        """The calls handed out last are in the store: forget them, and a file of which nothing waits."""
        with self._lock:
            if self._files:
                self._files[0].settle()
                if self._files[0].waiting == 0:
                    self._files.pop(0).remove()

    def close(self) -> None:
        """Let go of the files; what waits in them stays for the next process."""
        with self._lock:
            self._left = sum(file.waiting for file in self._files)
            while self._files:
                self._files.pop().close()

    def forget(self) -> None:
        """In a forked child: the files are the parent's, and so is whoever held the lock."""
        self._lock = threading.Lock()
        self._left = 0
        files, self._files = self._files, []
        for file in files:
            file.close()

    def _writable(self) -> "_SpoolFile":
        if not self._files or not self._files[-1].own:
            self._files.append(_create(self._places))
        return self._files[-1]

    def _orphans(self) -> list[Path]:
        known = {file.path for file in self._files}
        found = [path for place in self._places for path in _matching(place.folder, place.stem) if path not in known]
        return sorted(found, key=_changed_at)


class _SpoolFile:
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

    @property
    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    @classmethod
    def adopt(cls, path: Path) -> "_SpoolFile | None":
        """The file, when its process has ended and it is this user's own."""
        try:
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
        except OSError:
            return None
        if not _is_mine(descriptor) or not _locked(descriptor) or not path.exists():
            os.close(descriptor)
            return None
        file = cls(path, descriptor, own=False)
        file.waiting = sum(1 for _ in file._lines(0))
        return file

    def append(self, lines: bytes, count: int) -> None:
        before = self.size
        try:
            _write_all(self._descriptor, lines)
        except OSError:
            os.ftruncate(self._descriptor, before)  # no half line in the middle of the file
            raise
        self.waiting += count

    def read(self, limit: int) -> tuple[list[Call], int]:
        calls: list[Call] = []
        damaged = 0
        for line in self._lines(self._at):
            try:
                calls.append(_decoder.decode(line))
            except (msgspec.MsgspecError, ValueError):
                damaged += 1
            self._next = self._reader.tell()
            if len(calls) == limit:
                break
        self._handed_out = len(calls) + damaged
        return calls, damaged

    def settle(self) -> None:
        self._at = self._next
        self.waiting -= self._handed_out
        self._handed_out = 0

    def remove(self) -> None:
        self.close()
        with suppress(OSError):
            self.path.unlink()

    def close(self) -> None:
        self._reader.close()
        os.close(self._descriptor)

    def _lines(self, start: int) -> Iterator[bytes]:
        self._reader.seek(start)
        while line := self._reader.readline():
            yield line


def _line(call: Call) -> bytes:
    try:
        return msgspec.json.encode(call) + b"\n"
    except (TypeError, ValueError, RecursionError):
        return msgspec.json.encode(cleaned(call)) + b"\n"


class _Place(NamedTuple):
    """Where files may lie, how their names begin there, and whether the folder is ours to make."""

    folder: Path
    stem: str
    ours: bool


def _places(url: URL) -> list[_Place]:
    """Where files may lie, best first."""
    shown = url.render_as_string(hide_password=True)
    file = sqlite_file(url)
    if file is not None:
        shown = str(file.absolute())
    stem = f"{sha256(shown.encode()).hexdigest()[:16]}.spool-"
    state = Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()) / "slm_instrument"
    user = os.getuid() if sys.platform != "win32" else os.environ.get("USERNAME", "")
    temporary = Path(tempfile.gettempdir()) / f"slm_instrument-{user}"
    places = [_Place(state, stem, ours=True), _Place(temporary, stem, ours=True)]
    return places if file is None else [_Place(file.absolute().parent, f"{file.name}.spool-", ours=False), *places]


def _create(places: Sequence[_Place]) -> _SpoolFile:
    problem: OSError | None = None
    for folder, stem, ours in places:
        path = folder / f"{stem}{os.getpid()}-{token_hex(4)}"
        try:
            if ours:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, _OPEN_NEW, 0o600)
        except OSError as e:
            problem = problem or e
            continue
        if _locked(descriptor):
            return _SpoolFile(path, descriptor, own=True)
        os.close(descriptor)
    raise problem or OSError("no folder for the spool")


def _matching(folder: Path, stem: str) -> list[Path]:
    with suppress(OSError):
        return [path for path in folder.iterdir() if path.name.startswith(stem)]
    return []


def _changed_at(path: Path) -> float:
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
