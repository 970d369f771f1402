"""The store on SQL: a facade over the modules that hold the statements."""

import logging
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, Pool

from slm_instrument.addresses import absolute_url, in_memory, shown
from slm_instrument.canonical import digest
from slm_instrument.errors import ConfigError
from slm_instrument.forking import catch_up_with_fork, pause_at_fork
from slm_instrument.records import Call, Outcome
from slm_instrument.redaction.policy import Policies
from slm_instrument.store import erasures, secrets, sql_outcomes, sql_read, sql_select, sql_tasks, sql_write
from slm_instrument.store.base import AnalysisRecord, Served, Task
from slm_instrument.store.encoder import Encoder, Rows
from slm_instrument.store.engine import open_store, store_errors
from slm_instrument.store.protocol import Store
from slm_instrument.store.secrets import Keys
from slm_instrument.store.selecting import EVERY_CALL, Note, Noted, Selection, Span
from slm_instrument.store.sql_made import SqlMade
from slm_instrument.vault import KeyProvider

logger = logging.getLogger("slm_instrument")

_FORK_PATIENCE_S = 2.0  # how long a fork waits for a write under way


class SqlStore(SqlMade):
    """A :class:`slm_instrument.store.Store` on SQLAlchemy. Made by :func:`slm_instrument.store.open_store`.

    It may be used on both sides of a fork. The connections are closed before: SQLite keeps the state of its locks per
    file in the process, and a child that inherits "locked by another connection here" finds the database locked for
    ever, or two processes overwrite each other's commits (both were measured).
    """

    def __init__(self, engine: Engine, keys: Keys, policies: Policies) -> None:
        self.engine = engine
        self.keys = keys
        self._policies = policies
        self._encoder = Encoder(keys, policies)
        self._erased = erasures.ErasedOrigins()
        self._epoch: int | None = None  # of the database, when the encoder began to remember what is in it
        self._write_lock = threading.RLock()  # one writer at a time; guards the encoder's memory of what is written
        self._paused = False
        self._inherited: Pool | None = None
        pause_at_fork(self)

    @property
    def url(self) -> str:
        """The address, a password in it masked."""
        return shown(self.engine.url)

    @property
    def opener(self) -> "Callable[[], Store]":
        """Opens the same store in another process.

        Raises:
            ConfigError: it is in this one's memory.
        """
        if in_memory(self.engine.url):
            raise ConfigError("other processes cannot read a store in memory: use a file or a server")
        return partial(open_store, absolute_url(self.engine.url).render_as_string(hide_password=False), create=False)

    @property
    def key_provider(self) -> KeyProvider:
        """What holds the store's master key."""
        return self.keys.provider

    @property
    def policies(self) -> Policies:
        """What is redacted in which call."""
        return self._policies

    def add_calls(self, calls: Sequence[Call]) -> int:
        """Write calls; see :meth:`Store.add_calls`."""
        catch_up_with_fork()
        with self._write_lock:
            try:
                return self._add(calls)
            except BaseException:
                self._encoder.forget()
                raise

    def _add(self, calls: Sequence[Call]) -> int:
        spared, prepared = self._prepare(calls)
        with self.writing() as connection:
            if self._renewed(connection):  # what was prepared relied on what holds no longer
                spared, prepared = self._prepare(calls)
            added = sql_write.insert(connection, prepared)
        self._encoder.remember(prepared.rows)
        if spared < len(calls):
            logger.info(
                "slm_instrument: %d calls of erased origins, made before the erasure, are not written",
                len(calls) - spared,
            )
        return added

    def _prepare(self, calls: Sequence[Call]) -> tuple[int, sql_write.Prepared]:
        spared = self._erased.spared(calls, self._encoder.keyring)
        return len(spared), sql_write.prepare(spared, self._encoder)

    def _renewed(self, connection: Connection) -> bool:
        """Whether contents were erased, or keys exchanged, since the batch before; then it is looked at anew."""
        epoch = secrets.epoch(connection)
        if epoch == self._epoch:
            return False
        known, self._epoch = self._epoch, epoch
        self._encoder.forget()
        self.keys.reload(connection)
        self._erased = erasures.erased_origins(connection)
        return known is not None or bool(self._erased.until)

    def count_calls(self, where: Selection = EVERY_CALL) -> int:
        """How many calls there are, or how many are selected."""
        with self.reading() as connection:
            return sql_select.count(connection, where)

    def add_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Write what came of calls or traces."""
        with self.writing() as connection:
            self.keys.reload(connection)
            sql_outcomes.add(connection, self._encoder, outcomes)

    def iter_outcomes(self) -> Iterator[Outcome]:
        """What came of calls and traces, in order of arrival."""
        after = 0
        while True:
            with self.reading() as connection:
                after, found = sql_outcomes.read(connection, after)
            if not found:
                return
            yield from found

    def spans(self, where: Selection = EVERY_CALL, *, size: int) -> list[Span]:
        """The selected calls cut into runs of at most ``size``."""
        with self.reading() as connection:
            return sql_select.spans(connection, where, size)

    def iter_calls(self, where: Selection = EVERY_CALL, *, batch: int = 500) -> Iterator[Call]:
        """Calls in order of arrival."""
        reader = sql_read.Reader(self.keys, where)
        while True:
            # A transaction a batch: a long read must not hold back SQLite's checkpoints.
            with self.reading() as connection:
                calls = reader.read(connection, batch)
            if calls is None:
                return
            yield from calls

    def scope_of(self, trace: str) -> str:
        """The id under which a trace is stored: another one where it tells something that is redacted."""
        return Encoder(self.keys, self._policies).of_call(Call(trace_id=trace), Rows()).scope

    def count_unseen(self) -> int:
        """How many contents stage two of redaction has not looked through."""
        with self.reading() as connection:
            return sql_read.count_unseen(connection)

    def key_of(self, *parts: bytes) -> int:
        """63 bits of a keyed digest."""
        return int.from_bytes(digest(self.keys.keyring.digest_key, *parts)[:8], "big") >> 1

    def save_analysis(self, analysis: AnalysisRecord, tasks: Sequence[Task], notes: Iterable[Note]) -> None:
        """Make these the current tasks, and note what was found of calls."""
        with self.writing() as connection:
            self._encoder.forget()
            self.keys.reload(connection)
            sql_tasks.save(connection, self._encoder, analysis, tasks, notes)

    def last_settings(self) -> dict[str, Any]:
        """The settings of the last analysis; empty where there was none."""
        with self.reading() as connection:
            return sql_tasks.last_settings(connection)

    def tasks(self) -> list[Task]:
        """The current tasks, most calls first."""
        with self.reading() as connection:
            return sql_tasks.load(connection, self.keys)

    def find_task(self, id_or_name: str) -> Task:
        """The task of that id or name."""
        return sql_tasks.find(self.tasks(), id_or_name)

    def iter_noted(self) -> Iterator[Noted]:
        """What was noted of every analysed call, in order of arrival."""
        after = 0
        while True:
            with self.reading() as connection:
                after, found = sql_tasks.read_noted(connection, after)
            if not found:
                return
            yield from found

    def iter_assignments(self) -> Iterator[tuple[str, str | None]]:
        """(call id, task id or None) of every analysed call, in order of arrival."""
        return ((noted.call_id, noted.task_id) for noted in self.iter_noted())

    def known_names(self, names: Collection[str]) -> set[str]:
        """Those of the names that are ids of calls, or of their traces."""
        with self.reading() as connection:
            return sql_read.known_names(connection, names)

    def served(self, *, since: datetime | None = None) -> list[Served]:
        """Calls by task and by who answered them."""
        with self.reading() as connection:
            return sql_read.served(connection, since)

    def close(self) -> None:
        """Give back the connections."""
        catch_up_with_fork()
        with self._write_lock:  # closing SQLite's last one copies the journal, and a fork must not come in between
            self.engine.dispose()

    def before_fork(self) -> None:
        """Close the connections, when no write is under way."""
        self._paused = self._write_lock.acquire(timeout=_FORK_PATIENCE_S)
        if self._paused and not in_memory(self.engine.url):
            self.engine.dispose()

    def after_fork(self, *, child: bool) -> None:
        """Go on with new connections."""
        if child:
            self._write_lock = threading.RLock()
            if not in_memory(self.engine.url):
                self._inherited = self.engine.pool  # kept, or the garbage collection closes what is in it
                self.engine.dispose(close=False)
        elif self._paused:
            self._write_lock.release()
        self._paused = False

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A connection to read with, for what :class:`Store` has no method for."""
        catch_up_with_fork()
        with store_errors(self.engine.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A connection in a transaction that holds the database's write lock."""
        catch_up_with_fork()
        with (
            self._write_lock,
            store_errors(self.engine.url),
            self.engine.connect().execution_options(slm_write=True) as connection,
            connection.begin(),
        ):
            yield connection
