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
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, event

from slm_instrument.forking import all_now, pause_at_fork

_SHARED = (0x4000_0002, 510)  # the bytes of the file that whoever has it open locks (www.sqlite.org/lockingv3.html)

_Identity = tuple[int, int]


class TrackedConnection(sqlite3.Connection):
    """A connection of which :data:`_inherited` knows whether it is in use."""

    def __init__(self, database: str, *args: Any, **options: Any) -> None:
        self.identity = _inherited.leave(Path(database))
        self.in_use = True
        _inherited.open.add(self)
        super().__init__(database, *args, **options)


class _Inherited:
    """What there is of them; no lock but one that every child makes anew."""

    def __init__(self) -> None:
        self.open: WeakSet[TrackedConnection] = WeakSet()
        self._idle: list[TrackedConnection] = []
        self._in_use: list[TrackedConnection] = []
        self._leaving = threading.Lock()
        pause_at_fork(self)

    def before_fork(self) -> None:
        """The stores close what is open."""

    def after_fork(self, *, child: bool) -> None:
        """Keep what is inherited from being closed by the garbage collection; nothing, where the hooks were called."""
        if child:
            self._leaving = threading.Lock()
            for connection in all_now(self.open):
                (self._in_use if connection.in_use else self._idle).append(connection)
            self.open = WeakSet()

    def leave(self, file: Path) -> _Identity | None:
        """Have nothing inherited of a file that is to be opened; returns which file it is.

        Raises:
            sqlite3.OperationalError: that cannot be had.
        """
        identity = _identity(file)
        if any(connection.identity == identity for connection in self._in_use):
            raise sqlite3.OperationalError(
                "this process was forked by C code while the database was in use, and must not touch it "
                "(uWSGI: --py-call-osafterfork or --lazy-apps)"
            )
        if self._idle:
            with self._leaving, _held_open(file):
                for connection in [each for each in self._idle if each.identity == identity]:
                    connection.close()
                    self._idle.remove(connection)
        return identity


_inherited = _Inherited()


def track(engine: Engine) -> None:
    """Know of the engine's connections, which are made by :class:`TrackedConnection`, whether they are in use."""
    event.listen(engine, "checkout", _used)
    event.listen(engine, "checkin", _unused)
    event.listen(engine, "close", _used)


def _used(connection: TrackedConnection, *_: Any) -> None:
    connection.in_use = True


def _unused(connection: TrackedConnection | None, *_: Any) -> None:
    if connection is not None:
        connection.in_use = False


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
