"""The store as the writer sees it: opened late, opened again when its file is gone, with bad calls sorted out."""

import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from slm_instrument.addresses import in_memory, parse_url, sqlite_file
from slm_instrument.capture.jobs import Record
from slm_instrument.capture.sound import cleaned
from slm_instrument.errors import StoreError
from slm_instrument.forking import pause_at_fork
from slm_instrument.records import Call, Outcome
from slm_instrument.store import Store
from slm_instrument.store.engine import open_store

logger = logging.getLogger("slm_instrument")

# For another process's lock; what would wait for longer in memory is better off in the spool. PostgreSQL gives a lock
# to those who wait in their order, so with many writers waiting leads somewhere (8 processes: 1,400 calls a second
# instead of 900); SQLite gives it to whoever asks at the moment.
BUSY_MS = {"sqlite": 50, "postgresql": 500}
_FORK_PATIENCE_S = 5.0  # how long a fork waits for the store being opened; a child that inherits half of it is lost
_LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's SQLSTATE after lock_timeout
_BAD_DATA = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class Sink:
    """Writes batches to a store. Used by one thread at a time, and on both sides of a fork.

    Args:
        target: The store's address, or an open store, which is then the caller's to close.
        opening: Further arguments of :func:`open_store`, when it is an address.
    """

    def __init__(self, target: str | Store, opening: Mapping[str, Any] | None = None) -> None:
        self._url = target if isinstance(target, str) else target.url
        self._given = None if isinstance(target, str) else target
        self._store: Store | None = self._given
        self._opening_with = dict(opening or {})
        self._file = _file_of(self._url)
        self._identity = _identity(self._file)
        self._since_open = 0
        self._opening = threading.Lock()  # taken by who starts to open, given back by the thread that did
        self._opener: threading.Thread | None = None
        self._failure: Exception | None = None
        self._paused = False
        pause_at_fork(self)

    def add(self, calls: Sequence[Record]) -> list[tuple[Record, Exception]]:
        """Write calls durably; returns those that no store would take, each with the reason.

        Raises:
            StoreError: nothing can be written now.
        """
        rejected = self._add(calls)
        if self._gone():  # SQLite goes on writing to an unlinked file: what was written just now is in no store
            rejected = self._add(calls)
        self._since_open += len(calls) - len(rejected)
        return rejected

    @property
    def opening(self) -> bool:
        """Whether the store is being opened just now."""
        return self._opener is not None and self._opener.is_alive()

    def ready(self) -> bool:
        """Whether calls can be written, or it can be said why not.

        Opening a store takes half a second (imports, the schema) or a connection's timeout. A thread of its own does
        that, and what comes meanwhile is better off in the spool.
        """
        if self._store is not None or in_memory(parse_url(self._url)):
            return True
        if self._opener is None:
            return not self._start_opening()
        if self._opener.is_alive():
            return False
        self._opener = None
        return True

    def wait(self) -> None:
        """Wait until the store is open, or cannot be opened."""
        if self._opener is not None:
            self._opener.join()

    def before_fork(self) -> None:
        """Wait for the store being opened; an open one waits for its writes itself."""
        self._paused = self._opening.acquire(timeout=_FORK_PATIENCE_S)

    def after_fork(self, *, child: bool) -> None:
        """Go on."""
        if child:
            self._opening = threading.Lock()
            self._opener = self._failure = None
        elif self._paused:
            self._opening.release()
        self._paused = False

    def close(self) -> None:
        """Close the store, unless it was given open."""
        if self._store is not None and self._store is not self._given:
            self._store.close()
        self._store = self._given

    def _add(self, calls: Sequence[Record]) -> list[tuple[Record, Exception]]:
        try:
            self._put(calls)
        except Exception as e:
            if not _is_bad_data(e):
                if isinstance(e, StoreError):
                    raise
                raise StoreError(f"{type(e).__name__}: {e}") from e
            if len(calls) > 1:
                middle = len(calls) // 2
                return self._add(calls[:middle]) + self._add(calls[middle:])
            return self._add_cleaned(calls[0])
        return []

    def _put(self, records: Sequence[Record]) -> None:
        store = self._opened()
        outcomes = [record for record in records if isinstance(record, Outcome)]
        if len(outcomes) < len(records):
            store.add_calls([record for record in records if isinstance(record, Call)])
        if outcomes:
            store.add_outcomes(outcomes)

    def _add_cleaned(self, call: Record) -> list[tuple[Record, Exception]]:
        try:
            self._put([cleaned(call) if isinstance(call, Call) else call])
        except Exception as e:
            if not _is_bad_data(e):
                raise
            return [(call, e)]
        return []

    def _opened(self) -> Store:
        if self._store is not None and self._gone():
            self._leave_deleted_file()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._store is None:
            self._open()
        assert self._store is not None
        return self._store

    def _start_opening(self) -> bool:
        if not self._opening.acquire(blocking=False):
            return True  # the process forks
        self._opener = threading.Thread(target=self._open_beside, name="slm_instrument-opener", daemon=True)
        try:
            self._opener.start()
        except RuntimeError:  # no thread is to be had, as when the interpreter is ending
            self._opener = None
            self._opening.release()
            return False
        return True

    def _open_beside(self) -> None:
        try:
            self._open()
        except Exception as e:
            self._failure = e
        finally:
            self._opening.release()

    def _open(self) -> None:
        self._store = open_store(
            self._url, busy_ms=BUSY_MS.get(parse_url(self._url).get_backend_name(), 50), **self._opening_with
        )
        self._identity = _identity(self._file)
        self._since_open = 0

    def _gone(self) -> bool:
        return self._file is not None and _identity(self._file) != self._identity

    def _leave_deleted_file(self) -> None:
        store, self._store = self._store, None
        if self._since_open:
            logger.warning(
                "slm_instrument: the store %s was deleted or replaced while it was recorded to; %d calls written to it "
                "in this run are lost, recording goes on in a new one",
                self._file,
                self._since_open,
            )
        if store is not None:
            store.close()


def is_locked(error: Exception) -> bool:
    """Whether the store is well and another process writes to it just now (it has one writer at a time)."""
    driver = _driver_error(error)
    code = getattr(driver, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF == sqlite3.SQLITE_BUSY  # the low byte: there are kinds of it
    return getattr(driver, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def _is_bad_data(error: Exception) -> bool:
    """Whether the calls are at fault and not the store; SQLAlchemy wraps both kinds."""
    cause = error.__cause__ if isinstance(error, StoreError) else error
    if isinstance(cause, DBAPIError):
        return isinstance(cause, DataError | IntegrityError) or _is_of_another_app(error)
    return isinstance(cause, (StatementError, *_BAD_DATA))


def _is_of_another_app(error: Exception) -> bool:
    """Whether a call is of an application that this writer was not granted (row security).

    PostgreSQL has one code for it and for a table that may not be written at all; the routine that found it tells.
    """
    driver = _driver_error(error)
    return getattr(getattr(driver, "diag", None), "source_function", None) == "ExecWithCheckOptions"


def _driver_error(error: Exception) -> object:
    """What the database's driver raised, if it did."""
    cause = error.__cause__ if isinstance(error, StoreError) else error
    return getattr(cause, "orig", None)


def _file_of(url: str) -> Path | None:
    file = sqlite_file(parse_url(url))
    return file.absolute() if file is not None else None


def _identity(file: Path | None) -> tuple[int, int] | None:
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
