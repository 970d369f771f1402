"""Outcomes as rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from slm_instrument.records import Call, Outcome
from slm_instrument.store import schema, sql_erase
from slm_instrument.store.bulk import Values, insert_new
from slm_instrument.store.encoder import Encoder, Rows

_COLUMNS = ("id", "call_id", "trace_id", "name", "good", "score", "at")
_AT_ONCE = 2_000

table = schema.outcomes


def add(connection: Connection, encoder: Encoder, outcomes: Sequence[Outcome]) -> None:
    """Write outcomes that are not there yet."""
    rows = [_row(encoder, outcome) for outcome in outcomes]
    insert_new(connection, table, _COLUMNS, rows, unique="id")


def read(connection: Connection, after: int) -> tuple[int, list[Outcome]]:
    """Some outcomes behind a seq, in order, and the seq of the last."""
    rows = connection.execute(select(table).where(table.c.seq > after).order_by(table.c.seq).limit(_AT_ONCE)).all()
    found = [Outcome(**{name: getattr(row, name) for name in _COLUMNS}) for row in rows]
    return (rows[-1].seq if rows else after), found


def delete_of_condemned(connection: Connection) -> int:
    """Delete the outcomes of traces of which the condemned calls, gone by now, were all there was."""
    traces = schema.calls.c.trace_id
    condemned = select(sql_erase.doomed.c.scope)
    living = select(traces).where(traces.in_(condemned))
    return _delete(connection, table.c.trace_id.in_(condemned), table.c.trace_id.not_in(living))


def delete_orphans(connection: Connection, before: datetime) -> int:
    """Delete the outcomes from before a time whose trace has no call; a later one may have come before its calls."""
    traces = select(schema.calls.c.trace_id).where(schema.calls.c.trace_id.is_not(None))
    old = or_(table.c.at < before, table.c.at.is_(None))
    return _delete(connection, old, table.c.trace_id.not_in(traces))


def _delete(connection: Connection, *which: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(*which)).rowcount


def _row(encoder: Encoder, outcome: Outcome) -> Values:
    # The ids as those of a call are stored: they may tell something that is redacted.
    ids = encoder.of_call(Call(), Rows())
    return (
        outcome.id,
        ids.identifier(outcome.call_id),
        ids.identifier(outcome.trace_id),
        outcome.name,
        outcome.good,
        outcome.score,
        outcome.at,
    )
