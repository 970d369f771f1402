"""Reading calls back: their prompts put together, their texts opened, placeholders numbered by trace."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select, text, true

from slm_instrument.errors import StoreError
from slm_instrument.records import Call, Failure, Message, Usage, message_from_openai, tool_from_openai
from slm_instrument.redaction.placeholders import Numbers, has_tokens
from slm_instrument.store import schema
from slm_instrument.store.base import Served
from slm_instrument.store.contents import State, opened
from slm_instrument.store.secrets import Keys
from slm_instrument.store.selecting import EVERY_CALL, Selection
from slm_instrument.store.sql_select import call_rows, selected
from slm_instrument.store.sql_write import PLAIN, TEXTS, USAGE

_T = TypeVar("_T", bytes, str)

IN_LIST = 5_000  # values in one IN (...): under SQLite's bound of 32,766 variables

_CACHED_MESSAGES = 2_000  # decoded messages kept between batches: system prompts, the turns of running dialogues


def count_unseen(connection: Connection) -> int:
    """How many contents names were not looked for in."""
    table = schema.contents
    of_tasks = select(schema.tasks.c.content_id)  # made by the analysis, of what it read
    query = (
        select(func.count()).select_from(table).where(table.c.state != int(State.PASSED), table.c.id.not_in(of_tasks))
    )
    return connection.scalar(query) or 0


def known_names(connection: Connection, names: Collection[str]) -> set[str]:
    """Those of the names that are ids of calls, or of traces; goes over all calls once, as traces have no index."""
    wanted = frozenset(names)
    rows = connection.execute(select(schema.calls.c.id, schema.calls.c.trace_id)) if wanted else ()
    return {name for row in rows for name in row if name in wanted}


def served(connection: Connection, since: datetime | None) -> list[Served]:
    """Calls by task and by who answered, with the median duration."""
    calls, assignments = schema.calls, schema.assignments
    group = (assignments.c.task_id, calls.c.served_by)
    timings = select(
        *group,
        calls.c.duration_ms,
        # Untimed calls sort last, behind the ones counted in `timed`, so they do not shift the middle.
        func.row_number().over(partition_by=group, order_by=calls.c.duration_ms.nulls_last()).label("rank"),
        func.count(calls.c.duration_ms).over(partition_by=group).label("timed"),
        func.count().over(partition_by=group).label("calls"),
    ).select_from(calls.outerjoin(assignments, assignments.c.call_id == calls.c.id))
    ranked = selected(timings, Selection(since=since)).subquery()
    median = func.max(ranked.c.duration_ms).filter(ranked.c.rank == (ranked.c.timed + 1) // 2)
    answered = (ranked.c.task_id, ranked.c.served_by)
    query = select(*answered, func.max(ranked.c.calls).label("calls"), median.label("duration_ms")).group_by(*answered)
    return [
        Served(task_id=row.task_id, served_by=row.served_by, calls=row.calls, duration_ms=row.duration_ms)
        for row in connection.execute(query)
    ]


class Text(NamedTuple):
    """A content as it was stored: JSON, with tokens where something was taken out."""

    raw: bytes
    state: State


HIDDEN = Text(b"", State.HELD)  # not even the ciphertext is for this user to see


@dataclass(slots=True)
class Reader:
    """Reads calls in order of arrival, a batch at a time, continuing after the last one read.

    Calls of which a text is held back are passed over.
    """

    keys: Keys
    where: Selection = EVERY_CALL
    _after: int = 0
    _messages: OrderedDict[bytes, Message | Text] = field(default_factory=OrderedDict[bytes, "Message | Text"])

    def read(self, connection: Connection, batch: int) -> list[Call] | None:
        """The next batch, which may be empty; None at the end."""
        rows = call_rows(connection, self.where, self._after, batch)
        if not rows:
            return None
        self._after = rows[-1].seq
        nodes = prompt_nodes(connection, {row.prompt_id for row in rows if row.prompt_id is not None})
        texts = read_texts(connection, self.keys, referenced(rows))
        self._load_messages(connection, {content_id for _, content_id in nodes.values()})
        scopes = _Scopes(connection, rows)
        calls = [self._call(row, nodes, texts, scopes) for row in rows]
        while len(self._messages) > _CACHED_MESSAGES:
            self._messages.popitem(last=False)
        return [call for call in calls if call is not None]

    def _load_messages(self, connection: Connection, ids: set[bytes]) -> None:
        for id in ids & self._messages.keys():
            self._messages.move_to_end(id)
        for id, stored in read_texts(connection, self.keys, ids - self._messages.keys()).items():
            plain = stored.state is not State.HELD and not has_tokens(stored.raw)
            self._messages[id] = message_from_openai(msgspec.json.decode(stored.raw)) if plain else stored

    def _call(self, row: Row[Any], nodes: "Nodes", texts: dict[bytes, Text], scopes: "_Scopes") -> Call | None:
        prompt = [self._messages[id] for id in prompt_contents(row.prompt_id, nodes)]
        own = {column: texts[bytes(id)] for column in TEXTS if (id := getattr(row, column)) is not None}
        if any(isinstance(text, Text) and text.state is State.HELD for text in (*prompt, *own.values())):
            return None
        messages = tuple(
            message_from_openai(scopes.value(row, each)) if isinstance(each, Text) else each for each in prompt
        )
        return _call(row, messages, {column: scopes.value(row, text) for column, text in own.items()})


class _Scopes:
    """The numbers of entities in the traces of a batch, asked of the database when the first token comes up."""

    def __init__(self, connection: Connection, rows: Sequence[Row[Any]]) -> None:
        self._connection = connection
        self._rows = rows
        self._known: dict[str, Numbers] | None = None

    def value(self, row: Row[Any], text: Text) -> Any:
        """The value of a text, with the placeholders of the row's trace."""
        if not has_tokens(text.raw):
            return msgspec.json.decode(text.raw)
        if self._known is None:
            self._known = numbers_of(self._connection, map(scope_of, self._rows))
        return msgspec.json.decode(self._known.setdefault(scope_of(row), Numbers()).render(text.raw))


Nodes = dict[bytes, tuple[bytes | None, bytes]]  # id -> (the node before, content)


def scope_of(row: Row[Any]) -> str:
    """Within what the placeholders of a call are numbered: its trace, or itself where it has none."""
    return row.trace_id or row.id


def numbers_of(connection: Connection, scopes: Iterable[str]) -> dict[str, Numbers]:
    """The numbers of entities in traces, in order of first mention."""
    found: dict[str, Numbers] = {}
    mentions, entities = schema.mentions, schema.entities
    for part in chunks(scopes):
        query = select(mentions.c.scope, mentions.c.entity_id, entities.c.type)
        query = query.join(entities, entities.c.id == mentions.c.entity_id)
        for row in connection.execute(query.where(mentions.c.scope.in_(part)).order_by(mentions.c.seq)):
            found.setdefault(row.scope, Numbers()).of(row.type, bytes(row.entity_id))
    return found


def prompt_contents(leaf: bytes | None, nodes: Nodes) -> list[bytes]:
    """The contents of a prompt's messages, in order."""
    found: list[bytes] = []
    node = bytes(leaf) if leaf is not None else None
    while node is not None:
        node, content_id = nodes[node]
        found.append(content_id)
    return found[::-1]


def referenced(rows: Sequence[Row[Any]]) -> set[bytes]:
    """The contents of calls beside their prompts."""
    return {bytes(id) for row in rows for column in TEXTS if (id := getattr(row, column)) is not None}


def read_texts(connection: Connection, keys: Keys, ids: Iterable[bytes]) -> dict[bytes, Text]:
    """Contents by their ids.

    Raises:
        StoreError: one is missing or damaged.
        StoreKeyError: one is encrypted with a key that is gone.
    """
    wanted = set(ids)
    found: dict[bytes, Text] = {}
    table = schema.contents
    for part in chunks(wanted):
        rows = connection.execute(select(table).where(table.c.id.in_(part))).all()
        keyring = keys.covering(connection, {row.key_number for row in rows})
        for row in rows:
            id = bytes(row.id)
            raw = opened(keyring, id, row.codec, row.size, row.key_number, row.data)
            found[id] = Text(raw, State(row.state))
    missing = wanted - found.keys()
    if missing and not _some_are_hidden(connection):
        raise StoreError(f"{len(missing)} contents are missing from the store")
    return found | dict.fromkeys(missing, HIDDEN)


def _some_are_hidden(connection: Connection) -> bool:
    """Whether row security keeps contents from this user: those that are held back (slm_instrument.privacy.roles)."""
    return connection.dialect.name == "postgresql" and bool(connection.scalar(_ROW_SECURITY))


def read_values(connection: Connection, keys: Keys, ids: Iterable[bytes]) -> dict[bytes, Any]:
    """The values of contents that the package itself made."""
    return {id: msgspec.json.decode(text.raw) for id, text in read_texts(connection, keys, ids).items()}


def _call(row: Row[Any], messages: tuple[Message, ...], values: dict[str, Any]) -> Call:
    extra: dict[str, dict[str, Any]] = values.get("extra_id") or {}
    error, response = values.get("error_id"), values.get("response_id")
    tokens = {name: getattr(row, name) for name in USAGE}
    return Call(
        **{name: getattr(row, name) for name in PLAIN},
        messages=messages,
        tools=tuple(tool_from_openai(tool) for tool in values.get("tools_id") or ()),
        response_format=values.get("response_format_id"),
        params=extra.get("params", {}),
        response=message_from_openai(response) if response is not None else None,
        error=Failure(**error) if error else None,
        usage=Usage(**tokens) if any(count is not None for count in tokens.values()) else None,
        origin=row.origin,
        labels=extra.get("labels", {}),
    )


def prompt_nodes(connection: Connection, leaves: set[bytes]) -> Nodes:
    """The nodes of all the prompts that end in these leaves: id -> (parent, content). Shared prefixes come once."""
    found: Nodes = {}
    chain = _CHAINS[connection.dialect.name]
    for part in chunks(leaves):
        for row in connection.execute(chain, {"leaves": part}):
            parent = bytes(row.parent_id) if row.parent_id is not None else None
            found[bytes(row.id)] = (parent, bytes(row.content_id))
    return found


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Distinct values, sorted, in lists that fit a statement."""
    listed = sorted(set(values))
    for start in range(0, len(listed), IN_LIST):
        yield listed[start : start + IN_LIST]


def _chain_query(*, one_by_one: bool) -> Any:
    nodes = schema.nodes
    leaf = select(nodes.c.id, nodes.c.parent_id, nodes.c.content_id).where(
        nodes.c.id.in_(bindparam("leaves", expanding=True))
    )
    up = leaf.cte("up", recursive=True)
    if one_by_one:
        parent = select(nodes.c.id, nodes.c.parent_id, nodes.c.content_id).where(nodes.c.id == up.c.parent_id)
        step = select(found := parent.limit(1).lateral()).select_from(up.join(found, true()))
    else:
        step = select(nodes.c.id, nodes.c.parent_id, nodes.c.content_id).join(up, nodes.c.id == up.c.parent_id)
    # UNION, not UNION ALL: a prefix that many dialogues share is walked once.
    return select(up.union(step))


# PostgreSQL takes a chain for thousands of nodes long, and reads the whole table for each step; with LIMIT 1 it looks
# each one up (500 calls of 200,000: 10 ms instead of 200).
_CHAINS = {"postgresql": _chain_query(one_by_one=True), "sqlite": _chain_query(one_by_one=False)}
# Those who may delete contents may see them all: what is missing then is lost.
_ROW_SECURITY = text("SELECT row_security_active('contents') AND NOT has_table_privilege('contents', 'DELETE')")
