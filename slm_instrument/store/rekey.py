"""Exchanging keys. A master key is exchanged by wrapping a few rows anew; contents are encrypted anew only on demand.

Each step can be broken off at any moment and done again: the new master key is in the key file, beside the old one,
before anything is wrapped by it, and contents say by which data key they are encrypted.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Table, func, select

from slm_instrument.addresses import parse_url
from slm_instrument.config import Settings
from slm_instrument.store import schema, secrets
from slm_instrument.store.contents import opened
from slm_instrument.store.sql import SqlStore
from slm_instrument.store.sql_write import overwrite
from slm_instrument.vault import KeyProvider, MasterKeys, key_file_of, new_master_key
from slm_instrument.vault.keyring import UNSEALED
from slm_instrument.vault.sources import read_key_file, write_key_file

_BATCH = 500  # contents a transaction


def exchange_master(store: SqlStore, url: str, settings: Settings) -> tuple[KeyProvider, int]:
    """Wrap the store's keys by a fresh master key (or the first of those that a setting gives); how many were not.

    One at a time: who put its key into the key file while another did would take the other's out.

    Raises:
        StoreKeyError: the present key is missing.
    """
    with store.writing() as connection:
        provider = _new_master(url, settings) or store.key_provider
        return provider, secrets.rewrap(connection, provider)


def new_data_key(store: SqlStore, provider: KeyProvider) -> int:
    """A fresh data key, which encrypts and names origins from now on; returns its number."""
    with store.writing() as connection:
        return secrets.add_data_key(connection, provider)


def count_to_reseal(store: SqlStore) -> int:
    """How many contents the newest data key did not encrypt."""
    with store.reading() as connection:
        newest = store.keys.reload(connection).newest
        counts = (
            select(func.count()).select_from(table).where(table.c.key_number != newest)
            for table in (schema.contents, schema.entities)
        )  # fmt: skip
        return sum(connection.scalar(count) or 0 for count in counts)


def count_open(store: SqlStore) -> int:
    """How many contents are not encrypted at all, since they were written before there were keys."""
    table = schema.contents
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(table.c.key_number == UNSEALED)) or 0


def reseal(store: SqlStore, progress: Callable[[int], None] = lambda _: None) -> int:
    """Encrypt everything by the newest data key, a batch a transaction; returns how many contents were not yet.

    Args:
        store: The store; it may be written to meanwhile.
        progress: Told after each batch how many are done.
    """
    done = 0
    for table in (schema.contents, schema.entities):
        after = b""
        while True:
            with store.writing() as connection:
                last, changed = _reseal_batch(connection, store.keys, table, after)
            done += changed
            progress(done)
            if last is None:
                break
            after = last
    return done


def _new_master(url: str, settings: Settings) -> MasterKeys | None:
    """Put a fresh master key first in the store's key file; None where a setting gives the key instead.

    The old keys stay in the file: they open what still waits in spools.

    Raises:
        StoreKeyError: the file cannot be read.
    """
    if settings.key_provider or settings.key:
        return None
    file = key_file_of(parse_url(url), settings)
    keys = MasterKeys([new_master_key(), *read_key_file(file).keys])
    write_key_file(file, keys, replace=True)
    return keys


def _reseal_batch(connection: Connection, keys: secrets.Keys, table: Table, after: bytes) -> tuple[bytes | None, int]:
    c = table.c
    newest = keys.reload(connection).newest
    query = select(c.id, c.codec, c.size, c.key_number, c.data).where(c.id > after, c.key_number != newest)
    rows = connection.execute(query.order_by(c.id).limit(_BATCH)).all()
    if not rows:
        return None, 0
    keyring = keys.covering(connection, {row.key_number for row in rows})
    raws = {
        bytes(row.id): opened(keyring, bytes(row.id), row.codec, row.size, row.key_number, row.data) for row in rows
    }
    overwrite(connection, table, keyring, raws)
    return max(raws), len(rows)
