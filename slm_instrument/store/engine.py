"""From an address to a store: the engine, the database's own settings, the schema version.

A database is created on first use. One of an older schema is never changed behind the user's back: it is refused with
the command that upgrades it (``slm-instrument db upgrade``).
"""

import os
import stat
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, inspect, text
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from slm_instrument.addresses import in_memory, parse_url, shown, sqlite_file
from slm_instrument.config import Settings
from slm_instrument.errors import ConfigError, SchemaError, StoreError
from slm_instrument.forking import reset_in_child
from slm_instrument.redaction.policy import Policies
from slm_instrument.redaction.settings import read_policies
from slm_instrument.store import schema, secrets
from slm_instrument.store.inherited import TrackedConnection, track
from slm_instrument.vault import KeyProvider, MasterKeys, keys_for, new_master_key

if TYPE_CHECKING:
    from slm_instrument.store.sql import SqlStore

SCHEMA_VERSION = "0005"  # the newest file in migrations/versions
FIRST_WITH_KEYS = "0002"

BUSY_MS = 5_000
_WRITERS = 0x736C6D5F  # PostgreSQL's advisory lock of whoever writes; any number that others will not use
_CACHE_KIB = 16_384  # the indexes of digests are hit at random; SQLite's 2 MB thrash from some 100,000 calls on
_CHECKPOINT_PAGES = 4_000  # of 4 KiB in the journal before they are copied to the database: most are hit several times


def open_store(
    url: str | None = None,
    *,
    create: bool = True,
    busy_ms: int = BUSY_MS,
    keys: KeyProvider | None = None,
    redaction: Policies | str | None = None,
) -> "SqlStore":
    """Open the store at an address.

    Args:
        url: ``sqlite:///file.db``, any other SQLAlchemy address, or ``memory://`` for one that lives as long as the
            object. Default: ``$SLM_INSTRUMENT_STORE``, then ``sqlite:///slm_instrument.db``.
        create: Make the database when there is none. Jobs that only read say False, so that a mistyped name is an
            error and not an empty store.
        busy_ms: How many milliseconds to wait for a database, or PostgreSQL's tables, that somebody else has locked.
        keys: What holds the master key. Default: as :mod:`slm_instrument.vault.sources` says; a new database gets a
            key file where nothing else is set.
        redaction: What is masked when calls are written. Default: ``$SLM_INSTRUMENT_REDACTION``, then ``standard``.

    Raises:
        ConfigError: the address, the key or the redaction means nothing, or the driver is not installed.
        SchemaError: the database is of another schema version.
        StoreKeyError: a new database cannot be given a key. The key of one that is there is asked for when contents
            are written or read.
        StoreError: the database cannot be reached, or there is none and ``create`` is False.
    """
    from slm_instrument.store.sql import SqlStore

    settings = Settings.from_env()
    parsed = parse_url(url or settings.store)
    if in_memory(parsed):
        keys = keys or MasterKeys([new_master_key()])
    policies = redaction if isinstance(redaction, Policies) else read_policies(redaction)
    engine = make_engine(parsed, busy_ms=busy_ms)
    try:
        with store_errors(parsed):
            if create and not keys and _is_missing(parsed):
                keys_for(parsed, settings, create=True)  # first: where there is a database, its key is
            if _prepare(engine, create=create):
                _create(engine, keys or keys_for(parsed, settings, create=True))
    except StoreError:
        engine.dispose()
        raise
    return SqlStore(engine, secrets.Keys(engine, partial(_provider, keys, parsed, settings)), policies)


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
    elif url.get_backend_name() == "sqlite":
        options = {"connect_args": {"factory": TrackedConnection}}
    try:
        engine = create_engine(url, **options)
    except (NoSuchModuleError, ModuleNotFoundError) as e:
        hint = ': pip install "slm-instrument[postgres]"' if url.get_backend_name() == "postgresql" else ""
        raise ConfigError(f"no driver for {url.drivername!r} is installed ({e}){hint}") from e
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", partial(_configure_sqlite, busy_ms))
        event.listen(engine, "begin", _begin_sqlite)
        if not in_memory(url):
            track(engine)
    elif url.get_backend_name() == "postgresql":
        event.listen(engine, "begin", partial(_begin_postgresql, busy_ms))
    return engine


@contextmanager
def store_errors(url: URL) -> Generator[None]:
    """Turn what SQLAlchemy raises into one clear line."""
    try:
        yield
    except SQLAlchemyError as e:
        cause = getattr(e, "orig", None) or e
        line = next((line for line in str(cause).splitlines() if line.strip()), type(cause).__name__)
        raise StoreError(f"store {shown(url)}: {line}") from e


def upgrade_url(url: str, *, keys: KeyProvider | None = None) -> str | None:
    """Bring the database at an address to the newest schema; returns the version it had.

    Args:
        url: Its address.
        keys: What holds the master key, which a database of schema 0001 gets now; default as for :func:`open_store`.

    Raises:
        ConfigError: the address means nothing.
        SchemaError: the database is of a newer version than this package.
        StoreError: there is no such database, or it cannot be written.
    """
    engine = make_engine(parse_url(url))
    file = sqlite_file(engine.url)
    if file is not None and not file.exists():
        raise StoreError(f"store {shown(engine.url)}: there is no such database")
    try:
        with store_errors(engine.url):
            before = schema_version(engine)
            if before is not None and before > SCHEMA_VERSION:
                raise SchemaError(f"store {shown(engine.url)}: schema {before} is of a newer slm_instrument")
            keyless = before is None or before < FIRST_WITH_KEYS
            upgrade(engine, keys or keys_for(engine.url, Settings.from_env(), create=keyless))
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


def upgrade(engine: Engine, keys: KeyProvider) -> None:
    """Bring a database to the newest schema, in one transaction; a fresh one is created, with its data keys."""
    with _migrating.lock:
        _upgrade(engine, keys)


def _upgrade(engine: Engine, keys: KeyProvider) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    with engine.connect().execution_options(slm_write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        secrets.provide(connection, keys)


def _provider(given: KeyProvider | None, url: URL, settings: Settings) -> KeyProvider:
    return given or keys_for(url, settings, create=False)


def _create(engine: Engine, keys: KeyProvider) -> None:
    """Make the tables, or wait for the process that does: that takes longer than a writer waits for a lock."""
    patient = engine if in_memory(engine.url) else make_engine(engine.url)
    upgrade(patient, keys)
    if patient is not engine:
        patient.dispose()


def _is_missing(url: URL) -> bool:
    file = sqlite_file(url)
    return file is not None and file.absolute().parent.is_dir() and not file.exists()


def _prepare(engine: Engine, *, create: bool) -> bool:
    """Make sure that the database can be used; returns whether its tables are still to be made."""
    file = sqlite_file(engine.url)
    if file is not None and not file.exists():
        if not create:
            raise StoreError(f"store {shown(engine.url)}: there is no such database; record or import calls first")
        # Prompts are nobody else's business: the file (and with it SQLite's journals) is for its owner only.
        with suppress(OSError):
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, stat.S_IRUSR | stat.S_IWUSR))
    version = schema_version(engine)
    if version is None and not create:
        raise StoreError(f"store {shown(engine.url)}: holds no slm_instrument tables; record or import calls first")
    if version is not None and version < SCHEMA_VERSION:
        raise SchemaError(
            f"store {shown(engine.url)}: schema {version} is older than {SCHEMA_VERSION}; "
            "run: slm-instrument db upgrade"
        )
    if version is not None and version > SCHEMA_VERSION:
        raise SchemaError(
            f"store {shown(engine.url)}: schema {version} is of a newer slm_instrument; this one knows {SCHEMA_VERSION}"
        )
    return version is None


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
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten; writing new rows costs nothing more
    cursor.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: upgrading a read lock later fails without waiting.
    write = connection.get_execution_options().get("slm_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _begin_postgresql(busy_ms: int, connection: Connection) -> None:
    # One writer at a time, as in SQLite. Two that insert the same contents would wait for each other (a deadlock was
    # measured), and calls that are committed in another order than numbered are missed by who reads on meanwhile.
    # The wait is bounded, as SQLite's is; for this transaction only, for behind a pooler the connection is not ours.
    if connection.get_execution_options().get("slm_write", False):
        connection.exec_driver_sql(  # CASE, and not two statements: one round trip, and this order
            f"SELECT CASE WHEN set_config('lock_timeout', '{busy_ms}', true) IS NOT NULL "
            f"THEN pg_advisory_xact_lock({_WRITERS}) END"
        )
