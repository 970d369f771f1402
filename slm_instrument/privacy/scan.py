"""The second stage of redaction: names and the like are looked for in what the store holds, each content once.

It may run while calls come in, be broken off and run again: what was looked through is marked in the transaction that
puts it back. Where the extra is not installed, contents of level ``strict`` stay held back.
"""

from dataclasses import dataclass
from typing import Any

from slm_instrument.privacy.lookup import Lookup, Names
from slm_instrument.progress import Listener, Stage
from slm_instrument.redaction.placeholders import Entity
from slm_instrument.store import secrets
from slm_instrument.store.base import Task
from slm_instrument.store.encoder import Encoder
from slm_instrument.store.selecting import EVERY_CALL, Selection
from slm_instrument.store.sql import SqlStore
from slm_instrument.store.sql_scan import Unscanned, read_unscanned, write_scanned

_STRETCH = 200  # calls a transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """What was done: calls passed, contents looked through, how many of these held something, and how many things."""

    calls: int
    contents: int
    masked: int
    entities: int


def scan(
    store: SqlStore,
    names: Names,
    *,
    task: Task | None = None,
    progress: Listener | None = None,
) -> ScanReport:
    """Take names and the like out of the store's contents, of all calls or of a task's.

    Args:
        store: The store; calls may be written to it meanwhile.
        names: What finds them.
        task: Only this task's calls.
        progress: Told the calls passed.

    Raises:
        StoreError: the store fails; what was put back before stays so.
    """
    stage = Stage("redact", store.count_calls(Selection(task_id=task.id) if task else EVERY_CALL), progress)
    calls = contents = masked = found = after = 0
    while (read := _next(store, after, task)) is not None:
        epoch, stretch = read
        looked = look_through(stretch, names, _encoder(store))
        with store.writing() as connection:
            if secrets.epoch(connection) != epoch:
                continue  # something was erased since, perhaps of this: looked at again, it will not come back
            write_scanned(connection, _encoder(store), stretch, looked.values, looked.entities)
        after = stretch.last
        calls += stretch.calls
        contents += len(stretch.values)
        masked += len(looked.values)
        found += len(looked.entities)
        stage.reach(calls)
    stage.finish()
    return ScanReport(calls=calls, contents=contents, masked=masked, entities=found)


@dataclass(frozen=True, slots=True)
class Looked:
    """The contents of a stretch in which something was found, with tokens in its place, and what it was."""

    values: dict[bytes, Any]
    entities: list[Entity]


def look_through(stretch: Unscanned, names: Names, encoder: Encoder) -> Looked:
    """Find names in all texts of a stretch, and put tokens in their place."""
    lookup = Lookup(names, ((value, stretch.policies[id]) for id, value in stretch.values.items()))
    entities: dict[bytes, Entity] = {}

    def replace(type: str, text: str) -> str:
        entity = encoder.entity(type, text)
        entities[entity.id] = entity
        return entity.token

    made = {id: lookup.masked(value, stretch.policies[id], replace) for id, value in stretch.values.items()}
    changed = {id: value for id, value in made.items() if value is not stretch.values[id]}
    return Looked(changed, list(entities.values()))


def _next(store: SqlStore, after: int, task: Task | None) -> tuple[int, Unscanned] | None:
    """The next stretch, and the store's epoch before it was read."""
    named = (task.id, task.name) if task else None
    with store.reading() as connection:
        epoch = secrets.epoch(connection)
        found = read_unscanned(connection, store.keys, store.policies, after=after, limit=_STRETCH, task=named)
    return (epoch, found) if found is not None else None


def _encoder(store: SqlStore) -> Encoder:
    return Encoder(store.keys, store.policies)
