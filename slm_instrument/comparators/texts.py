"""Comparators of answers that are one text, and the one that fits every answer."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from slm_instrument.canonical import AnswerKind, agree, normal_form
from slm_instrument.comparators.base import Comparator
from slm_instrument.errors import ConfigError
from slm_instrument.records import Message

_OPENS = "\"'`*_([{\u00ab\u2018\u201c\u201e"
_CLOSES = "\"'`*_)]}\u00bb\u2019\u201d.,;:!?\u2026"
_ARTICLES = frozenset({"a", "an", "the"})
_NUMBER = re.compile(r"[+\u2212-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?|[+\u2212-]?\.\d+")


@dataclass(frozen=True, slots=True)
class NormalForm(Comparator):
    """Answers with the same normal form agree."""

    def agrees(self, given: Message, wanted: Message) -> bool:
        """Whether the normal forms are equal."""
        return agree(given, wanted)


@dataclass(frozen=True, slots=True)
class Text(Comparator):
    """Texts agree that have the same words: capitals, articles, and marks around words do not count.

    The normalisation of extractive question answering (SQuAD, Rajpurkar et al. 2016), but that marks within words and
    before them stay: "3.5" is not "35", "-5" not "5", "C++" not "C". Answers of another kind compare by normal form.
    """

    def agrees(self, given: Message, wanted: Message) -> bool:
        """Whether the words are the same."""
        if not (is_text(given) and is_text(wanted)):
            return agree(given, wanted)
        return _words(given.text) == _words(wanted.text)


@dataclass(frozen=True, slots=True)
class Number(Comparator):
    """Texts agree that say the same number, as ``12``, ``12.0 km`` and ``about 12``.

    The larger of the two tolerances counts. Units that both have must be the same. Texts that do not have exactly one
    number, in the English way of writing it, compare as :class:`Text`.

    Args:
        tolerance: the difference that does not count.
        relative: the same as a share of the wanted number.
    """

    tolerance: float = 0.0
    relative: float = 0.0

    def __post_init__(self) -> None:
        if not (self.tolerance >= 0 and self.relative >= 0):
            raise ConfigError("a tolerance is 0 or more")

    def agrees(self, given: Message, wanted: Message) -> bool:
        """Whether the numbers are the same within the tolerance."""
        one, other = _quantity(given), _quantity(wanted)
        if one is None or other is None:
            return Text().agrees(given, wanted)
        allowed = max(Decimal(str(self.tolerance)), Decimal(str(self.relative)) * abs(other.value))
        same_unit = one.unit == other.unit or not one.unit or not other.unit
        return same_unit and abs(one.value - other.value) <= allowed


@dataclass(frozen=True, slots=True)
class _Quantity:
    value: Decimal
    unit: str  # the word or sign beside the number


def is_text(message: Message) -> bool:
    """Whether an answer is a text, and neither tool calls nor JSON."""
    return normal_form(message).kind in (AnswerKind.SHORT_TEXT, AnswerKind.FREE_TEXT)


def _words(text: str) -> list[str]:
    bare = (word.lstrip(_OPENS).rstrip(_CLOSES) for word in unicodedata.normalize("NFKC", text).casefold().split())
    return [word for word in bare if word and word not in _ARTICLES]


def _quantity(message: Message) -> _Quantity | None:
    """The one number of a text and its unit; None where there is none, or several."""
    if message.tool_calls:
        return None
    text = unicodedata.normalize("NFKC", message.text)
    found = list(_NUMBER.finditer(text))
    if len(found) != 1:
        return None
    value = Decimal(found[0][0].replace(",", "").replace("\u2212", "-"))
    after = _words(text[found[0].end() :])
    before = re.search(r"[^\w\s]+$", text[: found[0].start()])  # "$12"
    return _Quantity(value, after[0] if after else before[0] if before else "")
