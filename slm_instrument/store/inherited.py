"""SQLite connections that were open when a process was forked past Python's hooks, as uWSGI forks.

SQLite keeps the locks of a file once per process. A child that opens the file beside what it inherited believes that it
has locks which only its parent holds: it finds the database locked for ever, or the next process to close the file
overwrites what the child commits (both were measured). So what was idle in the moment of the fork is closed, before the
child opens the file. What was in use can be neither used nor closed, for a thread that is not there holds its mutexes:
that child has to do without the database.
"""

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, event

from slm_instrument.forking import all_now, pause_at_fork

_SHARED = (0x4000_0002, 510)  # the bytes of the file that whoever has it open locks (www.sqlite.org/lockingv3.html)
_FORK_PATIENCE_S = 1.0  # how long a fork waits for readings under way

_Identity = tuple[int, int]


class TrackedConnection(sqlite3.Connection):
    """A connection of which is known who uses it."""

    def __init__(self, database: str, *args: Any, **options: Any) -> None:
        self.identity = _inherited.leave(Path(database.removeprefix("file:").partition("?")[0]))
        self.user: int | None = threading.get_ident()  # the thread
        _inherited.open.add(self)
        try:
            super().__init__(database, *args, **options)
        except BaseException:
            _inherited.open.discard(self)
            raise

    def close(self) -> None:
        """Close it; others must not fork meanwhile."""
        self.user = threading.get_ident()
        super().close()
        _inherited.open.discard(self)


class _Inherited:
    """The open connections, and what became of them in a child."""

    def __init__(self) -> None:
        self.open: WeakSet[TrackedConnection] = WeakSet()
        self._idle: list[TrackedConnection] = []
        self._in_use: list[TrackedConnection] = []
        self._leaving = threading.Lock()
        pause_at_fork(self)

    def before_fork(self) -> None:
        """Wait for readings under way; the stores wait for their writes, and close what is idle."""
        deadline = time.monotonic() + _FORK_PATIENCE_S
        others = {None, threading.get_ident()}
        while any(each.user not in others for each in all_now(self.open)) and time.monotonic() < deadline:
            time.sleep(0.001)

    def after_fork(self, *, child: bool) -> None:
        """Sort what is inherited, and keep it from being closed by the garbage collection."""
        if child:
            self._leaving = threading.Lock()
            for connection in all_now(self.open):
                (self._idle if connection.user is None else self._in_use).append(connection)
            self.open = WeakSet()

    def leave(self, file: Path) -> _Identity | None:
        """Have nothing inherited of a file that is to be opened; returns which file it is.

        Raises:
            sqlite3.OperationalError: that cannot be had.
        """
        identity = _identity(file)
        if any(connection.identity == identity for connection in self._in_use):
            raise sqlite3.OperationalError(
                "the database was in use when this process was forked, which therefore must not touch it "
                "(uWSGI: --py-call-osafterfork or --lazy-apps)"
            )
        if self._idle:
            self._close_idle(file, identity)
        return identity

    def _close_idle(self, file: Path, identity: _Identity | None) -> None:
        try:
            with self._leaving, _held_open(file):
                for connection in [each for each in self._idle if each.identity == identity]:
                    connection.close()
                    self._idle.remove(connection)
        except OSError as e:
            raise sqlite3.OperationalError(f"what was inherited of the database cannot be closed: {e}") from e


_inherited = _Inherited()


def track(engine: Engine) -> None:
    """Know who uses the engine's connections; they must be made by :class:`TrackedConnection`."""
    event.listen(engine, "checkout", _used)
    event.listen(engine, "checkin", _unused)


def _used(connection: TrackedConnection, *_: Any) -> None:
    connection.user = threading.get_ident()


def _unused(connection: TrackedConnection | None, *_: Any) -> None:
    if connection is not None:
        connection.user = None


def _identity(file: Path) -> _Identity | None:
    with suppress(OSError):
        found = file.stat()
        return found.st_dev, found.st_ino
    return None


if sys.platform == "linux":
    import fcntl
    import struct

    @contextmanager
    def _held_open(file: Path) -> Generator[None]:
        """Make SQLite see that the file is open elsewhere: who closes it last copies its journal and deletes it.

        A lock of an open file description stands in the way of the process's own locks too.
        """
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, *_SHARED, 0)
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)
            yield
        finally:
            os.close(descriptor)
else:

    @contextmanager
    def _held_open(file: Path) -> Generator[None]:
        """Its parent has it open."""
        yield
