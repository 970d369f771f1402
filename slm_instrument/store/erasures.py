"""Whose calls were erased, until when: so that those which still wait somewhere do not come back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from slm_instrument.records import Call
from slm_instrument.store import schema
from slm_instrument.vault import Keyring

_LATEST_ZONE = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A row of ``erasures``: ``deleted_at`` the rows went, ``scrubbed_at`` their remains in files; None: not yet."""

    id: str
    requested_at: datetime
    requested_by: str
    origins: Sequence[str]
    proof: Mapping[str, Any]
    deleted_at: datetime
    scrubbed_at: datetime | None = None


@dataclass(slots=True)
class ErasedOrigins:
    """Tells which calls are of an erased origin and were made before its erasure.

    When a call was made is its ``started_at``, or else what its id says if that is a UUIDv7, as ids are that the
    recorder gives. A call that tells neither is taken as a new one.
    """

    until: Mapping[str, datetime] = field(default_factory=dict[str, datetime])  # pseudonym -> the latest erasure
    _of_origin: dict[str, datetime | None] = field(default_factory=dict[str, "datetime | None"])

    def spared(self, calls: Sequence[Call], keyring: Keyring) -> Sequence[Call]:
        """The calls that are not."""
        return [call for call in calls if not self.covers(call, keyring)] if self.until else calls

    def covers(self, call: Call, keyring: Keyring) -> bool:
        """Whether the call is one."""
        if call.origin is None or not self.until:
            return False
        erased_at, made_at = self._until(call.origin, keyring), _made_at(call)
        return erased_at is not None and made_at is not None and made_at < erased_at

    def _until(self, origin: str, keyring: Keyring) -> datetime | None:
        if origin not in self._of_origin:
            if len(self._of_origin) >= 10_000:
                self._of_origin.clear()
            # Under all keys: a data key may have been added since the erasure.
            times = [self.until[name] for name in keyring.pseudonyms(origin) if name in self.until]
            self._of_origin[origin] = max(times, default=None)
        return self._of_origin[origin]


def erased_origins(connection: Connection) -> ErasedOrigins:
    """What was erased so far."""
    table = schema.erasures
    until: dict[str, datetime] = {}
    for origins, deleted_at in connection.execute(select(table.c.origins, table.c.deleted_at)):
        until |= {origin: max(deleted_at, until.get(origin, deleted_at)) for origin in origins}
    return ErasedOrigins(until)


def pending(connection: Connection) -> list[Erasure]:
    """Erasures of which remains may still lie in files, oldest first."""
    return [erasure for erasure in _read(connection) if erasure.scrubbed_at is None]


def count_pending(connection: Connection) -> int:
    """How many these are; whoever may know that need not be allowed to read the rest."""
    scrubbed_at = schema.erasures.c.scrubbed_at
    return connection.scalar(select(func.count()).where(scrubbed_at.is_(None))) or 0


def add(connection: Connection, erasure: Erasure) -> None:
    """Write down that the rows of origins were deleted, in the transaction that does."""
    row = {name: getattr(erasure, name) for name in Erasure.__slots__}
    connection.execute(schema.erasures.insert(), row | {"origins": list(erasure.origins), "proof": dict(erasure.proof)})


def finish(connection: Connection, ids: Iterable[str], proof: Mapping[str, Any]) -> None:
    """Write down that no remains of these erasures are left, and what shows it."""
    table = schema.erasures
    for id in ids:
        before: Mapping[str, Any] = connection.scalar(select(table.c.proof).where(table.c.id == id)) or {}
        change = update(table).where(table.c.id == id)
        connection.execute(change.values(scrubbed_at=datetime.now(UTC), proof={**before, **proof}))


def _read(connection: Connection) -> list[Erasure]:
    rows = connection.execute(select(schema.erasures).order_by(schema.erasures.c.requested_at, schema.erasures.c.id))
    return [Erasure(**row) for row in rows.mappings()]


def _made_at(call: Call) -> datetime | None:
    if call.started_at is not None:
        if call.started_at.tzinfo is not None:
            return call.started_at
        return call.started_at.replace(tzinfo=UTC) - _LATEST_ZONE  # of a time without a zone, the earliest it can be
    try:
        id = UUID(call.id)
    except ValueError:
        return None
    return datetime.fromtimestamp((id.int >> 80) / 1e3, UTC) if id.version == 7 else None
