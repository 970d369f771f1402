"""The store on SQL: a facade over the modules that hold the statements."""

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from slm_instrument.forking import pause_at_fork
from slm_instrument.records import Call
from slm_instrument.store import sql_calls, sql_runs, sql_tasks
from slm_instrument.store.base import (
    AnalysisRecord,
    BundleRecord,
    DatasetRecord,
    Flag,
    Observation,
    Served,
    Task,
)
from slm_instrument.store.contents import Encoder
from slm_instrument.store.engine import in_memory, store_errors

_FORK_PATIENCE_S = 2.0  # how long a fork waits for a write under way


class SqlStore:
    """A :class:`slm_instrument.store.base.Store` on SQLAlchemy. Made by :func:`slm_instrument.store.open_store`.

    It may be used on both sides of a fork. The connections are closed before: SQLite keeps the state of its locks per
    file in the process, and a child that inherits "locked by another connection here" finds the database locked for
    ever, or two processes overwrite each other's commits (both were measured).
    """

    def __init__(self, engine: Engine, digest_key: bytes) -> None:
        self._engine = engine
        self._encoder = Encoder(digest_key)
        self._write_lock = threading.RLock()  # one writer at a time; guards the encoder's memory of what is written
        self._paused = False
        pause_at_fork(self)

    @property
    def url(self) -> str:
        """The address, a password in it masked."""
        return self._engine.url.render_as_string(hide_password=True)

    def add_calls(self, calls: Sequence[Call]) -> int:
        """Write calls; see :meth:`Store.add_calls`."""
        with self._write_lock:
            prepared = sql_calls.prepare(calls, self._encoder)
            try:
                with self._writing() as connection:
                    added = sql_calls.insert(connection, prepared)
            except BaseException:
                self._encoder.forget()
                raise
            self._encoder.remember(prepared.rows)
            return added

    def count_calls(self, *, task_id: str | None = None) -> int:
        """How many calls there are, or how many of a task."""
        with self._reading() as connection:
            return sql_calls.count(connection, task_id)

    def iter_calls(self, *, task_id: str | None = None, batch: int = 500) -> Iterator[Call]:
        """All calls, or a task's, in order of arrival."""
        reader = sql_calls.Reader(task_id)
        while True:
            # A transaction a batch: a long read must not hold back SQLite's checkpoints.
            with self._reading() as connection:
                calls = reader.read(connection, batch)
            if not calls:
                return
            yield from calls

    def save_analysis(
        self, analysis: AnalysisRecord, tasks: Sequence[Task], assignments: Iterable[tuple[str, str | None]]
    ) -> None:
        """Make these the current tasks and assignments."""
        with self._writing() as connection:
            self._encoder.forget()
            sql_tasks.save(connection, self._encoder, analysis, tasks, assignments)

    def tasks(self) -> list[Task]:
        """The current tasks, most calls first."""
        with self._reading() as connection:
            return sql_tasks.load(connection)

    def find_task(self, id_or_name: str) -> Task:
        """The task of that id or name."""
        return sql_tasks.find(self.tasks(), id_or_name)

    def iter_assignments(self) -> Iterator[tuple[str, str | None]]:
        """(call id, task id or None) of every analysed call, in order of arrival."""
        after = 0
        while True:
            with self._reading() as connection:
                rows = sql_tasks.read_assignments(connection, after)
            if not rows:
                return
            after = rows[-1][0]
            yield from ((call_id, task_id) for _, call_id, task_id in rows)

    def save_dataset(self, dataset: DatasetRecord) -> None:
        """Write a dataset with its lineage."""
        with self._writing() as connection:
            sql_runs.save_dataset(connection, dataset)

    def save_bundle(self, bundle: BundleRecord) -> None:
        """Write that a student was made."""
        with self._writing() as connection:
            sql_runs.save_bundle(connection, bundle)

    def bundles(self, *, task_id: str | None = None) -> list[BundleRecord]:
        """Students made, newest first."""
        with self._reading() as connection:
            return sql_runs.bundles(connection, task_id)

    def set_flag(self, flag: Flag) -> None:
        """Set a task's mode and keep the history."""
        with self._writing() as connection:
            sql_runs.add_flag(connection, flag)

    def flags(self) -> dict[str, Flag]:
        """The current flags by task id."""
        with self._reading() as connection:
            return {flag.task_id: flag for flag in sql_runs.current_flags(connection)}

    def flag_history(self, task_id: str | None = None) -> list[Flag]:
        """All settings ever made, oldest first."""
        with self._reading() as connection:
            return sql_runs.flag_history(connection, task_id)

    def add_observations(self, observations: Sequence[Observation]) -> None:
        """Write comparisons of students with their teachers."""
        with self._writing() as connection:
            sql_runs.add_observations(connection, observations)

    def observations(self, *, task_id: str | None = None) -> list[Observation]:
        """Comparisons, oldest first."""
        with self._reading() as connection:
            return sql_runs.observations(connection, task_id)

    def served(self) -> list[Served]:
        """Calls by task and by who answered them."""
        with self._reading() as connection:
            return sql_calls.served(connection)

    def close(self) -> None:
        """Give back the connections."""
        with self._write_lock:  # closing SQLite's last one copies the journal, and a fork must not come in between
            self._engine.dispose()

    def before_fork(self) -> None:
        """Close the connections, when no write is under way."""
        self._paused = self._write_lock.acquire(timeout=_FORK_PATIENCE_S)
        if self._paused and not in_memory(self._engine.url):
            self._engine.dispose()

    def after_fork(self, *, child: bool) -> None:
        """Go on with new connections."""
        if child:
            self._write_lock = threading.RLock()
            if not in_memory(self._engine.url):
                self._engine.dispose(close=False)
        elif self._paused:
            self._write_lock.release()
        self._paused = False

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        with store_errors(self._engine.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Generator[Connection]:
        with (
            self._write_lock,
            store_errors(self._engine.url),
            self._engine.connect().execution_options(slm_write=True) as connection,
            connection.begin(),
        ):
            yield connection
