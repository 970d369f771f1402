"""Writing calls: a batch turned into rows, and inserted in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update

from slm_instrument.records import Call
from slm_instrument.store import schema
from slm_instrument.store.bulk import Values, insert_new
from slm_instrument.store.contents import CONTENT_COLUMNS, ContentRow, State, sealed
from slm_instrument.store.encoder import ENTITY_COLUMNS, MENTION_COLUMNS, NODE_COLUMNS, CallEncoder, Encoder, Rows
from slm_instrument.vault.keyring import Keyring
from slm_instrument.vault.origins import pseudonymised

# Columns that are the Call's field of the same name.
PLAIN = (
    "id", "trace_id", "parent_id", "call_index", "app", "agent", "provider", "model", "operation", "framework",
    "started_at", "duration_ms", "time_to_first_token_ms", "cost_usd", "audience", "served_by",
)  # fmt: skip
USAGE = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")

TEXTS = ("tools_id", "response_format_id", "response_id", "error_id", "extra_id")  # contents beside the prompt's

_COLUMNS = (*PLAIN, *USAGE, "recorded_at", "origin", "prompt_id", *TEXTS)
_IDS = 3  # of PLAIN: those that may hold somebody's name
_plain_of = attrgetter(*PLAIN)
_usage_of = attrgetter(*USAGE)
_NO_USAGE = (None,) * len(USAGE)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch turned into rows, ready to be inserted."""

    rows: Rows
    contents: list[ContentRow]
    entities: list[Values]
    calls: list[Values]  # in the order of _COLUMNS


def prepare(calls: Iterable[Call], encoder: Encoder) -> Prepared:
    """Turn calls into rows. No database is needed for it, so no transaction is open meanwhile."""
    rows = Rows()
    now = datetime.now(UTC)
    made = [_row(call, encoder.of_call(call, rows), encoder, now) for call in calls]
    return Prepared(rows, rows.content_rows(encoder.keyring), rows.entity_rows(encoder.keyring), made)


def insert(connection: Connection, prepared: Prepared) -> int:
    """Insert a batch; returns how many of its calls were new."""
    rows = prepared.rows
    insert_new(connection, schema.contents, CONTENT_COLUMNS, prepared.contents, unique="id")
    _hold_back(connection, rows.held)
    insert_new(connection, schema.entities, ENTITY_COLUMNS, prepared.entities, unique="id")
    insert_new(connection, schema.mentions, MENTION_COLUMNS, list(rows.mentions.values()), unique="id")
    insert_new(connection, schema.nodes, NODE_COLUMNS, list(rows.nodes.values()), unique="id")
    return insert_new(connection, schema.calls, _COLUMNS, prepared.calls, unique="id")


def _hold_back(connection: Connection, ids: Iterable[bytes]) -> None:
    """What a strict application wrote is held back, also where another one wrote the same text before."""
    table = schema.contents
    waits = (table.c.id == bindparam("of")) & (table.c.state == int(State.OPEN))
    if held := [{"of": id} for id in ids]:
        connection.execute(update(table).where(waits).values(state=int(State.HELD)), held)


def overwrite(connection: Connection, table: Table, keyring: Keyring, raws: Mapping[bytes, bytes], **also: Any) -> None:
    """Put texts in place of those that a table has under their ids, sealed by the newest data key.

    Args:
        connection: In a transaction.
        table: ``contents`` or ``entities``.
        keyring: The store's keys.
        raws: The texts by id.
        also: Further columns, the same for all.
    """
    changes = [
        {"of": id, "to_codec": codec, "to_size": len(raw), "to_key": number, "to_data": data}
        for (id, raw), (codec, number, data) in zip(raws.items(), sealed(keyring, raws.items()), strict=True)
    ]
    columns = {"codec": "to_codec", "size": "to_size", "key_number": "to_key", "data": "to_data"}
    values: dict[str, Any] = {column: bindparam(name) for column, name in columns.items()}
    if changes:
        connection.execute(update(table).where(table.c.id == bindparam("of")).values(values | also), changes)


def _row(call: Call, texts: CallEncoder, encoder: Encoder, now: datetime) -> Values:
    noted = (("params", call.params), ("labels", call.labels))
    extra = {name: pseudonymised(values, encoder.keyring) for name, values in noted if values}
    error = {"type": call.error.type, "message": call.error.message} if call.error else None
    plain = _plain_of(call)
    return (
        *map(texts.identifier, plain[:_IDS]),
        *plain[_IDS:],
        *(_usage_of(call.usage) if call.usage else _NO_USAGE),
        now,
        encoder.keyring.pseudonym(call.origin) if call.origin is not None else None,
        texts.prompt(call.messages),
        texts.content([tool.to_openai() for tool in call.tools]) if call.tools else None,
        texts.content(call.response_format) if call.response_format else None,
        texts.content(call.response.to_openai()) if call.response else None,
        texts.content(error) if error else None,
        texts.content(extra) if extra else None,
    )
