"""What is seen of students at work, as rows: comparisons with their teachers, transitions, tallies of decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import convert
from sqlalchemy import BigInteger, Connection, String, and_, cast, func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from slm_instrument.store import schema
from slm_instrument.store.base import AuditRecord, Compared, Mode, Observation, Tally, Transition
from slm_instrument.store.sql_runs import add_audit, plain_row


def add_observations(connection: Connection, observations: Sequence[Observation]) -> None:
    """Write comparisons of students with their teachers."""
    if observations:
        connection.execute(schema.observations.insert(), [plain_row(each) for each in observations])


def observations(connection: Connection, task_id: str | None) -> list[Observation]:
    """Comparisons, oldest first."""
    table = schema.observations
    query = select(*(column for column in table.c if column.name != "seq")).order_by(table.c.seq)
    if task_id is not None:
        query = query.where(table.c.task_id == task_id)
    rows = connection.execute(query)
    return [convert(row, Observation, from_attributes=True) for row in rows]


def evidence(connection: Connection, bundle_id: str, after: int, limit: int | None) -> list[tuple[int, Observation]]:
    """Comparisons of one student after a number, in the order of their numbers."""
    table = schema.observations
    query = select(table).where(table.c.bundle_id == bundle_id, table.c.seq > after).order_by(table.c.seq).limit(limit)
    rows = connection.execute(query)
    return [(row.seq, convert(row, Observation, from_attributes=True)) for row in rows]


def add_transition(connection: Connection, transition: Transition, audit: AuditRecord) -> bool:
    """Move a student, and write that into the audit log; False where another process was faster."""
    row = plain_row(transition) | {"numbers": dict(transition.numbers)}
    statement = _insert(connection, schema.transitions).values(row).on_conflict_do_nothing()
    moved = connection.execute(statement.returning(schema.transitions.c.seq)).first() is not None
    if moved:
        add_audit(connection, audit)
    return moved


def transitions(connection: Connection, task_id: str | None) -> list[Transition]:
    """Moves of students, oldest first."""
    table = schema.transitions
    query = select(*(column for column in table.c if column.name != "seq")).order_by(table.c.seq)
    if task_id is not None:
        query = query.where(table.c.task_id == task_id)
    return [convert(row, Transition, from_attributes=True) for row in connection.execute(query)]


def stages(connection: Connection) -> dict[str, tuple[Mode, datetime]]:
    """Where every student that was ever moved stands, and since when. Every process asks this twice a second."""
    table = schema.transitions
    newest = select(func.max(table.c.seq)).group_by(table.c.bundle_id)
    query = select(table.c.bundle_id, table.c.after, table.c.at).where(table.c.seq.in_(newest))
    return {row.bundle_id: (Mode(row.after), row.at) for row in connection.execute(query)}


def add_tallies(connection: Connection, tallies: Sequence[Tally]) -> None:
    """Add counts to those of their hour."""
    if not tallies:
        return
    table = schema.tallies
    statement = _insert(connection, table)
    added = {name: table.c[name] + statement.excluded[name] for name in ("calls", "student_ms")}
    statement = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=added)
    for tally in sorted(tallies, key=_key):  # in one order everywhere, so that two processes cannot lock each other out
        connection.execute(statement, plain_row(tally))


def tallies(connection: Connection, since: datetime | None) -> list[Tally]:
    """Counts by the hour, oldest first."""
    table = schema.tallies
    query = select(table).order_by(*table.primary_key)
    if since is not None:
        query = query.where(table.c.hour >= since)
    return [convert(row, Tally, from_attributes=True) for row in connection.execute(query)]


def decided(connection: Connection, since: datetime | None) -> list[Tally]:
    """Counts, the hours taken together."""
    table = schema.tallies
    ways = [column for column in table.primary_key if column.name != "hour"]
    # PostgreSQL's sum of integers is a decimal.
    sums = (cast(func.sum(table.c.calls), BigInteger).label("calls"), func.sum(table.c.student_ms).label("student_ms"))
    query = select(func.min(table.c.hour).label("hour"), *ways, *sums).group_by(*ways).order_by(*ways)
    if since is not None:
        query = query.where(table.c.hour >= since)
    return [convert(row, Tally, from_attributes=True) for row in connection.execute(query)]


def compared(connection: Connection, since: datetime | None) -> list[Compared]:
    """Comparisons by student, counted by the database."""
    table = schema.observations
    trace = func.coalesce(table.c.trace_id, cast(table.c.seq, String))
    turn = func.row_number().over(partition_by=(table.c.bundle_id, table.c.accepted, trace), order_by=table.c.seq)
    columns = (table.c.task_id, table.c.bundle_id, table.c.accepted, table.c.agreed, table.c.student_ms)
    query = select(*columns, turn.label("turn"))
    if since is not None:
        query = query.where(table.c.at >= since)
    each = query.subquery().c
    counts = and_(each.accepted, each.turn == 1)
    totals = select(
        each.task_id,
        each.bundle_id,
        func.count().label("comparisons"),
        func.count().filter(counts).label("accepted"),
        func.count().filter(and_(counts, each.agreed)).label("agreed"),
        func.sum(each.student_ms).label("student_ms"),
    ).group_by(each.task_id, each.bundle_id)
    return [convert(row, Compared, from_attributes=True) for row in connection.execute(totals)]


def _insert(connection: Connection, table: Any) -> Any:
    """An INSERT that may say what to do on a conflict, which SQL has no common word for."""
    return insert_sqlite(table) if connection.dialect.name == "sqlite" else insert_postgresql(table)


def _key(tally: Tally) -> tuple[datetime, str, str, str, str]:
    return tally.hour, tally.task_id, tally.bundle_id, tally.mode, tally.reason
