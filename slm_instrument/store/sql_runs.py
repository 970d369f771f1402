"""What became of tasks, as rows: bundles, flags; and who did what."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from msgspec import convert
from sqlalchemy import Connection, func, select, update

from slm_instrument.store import schema
from slm_instrument.store.base import AuditRecord, BundleRecord, Flag

_FLAGS = select(*(column for column in schema.flags.c if column.name != "seq"))


def save_bundle(connection: Connection, bundle: BundleRecord) -> None:
    """Write that a student was made; of calls some of which were erased meanwhile, it is retired from the beginning."""
    row, datasets = plain_row(bundle), schema.datasets
    erased = connection.scalar(select(datasets.c.erased_calls).where(datasets.c.id == bundle.dataset_id))
    if erased:
        because = f"{erased} calls that it was made from were erased meanwhile"
        row |= {"retired_at": datetime.now(UTC), "retired_because": because}
    connection.execute(schema.bundles.insert(), row)


def bundles(connection: Connection, task_id: str | None) -> list[BundleRecord]:
    """Students made, newest first."""
    table = schema.bundles
    query = select(table).order_by(table.c.created_at.desc(), table.c.id.desc())
    if task_id is not None:
        query = query.where(table.c.task_id == task_id)
    rows = connection.execute(query)
    return [convert(row, BundleRecord, from_attributes=True) for row in rows]


def retired_bundles(connection: Connection) -> dict[str, str]:
    """Why students may not serve any more, by id."""
    table = schema.bundles
    query = select(table.c.id, table.c.retired_because).where(table.c.retired_at.is_not(None))
    return {row.id: row.retired_because or "" for row in connection.execute(query)}


def retire_bundles(connection: Connection, ids: Sequence[str], because: str) -> None:
    """Let students not serve any more; those that may not already keep their reason."""
    table = schema.bundles
    change = update(table).where(table.c.id.in_(ids), table.c.retired_at.is_(None))
    connection.execute(change.values(retired_at=datetime.now(UTC), retired_because=because))


def add_flag(connection: Connection, flag: Flag) -> None:
    """Set a task's mode; earlier settings stay as its history."""
    connection.execute(schema.flags.insert(), plain_row(flag))


def current_flags(connection: Connection) -> list[Flag]:
    """The newest setting of every task. Every process asks this twice a second: an index answers it."""
    table = schema.flags
    newest = select(func.max(table.c.seq)).group_by(table.c.task_id)
    return [
        convert(row, Flag, from_attributes=True) for row in connection.execute(_FLAGS.where(table.c.seq.in_(newest)))
    ]


def flag_history(connection: Connection, task_id: str | None) -> list[Flag]:
    """All settings, oldest first."""
    query = _FLAGS if task_id is None else _FLAGS.where(schema.flags.c.task_id == task_id)
    rows = connection.execute(query.order_by(schema.flags.c.seq))
    return [convert(row, Flag, from_attributes=True) for row in rows]


def add_audit(connection: Connection, record: AuditRecord) -> None:
    """Write down who did what."""
    connection.execute(schema.audit.insert(), plain_row(record) | {"detail": dict(record.detail)})


def audit(connection: Connection) -> list[AuditRecord]:
    """Who did what, oldest first."""
    table = schema.audit
    query = select(*(column for column in table.c if column.name != "seq")).order_by(table.c.seq)
    return [convert(row, AuditRecord, from_attributes=True) for row in connection.execute(query)]


def plain_row(record: Any) -> dict[str, Any]:
    """A record's fields as column values."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
