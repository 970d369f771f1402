"""The part of the store on SQL that is about what was made of calls: datasets, students, flags, observations."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Connection

from slm_instrument.store import sql_datasets, sql_live, sql_runs
from slm_instrument.store.base import (
    AuditRecord,
    BundleRecord,
    Compared,
    DatasetRecord,
    Flag,
    Mode,
    Observation,
    Tally,
    Transition,
)


class SqlMade:
    """Its methods need nothing but the connections of :class:`slm_instrument.store.sql.SqlStore`."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""
        raise NotImplementedError

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction that holds the database's write lock."""
        raise NotImplementedError

    def save_dataset(self, dataset: DatasetRecord) -> DatasetRecord:
        """Write a dataset with its lineage; returns it with its version."""
        with self.writing() as connection:
            return sql_datasets.save(connection, dataset)

    def dataset_calls(self, dataset_id: str) -> dict[str, str]:
        """The splits of a dataset's calls, by call; empty where the store does not have it."""
        with self.reading() as connection:
            return sql_datasets.calls(connection, dataset_id)

    def find_dataset(self, task_id: str, version: int | None = None) -> DatasetRecord:
        """The last dataset of a task, or the last of that version."""
        with self.reading() as connection:
            return sql_datasets.find(connection, task_id, version)

    def save_bundle(self, bundle: BundleRecord) -> None:
        """Write that a student was made."""
        with self.writing() as connection:
            sql_runs.save_bundle(connection, bundle)

    def bundles(self, *, task_id: str | None = None) -> list[BundleRecord]:
        """Students made, newest first."""
        with self.reading() as connection:
            return sql_runs.bundles(connection, task_id)

    def retired_bundles(self) -> dict[str, str]:
        """Why students may not serve any more, by id."""
        with self.reading() as connection:
            return sql_runs.retired_bundles(connection)

    def set_flag(self, flag: Flag) -> None:
        """Set a task's mode and keep the history."""
        with self.writing() as connection:
            sql_runs.add_flag(connection, flag)

    def flags(self) -> dict[str, Flag]:
        """The current flags by task id."""
        with self.reading() as connection:
            return {flag.task_id: flag for flag in sql_runs.current_flags(connection)}

    def flag_history(self, task_id: str | None = None) -> list[Flag]:
        """All settings ever made, oldest first."""
        with self.reading() as connection:
            return sql_runs.flag_history(connection, task_id)

    def add_observations(self, observations: Sequence[Observation]) -> None:
        """Write comparisons of students with their teachers."""
        with self.writing() as connection:
            sql_live.add_observations(connection, observations)

    def observations(self, *, task_id: str | None = None) -> list[Observation]:
        """Comparisons, oldest first."""
        with self.reading() as connection:
            return sql_live.observations(connection, task_id)

    def evidence(self, bundle_id: str, *, after: int = 0, limit: int | None = None) -> list[tuple[int, Observation]]:
        """Comparisons of one student after a number, in the order of their numbers."""
        with self.reading() as connection:
            return sql_live.evidence(connection, bundle_id, after, limit)

    def add_transition(self, transition: Transition) -> bool:
        """Move a student to another mode, on evidence."""
        audit = AuditRecord(
            at=transition.at,
            who="auto",
            action=f"{transition.before} -> {transition.after}",
            subject=transition.task_id,
            detail={"bundle": transition.bundle_id, "because": transition.because, **transition.numbers},
        )
        with self.writing() as connection:
            return sql_live.add_transition(connection, transition, audit)

    def transitions(self, *, task_id: str | None = None) -> list[Transition]:
        """Moves of students, oldest first."""
        with self.reading() as connection:
            return sql_live.transitions(connection, task_id)

    def stages(self) -> dict[str, tuple[Mode, datetime]]:
        """Where every student that was ever moved stands, by bundle, and since when."""
        with self.reading() as connection:
            return sql_live.stages(connection)

    def add_tallies(self, tallies: Sequence[Tally]) -> None:
        """Add counts of decisions to those of their hour."""
        with self.writing() as connection:
            sql_live.add_tallies(connection, tallies)

    def tallies(self, *, since: datetime | None = None) -> list[Tally]:
        """Counts of decisions by the hour, oldest first."""
        with self.reading() as connection:
            return sql_live.tallies(connection, since)

    def decided(self, *, since: datetime | None = None) -> list[Tally]:
        """Counts of decisions, the hours taken together."""
        with self.reading() as connection:
            return sql_live.decided(connection, since)

    def compared(self, *, since: datetime | None = None) -> list[Compared]:
        """Comparisons by student."""
        with self.reading() as connection:
            return sql_live.compared(connection, since)

    def add_audit(self, record: AuditRecord) -> None:
        """Write down who did what."""
        with self.writing() as connection:
            sql_runs.add_audit(connection, record)

    def audit(self) -> list[AuditRecord]:
        """Who did what, oldest first."""
        with self.reading() as connection:
            return sql_runs.audit(connection)
