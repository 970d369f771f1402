"""The second stage of redaction: names and the like are looked for in what the store holds, each content once.

It may run while calls come in, be broken off and run again: what was looked through is marked in the transaction that
puts it back. Where the extra is not installed, contents of level ``strict`` stay held back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from slm_instrument.progress import Listener, Stage
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.placeholders import Entity
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.redaction.redactor import redact
from slm_instrument.store.base import Task
from slm_instrument.store.encoder import Encoder
from slm_instrument.store.sql import SqlStore
from slm_instrument.store.sql_scan import Unscanned, read_unscanned, write_scanned

_STRETCH = 200  # calls a transaction


class Names(Protocol):
    """What finds names: :class:`slm_instrument.privacy.names.NamesRecogniser`, or the user's own."""

    def find_many(self, texts: Sequence[str]) -> list[list[Finding]]:
        """For each text its findings."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """What was done: calls passed, contents looked through, how many of these held something, and how many things."""

    calls: int
    contents: int
    masked: int
    entities: int


def scan(
    store: SqlStore,
    names: Names,
    *,
    task: Task | None = None,
    progress: Listener | None = None,
) -> ScanReport:
    """Take names and the like out of the store's contents, of all calls or of a task's.

    Args:
        store: The store; calls may be written to it meanwhile.
        names: What finds them.
        task: Only this task's calls.
        progress: Told the calls passed.

    Raises:
        StoreError: the store fails; what was put back before stays so.
    """
    stage = Stage("redact", store.count_calls(task_id=task.id if task else None), progress)
    calls = contents = masked = found = after = 0
    while (stretch := _next(store, after, task)) is not None:
        looked = look_through(stretch, names, _encoder(store))
        with store.writing() as connection:
            write_scanned(connection, _encoder(store), stretch, looked.values, looked.entities)
        after = stretch.last
        calls += stretch.calls
        contents += len(stretch.values)
        masked += len(looked.values)
        found += len(looked.entities)
        stage.reach(calls)
    stage.finish()
    return ScanReport(calls=calls, contents=contents, masked=masked, entities=found)


@dataclass(frozen=True, slots=True)
class Looked:
    """The contents of a stretch in which something was found, with tokens in its place, and what it was."""

    values: dict[bytes, Any]
    entities: list[Entity]


def look_through(stretch: Unscanned, names: Names, encoder: Encoder) -> Looked:
    """Find names in all texts of a stretch together, which a model does faster than one by one, and mask them."""
    texts = _Texts()
    for id, value in stretch.values.items():
        redact(value, _only(stretch.policies[id], texts.collect), _unused)
    texts.look(names)
    entities: dict[bytes, Entity] = {}

    def replace(type: str, text: str) -> str:
        entity = encoder.entity(type, text)
        entities[entity.id] = entity
        return entity.token

    values: dict[bytes, Any] = {}
    for id, value in stretch.values.items():
        made = redact(value, _only(stretch.policies[id], texts.find), replace)
        if made is not value:
            values[id] = made
    return Looked(values, list(entities.values()))


class _Texts:
    """The texts that the redactor asks about: first noted, then answered from what the model said of them all."""

    def __init__(self) -> None:
        self._found: dict[str, list[Finding]] = {}
        self._names: Names | None = None

    def collect(self, text: str) -> list[Finding]:
        self._found.setdefault(text, [])
        return []

    def look(self, names: Names) -> None:
        self._names = names
        self._found = dict(zip(self._found, names.find_many(list(self._found)), strict=True))

    def find(self, text: str) -> list[Finding]:
        if text not in self._found and self._names is not None:
            self._found[text] = self._names.find_many([text])[0]
        return self._found[text]


@dataclass(frozen=True, slots=True, eq=False)
class _Recogniser:
    found: Callable[[str], list[Finding]]

    def find(self, text: str) -> list[Finding]:
        return self.found(text)


def _only(policy: Policy, find: Callable[[str], list[Finding]]) -> Policy:
    """The policy with the lists that it has, and what stage two finds in place of its own recognisers."""
    return Policy(
        level=Level.STRICT if policy.level is Level.STRICT else Level.STANDARD,
        allow=policy.allow,
        deny=policy.deny,
        off=policy.off,
        recognisers=(_Recogniser(find),),
    )


def _unused(type: str, text: str) -> str:
    return text


def _next(store: SqlStore, after: int, task: Task | None) -> Unscanned | None:
    named = (task.id, task.name) if task else None
    with store.reading() as connection:
        return read_unscanned(connection, store.keys, store.policies, after=after, limit=_STRETCH, task=named)


def _encoder(store: SqlStore) -> Encoder:
    return Encoder(store.keys, store.policies)
