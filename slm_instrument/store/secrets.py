"""The data keys of a database: made with it, loaded when it is opened, wrapped anew by another master key."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, func, select, update

from slm_instrument.addresses import shown
from slm_instrument.errors import StoreKeyError
from slm_instrument.store import schema
from slm_instrument.vault.keyring import DATA, DIGEST, Keyring, Secret
from slm_instrument.vault.master import KeyProvider

_EPOCH = "epoch"
_OLD_DIGEST_KEY = "digest_key"  # where schema 0001 kept it, open


class Keys:
    """The keys of a store, loaded when the first content is written or read.

    Not before: flags and figures are no secrets, and a kill switch must work where the key is missing. They are loaded
    anew when another process has made further ones.

    Args:
        engine: Of the database.
        source: Gives what holds the master key; asked again when that was exchanged.
    """

    def __init__(self, engine: Engine, source: Callable[[], KeyProvider]) -> None:
        self._engine = engine
        self._source = source
        self._provider: KeyProvider | None = None
        self._keyring: Keyring | None = None

    @property
    def provider(self) -> KeyProvider:
        """What holds the master key.

        Raises:
            StoreKeyError: there is no key.
        """
        if self._provider is None:
            self._provider = self._ask()
        return self._provider

    @property
    def keyring(self) -> Keyring:
        """The data keys.

        Raises:
            StoreKeyError: the master key is missing, or it is not that of the store.
        """
        if self._keyring is None:
            with self._engine.connect() as connection:
                return self.reload(connection)
        return self._keyring

    def reload(self, connection: Connection) -> Keyring:
        """Look at the database again.

        Raises:
            StoreKeyError: the master key is missing, or it is not that of the store.
        """
        secrets = stored(connection)
        provider = self.provider
        try:
            self._keyring = Keyring(provider, secrets, self._keyring)
        except StoreKeyError:
            self._provider = self._ask()  # it may have been exchanged
            try:
                self._keyring = Keyring(self._provider, secrets, self._keyring)
            except StoreKeyError as e:
                raise StoreKeyError(f"store {shown(self._engine.url)}: {e}") from e
        return self._keyring

    def covering(self, connection: Connection, numbers: Iterable[int]) -> Keyring:
        """A keyring that opens what the data keys of these numbers sealed, when there is one."""
        known = self._keyring
        if known is None or any(number not in known for number in numbers):
            return self.reload(connection)
        return known

    def _ask(self) -> KeyProvider:
        try:
            return self._source()
        except StoreKeyError as e:
            raise StoreKeyError(f"store {shown(self._engine.url)}: {e}") from e


def provide(connection: Connection, provider: KeyProvider) -> None:
    """Make the keys that the database has not: all of a new one, a data key for one of schema 0001."""
    purposes = {secret.purpose for secret in stored(connection)}
    if DIGEST not in purposes:
        where = schema.meta.c.key == _OLD_DIGEST_KEY
        old = connection.scalar(select(schema.meta.c.value).where(where))
        _add(connection, provider, DIGEST, bytes(old) if old is not None else None)
        connection.execute(schema.meta.delete().where(where))
    if DATA not in purposes:
        _add(connection, provider, DATA)


def stored(connection: Connection) -> list[Secret]:
    """The keys as they lie there."""
    table = schema.secrets
    rows = connection.execute(select(table.c.number, table.c.purpose, table.c.wrapped, table.c.wrapped_by))
    return [Secret(row.number, row.purpose, bytes(row.wrapped), row.wrapped_by) for row in rows]


def add_data_key(connection: Connection, provider: KeyProvider) -> int:
    """A fresh data key, which seals from now on; returns its number."""
    number = _add(connection, provider, DATA)
    new_epoch(connection)
    return number


def rewrap(connection: Connection, provider: KeyProvider) -> int:
    """Wrap all keys by the provider's present master key; returns how many were wrapped by another.

    Raises:
        StoreKeyError: the provider has not the key that wraps them now.
    """
    table = schema.secrets
    others = [secret for secret in stored(connection) if secret.wrapped_by != provider.name]
    for secret in others:
        made = Secret.wrap(provider, secret.number, secret.purpose, secret.unwrap(provider))
        change = update(table).where(table.c.number == secret.number)
        connection.execute(change.values(wrapped=made.wrapped, wrapped_by=made.wrapped_by))
    return len(others)


def epoch(connection: Connection) -> int:
    """Counts up when what writers remember of the database holds no longer: contents were erased, keys exchanged."""
    value = connection.scalar(_READ_EPOCH)
    return int.from_bytes(value, "big") if value is not None else 0


def new_epoch(connection: Connection) -> None:
    """Tell the writers, in the transaction of the change."""
    value = (epoch(connection) + 1).to_bytes(8, "big")
    changed = connection.execute(update(schema.meta).where(schema.meta.c.key == _EPOCH).values(value=value))
    if not changed.rowcount:
        connection.execute(schema.meta.insert(), {"key": _EPOCH, "value": value})


_READ_EPOCH = select(schema.meta.c.value).where(schema.meta.c.key == _EPOCH)


def _add(connection: Connection, provider: KeyProvider, purpose: str, secret: bytes | None = None) -> int:
    number = (connection.scalar(select(func.max(schema.secrets.c.number))) or 0) + 1
    made = Secret.wrap(provider, number, purpose, secret)
    row = {"number": made.number, "purpose": made.purpose, "wrapped": made.wrapped, "wrapped_by": made.wrapped_by}
    connection.execute(schema.secrets.insert(), row | {"made_at": datetime.now(UTC)})
    return number
