"""The files of a spool: where they lie, who holds them, and what is read from one. They are encrypted.

Each process appends to a file of its own and holds a lock on it. A file whose lock is free is of a process that ended.
"""

import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import msgspec
from sqlalchemy import URL

from slm_instrument.addresses import short_name, sqlite_file, state_folder, temporary_folder
from slm_instrument.capture.jobs import Record
from slm_instrument.capture.spool_keys import LineCipher, SpoolKeys
from slm_instrument.errors import StoreError
from slm_instrument.locking import try_lock
from slm_instrument.records import Call, Outcome

logger = logging.getLogger("slm_instrument")

_NEW_S = 60.0  # an empty file that is younger may be one that its process has not locked yet

_OPEN_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)


class OutcomeLine(msgspec.Struct):
    """A line that holds no call."""

    outcome: Outcome


_call_of = msgspec.json.Decoder(Call).decode
_outcome_of = msgspec.json.Decoder(OutcomeLine).decode
_OUTCOME = msgspec.json.encode({"outcome": 0})[:-2]  # how such a line begins


class SpoolFile:
    """One file, locked by this process."""

    def __init__(self, path: Path, descriptor: int, cipher: LineCipher, head: bytes, *, own: bool) -> None:
        self.path = path
        self.own = own
        self._cipher = cipher
        self._head = head  # the first line, written with the first calls
        self.waiting = 0
        self._descriptor = descriptor
        self._reader = path.open("rb")  # an offset of its own: appending moves the other one
        self._at = self._next = len(head)  # all before is in the store
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
    def adopt(cls, path: Path, keys: SpoolKeys) -> "SpoolFile | None":
        """The file, when its process has ended, it is this user's own, and its key can be had."""
        try:
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
        except OSError:
            return None
        if not _is_mine(descriptor) or not try_lock(descriptor) or not path.exists():
            os.close(descriptor)
            return None
        try:
            with path.open("rb") as beginning:
                head = beginning.readline()
            if head.endswith(b"\n"):
                file = cls(path, descriptor, keys.open(head), head, own=False)
                file.waiting = sum(1 for _ in file._lines(len(head)))
                if file.waiting:
                    return file
                file._reader.close()
            if time.time() - changed_at(path) > _NEW_S:  # its process was killed before it wrote the first call
                path.unlink()
        except (OSError, StoreError, ValueError) as e:
            logger.warning("slm_instrument: calls that wait in %s cannot be read now: %s", path, e)
        os.close(descriptor)
        return None

    def append(self, texts: Sequence[bytes]) -> None:
        """Write calls, a line each, all or none."""
        before = self.size
        lines = b"".join((b"" if before else self._head, *map(self._cipher.seal, texts)))
        try:
            _write_all(self._descriptor, lines)
        except OSError:
            os.ftruncate(self._descriptor, before)  # no half line in the middle of the file
            raise
        self.waiting += len(texts)

    def read(self, limit: int) -> list[Record]:
        """The calls after the settled ones; torn lines are passed over and counted."""
        calls: list[Record] = []
        self.torn, self._next = 0, self._at
        for line in self._lines(self._at):
            try:
                calls.append(_record(self._cipher.open(line)))
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
    file = sqlite_file(url)
    stem = f"{short_name(url)}.spool-"
    found = [Place(state_folder(), stem, ours=True), Place(temporary_folder(), stem, ours=True)]
    return found if file is None else [Place(file.absolute().parent, f"{file.name}.spool-", ours=False), *found]


def create(places: Sequence[Place], keys: SpoolKeys) -> SpoolFile:
    """A new file in the first of the places that can be written.

    Raises:
        OSError: none can.
    """
    problem: OSError | None = None
    head, cipher = keys.new()
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
            if try_lock(descriptor):
                return SpoolFile(path, descriptor, cipher, head, own=True)
        os.close(descriptor)
    raise problem or OSError("no folder for the spool")


def files_in(place: Place) -> list[Path]:
    """The spool files that lie there, of whatever process."""
    folder, stem, _ = place
    with suppress(OSError):
        return [path for path in folder.iterdir() if path.name.startswith(stem)]
    return []


def look_into(path: Path, keys: SpoolKeys) -> Iterator[Call]:
    """The calls in a file of whatever process, which may be writing to it; torn lines are passed over.

    Raises:
        OSError: it cannot be read, or is gone.
        StoreError: its key is not to be had now.
    """
    with path.open("rb") as lines:
        head = lines.readline()
        if not head.endswith(b"\n"):
            return  # its process has not begun
        cipher = keys.open(head)
        for line in lines:
            with suppress(msgspec.MsgspecError, ValueError):
                record = _record(cipher.open(line))
                if isinstance(record, Call):
                    yield record


def _record(line: bytes) -> Record:
    return _outcome_of(line).outcome if line.startswith(_OUTCOME) else _call_of(line)


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
