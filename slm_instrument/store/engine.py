"""From an address to a store: the engine, the database's own settings, the schema version.

A database is created on first use. One of an older schema is never changed behind the user's back: it is refused with
the command that upgrades it (``slm-instrument db upgrade``).
"""

import os
import secrets
import stat
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from slm_instrument.config import Settings
from slm_instrument.errors import ConfigError, SchemaError, StoreError
from slm_instrument.forking import reset_in_child
from slm_instrument.store import schema
from slm_instrument.store.base import Store

SCHEMA_VERSION = "0001"  # the newest file in migrations/versions

BUSY_MS = 5_000
_WRITERS = 0x736C6D5F  # PostgreSQL's advisory lock of whoever writes; any number that others will not use
_CACHE_KIB = 16_384  # the indexes of digests are hit at random; SQLite's 2 MB thrash from some 100,000 calls on
_CHECKPOINT_PAGES = 4_000  # of 4 KiB in the journal before they are copied to the database: most are hit several times


def open_store(url: str | None = None, *, create: bool = True, busy_ms: int = BUSY_MS) -> Store:
    """Open the store at an address.

    Args:
        url: ``sqlite:///file.db``, any other SQLAlchemy address, or ``memory://`` for one that lives as long as the
            object. Default: ``$SLM_INSTRUMENT_STORE``, then ``sqlite:///slm_instrument.db``.
        create: Make the database when there is none. Jobs that only read say False, so that a mistyped name is an
            error and not an empty store.
        busy_ms: How many milliseconds to wait for an SQLite database that another process has locked.

    Raises:
        ConfigError: the address means nothing, or its driver is not installed.
        SchemaError: the database is of another schema version.
        StoreError: the database cannot be reached, or there is none and ``create`` is False.
    """
    from slm_instrument.store.sql import SqlStore

    parsed = parse_url(url or Settings.from_env().store)
    engine = make_engine(parsed, busy_ms=busy_ms)
    try:
        with store_errors(parsed):
            _prepare(engine, create=create)
            key = _digest_key(engine)
    except StoreError:
        engine.dispose()
        raise
    return SqlStore(engine, key)


def parse_url(url: str) -> URL:
    """Parse a store's address; ``memory://`` is SQLite in memory.

    Raises:
        ConfigError: it is no database address.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(f"{url!r} is no store address; one looks like sqlite:///calls.db") from None
    return make_url("sqlite://") if parsed.drivername == "memory" else parsed


def absolute_url(url: URL) -> URL:
    """The address, an SQLite file in it named in full: a process may change its folder before it opens the file."""
    file = sqlite_file(url)
    if file is None or file.is_absolute() or str(url.database).startswith("file:"):
        return url
    return url.set(database=str(file.absolute()))


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite address, or None for other databases and for one in memory."""
    name = (url.database or "").removeprefix("file:")
    if url.get_backend_name() != "sqlite" or name in ("", ":memory:") or url.query.get("mode") == "memory":
        return None
    return Path(name)


def in_memory(url: URL) -> bool:
    """Whether the database ends with its connection."""
    return url.get_backend_name() == "sqlite" and sqlite_file(url) is None


def make_engine(url: URL, *, busy_ms: int = BUSY_MS) -> Engine:
    """An engine with the settings this package relies on.

    Raises:
        ConfigError: no such database, or its driver is not installed.
    """
    options: dict[str, Any] = {}
    if in_memory(url):
        # One connection, or every thread would see an empty database of its own; lent to one thread at a time.
        one_for_all = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
        options = {**one_for_all, "connect_args": {"check_same_thread": False}}
    try:
        engine = create_engine(url, **options)
    except (NoSuchModuleError, ModuleNotFoundError) as e:
        hint = ': pip install "slm-instrument[postgres]"' if url.get_backend_name() == "postgresql" else ""
        raise ConfigError(f"no driver for {url.drivername!r} is installed ({e}){hint}") from e
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", partial(_configure_sqlite, busy_ms))
        event.listen(engine, "begin", _begin_sqlite)
    elif url.get_backend_name() == "postgresql":
        event.listen(engine, "begin", _begin_postgresql)
    return engine


@contextmanager
def store_errors(url: URL) -> Generator[None]:
    """Turn what SQLAlchemy raises into one clear line."""
    try:
        yield
    except SQLAlchemyError as e:
        cause = getattr(e, "orig", None) or e
        line = next((line for line in str(cause).splitlines() if line.strip()), type(cause).__name__)
        raise StoreError(f"store {url.render_as_string(hide_password=True)}: {line}") from e


def upgrade_url(url: str) -> str | None:
    """Bring the database at an address to the newest schema; returns the version it had.

    Raises:
        ConfigError: the address means nothing.
        SchemaError: the database is of a newer version than this package.
        StoreError: there is no such database, or it cannot be written.
    """
    engine = make_engine(parse_url(url))
    file = sqlite_file(engine.url)
    shown = engine.url.render_as_string(hide_password=True)
    if file is not None and not file.exists():
        raise StoreError(f"store {shown}: there is no such database")
    try:
        with store_errors(engine.url):
            before = schema_version(engine)
            if before is not None and before > SCHEMA_VERSION:
                raise SchemaError(f"store {shown}: schema {before} is of a newer slm_instrument")
            upgrade(engine)
            return before
    finally:
        engine.dispose()


def schema_version(engine: Engine) -> str | None:
    """The schema version of a database, or None when it holds nothing of ours."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(schema.VERSION_TABLE):
            return None
        return connection.scalar(text(f"SELECT version_num FROM {schema.VERSION_TABLE}"))


class _Migrating:
    """One migration at a time: Alembic's ``op`` is one for the process, and two threads mix up their databases."""

    def __init__(self) -> None:
        self.reset()
        reset_in_child(self)

    def reset(self) -> None:
        """In a forked child nobody migrates."""
        self.lock = threading.RLock()


_migrating = _Migrating()


def upgrade(engine: Engine) -> None:
    """Bring a database to the newest schema, in one transaction; a fresh one is created."""
    with _migrating.lock:
        _upgrade(engine)


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    with engine.connect().execution_options(slm_write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        new_key = {"key": "digest_key", "value": secrets.token_bytes(32)}
        if connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == "digest_key")) is None:
            connection.execute(schema.meta.insert(), new_key)


def _prepare(engine: Engine, *, create: bool) -> None:
    file = sqlite_file(engine.url)
    shown = engine.url.render_as_string(hide_password=True)
    if file is not None and not file.exists():
        if not create:
            raise StoreError(f"store {shown}: there is no such database; record or import calls first")
        # Prompts are nobody else's business: the file (and with it SQLite's journals) is for its owner only.
        with suppress(OSError):
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, stat.S_IRUSR | stat.S_IWUSR))
    version = schema_version(engine)
    if version is None:
        if not create:
            raise StoreError(f"store {shown}: holds no slm_instrument tables; record or import calls first")
        upgrade(engine)
    elif version < SCHEMA_VERSION:
        raise SchemaError(
            f"store {shown}: schema {version} is older than {SCHEMA_VERSION}; run: slm-instrument db upgrade"
        )
    elif version > SCHEMA_VERSION:
        raise SchemaError(
            f"store {shown}: schema {version} is of a newer slm_instrument; this one knows {SCHEMA_VERSION}"
        )


def _digest_key(engine: Engine) -> bytes:
    with engine.connect() as connection:
        key = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == "digest_key"))
    if key is None:
        raise StoreError(f"store {engine.url.render_as_string(hide_password=True)}: its digest key is gone")
    return bytes(key)


def _configure_sqlite(busy_ms: int, connection: Any, _record: Any) -> None:
    # sqlite3 would open transactions by its own rules; SQLAlchemy's begin event does it below instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={busy_ms}")
    cursor.execute("PRAGMA foreign_keys=ON")
    with suppress(Exception):  # a read-only database keeps the journal mode it has
        cursor.execute("PRAGMA journal_mode=WAL")
    # In WAL mode a killed process loses nothing committed; only a power cut may cost the last commits.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: upgrading a read lock later fails without waiting.
    write = connection.get_execution_options().get("slm_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    # One writer at a time, as in SQLite. Two that insert the same contents would wait for each other (a deadlock was
    # measured), and calls that are committed in another order than numbered are missed by who reads on meanwhile.
    if connection.get_execution_options().get("slm_write", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
