"""How calls become rows: redacted, named by a keyed digest, each text once. All texts go through here, and only here.

The digest is keyed with a key of the store, so that nobody can confirm a guessed text by hashing it without that key,
and it is computed by the writer: rows can be inserted in bulk, by several processes at once, with
``ON CONFLICT DO NOTHING`` and without asking the database for ids first.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from slm_instrument.canonical import digest, faithful_json
from slm_instrument.records import OWN_TRACE, Call, Message
from slm_instrument.redaction.placeholders import Entity
from slm_instrument.redaction.policy import Level, Policies, Policy
from slm_instrument.redaction.redactor import redact
from slm_instrument.store.contents import ContentRow, State, sealed
from slm_instrument.store.secrets import Keys
from slm_instrument.vault.keyring import Keyring

ENTITY_COLUMNS = ("id", "type", "codec", "size", "key_number", "data")
NODE_COLUMNS = ("id", "parent_id", "content_id", "depth")
MENTION_COLUMNS = ("id", "scope", "entity_id")

NodeRow = tuple[bytes, bytes | None, bytes, int]
MentionRow = tuple[bytes, str, bytes]

_PLAIN_ID = re.compile(r"[\w.:/-]*", re.ASCII)  # no address, no telephone number with its signs, no name in two words
_KNOWN = 50_000  # digests remembered as written; 16 bytes each and a dict entry: about 6 MB


class _Masked(NamedTuple):
    """A text in which something was found: under which policy, what it is stored as, and whom it mentions."""

    policy: int
    id: bytes
    entities: tuple[bytes, ...]


@dataclass(slots=True)
class Rows:
    """What a batch of calls needs in the tables of texts, by id, each once."""

    contents: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])  # as they are, not encoded yet
    held: set[bytes] = field(default_factory=set[bytes])
    entities: dict[bytes, Entity] = field(default_factory=dict[bytes, Entity])
    mentions: dict[bytes, MentionRow] = field(default_factory=dict[bytes, MentionRow])
    nodes: dict[bytes, NodeRow] = field(default_factory=dict[bytes, NodeRow])
    looked_through: dict[bytes, int | _Masked] = field(default_factory=dict[bytes, int | _Masked])

    def content_rows(self, keyring: Keyring) -> list[ContentRow]:
        """The rows of ``contents``."""
        encoded = sealed(keyring, self.contents.items())
        return [
            (id, codec, len(raw), number, State.HELD if id in self.held else State.OPEN, data)
            for (id, raw), (codec, number, data) in zip(self.contents.items(), encoded, strict=True)
        ]

    def entity_rows(self, keyring: Keyring) -> list[tuple[Any, ...]]:
        """The rows of ``entities``."""
        raws = [(entity.id, faithful_json(entity.text)) for entity in self.entities.values()]
        encoded = sealed(keyring, raws)
        return [
            (entity.id, entity.type, codec, len(raw), number, data)
            for entity, (_, raw), (codec, number, data) in zip(self.entities.values(), raws, encoded, strict=True)
        ]


class Encoder:
    """Turns calls into rows, leaving out what it knows to be in the database already.

    Args:
        keys: The store's keys, loaded when the first text is named.
        policies: What is redacted in which call.
    """

    def __init__(self, keys: Keys, policies: Policies) -> None:
        self._keys = keys
        self.policies = policies
        # Digest of a text as it came -> the number of the policy under which nothing was found in it, or what was.
        self._known: OrderedDict[bytes, int | _Masked] = OrderedDict()

    @property
    def keyring(self) -> Keyring:
        """The store's keys as they are now."""
        return self._keys.keyring

    def of_call(self, call: Call, rows: Rows) -> "CallEncoder":
        """What encodes the texts of one call."""
        return CallEncoder(self, call, rows)

    def content(self, value: Any, rows: Rows) -> bytes:
        """Add the row of a value that the package made itself; returns its id."""
        raw = faithful_json(value)
        id = self.name(raw)
        if id not in self._known:
            rows.contents[id] = raw
        return id

    def redacted(self, value: Any, raw: bytes, policy: Policy, rows: Rows) -> int | _Masked:
        """Look through a text (as JSON, and as its bytes) that the database may not have, and add its rows."""
        found: list[Entity] = []

        def replace(type: str, text: str) -> str:
            found.append(self.entity(type, text))
            return found[-1].token

        masked = redact(value, policy, replace)
        stored = raw if masked is value else faithful_json(masked)
        id = self.name(stored)
        if id not in self._known:
            rows.contents[id] = stored
        if policy.level is Level.STRICT:
            rows.held.add(id)
        rows.entities.update((entity.id, entity) for entity in found if entity.id not in self._known)
        if masked is value:
            return policy.number
        rows.looked_through[id] = policy.number
        return _Masked(policy.number, id, tuple(dict.fromkeys(entity.id for entity in found)))

    def entity(self, type: str, text: str) -> Entity:
        """A value that is taken out of a text."""
        return Entity(digest(self.keyring.digest_key, b"entity", type.encode(), faithful_json(text)), type, text)

    def mention(self, scope: str, entity: bytes, rows: Rows) -> None:
        """Note that an entity occurs in a trace."""
        id = digest(self.keyring.digest_key, b"mention", faithful_json(scope), entity)
        if id not in self._known:
            rows.mentions.setdefault(id, (id, scope, entity))

    def name(self, *parts: bytes) -> bytes:
        """The name under which something of these parts is stored."""
        return digest(self.keyring.digest_key, *parts)

    def known(self, name: bytes) -> int | _Masked | None:
        """What is known of a text, or of a node, by its digest."""
        return self._known.get(name)

    def remember(self, rows: Rows) -> None:
        """Rows that are now committed need not be written again."""
        known = self._known
        for ids in (rows.contents, rows.nodes, rows.entities, rows.mentions):
            known.update(dict.fromkeys(ids, 0))
        known.update(rows.looked_through)
        while len(known) > _KNOWN:
            known.popitem(last=False)

    def forget(self) -> None:
        """Take nothing for granted any more: the database may have changed under us."""
        self._known.clear()


class CallEncoder:
    """Encodes the texts of one call under its policy."""

    __slots__ = ("_encoder", "_policy", "_rows", "_scope")

    def __init__(self, encoder: Encoder, call: Call, rows: Rows) -> None:
        self._encoder = encoder
        self._policy = encoder.policies.of(call)
        self._rows = rows
        self._scope = self.identifier(call.trace_id or call.id) or ""

    @property
    def scope(self) -> str:
        """Within what its placeholders are numbered: the trace's id as it is stored, or the call's."""
        return self._scope

    def content(self, value: Any) -> bytes:
        """Add the value's row when it may be new; returns its id."""
        encoder, rows = self._encoder, self._rows
        raw = faithful_json(value)
        name = encoder.name(raw)
        found = rows.looked_through.get(name) or encoder.known(name)
        if not self._fits(found):
            found = rows.looked_through[name] = encoder.redacted(msgspec.json.decode(raw), raw, self._policy, rows)
        if not isinstance(found, _Masked):
            return name
        for entity in found.entities:
            encoder.mention(self._scope, entity, rows)
        return found.id

    def identifier(self, value: str | None) -> str | None:
        """An id as it is stored: as it is, or its keyed digest when it tells something that would be redacted."""
        if value is not None and value.startswith(OWN_TRACE):
            return self._encoder.keyring.pseudonym(value.removeprefix(OWN_TRACE))
        if value is None or _PLAIN_ID.fullmatch(value):
            return value
        found = self._encoder.redacted(value, faithful_json(value), self._policy, Rows())
        return self._encoder.name(b"identifier", faithful_json(value)).hex() if isinstance(found, _Masked) else value

    def prompt(self, messages: Iterable[Message]) -> bytes | None:
        """Add the nodes of a prompt; returns the id of the last, or None for an empty prompt."""
        encoder, rows = self._encoder, self._rows
        parent: bytes | None = None
        for depth, message in enumerate(messages, 1):
            content_id = self.content(message.to_openai())
            id = encoder.name(parent or b"", content_id)
            if id not in rows.nodes and encoder.known(id) is None:
                rows.nodes[id] = (id, parent, content_id, depth)
            parent = id
        return parent

    def _fits(self, found: int | _Masked | None) -> bool:
        """Whether the text was looked through under this call's policy, and is stored or about to be."""
        if isinstance(found, _Masked):
            stored = found.id in self._rows.contents or self._encoder.known(found.id) is not None
            return found.policy == self._policy.number and stored
        return found == self._policy.number
