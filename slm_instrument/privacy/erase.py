"""Erasure: all calls of an origin, and every text that no other call uses, out of the store and what was made of it.

One transaction deletes the rows, notes which datasets and students saw them, and takes those out of service. What
follows (the notes in the bundles' folders, free pages, the write-ahead log, spools) is written down as still to be done
until it is: an erasure that was killed at any moment is either not there at all, or completed by :func:`resume`, and by
the next one. Calls of the origin that come in later are refused when they were made before the erasure, and are new
calls like any other when they were made after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from slm_instrument.capture import recover
from slm_instrument.errors import ConfigError
from slm_instrument.privacy import erase_tasks
from slm_instrument.privacy.erase_scrub import Remembered, Scrubbed, scrub
from slm_instrument.privacy.erase_tasks import TaskChanged
from slm_instrument.privacy.retired import retire
from slm_instrument.records import new_id
from slm_instrument.store import (
    AuditRecord,
    Verdict,
    erasures,
    schema,
    secrets,
    sql_erase,
    sql_outcomes,
    sql_retain,
    sql_runs,
)
from slm_instrument.store.encoder import Encoder
from slm_instrument.store.erasures import Erasure
from slm_instrument.store.sql import SqlStore

PATIENCE_S = 10.0

_SAMPLE = 2_000  # contents of which the bytes are remembered and looked for


class Bundles(StrEnum):
    """What becomes of students that were made from erased calls."""

    RETIRE = "retire"  # out of service, in every process
    KEEP = "keep"  # only reported


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSeen:
    """A dataset that erased calls were in: how many, by split."""

    id: str
    task_id: str
    splits: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSeen:
    """A student, and its certificate, made from such a dataset; ``noted``: its folder says that it is retired."""

    id: str
    task_id: str
    dataset_id: str
    path: str
    verdict: Verdict
    splits: dict[str, int]
    retired: bool
    noted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What the transaction did: rows by table (of observations, those that forgot their call), and the lineage."""

    rows: dict[str, int]
    datasets: tuple[DatasetSeen, ...] = ()
    bundles: tuple[BundleSeen, ...] = ()
    tasks: tuple[TaskChanged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What an erasure did. ``origins`` are the pseudonyms under all keys there ever were."""

    id: str
    at: datetime
    by: str
    origins: tuple[str, ...]
    deleted: Deleted
    scrubbed: Scrubbed

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be done."""
        return not self.scrubbed.left


def erase(
    store: SqlStore,
    origins: Sequence[str],
    *,
    by: str,
    bundles: Bundles | str = Bundles.RETIRE,
    vacuum: bool = False,
    patience_s: float = PATIENCE_S,
) -> ErasureReport:
    """Erase the calls of origins.

    Args:
        store: The store.
        origins: The ids as the application gave them.
        by: Who wants it, for the audit log.
        bundles: What becomes of students that were made from those calls.
        vacuum: Write the database anew afterwards, whether or not remains are found.
        patience_s: How long to wait for other processes that are in the way of cleaning up.

    Raises:
        ConfigError: an origin that is none, or no such policy.
        StoreError: the store fails; what had been deleted by then is, and :func:`resume` completes it.
    """
    policy = _policy(bundles)
    if not origins or not all(origins):
        raise ConfigError("an erasure needs the id of an origin")
    recover(store, store.engine.url.render_as_string(hide_password=False))
    with store.writing() as connection, sql_erase.workspace(connection):
        erasure, remembered = _delete(connection, store, origins, by, policy)
    with store.reading() as connection:
        others = [each for each in erasures.pending(connection) if each.id != erasure.id]
    # What the others deleted is not known any more, so it cannot be looked for: the database is written anew.
    return _complete(store, [*others, erasure], remembered, vacuum or bool(others), patience_s)[-1]


def resume(store: SqlStore, *, vacuum: bool = False, patience_s: float = PATIENCE_S) -> list[ErasureReport]:
    """Complete the erasures that were broken off, or could not be completed; oldest first.

    Raises:
        StoreError: the store fails.
    """
    with store.reading() as connection:
        left = erasures.pending(connection)
    if not left:
        return []
    recover(store, store.engine.url.render_as_string(hide_password=False))
    return _complete(store, left, None, vacuum, patience_s)


def pending(store: SqlStore) -> int:
    """How many erasures are not complete."""
    with store.reading() as connection:
        return erasures.count_pending(connection)


def _policy(bundles: Bundles | str) -> Bundles:
    try:
        return Bundles(bundles)
    except ValueError:
        raise ConfigError(f"{bundles!r} is nothing to do with bundles: choose retire or keep") from None


def _delete(
    connection: Connection, store: SqlStore, origins: Sequence[str], by: str, policy: Bundles
) -> tuple[Erasure, Remembered]:
    keyring = store.keys.reload(connection)
    pseudonyms = [keyring.pseudonyms(origin) for origin in dict.fromkeys(origins)]
    all_names = list(dict.fromkeys(name for names in pseudonyms for name in names))
    sql_erase.condemn(connection, sql_erase.of_origins(all_names))
    lineage = sql_erase.lineage(connection, all_names)
    tasks = erase_tasks.concerned(connection, store.keys)
    if sql_retain.unswept(connection):  # a retention that was broken off left texts behind, perhaps these
        sql_erase.gather_all(connection)
    else:
        sql_erase.gather(connection)
    rows = {"dataset_items": sql_erase.delete_lineage(connection, all_names)} | sql_erase.delete_calls(connection)
    rows["outcomes"] += sql_outcomes.delete_of_condemned(connection)
    rows["mentions"] = sql_erase.delete_mentions(connection, store.keys)
    changed, contents = erase_tasks.cut_out(connection, store.keys, Encoder(store.keys, store.policies), tasks)
    sql_erase.gather_task_contents(connection, contents)
    remembered = _sweep(connection)
    rows |= sql_erase.delete_unused(connection)
    secrets.new_epoch(connection)
    id = new_id()
    datasets, bundles = _seen(connection, lineage, policy)
    if policy is Bundles.RETIRE and bundles:
        sql_runs.retire_bundles(connection, [bundle.id for bundle in bundles], _because(id))
    deleted = Deleted(rows=rows, datasets=datasets, bundles=bundles, tasks=tuple(changed))
    now = datetime.now(UTC)
    erasure = Erasure(
        id=id,
        requested_at=now,
        requested_by=by,
        origins=all_names,
        proof={"deleted": msgspec.to_builtins(deleted)},
        deleted_at=now,
    )
    erasures.add(connection, erasure)
    subject = ", ".join(names[0] for names in pseudonyms)
    detail = {"erasure": id, "calls": rows["calls"], "bundles": [bundle.id for bundle in bundles], "policy": policy}
    sql_runs.add_audit(connection, AuditRecord(at=now, who=by, action="erase", subject=subject, detail=detail))
    return erasure, remembered


def _sweep(connection: Connection) -> Remembered:
    """Find what is in no use any more, and remember some of it."""
    sql_erase.strike_used_nodes(connection)
    erased = sql_erase.strike_used_contents(connection) + sql_erase.strike_used_entities(connection)
    return Remembered(erased, sql_erase.sample(connection, _SAMPLE))


def _seen(
    connection: Connection, lineage: Sequence[tuple[str, str, int]], policy: Bundles
) -> tuple[tuple[DatasetSeen, ...], tuple[BundleSeen, ...]]:
    splits: dict[str, dict[str, int]] = {}
    for dataset, split, calls in lineage:
        splits.setdefault(dataset, {})[split] = calls
    table = schema.datasets
    rows = connection.execute(select(table.c.id, table.c.task_id).where(table.c.id.in_(list(splits)))).all()
    datasets = tuple(DatasetSeen(id=row.id, task_id=row.task_id, splits=splits[row.id]) for row in rows)
    bundles = tuple(
        BundleSeen(
            id=bundle.id,
            task_id=bundle.task_id,
            dataset_id=bundle.dataset_id,
            path=bundle.path,
            verdict=bundle.verdict,
            splits=splits[bundle.dataset_id],
            retired=policy is Bundles.RETIRE or bundle.retired_at is not None,
        )
        for bundle in sql_runs.bundles(connection, None)
        if bundle.dataset_id is not None and bundle.dataset_id in splits
    )
    return datasets, bundles


def _because(id: str) -> str:
    return f"calls that it was made from were erased (erasure {id})"


def _complete(
    store: SqlStore, left: Sequence[Erasure], remembered: Remembered | None, vacuum: bool, patience_s: float
) -> list[ErasureReport]:
    noted = [_noted(each) for each in left]
    scrubbed = scrub(store, remembered, left, rebuild=vacuum, patience_s=patience_s)
    if not scrubbed.left:
        proof: dict[str, Any] = {"scrubbed": msgspec.to_builtins(scrubbed)}
        with store.writing() as connection:
            erasures.finish(connection, [each.id for each in left], proof)
    return [
        ErasureReport(
            id=each.id,
            at=each.deleted_at,
            by=each.requested_by,
            origins=tuple(each.origins),
            deleted=deleted,
            scrubbed=scrubbed,
        )
        for each, deleted in zip(left, noted, strict=True)
    ]


def _noted(erasure: Erasure) -> Deleted:
    """What was deleted, after the folders of retired students have been told."""
    deleted = msgspec.convert(erasure.proof["deleted"], Deleted)
    because = _because(erasure.id)
    bundles = tuple(
        replace(bundle, noted=bundle.retired and retire(Path(bundle.path), because)) for bundle in deleted.bundles
    )
    return replace(deleted, bundles=bundles)
