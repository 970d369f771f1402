"""What stands where something personal was: a token in the store, a numbered placeholder for who reads.

The token names the value by a keyed digest: equal values give equal tokens, in whatever text, and nobody without
the key can confirm a guess. It is never shown. On reading, tokens become ``<PERSON_1>``, numbered within a trace in
order of first mention: a person stays the same through a trace and cannot be followed from one trace to the next.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

OPENS, CLOSES = "\ue000", "\ue001"  # private-use characters, which no text of this world has a meaning for
WITHHELD = "<WITHHELD>"  # a text that could not be looked through

ID_BYTES = 16
_TOKEN = re.compile(rf"{OPENS}([A-Z][A-Z0-9_]*):([0-9a-f]{{{2 * ID_BYTES}}}){CLOSES}")
_TOKEN_BYTES = re.compile(_TOKEN.pattern.encode())
_MARK = OPENS.encode()


@dataclass(frozen=True, slots=True)
class Entity:
    """A value that was taken out of a text; ``id`` is the keyed digest of its type and text."""

    id: bytes
    type: str
    text: str = field(repr=False)

    @property
    def token(self) -> str:
        """What stands for it in the store."""
        return f"{OPENS}{self.type}:{self.id.hex()}{CLOSES}"


def has_tokens(raw: bytes) -> bool:
    """Whether a stored text may hold tokens; quick."""
    return _MARK in raw


def tokens_in(text: str) -> list[tuple[str, bytes]]:
    """Type and entity id of every token, in order."""
    return [(match[1], bytes.fromhex(match[2])) for match in _TOKEN.finditer(text)]


def token_spans(text: str) -> list[tuple[int, int]]:
    """Where tokens lie: recognisers leave them alone."""
    return [match.span() for match in _TOKEN.finditer(text)] if OPENS in text else []


@dataclass(slots=True)
class Numbers:
    """The numbers of entities within one trace, by type in order of first mention."""

    _numbers: dict[bytes, int] = field(default_factory=dict[bytes, int])
    _counts: dict[str, int] = field(default_factory=dict[str, int])

    def of(self, type: str, entity: bytes) -> int:
        """The entity's number; the next one of its type when it was not mentioned before."""
        number = self._numbers.get(entity)
        if number is None:
            number = self._counts[type] = self._counts.get(type, 0) + 1
            self._numbers[entity] = number
        return number

    def render(self, raw: bytes) -> bytes:
        """A stored text (UTF-8) with placeholders in place of its tokens."""
        return _TOKEN_BYTES.sub(self._placeholder, raw)

    def _placeholder(self, match: "re.Match[bytes]") -> bytes:
        number = self.of(match[1].decode(), bytes.fromhex(match[2].decode()))
        return b"<%s_%d>" % (match[1], number)


_PLACEHOLDER = re.compile(r"<([A-Z][A-Z0-9_]*)_[0-9]+>")
_EITHER = re.compile(f"{_TOKEN.pattern}|{_PLACEHOLDER.pattern}")


def split_at_placeholders(text: str) -> list[str]:
    """The texts between the placeholders of a text; one more than there are placeholders."""
    return re.split(r"<[A-Z][A-Z0-9_]*_[0-9]+>", text) if "<" in text else [text]


def restored(text: str, values: Mapping[str, str]) -> str:
    """A text with values in place of its placeholders; those that are not known stay."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[0], match[0]), text)


class Masking:
    """Placeholders for the texts of one call, and back: what a student learns from and is asked with, what it answers.

    They are numbered in order of first mention in the text that the student sees, whatever they were called before: so
    a call read from the store and a live one look alike to it. The values stay in this object.

    >>> masking = Masking()
    >>> masking.numbered(f"to {masking.replace('EMAIL_ADDRESS', 'ann@example.org')}, not <EMAIL_ADDRESS_7>")
    'to <EMAIL_ADDRESS_1>, not <EMAIL_ADDRESS_2>'
    >>> masking.restore("<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_2> <EMAIL_ADDRESS_3>")
    'ann@example.org <EMAIL_ADDRESS_7> <EMAIL_ADDRESS_3>'
    """

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], Entity] = {}
        self._values: dict[str, str] = {}  # by token
        self._placeholders: dict[str, str] = {}  # by what they stand for: a token, or the placeholder that was there
        self._counts: dict[str, int] = {}

    def replace(self, type: str, value: str) -> str:
        """What stands for a value until the text is numbered: for :func:`slm_instrument.redaction.redactor.redact`."""
        entity = self._tokens.get((type, value))
        if entity is None:
            entity = Entity(len(self._tokens).to_bytes(ID_BYTES, "big"), type, value)
            self._tokens[type, value] = entity
            self._values[entity.token] = value
        return entity.token

    def numbered(self, text: str) -> str:
        """The text with placeholders in place of tokens and of earlier placeholders, by order of first mention."""
        return _EITHER.sub(self._number, text) if "<" in text or OPENS in text else text

    @property
    def made(self) -> int:
        """How many placeholders it made so far."""
        return len(self._placeholders)

    def strange(self, text: str) -> bool:
        """Whether a text has a placeholder that stands for nothing here: there is no value to give back for it."""
        made = set(self._placeholders.values())
        return any(match[0] not in made for match in _PLACEHOLDER.finditer(text))

    def restore(self, text: str) -> str:
        """The text with what was there before in place of placeholders."""
        before = {made: self._values.get(stood, stood) for stood, made in self._placeholders.items()}
        return restored(text, before) if before and "<" in text else text

    def _number(self, match: "re.Match[str]") -> str:
        stood, type = match[0], match[1] or match[3]
        made = self._placeholders.get(stood)
        if made is None:
            count = self._counts[type] = self._counts.get(type, 0) + 1
            made = self._placeholders[stood] = f"<{type}_{count}>"
        return made
