"""Calls as rows: writing a batch in one transaction, reading them back with their prompts put together."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select

from slm_instrument.errors import StoreError
from slm_instrument.records import Call, Failure, Message, ToolSpec, Usage, message_from_openai, tool_from_openai
from slm_instrument.store import schema
from slm_instrument.store.base import Served
from slm_instrument.store.bulk import Values, insert_new
from slm_instrument.store.contents import CONTENT_COLUMNS, NODE_COLUMNS, ContentRow, Encoder, Rows, decode

# Columns that are the Call's field of the same name.
_PLAIN = (
    "id", "trace_id", "parent_id", "call_index", "app", "agent", "provider", "model", "operation", "framework",
    "started_at", "duration_ms", "time_to_first_token_ms", "cost_usd", "audience", "served_by",
)  # fmt: skip
_USAGE = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")

_COLUMNS = (
    *_PLAIN, *_USAGE, "recorded_at", "origin",
    "prompt_id", "tools_id", "response_format_id", "response_id", "error_id", "extra_id",
)  # fmt: skip
_plain_of = attrgetter(*_PLAIN)
_usage_of = attrgetter(*_USAGE)
_NO_USAGE = (None,) * len(_USAGE)

_IN_LIST = 5_000  # values in one IN (...): under SQLite's bound of 32,766 variables
_CACHED_MESSAGES = 2_000  # decoded messages kept between batches: system prompts, the turns of running dialogues


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch turned into rows, ready to be inserted."""

    rows: Rows
    contents: list[ContentRow]
    calls: list[Values]  # in the order of _COLUMNS


def prepare(calls: Iterable[Call], encoder: Encoder) -> Prepared:
    """Turn calls into rows. No database is needed for it, so no transaction is open meanwhile."""
    rows = Rows()
    now = datetime.now(UTC)
    made = [_row(call, encoder, rows, now) for call in calls]
    return Prepared(rows, rows.content_rows(), made)


def insert(connection: Connection, prepared: Prepared) -> int:
    """Insert a batch; returns how many of its calls were new."""
    insert_new(connection, schema.contents, CONTENT_COLUMNS, prepared.contents, unique="id")
    insert_new(connection, schema.nodes, NODE_COLUMNS, list(prepared.rows.nodes.values()), unique="id")
    return insert_new(connection, schema.calls, _COLUMNS, prepared.calls, unique="id")


def count(connection: Connection, task_id: str | None) -> int:
    """How many calls there are, or how many of a task."""
    query = select(func.count()).select_from(schema.calls)
    if task_id is not None:
        query = query.join(schema.assignments, schema.assignments.c.call_id == schema.calls.c.id)
        query = query.where(schema.assignments.c.task_id == task_id)
    return connection.scalar(query) or 0


def served(connection: Connection) -> list[Served]:
    """Calls by task and by who answered, with the median duration."""
    calls, assignments = schema.calls, schema.assignments
    group = (assignments.c.task_id, calls.c.served_by)
    ranked = (
        select(
            *group,
            calls.c.duration_ms,
            # Untimed calls sort last, behind the ones counted in `timed`, so they do not shift the middle.
            func.row_number().over(partition_by=group, order_by=calls.c.duration_ms.nulls_last()).label("rank"),
            func.count(calls.c.duration_ms).over(partition_by=group).label("timed"),
            func.count().over(partition_by=group).label("calls"),
        )
        .select_from(calls.outerjoin(assignments, assignments.c.call_id == calls.c.id))
        .subquery()
    )
    median = func.max(ranked.c.duration_ms).filter(ranked.c.rank == (ranked.c.timed + 1) // 2)
    answered = (ranked.c.task_id, ranked.c.served_by)
    query = select(*answered, func.max(ranked.c.calls).label("calls"), median.label("duration_ms")).group_by(*answered)
    return [
        Served(task_id=row.task_id, served_by=row.served_by, calls=row.calls, duration_ms=row.duration_ms)
        for row in connection.execute(query)
    ]


@dataclass(slots=True)
class Reader:
    """Reads calls in order of arrival, a batch at a time, continuing after the last one read."""

    task_id: str | None
    _after: int = 0
    _messages: OrderedDict[bytes, Message] = field(default_factory=OrderedDict[bytes, Message])

    def read(self, connection: Connection, batch: int) -> list[Call]:
        """The next batch, empty at the end."""
        query = select(schema.calls).where(schema.calls.c.seq > self._after).order_by(schema.calls.c.seq).limit(batch)
        if self.task_id is not None:
            query = query.join(schema.assignments, schema.assignments.c.call_id == schema.calls.c.id)
            query = query.where(schema.assignments.c.task_id == self.task_id)
        rows = connection.execute(query).all()
        if not rows:
            return []
        self._after = rows[-1].seq
        nodes = _prompt_nodes(connection, {row.prompt_id for row in rows if row.prompt_id is not None})
        values = read_contents(connection, _referenced(rows))
        self._load_messages(connection, {content_id for _, content_id in nodes.values()})
        calls = [_call(row, self._prompt(row.prompt_id, nodes), values) for row in rows]
        while len(self._messages) > _CACHED_MESSAGES:
            self._messages.popitem(last=False)
        return calls

    def _load_messages(self, connection: Connection, ids: set[bytes]) -> None:
        for id in ids & self._messages.keys():
            self._messages.move_to_end(id)
        for id, value in read_contents(connection, ids - self._messages.keys()).items():
            self._messages[id] = message_from_openai(value)

    def _prompt(self, node: bytes | None, nodes: dict[bytes, tuple[bytes | None, bytes]]) -> tuple[Message, ...]:
        messages: list[Message] = []
        while node is not None:
            node, content_id = nodes[node]
            messages.append(self._messages[content_id])
        return tuple(reversed(messages))


def read_contents(connection: Connection, ids: Iterable[bytes]) -> dict[bytes, Any]:
    """The values of contents by their ids.

    Raises:
        StoreError: one is missing or damaged.
    """
    wanted = set(ids)
    found: dict[bytes, Any] = {}
    table = schema.contents
    for part in _chunks(wanted):
        query = select(table.c.id, table.c.codec, table.c.data, table.c.size).where(table.c.id.in_(part))
        for row in connection.execute(query):
            id = bytes(row.id)
            try:
                found[id] = msgspec.json.decode(decode(row.codec, row.data, row.size))
            except ValueError as e:
                raise StoreError(f"content {id.hex()} cannot be read: {e}") from e
    if len(found) < len(wanted):
        raise StoreError(f"{len(wanted) - len(found)} contents are missing from the store")
    return found


def _row(call: Call, encoder: Encoder, rows: Rows, now: datetime) -> Values:
    extra = {name: value for name, value in (("params", call.params), ("labels", call.labels)) if value}
    error = {"type": call.error.type, "message": call.error.message} if call.error else None
    return (
        *_plain_of(call),
        *(_usage_of(call.usage) if call.usage else _NO_USAGE),
        now,
        encoder.pseudonym(call.origin) if call.origin is not None else None,
        encoder.prompt(call.messages, rows),
        encoder.content([tool.to_openai() for tool in call.tools], rows) if call.tools else None,
        encoder.content(call.response_format, rows) if call.response_format else None,
        encoder.content(call.response.to_openai(), rows) if call.response else None,
        encoder.content(error, rows) if error else None,
        encoder.content(extra, rows) if extra else None,
    )


def _call(row: Row[Any], messages: tuple[Message, ...], values: dict[bytes, Any]) -> Call:
    def value(column: str) -> Any:
        id = getattr(row, column)
        return None if id is None else values[bytes(id)]

    extra: dict[str, dict[str, Any]] = value("extra_id") or {}
    error, response = value("error_id"), value("response_id")
    tokens = {name: getattr(row, name) for name in _USAGE}
    return Call(
        **{name: getattr(row, name) for name in _PLAIN},
        messages=messages,
        tools=_tools(value("tools_id")),
        response_format=value("response_format_id"),
        params=extra.get("params", {}),
        response=message_from_openai(response) if response is not None else None,
        error=Failure(**error) if error else None,
        usage=Usage(**tokens) if any(count is not None for count in tokens.values()) else None,
        origin=row.origin,
        labels=extra.get("labels", {}),
    )


def _tools(value: Any) -> tuple[ToolSpec, ...]:
    return tuple(tool_from_openai(tool) for tool in value or ())


def _referenced(rows: Sequence[Row[Any]]) -> set[bytes]:
    columns = ("tools_id", "response_format_id", "response_id", "error_id", "extra_id")
    return {bytes(id) for row in rows for column in columns if (id := getattr(row, column)) is not None}


def _prompt_nodes(connection: Connection, leaves: set[bytes]) -> dict[bytes, tuple[bytes | None, bytes]]:
    """The nodes of all the prompts that end in these leaves: id -> (parent, content). Shared prefixes come once."""
    found: dict[bytes, tuple[bytes | None, bytes]] = {}
    for part in _chunks(leaves):
        for row in connection.execute(_CHAIN, {"leaves": part}):
            parent = bytes(row.parent_id) if row.parent_id is not None else None
            found[bytes(row.id)] = (parent, bytes(row.content_id))
    return found


def _chunks(ids: set[bytes]) -> Iterator[list[bytes]]:
    listed = sorted(ids)
    for start in range(0, len(listed), _IN_LIST):
        yield listed[start : start + _IN_LIST]


def _chain_query() -> Any:
    nodes = schema.nodes
    leaf = select(nodes.c.id, nodes.c.parent_id, nodes.c.content_id).where(
        nodes.c.id.in_(bindparam("leaves", expanding=True))
    )
    up = leaf.cte("up", recursive=True)
    # UNION, not UNION ALL: a prefix that many dialogues share is walked once.
    up = up.union(select(nodes.c.id, nodes.c.parent_id, nodes.c.content_id).join(up, nodes.c.id == up.c.parent_id))
    return select(up)


_CHAIN = _chain_query()
