"""Other people, places and numbers in the place of a call's own, so that a student learns the form and not the facts.

Asked for per task, never a default. It breaks answers whose values are looked up elsewhere: an order's number or a
customer's name in a tool call no longer means the record that it meant, a sum no longer adds up, and a classifier that
reads a number ("more than 500") may learn the wrong class. It fits texts that are rewritten, summarised or sorted by
their wording. The paper names it for legal and internal documents (section 6, S2).

Within one call a value becomes the same other value wherever it stands, prompt and answer alike; in another call with
another seed, another one. Only what is found is replaced: it is no anonymisation.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from slm_instrument.privacy.words import word_list
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.placeholders import CLOSES, OPENS

_GIVEN = word_list("given_names")
_FAMILY = word_list("family_names")
_PLACES = word_list("places")
_NATIONS = word_list("nations")
_MONTHS = word_list("months")
_DAYS = word_list("days")
_POOLS = {"PERSON": _GIVEN, "LOCATION": _PLACES, "NRP": _NATIONS, "ORGANIZATION": _FAMILY}

# Words of an address or a date that say what kind of thing it is; they stay.
_STAYS = frozenset(word_list("kinds_of_place"))
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*|\d+")
_NUMBER = r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w])|(?<![\w.])\d+(?:\.\d+)?(?![\w]|\.\d)"
_PROTECTED = rf"{OPENS}[^{CLOSES}]*{CLOSES}|<[A-Z][A-Z0-9_]*(?:_[0-9]+)?>"


def paraphrased(texts: Sequence[str], findings: Sequence[Sequence[Finding]], seed: str) -> list[str]:
    """The texts of one call with other values: those that ``findings`` name (a list for each text), and numbers.

    A found value is replaced in every text, also where it was not found. Numbers of one digit stay, for they count and
    enumerate; so do tokens, placeholders, and digits within names and identifiers. The same seed gives the same texts.
    """
    others = _Others(seed)
    named = (
        (text[finding.start : finding.end], finding.type)
        for text, found in zip(texts, findings, strict=True)
        for finding in found
    )
    values = _other_values(named, others)
    pattern = _pattern(values, _NUMBER)

    def other(match: "re.Match[str]") -> str:
        value = match[0]
        if value in values:
            return values[value]
        return others.number(value) if value[0].isdigit() else value

    return [pattern.sub(other, text) for text in texts]


def renamed(texts: Sequence[str], found: Mapping[str, str], seed: str) -> list[str]:
    """The texts of one call with other values in place of those found, given with their types; the rest stays.

    As :func:`paraphrased`, but numbers are left alone outside the found values, so that sums and counts stay right.
    """
    values = _other_values(found.items(), _Others(seed))
    pattern = _pattern(values)
    return [pattern.sub(lambda match: values.get(match[0], match[0]), text) for text in texts]


def _other_values(named: Iterable[tuple[str, str]], others: "_Others") -> dict[str, str]:
    """What stands for values that are given with their types."""
    values: dict[str, str] = {}
    for value, type in named:
        values.setdefault(value, others.value(value, type))
        if type == "PERSON":  # "Ann Lee" is also called "Ann"
            parts = [part for part in value.split() if len(part) > 1 and part.istitle()]
            values.update((part, others.word(part, "PERSON")) for part in parts)
    return values


def _pattern(values: Iterable[str], *more: str) -> "re.Pattern[str]":
    """Finds tokens and placeholders, which stay, the values, and what else is given; in that order."""
    known = "|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in sorted(values, key=len, reverse=True))
    return re.compile("|".join(filter(None, (_PROTECTED, known, *more))))


@dataclass(slots=True)
class _Others:
    """What stands for what, within one call."""

    seed: str
    _chosen: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    _taken: set[str] = field(default_factory=set[str])

    def value(self, value: str, type: str) -> str:
        """Another value of the same form: its words and numbers replaced one by one."""
        words = [match for match in _WORD.finditer(value) if not match[0].isdigit()]
        last = words[-1].start() if len(words) > 1 else -1

        def other(match: "re.Match[str]") -> str:
            if match[0].isdigit():
                return self.number(match[0], least=1 if type != "DATE_TIME" else 2)
            family = type == "PERSON" and match.start() == last
            return self.word(match[0], "FAMILY" if family else type)

        return _WORD.sub(other, value)

    def word(self, word: str, type: str) -> str:
        """Another word of its kind, in the same case; one that only says what kind of thing it is stays."""
        if word.lower() in _STAYS or len(word) == 1:
            return word
        if (known := self._chosen.get(("", word.lower()))) is None:
            known = self._chosen["", word.lower()] = self._choose(word.title(), self._pool(word.title(), type))
        return known.upper() if word.isupper() else known.lower() if word.islower() else known

    def _pool(self, word: str, type: str) -> Sequence[str]:
        for pool in (_MONTHS, _DAYS):
            if word in pool:
                return pool
        return _FAMILY if type == "FAMILY" else _POOLS.get(type, ())

    def _choose(self, word: str, pool: Sequence[str]) -> str:
        start = self._draw(word)
        for step in range(len(pool)):
            other = pool[(start + step) % len(pool)]
            if other != word and other not in self._taken:
                self._taken.add(other)
                return other
        return pool[start % len(pool)] if pool else word

    def number(self, number: str, least: int = 2) -> str:
        """Another number with as many digits and the same points and commas; a year stays near its century."""
        if sum(c.isdigit() for c in number) < least:
            return number
        if (known := self._chosen.get(("#", number))) is None:
            known = self._chosen["#", number] = self._digits(number)
        return known

    def _digits(self, number: str) -> str:
        fixed = 2 if len(number) == 4 and number[:2] in ("19", "20") else 0
        small = number.isdigit() and len(number) == 2 and 1 <= int(number) <= 12  # may be a month, an hour, a day
        other = number
        for attempt in range(100):
            draw = self._draw(f"{number}#{attempt}")
            if small:
                other = f"{draw % 12 + 1:02d}"
            else:
                digits = iter(str(draw).rjust(20, "7"))
                other = "".join(
                    c if i < fixed or not c.isdigit() else (next(digits) if i else str(int(next(digits)) % 9 + 1))
                    for i, c in enumerate(number)
                )
            if other != number and other not in self._taken:
                break
        self._taken.add(other)
        return other

    def _draw(self, what: str) -> int:
        digest = hashlib.blake2b(what.encode(), key=hashlib.blake2b(self.seed.encode()).digest(), digest_size=8)
        return int.from_bytes(digest.digest())
