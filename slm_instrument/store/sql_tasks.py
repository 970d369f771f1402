"""Tasks and assignments as rows."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select

from slm_instrument.errors import NotFoundError, StoreError
from slm_instrument.store import schema
from slm_instrument.store.base import AnalysisRecord, Task
from slm_instrument.store.bulk import insert_new
from slm_instrument.store.contents import CONTENT_COLUMNS
from slm_instrument.store.encoder import Encoder, Rows
from slm_instrument.store.secrets import Keys
from slm_instrument.store.selecting import Note, Noted
from slm_instrument.store.sql_read import read_values

_BATCH = 5_000  # notes a statement
_NOTE = tuple(field.name for field in fields(Note))
_NOTED = [(schema.assignments if name in _NOTE else schema.calls).c[name] for name in Noted._fields]


def save(
    connection: Connection,
    encoder: Encoder,
    analysis: AnalysisRecord,
    tasks: Sequence[Task],
    notes: Iterable[Note],
) -> None:
    """Replace the current tasks, and what was noted of these calls and of those whose task is gone.

    Raises:
        StoreError: calls were erased since the analysis began: it may quote them.
    """
    erased = schema.erasures.c.deleted_at > analysis.started_at
    if connection.scalar(select(schema.erasures.c.deleted_at).where(erased).limit(1)) is not None:
        raise StoreError("calls were erased while they were analysed; what was found may quote them: analyse again")
    row = {
        "started_at": analysis.started_at,
        "calls": analysis.calls,
        "settings": msgspec.to_builtins(analysis.settings),
    }
    if connection.scalar(select(schema.analyses.c.id).where(schema.analyses.c.id == analysis.id)) is None:
        connection.execute(schema.analyses.insert(), {"id": analysis.id, **row})
    connection.execute(delete(schema.tasks))
    rows = Rows()
    task_rows = [
        {
            "id": task.id,
            "analysis_id": analysis.id,
            "calls": task.calls,
            "content_id": encoder.content(msgspec.to_builtins(task), rows),
        }
        for task in tasks
    ]
    if task_rows:
        insert_new(connection, schema.contents, CONTENT_COLUMNS, rows.content_rows(encoder.keyring), unique="id")
        connection.execute(schema.tasks.insert(), task_rows)
    table = schema.assignments
    connection.execute(
        delete(table).where(table.c.task_id.is_not(None), table.c.task_id.not_in(select(schema.tasks.c.id)))
    )
    remaining = iter(notes)
    while batch := list(islice(remaining, _BATCH)):
        # Not an UPDATE: a role that may analyse needs no right to it (slm_instrument.privacy.roles).
        connection.execute(delete(table).where(table.c.call_id.in_([note.call_id for note in batch])))
        connection.execute(table.insert(), [_row(note) for note in batch])


def last_settings(connection: Connection) -> dict[str, Any]:
    """The settings of the last analysis; none where there was none."""
    table = schema.analyses
    latest = select(table.c.settings).order_by(table.c.started_at.desc(), table.c.id.desc()).limit(1)
    return connection.scalar(latest) or {}


def load(connection: Connection, keys: Keys) -> list[Task]:
    """The current tasks, most calls first."""
    query = select(schema.tasks.c.content_id).order_by(schema.tasks.c.calls.desc(), schema.tasks.c.id)
    ids = [bytes(id) for id in connection.scalars(query)]
    values = read_values(connection, keys, ids)
    return [msgspec.convert(values[id], Task) for id in ids]


def find(tasks: Sequence[Task], id_or_name: str) -> Task:
    """The task of that id, or of that name.

    Raises:
        NotFoundError: none, or several of that name.
    """
    if not tasks:
        raise NotFoundError(f"no task {id_or_name!r}: nothing has been analysed yet; run: slm-instrument analyze")
    named = [task for task in tasks if task.name == id_or_name]
    found = [task for task in tasks if task.id == id_or_name] or named
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(f"{len(found)} tasks are named {id_or_name!r}; use an id: {', '.join(t.id for t in found)}")
    known = ", ".join(task.name for task in tasks[:8]) + (", ..." if len(tasks) > 8 else "")
    raise NotFoundError(f"no task {id_or_name!r}; there are: {known}")


def read_noted(connection: Connection, after: int) -> tuple[int, list[Noted]]:
    """The next noted calls behind a number of arrival, and the last one's number; none at the end."""
    calls = schema.calls
    query = select(calls.c.seq, *_NOTED).join(calls, calls.c.id == schema.assignments.c.call_id)
    rows = connection.execute(query.where(calls.c.seq > after).order_by(calls.c.seq).limit(_BATCH)).all()
    return rows[-1].seq if rows else after, [Noted._make(row[1:]) for row in rows]


def _row(note: Note) -> dict[str, Any]:
    return {name: getattr(note, name) for name in _NOTE}
