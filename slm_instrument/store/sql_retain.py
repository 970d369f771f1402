"""Retention as statements: which calls are past their time, and what no call uses any more, beside running writers.

Finding what is unused takes seconds in a great store. So that is done by a transaction that only reads, and what it
found is deleted in small steps, each of which first looks at the calls that came since: they may use some of it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select, update

from slm_instrument.store import schema, secrets
from slm_instrument.store.selecting import EVERY_CALL
from slm_instrument.store.sql_erase import (
    SCOPE,
    gather_all,
    old_contents,
    old_entities,
    old_nodes,
    strike_used_contents,
    strike_used_entities,
    strike_used_nodes,
    workspace,
)
from slm_instrument.store.sql_read import chunks, prompt_nodes, referenced, scope_of
from slm_instrument.store.sql_select import call_rows

EVERY_APP = "*"

_MEASURED = 2_000  # calls, to know how many bytes one takes
_UNSWEPT = "unswept"  # in meta: calls were deleted, and what they alone used is still there
_AT_ONCE = 1_000  # new calls looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long the calls of an application are kept: by whichever bound is reached first; None: no such bound.

    Attributes:
        app: Its name; ``*``: every application that has no rule of its own, and calls of none.
        days: Since a call was started, or recorded where that is not known.
        calls: The newest are kept, by order of arrival.
        bytes: The newest are kept whose texts fit, as they are stored (compressed, encrypted, each once). It is
            estimated: what the newest 2,000 calls of the application take, for each call on average.
    """

    app: str = EVERY_APP
    days: float | None = None
    calls: int | None = None
    bytes: int | None = None


def rules(connection: Connection) -> list[Rule]:
    """The rules, by application."""
    table = schema.retention
    query = select(table.c.app, table.c.days, table.c.calls, table.c.bytes).order_by(table.c.app)
    return [Rule(app=row.app, days=row.days, calls=row.calls, bytes=row.bytes) for row in connection.execute(query)]


def set_rule(connection: Connection, rule: Rule, by: str) -> None:
    """Put a rule in the place of that application's."""
    remove_rule(connection, rule.app)
    row = {"app": rule.app, "days": rule.days, "calls": rule.calls, "bytes": rule.bytes}
    connection.execute(schema.retention.insert(), row | {"set_at": datetime.now(UTC), "set_by": by})


def remove_rule(connection: Connection, app: str) -> None:
    """Keep the calls of an application for ever, or as the rule of all says."""
    connection.execute(delete(schema.retention).where(schema.retention.c.app == app))


def expired(connection: Connection, rule: Rule, among: Sequence[Rule], now: datetime) -> ColumnElement[bool] | None:
    """Which calls are past a rule; None: none are.

    Args:
        connection: To count with.
        rule: The rule.
        among: All rules: a call of an application that has one of its own is not of the rule for all.
        now: The time from which ages count.
    """
    calls = schema.calls
    of_app = calls.c.app == rule.app
    if rule.app == EVERY_APP:
        of_app = or_(calls.c.app.is_(None), calls.c.app.not_in([each.app for each in among]))
    bounds: list[ColumnElement[bool]] = []
    if rule.days is not None:
        bounds.append(func.coalesce(calls.c.started_at, calls.c.recorded_at) < now - timedelta(days=rule.days))
    for most in (rule.calls, None if rule.bytes is None else _calls_within(connection, of_app, rule.bytes)):
        if most is not None:
            beyond = select(calls.c.seq).where(of_app).order_by(calls.c.seq.desc()).offset(most).limit(1)
            bounds.append(calls.c.seq <= (connection.scalar(beyond) or 0))
    return of_app & or_(*bounds) if bounds else None


def next_expired(connection: Connection, which: ColumnElement[bool], after: int, limit: int) -> list[int]:
    """The seqs of the next expired calls behind a seq."""
    calls = schema.calls
    query = select(calls.c.seq).where(calls.c.seq > after, which).order_by(calls.c.seq).limit(limit)
    return list(connection.scalars(query))


def _calls_within(connection: Connection, of_app: ColumnElement[bool], most: int) -> int:
    calls, contents = schema.calls, schema.contents
    rows = connection.execute(select(calls).where(of_app).order_by(calls.c.seq.desc()).limit(_MEASURED)).all()
    nodes = prompt_nodes(connection, {bytes(row.prompt_id) for row in rows if row.prompt_id is not None})
    taken = 0
    for part in chunks(referenced(rows) | {content for _, content in nodes.values()}):
        taken += connection.scalar(select(func.sum(func.length(contents.c.data))).where(contents.c.id.in_(part))) or 0
    return most * len(rows) // taken if taken else most


@dataclass(slots=True)
class Unused:
    """What no call used when it was looked for, and which call was the last then: ``last`` is its seq and id."""

    nodes: list[bytes]
    contents: list[bytes]
    scopes: list[str]
    last: tuple[int, str]
    _seen: int = 0
    _used: set[bytes] = field(default_factory=set[bytes])
    _scopes_used: set[str] = field(default_factory=set[str])

    def delete_nodes(self, connection: Connection, ids: Sequence[bytes]) -> int | None:
        """Delete those that no call has come to use since; None: all has to be looked for anew."""
        if not self._look_at_new(connection):
            return None
        return _delete(connection, schema.nodes, schema.nodes.c.id.in_([id for id in ids if id not in self._used]))

    def delete_contents(self, connection: Connection, ids: Sequence[bytes]) -> int | None:
        """Delete those that no call or task has come to use since; None: all has to be looked for anew."""
        if not self._look_at_new(connection):
            return None
        of_tasks = set(map(bytes, connection.scalars(select(schema.tasks.c.content_id))))
        going = [id for id in ids if id not in self._used and id not in of_tasks]
        return _delete(connection, schema.contents, schema.contents.c.id.in_(going))

    def delete_mentions(self, connection: Connection, scopes: Sequence[str]) -> int | None:
        """Delete what was mentioned in traces that have no calls; None: all has to be looked for anew."""
        if not self._look_at_new(connection):
            return None
        table = schema.mentions
        return _delete(connection, table, table.c.scope.in_([s for s in scopes if s not in self._scopes_used]))

    def _look_at_new(self, connection: Connection) -> bool:
        last_seq, last_id = self.last
        if last_seq and connection.scalar(select(schema.calls.c.id).where(schema.calls.c.seq == last_seq)) != last_id:
            return False  # it was erased: SQLite may have given its number to another since
        after = max(self._seen, last_seq)
        while rows := call_rows(connection, EVERY_CALL, after, _AT_ONCE):
            nodes = prompt_nodes(connection, {bytes(row.prompt_id) for row in rows if row.prompt_id is not None})
            self._used |= referenced(rows) | nodes.keys() | {content for _, content in nodes.values()}
            self._scopes_used |= {scope_of(row) for row in rows}
            self._seen = after = rows[-1].seq
        return True


def unused(connection: Connection) -> Unused:
    """Look for it. The connection should be of a transaction that only reads."""
    calls = schema.calls
    newest = connection.execute(select(calls.c.seq, calls.c.id).order_by(calls.c.seq.desc()).limit(1)).first()
    with workspace(connection):
        gather_all(connection)
        strike_used_nodes(connection)
        strike_used_contents(connection)
        mentions = schema.mentions
        scopes = select(mentions.c.scope).where(mentions.c.scope.not_in(select(SCOPE))).distinct()
        return Unused(
            nodes=_ids(connection, old_nodes),
            contents=_ids(connection, old_contents),
            scopes=list(connection.scalars(scopes)),
            last=(newest.seq, newest.id) if newest is not None else (0, ""),
        )


def unmentioned(connection: Connection) -> list[bytes]:
    """Entities that no trace mentions."""
    with workspace(connection, old_entities):
        connection.execute(old_entities.insert().from_select(["id"], select(schema.entities.c.id)))
        strike_used_entities(connection)
        return _ids(connection, old_entities)


def delete_entities(connection: Connection, ids: Sequence[bytes]) -> int:
    """Delete those of the entities that no trace mentions."""
    entities, mentions = schema.entities, schema.mentions
    free = ~select(mentions.c.seq).where(mentions.c.entity_id == entities.c.id).exists()
    return _delete(connection, entities, entities.c.id.in_(ids) & free)


def unswept(connection: Connection) -> bool:
    """Whether calls were deleted and the sweep behind them has not ended."""
    return connection.scalar(select(schema.meta.c.key).where(schema.meta.c.key == _UNSWEPT)) is not None


def mark_unswept(connection: Connection, token: bytes) -> None:
    """Say so, in the transaction that deletes calls, and by whom."""
    changed = connection.execute(update(schema.meta).where(schema.meta.c.key == _UNSWEPT).values(value=token))
    if not changed.rowcount:
        connection.execute(schema.meta.insert(), {"key": _UNSWEPT, "value": token})


def mark_swept(connection: Connection, token: bytes) -> None:
    """The sweep has ended; nothing is marked when another has deleted calls since."""
    connection.execute(delete(schema.meta).where(schema.meta.c.key == _UNSWEPT, schema.meta.c.value == token))


def _ids(connection: Connection, table: Table) -> list[bytes]:
    return [bytes(id) for id in connection.scalars(select(table.c.id))]


def _delete(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    deleted = connection.execute(delete(table).where(which)).rowcount
    if deleted:
        secrets.new_epoch(connection)
    return deleted
