"""The second stage of redaction, as the database sees it: what names were not looked for in, and the result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, update

from slm_instrument.canonical import faithful_json
from slm_instrument.redaction.placeholders import Entity, tokens_in
from slm_instrument.redaction.policy import Level, Policies, Policy
from slm_instrument.store import schema
from slm_instrument.store.bulk import insert_new
from slm_instrument.store.contents import State
from slm_instrument.store.encoder import ENTITY_COLUMNS, MENTION_COLUMNS, Encoder, Rows
from slm_instrument.store.secrets import Keys
from slm_instrument.store.selecting import EVERY_CALL, Selection
from slm_instrument.store.sql_read import (
    HIDDEN,
    prompt_contents,
    prompt_nodes,
    read_texts,
    referenced,
    scope_of,
)
from slm_instrument.store.sql_select import call_rows
from slm_instrument.store.sql_write import TEXTS, overwrite

_NAMES_LEFT = (Level.OFF, Level.SECRETS)


@dataclass(frozen=True, slots=True)
class Unscanned:
    """A stretch of the log: what of it was not looked through for names, and in whose calls it occurs.

    ``values`` are contents as JSON values, with tokens; ``policies`` say for each what is to be redacted.
    """

    last: int  # seq of the last call
    calls: int
    values: dict[bytes, Any] = field(default_factory=dict[bytes, Any])
    policies: dict[bytes, Policy] = field(default_factory=dict[bytes, Policy])
    passed: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])  # texts that need not be looked through
    uses: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])  # (trace, content), in order


def read_unscanned(
    connection: Connection,
    keys: Keys,
    policies: Policies,
    *,
    after: int,
    limit: int,
    task: tuple[str, str] | None = None,
) -> Unscanned | None:
    """The next stretch behind a seq, of all calls or of a task's (its id and name); None at the end."""
    where = Selection(task_id=task[0]) if task else EVERY_CALL
    rows = call_rows(connection, where, after, limit)
    if not rows:
        return None
    found = Unscanned(rows[-1].seq, len(rows))
    nodes = prompt_nodes(connection, {row.prompt_id for row in rows if row.prompt_id is not None})
    texts = read_texts(connection, keys, referenced(rows) | {content_id for _, content_id in nodes.values()})
    for row in rows:
        policy = policies.policy(row.app, row.agent, task[1] if task else None)
        own = [bytes(id) for column in TEXTS if (id := getattr(row, column)) is not None]
        for id in (*prompt_contents(row.prompt_id, nodes), *own):
            text = texts[id]
            if text is HIDDEN:
                continue
            found.uses.append((scope_of(row), id))
            for_others = text.state is State.HELD and policy.level is not Level.STRICT
            if text.state is State.PASSED or policy.level in _NAMES_LEFT or for_others:
                found.passed.setdefault(id, text.raw)
            elif id not in found.values:
                found.values[id] = msgspec.json.decode(text.raw)
                found.policies[id] = policy
    return found


def write_scanned(
    connection: Connection,
    encoder: Encoder,
    stretch: Unscanned,
    masked: Mapping[bytes, Any],
    entities: Iterable[Entity],
) -> None:
    """Put contents back, with tokens where names were, and note who occurs in which trace.

    Args:
        connection: In a transaction.
        encoder: Names entities and seals; what it remembers is left alone.
        stretch: What was looked through.
        masked: Its contents in which something was found, as they are to be.
        entities: What was found.
    """
    raws = {id: faithful_json(value) for id, value in masked.items()}
    table = schema.contents
    overwrite(connection, table, encoder.keyring, raws, state=int(State.PASSED))
    unchanged = [{"of": id} for id in stretch.values if id not in raws]
    if unchanged:
        mark = update(table).where(table.c.id == bindparam("of")).values(state=int(State.PASSED))
        connection.execute(mark, unchanged)
    rows = Rows(entities={entity.id: entity for entity in entities})
    texts = {**stretch.passed, **{id: faithful_json(value) for id, value in stretch.values.items()}, **raws}
    occurring = {id: [entity for _, entity in tokens_in(raw.decode())] for id, raw in texts.items()}
    for scope, id in stretch.uses:
        for entity in occurring[id]:
            encoder.mention(scope, entity, rows)
    insert_new(connection, schema.entities, ENTITY_COLUMNS, rows.entity_rows(encoder.keyring), unique="id")
    insert_new(connection, schema.mentions, MENTION_COLUMNS, list(rows.mentions.values()), unique="id")
