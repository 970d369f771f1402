"""Datasets as rows: what calls are in which split, and which version of a task's dataset that is."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, func, select

from slm_instrument.errors import NotFoundError
from slm_instrument.store import schema
from slm_instrument.store.base import DatasetRecord
from slm_instrument.store.sql_read import chunks


def save(connection: Connection, dataset: DatasetRecord) -> DatasetRecord:
    """Write a dataset with the split of each of its calls; those that were erased since they were read are counted."""
    split_of = {call_id: split for split, call_ids in dataset.splits.items() for call_id in call_ids}
    gone = _gone(connection, split_of)
    version = _version(connection, dataset)
    row = {
        "id": dataset.id,
        "task_id": dataset.task_id,
        "created_at": dataset.created_at,
        "erased_calls": len(gone),
        "version": version,
        "digest": dataset.digest,
        "settings": dict(dataset.settings),
    }
    connection.execute(schema.datasets.insert(), row)
    items = [
        {"dataset_id": dataset.id, "call_id": call_id, "split": split}
        for call_id, split in split_of.items()
        if call_id not in gone
    ]
    if items:
        connection.execute(schema.dataset_items.insert(), items)
    return replace(dataset, version=version)


def find(connection: Connection, task_id: str, version: int | None) -> DatasetRecord:
    """The last dataset of a task, or the last of that version.

    Raises:
        NotFoundError: there is none.
    """
    table, items = schema.datasets, schema.dataset_items
    query = select(table).where(table.c.task_id == task_id).order_by(table.c.created_at.desc(), table.c.id.desc())
    query = query if version is None else query.where(table.c.version == version)
    row = connection.execute(query.limit(1)).mappings().first()
    if row is None:
        of_version = "" if version is None else f" of version {version}"
        raise NotFoundError(f"task {task_id} has no dataset{of_version}")
    splits: dict[str, list[str]] = {}
    of_dataset = select(items.c.split, items.c.call_id).where(items.c.dataset_id == row["id"])
    for split, call_id in connection.execute(of_dataset.order_by(items.c.call_id)):
        splits.setdefault(split, []).append(call_id)
    return DatasetRecord(**row, splits=splits)


def calls(connection: Connection, dataset_id: str) -> dict[str, str]:
    """The splits of a dataset's calls, by call."""
    items = schema.dataset_items
    rows = connection.execute(select(items.c.call_id, items.c.split).where(items.c.dataset_id == dataset_id))
    return {call_id: split for call_id, split in rows}


def _version(connection: Connection, dataset: DatasetRecord) -> int:
    """That of the task's dataset with the same content, or the next one."""
    table = schema.datasets
    of_task = table.c.task_id == dataset.task_id
    same = select(table.c.version).where(of_task, table.c.digest == dataset.digest, table.c.digest != "")
    known = connection.scalar(same.limit(1))
    return known or (connection.scalar(select(func.max(table.c.version)).where(of_task)) or 0) + 1


def _gone(connection: Connection, call_ids: Iterable[str]) -> set[str]:
    """Which calls are not there any more, where anybody's were erased."""
    gone = set(call_ids)
    if connection.scalar(select(schema.erasures.c.deleted_at).limit(1)) is None:
        return set()
    for part in chunks(gone):
        gone.difference_update(connection.scalars(select(schema.calls.c.id).where(schema.calls.c.id.in_(part))))
    return gone
