"""Calls that wait on disk for a store that is down: append-only files, one encrypted line per call.

Each process appends to a file of its own. What a process leaves that ended without its store is taken over by whoever
starts next on it. A call may be read from here after it reached the store (the process died between the two): stores
ignore ids they know, which makes it exactly once.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import URL

from slm_instrument.addresses import sqlite_file
from slm_instrument.capture.jobs import Record
from slm_instrument.capture.sound import cleaned
from slm_instrument.capture.spool_files import (
    OutcomeLine,
    SpoolFile,
    changed_at,
    create,
    files_in,
    look_into,
    places_for,
)
from slm_instrument.capture.spool_keys import SpoolKeys, sealed_size
from slm_instrument.records import Call, Outcome
from slm_instrument.vault import KeyProvider

DEFAULT_SPOOL_BYTES = 1 << 30

_FILE_BYTES = 1 << 24  # then the next file is begun: room is given back when a whole file is in the store


class SpoolFullError(OSError):
    """The spool holds as many bytes as it may."""


class Spool:
    """The calls that wait, oldest first. Safe to use from several threads.

    Args:
        url: The store the calls wait for. The files lie beside an SQLite database, else (or when that folder cannot be
            written) in the user's state folder, else in the folder for temporary files; readable by their owner only.
        max_bytes: How much may wait.
        keys: What holds the store's master key; the files are encrypted.
    """

    def __init__(self, url: URL, *, max_bytes: int = DEFAULT_SPOOL_BYTES, keys: KeyProvider | None = None) -> None:
        self._places = places_for(url)
        self._keys = SpoolKeys(url, keys)
        self._max_bytes = max_bytes
        self._lock = threading.RLock()  # reentrant: a signal handler or a finalizer may record
        self._files: list[SpoolFile] = []
        self._left = 0  # calls in the files that were closed
        self.damaged = 0  # lines passed over for good
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
            adopted = [file for path in self._orphans() if (file := SpoolFile.adopt(path, self._keys)) is not None]
            self._files[:0] = adopted
            return sum(file.waiting for file in adopted)

    def elsewhere(self) -> Iterator[tuple[Path, Iterator[Call]]]:
        """The files of all processes for this store, and the calls in each; none is taken over."""
        if self._shared:
            with self._lock:
                paths = self._orphans()
            yield from ((path, look_into(path, self._keys)) for path in paths)

    def append(self, calls: Sequence[Record]) -> None:
        """Write calls behind those that wait, all or none.

        Raises:
            OSError: no place can be written, or the spool is full.
        """
        texts = [_text(call) for call in calls]
        with self._lock:
            size = sum(file.size for file in self._files)
            if size + sum(map(sealed_size, texts)) > self._max_bytes:
                raise SpoolFullError(f"the spool holds {self._max_bytes} bytes")
            file = self._writable()
            try:
                file.append(texts)
            except OSError:  # no room there, or read-only by now: another disk may have some
                further = self._places[[place.folder for place in self._places].index(file.folder) + 1 :]
                if not further:
                    raise
                self._files.append(create(further, self._keys))
                self._files[-1].append(texts)

    def oldest(self, limit: int) -> list[Record]:
        """The calls that have waited longest; they stay until :meth:`settle`. Lines torn by a crash are passed over."""
        with self._lock:
            while self._files:
                if calls := self._files[0].read(limit):
                    return calls
                self.damaged += self._files[0].torn
                self._files.pop(0).remove()
            return []

    def settle(self) -> None:
        """What was handed out last is in the store: forget it, and a file of which nothing waits."""
        with self._lock:
            if self._files:
                self.damaged += self._files[0].settle()
                if self._files[0].waiting == 0:
                    self._files.pop(0).remove()

    def close(self) -> None:
        """Let go of the files; what waits in them stays for the next process."""
        with self._lock:
            self._left += sum(file.waiting for file in self._files)
            while self._files:
                file = self._files.pop()
                if file.waiting:
                    file.close()
                else:
                    file.remove()

    def forget(self) -> None:
        """In a forked child: the files are the parent's, and so is whoever held the lock."""
        self._lock = threading.RLock()
        self._left = 0
        files, self._files = self._files, []
        for file in files:
            file.close()

    def _writable(self) -> "SpoolFile":
        if not self._files or not self._files[-1].own or self._files[-1].size >= _FILE_BYTES:
            self._files.append(create(self._places, self._keys))
        return self._files[-1]

    def _orphans(self) -> list[Path]:
        known = {file.path for file in self._files}
        found = [path for place in self._places for path in files_in(place) if path not in known]
        return sorted(found, key=changed_at)


def _text(record: Record) -> bytes:
    if isinstance(record, Outcome):
        return msgspec.json.encode(OutcomeLine(record))
    try:
        return msgspec.json.encode(record)
    except (TypeError, ValueError, RecursionError):
        return msgspec.json.encode(cleaned(record))
