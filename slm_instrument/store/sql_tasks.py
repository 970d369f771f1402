"""Tasks and assignments as rows."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, delete, select

from slm_instrument.errors import NotFoundError, StoreError
from slm_instrument.store import schema
from slm_instrument.store.base import AnalysisRecord, Task
from slm_instrument.store.bulk import insert_new
from slm_instrument.store.contents import CONTENT_COLUMNS
from slm_instrument.store.encoder import Encoder, Rows
from slm_instrument.store.secrets import Keys
from slm_instrument.store.sql_read import read_values

_BATCH = 5_000  # assignments a statement


def save(
    connection: Connection,
    encoder: Encoder,
    analysis: AnalysisRecord,
    tasks: Sequence[Task],
    assignments: Iterable[tuple[str, str | None]],
) -> None:
    """Replace the current tasks and assignments.

    Raises:
        StoreError: calls were erased since the analysis began: it may quote them.
    """
    erased = schema.erasures.c.deleted_at > analysis.started_at
    if connection.scalar(select(schema.erasures.c.deleted_at).where(erased).limit(1)) is not None:
        raise StoreError("calls were erased while they were analysed; what was found may quote them: analyse again")
    connection.execute(
        schema.analyses.insert(),
        {
            "id": analysis.id,
            "started_at": analysis.started_at,
            "calls": analysis.calls,
            "settings": msgspec.to_builtins(analysis.settings),
        },
    )
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
    connection.execute(delete(schema.assignments))
    batch: list[dict[str, str | None]] = []
    for call_id, task_id in assignments:
        batch.append({"call_id": call_id, "task_id": task_id})
        if len(batch) == _BATCH:
            connection.execute(schema.assignments.insert(), batch)
            batch.clear()
    if batch:
        connection.execute(schema.assignments.insert(), batch)


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


def read_assignments(connection: Connection, after: int) -> list[tuple[int, str, str | None]]:
    """The next (seq of the call, call id, task id or None) behind a seq, in order of arrival; empty at the end."""
    calls, assignments = schema.calls, schema.assignments
    query = (
        select(calls.c.seq, assignments.c.call_id, assignments.c.task_id)
        .join(calls, calls.c.id == assignments.c.call_id)
        .where(calls.c.seq > after)
        .order_by(calls.c.seq)
        .limit(_BATCH)
    )
    return [(row.seq, row.call_id, row.task_id) for row in connection.execute(query)]
