"""Retention: calls that are past their time go, in the background, and writers hardly notice.

What expired is deleted in small transactions with pauses, and so is, at the end, what nothing uses any more. A run that
is broken off is gone on with by the next, and by an erasure. Students stay in service. Datasets keep the lineage of
expired calls: when such an origin is erased later, they and the students made from them are still found.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection

from slm_instrument.errors import ConfigError
from slm_instrument.forking import reset_in_child
from slm_instrument.records import new_id
from slm_instrument.store import open_store, schema, sql_erase, sql_outcomes, sql_retain
from slm_instrument.store.sql import SqlStore
from slm_instrument.store.sql_retain import EVERY_APP, Rule, Unused

__all__ = ["EVERY_APP", "Retention", "RetentionReport", "Rule", "remove_rule", "rules", "run", "set_rule"]

BATCH = 500  # calls, or rows of other tables, in a transaction: some 20 ms, and writers wait for 50
PAUSE_S = 0.02  # after each, at least; and as long as it took

_BETWEEN_SWEEPS = 200_000  # calls; what they leave unused is held in memory by its ids, some 50 MB
_TRIES = 5
_ON_ITS_WAY = timedelta(days=1)  # for so long an outcome may wait for its calls, which a spool may hold

logger = logging.getLogger("slm_instrument")
_A = TypeVar("_A")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionReport:
    """What a run deleted: ``by_app`` under each rule, ``rows`` by table of what nothing used any more."""

    by_app: dict[str, int] = field(default_factory=dict[str, int])
    rows: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0

    @property
    def calls(self) -> int:
        """Calls deleted."""
        return sum(self.by_app.values())


def rules(store: SqlStore) -> list[Rule]:
    """The rules, by application."""
    with store.reading() as connection:
        return sql_retain.rules(connection)


def set_rule(store: SqlStore, rule: Rule, *, by: str) -> None:
    """Set the rule of an application, or of all that have none of their own.

    Raises:
        ConfigError: it has no bound, or one that is not positive.
        StoreError: the store fails.
    """
    bounds = [bound for bound in (rule.days, rule.calls, rule.bytes) if bound is not None]
    if not bounds or not all(bound > 0 for bound in bounds):
        raise ConfigError("a rule needs days, calls or bytes, and more than none of them")
    with store.writing() as connection:
        sql_retain.set_rule(connection, rule, by)


def remove_rule(store: SqlStore, app: str = EVERY_APP) -> None:
    """Take the rule of an application away."""
    with store.writing() as connection:
        sql_retain.remove_rule(connection, app)


def run(
    store: SqlStore,
    *,
    now: datetime | None = None,
    batch: int = BATCH,
    pause_s: float = PAUSE_S,
    stopped: Callable[[], bool] = lambda: False,
) -> RetentionReport:
    """Delete what is past the rules.

    Args:
        store: The store; others may write to it meanwhile.
        now: The time from which ages count; default: now.
        batch: Rows in a transaction.
        pause_s: Seconds between two, at least.
        stopped: Asked between two transactions; the next run goes on where this one stopped.

    Raises:
        StoreError: the store fails; the next run goes on.
    """
    started = time.monotonic()
    job = _Run(store, batch, pause_s, stopped)
    with store.reading() as connection:
        found = sql_retain.rules(connection)
        expired = {rule.app: sql_retain.expired(connection, rule, found, now or datetime.now(UTC)) for rule in found}
        left_over = sql_retain.unswept(connection)
    for app, which in expired.items():
        if which is not None:
            job.delete_calls(app, which)
    if job.unswept or left_over:
        job.sweep()
    return RetentionReport(
        by_app=dict(job.by_app), rows=dict(job.rows), seconds=round(time.monotonic() - started, 3)
    )  # fmt: skip


class _Run:
    """One run: deletes in steps, and counts."""

    def __init__(self, store: SqlStore, batch: int, pause_s: float, stopped: Callable[[], bool]) -> None:
        self._store = store
        self._batch = batch
        self._pause_s = pause_s
        self._stopped = stopped
        self._token = new_id().encode()
        self.by_app = Counter[str]()
        self.rows = Counter[str]()
        self.unswept = 0  # calls

    def delete_calls(self, app: str, which: ColumnElement[bool]) -> None:
        after = 0
        while not self._stopped():
            with self._store.reading() as connection:
                seqs = sql_retain.next_expired(connection, which, after, self._batch)
            if not seqs:
                return
            deleted = self._step(self._delete, schema.calls.c.seq.in_(seqs) & which)
            self.by_app[app] += deleted
            self.unswept += deleted
            after = seqs[-1]
            if self.unswept >= _BETWEEN_SWEEPS:
                self.sweep()

    def sweep(self) -> None:
        """Delete what nothing uses any more."""
        self._step(sql_retain.mark_unswept, self._token)  # as ours, also when an earlier run left it
        for _ in range(_TRIES):
            with self._store.reading() as connection:
                unused = sql_retain.unused(connection)
            if self._sweep(unused):
                break
        else:
            return  # others delete, too, all the time: the next run does it
        with self._store.reading() as connection:
            entities = sql_retain.unmentioned(connection)
        for part in self._parts(entities):
            self.rows["entities"] += self._step(sql_retain.delete_entities, part)
        early = datetime.now(UTC) - _ON_ITS_WAY
        self.rows["outcomes"] += self._step(sql_outcomes.delete_orphans, early)
        if not self._stopped():
            self._step(sql_retain.mark_swept, self._token)
            self.unswept = 0

    def _delete(self, connection: Connection, which: ColumnElement[bool]) -> int:
        with sql_erase.workspace(connection, sql_erase.doomed):
            sql_erase.condemn(connection, which)
            sql_erase.keep_lineage(connection)
            sql_retain.mark_unswept(connection, self._token)
            return sql_erase.delete_calls(connection)["calls"]

    def _sweep(self, unused: Unused) -> bool:
        """Delete what was found unused; False when it has to be looked for anew."""
        return (
            self._delete_all("nodes", unused.nodes, unused.delete_nodes)
            and self._delete_all("contents", unused.contents, unused.delete_contents)
            and self._delete_all("mentions", unused.scopes, unused.delete_mentions)
        )

    def _delete_all(
        self, name: str, found: Sequence[_T], delete: Callable[[Connection, Sequence[_T]], int | None]
    ) -> bool:
        for part in self._parts(found):
            deleted = self._step(delete, part)
            if deleted is None:
                return False
            self.rows[name] += deleted
        return True

    def _parts(self, found: Sequence[_T]) -> Iterator[Sequence[_T]]:
        for start in range(0, len(found), self._batch):
            if self._stopped():
                return
            yield found[start : start + self._batch]

    def _step(self, do: Callable[[Connection, _A], _T], what: _A) -> _T:
        """One transaction, and a pause."""
        with self._store.writing() as connection:
            began = time.monotonic()
            result = do(connection, what)
        time.sleep(max(self._pause_s, time.monotonic() - began))
        return result


class Retention:
    """Runs retention every so often on a daemon thread of the process, a log line for each that deleted something.

    A process that forks workers while it runs is better off with ``slm-instrument retain run --every`` beside it: the
    reads of this thread take seconds, and SQLite is not to be forked in the middle of one.

    Args:
        store: The store, or its address.
        every_s: Seconds between two runs; the first is made at once.
    """

    def __init__(self, store: SqlStore | str, *, every_s: float = 3600.0) -> None:
        self._given = store
        self._every_s = every_s
        self._stop = threading.Event()
        self.last: RetentionReport | None = None
        self.reset()
        reset_in_child(self)

    def start(self) -> "Retention":
        """Begin; returns itself. In a forked child it has to be started again."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="slm_instrument-retention", daemon=True)
            self._thread.start()
        return self

    def close(self) -> None:
        """Stop, after the transaction under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10.0)

    def reset(self) -> None:
        """In a forked child nothing runs."""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "Retention":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._once()
            except Exception as e:  # whatever the store raises: the next run may do better
                logger.warning("slm_instrument: retention failed, it is tried again in %g s: %s", self._every_s, e)
            self._stop.wait(self._every_s)

    def _once(self) -> None:
        store = open_store(self._given, create=False) if isinstance(self._given, str) else self._given
        try:
            self.last = run(store, stopped=self._stop.is_set)
            if self.last.calls:
                logger.info("slm_instrument: %d calls that were past their time were deleted", self.last.calls)
        finally:
            if store is not self._given:
                store.close()
