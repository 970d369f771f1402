"""Back from placeholders to values, for who has the store's key and a reason that the audit log shows."""

import msgspec
from sqlalchemy import select

from slm_instrument.errors import NotFoundError
from slm_instrument.store import schema
from slm_instrument.store.contents import opened
from slm_instrument.store.sql import SqlStore


def reveal(store: SqlStore, trace: str) -> dict[str, str]:
    """The values behind a trace's placeholders, as ``{"<EMAIL_ADDRESS_1>": "ann@example.org"}``, in order of mention.

    :func:`slm_instrument.redaction.placeholders.restored` puts them back into a text.

    Args:
        store: The store.
        trace: The trace's id, or the call's where it had none.

    Raises:
        NotFoundError: nothing was taken out of the texts of that trace.
        StoreError: the store fails, or a value was altered.
    """
    mentions, entities = schema.mentions, schema.entities
    query = select(entities).join(mentions, mentions.c.entity_id == entities.c.id)
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    with store.reading() as connection:
        rows = connection.execute(query.where(mentions.c.scope == trace).order_by(mentions.c.seq)).all()
        keyring = store.keys.covering(connection, {row.key_number for row in rows})
    for row in rows:
        counts[row.type] = counts.get(row.type, 0) + 1
        raw = opened(keyring, bytes(row.id), row.codec, row.size, row.key_number, row.data)
        found[f"<{row.type}_{counts[row.type]}>"] = msgspec.json.decode(raw, type=str)
    if not found:
        raise NotFoundError(f"nothing was taken out of the texts of trace {trace!r}")
    return found
