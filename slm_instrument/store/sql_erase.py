"""Erasing calls, and sweeping out what nothing uses any more, as statements.

There are no indexes on what refers to nodes and contents: they would cost every writer more than they save here. So
what might go is put into temporary tables, and one scan each of ``calls`` and ``nodes`` strikes from them what is in
use. Who deletes rows that writers remember as written must call :func:`slm_instrument.store.secrets.new_epoch`.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from slm_instrument.redaction.placeholders import tokens_in
from slm_instrument.store import schema
from slm_instrument.store.secrets import Keys
from slm_instrument.store.sql_read import (
    Nodes,
    chunks,
    prompt_contents,
    prompt_nodes,
    read_texts,
    referenced,
    scope_of,
)
from slm_instrument.store.sql_write import TEXTS

_temporary = MetaData()


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(f"slm_{name}", _temporary, *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


def _digests(name: str) -> Table:
    return _table(name, Column("id", LargeBinary, primary_key=True))


doomed = _table(
    "doomed",
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False),
    Column("scope", String, nullable=False),
)
old_nodes = _table("old_nodes", Column("id", LargeBinary, primary_key=True), Column("parent_id", LargeBinary))
old_contents = _digests("old_contents")
old_entities = _digests("old_entities")
_kept = _digests("kept")
_scopes = _table("scopes", Column("scope", String, primary_key=True))

SCOPE = func.coalesce(func.nullif(schema.calls.c.trace_id, ""), schema.calls.c.id)  # sql_read.scope_of, as SQL


class Stored(NamedTuple):
    """A text as it lay in the database, to look for it afterwards; ``id`` names it."""

    id: bytes
    codec: int
    size: int
    key_number: int
    data: bytes


@contextmanager
def workspace(connection: Connection, *tables: Table) -> Generator[None]:
    """Temporary tables (default: all), empty, until the block is left; in a transaction, which may only read."""
    _temporary.create_all(connection, tables or None, checkfirst=False)
    yield
    _temporary.drop_all(connection, tables or None, checkfirst=False)  # after an error the transaction takes them along


def condemn(connection: Connection, which: ColumnElement[bool]) -> None:
    """Note calls as those that go."""
    calls = schema.calls
    chosen = select(calls.c.seq, calls.c.id, SCOPE).where(which)
    connection.execute(doomed.insert().from_select(["seq", "id", "scope"], chosen))


def of_origins(pseudonyms: Sequence[str]) -> ColumnElement[bool]:
    """Which calls are of these origins."""
    return schema.calls.c.origin.in_(pseudonyms)


def lineage(connection: Connection, pseudonyms: Sequence[str]) -> list[tuple[str, str, int]]:
    """Which datasets hold the condemned calls, or expired ones of the same origins: (dataset, split, calls)."""
    items = schema.dataset_items
    query = select(items.c.dataset_id, items.c.split, func.count()).where(_items_of(pseudonyms))
    query = query.group_by(items.c.dataset_id, items.c.split).order_by(items.c.dataset_id, items.c.split)
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def gather(connection: Connection) -> None:
    """Note the nodes and contents of the condemned calls as those that may go; before the calls do."""
    nodes, calls = schema.nodes, schema.calls
    up = (
        select(nodes.c.id, nodes.c.parent_id)
        .where(nodes.c.id.in_(select(calls.c.prompt_id).join(doomed, doomed.c.seq == calls.c.seq)))
        .cte("up", recursive=True)
    )
    up = up.union(select(nodes.c.id, nodes.c.parent_id).join(up, nodes.c.id == up.c.parent_id))
    connection.execute(old_nodes.insert().from_select(["id", "parent_id"], select(up)))
    _note(connection, select(nodes.c.content_id).join(old_nodes, old_nodes.c.id == nodes.c.id))
    for name in TEXTS:
        _note(connection, select(calls.c[name]).join(doomed, doomed.c.seq == calls.c.seq), calls.c[name].is_not(None))


def gather_all(connection: Connection) -> None:
    """Note all nodes, contents and entities as those that may go."""
    nodes = schema.nodes
    connection.execute(old_nodes.insert().from_select(["id", "parent_id"], select(nodes.c.id, nodes.c.parent_id)))
    connection.execute(old_contents.insert().from_select(["id"], select(schema.contents.c.id)))
    connection.execute(old_entities.insert().from_select(["id"], select(schema.entities.c.id)))


def gather_task_contents(connection: Connection, ids: Iterable[bytes]) -> None:
    """Note contents of tasks as those that may go."""
    for id in ids:
        _note(connection, select(literal(id, LargeBinary)))


def delete_calls(connection: Connection) -> dict[str, int]:
    """Delete the condemned calls and what says something of them; returns the rows by table."""
    ids = select(doomed.c.id)
    observed = update(schema.observations).where(schema.observations.c.call_id.in_(ids)).values(call_id=None)
    return {
        "assignments": _delete(connection, schema.assignments, schema.assignments.c.call_id.in_(ids)),
        "observations": connection.execute(observed).rowcount,
        "outcomes": _delete(connection, schema.outcomes, schema.outcomes.c.call_id.in_(ids)),
        "calls": _delete(connection, schema.calls, schema.calls.c.seq.in_(select(doomed.c.seq))),
    }


def delete_lineage(connection: Connection, pseudonyms: Sequence[str]) -> int:
    """Take the condemned calls, and expired ones of the same origins, out of datasets, which count them as erased."""
    per_dataset: dict[str, int] = {}
    for dataset, _, count in lineage(connection, pseudonyms):
        per_dataset[dataset] = per_dataset.get(dataset, 0) + count
    table = schema.datasets
    for dataset, count in per_dataset.items():
        change = update(table).where(table.c.id == dataset)
        connection.execute(change.values(erased_calls=table.c.erased_calls + count))
    return _delete(connection, schema.dataset_items, _items_of(pseudonyms))


def keep_lineage(connection: Connection) -> None:
    """Note in datasets whose the condemned calls were, so that their origins can still be erased when they are gone."""
    items, calls = schema.dataset_items, schema.calls
    origin = select(calls.c.origin).where(calls.c.id == items.c.call_id).scalar_subquery()
    connection.execute(update(items).where(items.c.call_id.in_(select(doomed.c.id))).values(origin=origin))


def delete_mentions(connection: Connection, keys: Keys) -> int:
    """Delete what the condemned calls, gone by now, alone mentioned in their traces; notes the entities."""
    connection.execute(_scopes.insert().from_select(["scope"], select(doomed.c.scope).distinct()))
    living = set(connection.scalars(select(SCOPE).where(SCOPE.in_(select(_scopes.c.scope))).distinct()))
    for part in chunks(living):
        connection.execute(delete(_scopes).where(_scopes.c.scope.in_(part)))
    dead = schema.mentions.c.scope.in_(select(_scopes.c.scope))
    unmentioned = _unmentioned(connection, keys, living) if living else []
    return sum(_delete_mentions(connection, which) for which in (dead, *unmentioned))


def strike_used_nodes(connection: Connection) -> int:
    """Strike from the nodes that may go those that prompts still go through; returns how many are left."""
    nodes, calls, candidates = schema.nodes, schema.calls, select(old_nodes.c.id)
    leaves = select(calls.c.prompt_id).where(calls.c.prompt_id.in_(candidates)).distinct()
    connection.execute(_kept.insert().from_select(["id"], leaves))
    under_others = select(nodes.c.parent_id).where(
        nodes.c.parent_id.in_(candidates), nodes.c.id.not_in(candidates), nodes.c.parent_id.not_in(select(_kept.c.id))
    )
    connection.execute(_kept.insert().from_select(["id"], under_others.distinct()))
    up = select(_kept.c.id).cte("up", recursive=True)
    step = select(old_nodes.c.parent_id).join(up, old_nodes.c.id == up.c.id).where(old_nodes.c.parent_id.is_not(None))
    up = up.union(step)
    connection.execute(delete(old_nodes).where(old_nodes.c.id.in_(select(up.c.id))))
    return _count(connection, old_nodes)


def strike_used_contents(connection: Connection) -> int:
    """Strike from the contents that may go those that are in use, the nodes that may go aside; returns what is left."""
    nodes, calls = schema.nodes, schema.calls
    remaining = nodes.c.id.not_in(select(old_nodes.c.id))
    _strike(connection, old_contents, nodes.c.content_id, remaining)
    for name in TEXTS:
        _strike(connection, old_contents, calls.c[name])
    _strike(connection, old_contents, schema.tasks.c.content_id)
    return _count(connection, old_contents)


def strike_used_entities(connection: Connection) -> int:
    """Strike from the entities that may go those that some trace mentions; returns how many are left."""
    _strike(connection, old_entities, schema.mentions.c.entity_id)
    return _count(connection, old_entities)


def sample(connection: Connection, limit: int) -> list[Stored]:
    """Some of the contents and entities that go; a random choice, as their ids are digests."""
    rows: list[Stored] = []
    for table, going in ((schema.contents, old_contents), (schema.entities, old_entities)):
        columns = (table.c[name] for name in Stored._fields)
        query = select(*columns).join(going, going.c.id == table.c.id).order_by(table.c.id).limit(limit)
        for row in connection.execute(query):
            rows.append(Stored(bytes(row.id), row.codec, row.size, row.key_number, bytes(row.data)))
    return rows


def delete_unused(connection: Connection) -> dict[str, int]:
    """Delete the nodes, contents and entities that are left of those that may go; returns the rows by table."""
    pairs = ((schema.nodes, old_nodes), (schema.contents, old_contents), (schema.entities, old_entities))
    return {
        table.name: _delete(connection, table, table.c.id.in_(select(going.c.id))) for table, going in pairs
    }  # fmt: skip


def _items_of(pseudonyms: Sequence[str]) -> ColumnElement[bool]:
    items = schema.dataset_items
    return or_(items.c.call_id.in_(select(doomed.c.id)), items.c.origin.in_(pseudonyms))


def _note(connection: Connection, ids: Any, *where: ColumnElement[bool]) -> None:
    column = ids.selected_columns[0]
    new = ids.where(column.not_in(select(old_contents.c.id)), *where).distinct()
    connection.execute(old_contents.insert().from_select(["id"], new))


def _strike(connection: Connection, going: Table, user: ColumnElement[Any], *where: ColumnElement[bool]) -> None:
    used = select(user).where(user.in_(select(going.c.id)), *where)
    connection.execute(delete(going).where(going.c.id.in_(used)))


def _delete_mentions(connection: Connection, which: ColumnElement[bool]) -> int:
    entities = select(schema.mentions.c.entity_id).where(which).distinct()
    new = entities.where(schema.mentions.c.entity_id.not_in(select(old_entities.c.id)))
    connection.execute(old_entities.insert().from_select(["id"], new))
    return _delete(connection, schema.mentions, which)


def _unmentioned(connection: Connection, keys: Keys, scopes: Iterable[str]) -> list[ColumnElement[bool]]:
    """Which mentions of traces that go on are of none of their remaining calls."""
    found: list[ColumnElement[bool]] = []
    mentions = schema.mentions
    for part in chunks(scopes):
        rows = connection.execute(
            select(mentions.c.seq, mentions.c.scope, mentions.c.entity_id).where(mentions.c.scope.in_(part))
        ).all()
        said = _entities_said(connection, keys, part) if rows else set[tuple[str, bytes]]()
        seqs = [row.seq for row in rows if (row.scope, bytes(row.entity_id)) not in said]
        found += [mentions.c.seq.in_(some) for some in _slices(seqs)]
    return found


def _entities_said(connection: Connection, keys: Keys, scopes: Sequence[str]) -> set[tuple[str, bytes]]:
    """(trace, entity) of every token in the calls of these traces."""
    rows = connection.execute(select(schema.calls).where(SCOPE.in_(scopes))).all()
    nodes: Nodes = prompt_nodes(connection, {bytes(row.prompt_id) for row in rows if row.prompt_id is not None})
    texts = read_texts(connection, keys, referenced(rows) | {content for _, content in nodes.values()})
    tokens = {id: [entity for _, entity in tokens_in(text.raw.decode())] for id, text in texts.items()}
    return {
        (scope_of(row), entity)
        for row in rows
        for id in (*prompt_contents(row.prompt_id, nodes), *referenced([row]))
        for entity in tokens[id]
    }


def _slices(values: Sequence[int], size: int = 5_000) -> list[Sequence[int]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _delete(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(which)).rowcount


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0
