"""The rows of calls that are selected: a page of them, their number, their runs in order of arrival."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, false, func, or_, select

from slm_instrument.store import schema
from slm_instrument.store.selecting import Selection, Span

_S = TypeVar("_S", bound=Select[*tuple[Any, ...]])


def call_rows(connection: Connection, where: Selection, after: int, limit: int) -> Sequence[Row[Any]]:
    """The next selected rows behind a number of arrival, in that order."""
    query = selected(select(schema.calls), where).where(schema.calls.c.seq > after)
    return connection.execute(query.order_by(schema.calls.c.seq).limit(limit)).all()


def count(connection: Connection, where: Selection) -> int:
    """How many calls are selected."""
    return connection.scalar(selected(select(func.count()).select_from(schema.calls), where)) or 0


def spans(connection: Connection, where: Selection, size: int) -> list[Span]:
    """The selected calls in runs of at most ``size``."""
    query = selected(select(schema.calls.c.seq), where).order_by(schema.calls.c.seq)
    found: list[Span] = []
    after = where.after
    for part in connection.scalars(query.execution_options(yield_per=size)).partitions(size):
        found.append(Span(after, part[-1], len(part)))
        after = part[-1]
    return found


def selected(query: _S, where: Selection) -> _S:
    """A query over calls that takes the selected ones."""
    calls, assignments = schema.calls, schema.assignments
    noted = (assignments, assignments.c.call_id == calls.c.id)
    if where.pending:
        query = query.outerjoin(*noted).where(assignments.c.prompt.is_(None))
    elif where.unassigned:
        query = query.join(*noted).where(assignments.c.task_id.is_(None), assignments.c.prompt.is_not(None))
    elif where.task_id is not None:
        query = query.join(*noted).where(assignments.c.task_id == where.task_id)
    if where.apps is not None:
        named = [app for app in where.apps if app is not None]
        nameless = calls.c.app.is_(None) if None in where.apps else false()
        query = query.where(or_(calls.c.app.in_(named), nameless))
    if where.ids is not None:
        query = query.where(calls.c.id.in_(where.ids))
    if where.after:
        query = query.where(calls.c.seq > where.after)
    if where.until is not None:
        query = query.where(calls.c.seq <= where.until)
    if where.since is not None:
        query = query.where(func.coalesce(calls.c.started_at, calls.c.recorded_at) >= where.since)
    return query
