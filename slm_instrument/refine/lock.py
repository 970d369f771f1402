"""One refinement at a time on a store: a lock that ends with the process that holds it, however that ends."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from slm_instrument.addresses import parse_url, sqlite_file
from slm_instrument.errors import InputError
from slm_instrument.locking import try_lock
from slm_instrument.store.protocol import Store
from slm_instrument.store.sql import SqlStore

LOCK = ".refine.lock"
_REFINING = 0x736C6D72  # PostgreSQL's advisory lock of whoever refines; any number that others will not use


@contextmanager
def held(store: Store, models: Path) -> Generator[bool]:
    """Hold the store's lock; False where another process does.

    Of an SQLite store the lock is a file beside it, of others one in the models folder. On PostgreSQL the server holds
    another one, so that a second machine waits its turn, too. The files stay when they are no longer locked.

    Raises:
        InputError: the lock file cannot be made.
        StoreError: the server cannot be asked.
    """
    with _file_locked(_lock_file(store, models)) as first:
        if not first:
            yield False
            return
        with _server_locked(store) as second:
            yield second


def _lock_file(store: Store, models: Path) -> Path:
    database = sqlite_file(parse_url(store.url))
    return models / LOCK if database is None else database.with_name(database.name + LOCK)


@contextmanager
def _file_locked(file: Path) -> Generator[bool]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InputError(f"the lock file {file} cannot be made: {error.strerror or error}") from error
    try:
        yield try_lock(descriptor)
    finally:
        os.close(descriptor)  # which unlocks it


@contextmanager
def _server_locked(store: Store) -> Generator[bool]:
    if not isinstance(store, SqlStore) or store.engine.dialect.name != "postgresql":
        yield True
        return
    with store.reading() as connection:
        locked = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _REFINING}) is True
        connection.commit()  # the lock is the session's; a transaction open for hours would hold back vacuum
        try:
            yield locked
        finally:
            if locked:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _REFINING})
