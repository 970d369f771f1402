"""What a prompt asks for, as a verb and its object: "you should propose one comment on ..." is (propose, comment).

There is no parser here. A verb is looked for where prompts put it: at the start of a sentence, after "you should" or
"your task is to"; its object is what stands from there to the next preposition. Lists of words say which is which. That
finds what most English instructions ask for; where it finds nothing a task is named by its telling words.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from slm_instrument.analyze.cards.lexicon import (
    AFTER_NOUNS,
    BEFORE_NOUNS,
    DUTIES,
    JOINING,
    MODALS,
    NEGATIONS,
    OPENING,
    PERSONS,
    SETTING,
    VAGUE_OBJECTS,
    VAGUE_VERBS,
    VERBS,
)

CONSIDERED = 400  # words from the start of an instruction
OBJECT_WORDS = 2  # the last ones: what stands before them describes them

_VAGUE_VERB, _VAGUE_OBJECT = 0.3, 0.5  # weight of a verb, of an object that says little
_JOINED = 0.5  # weight of a further verb in a sentence
_HALF_WEIGHT = 80  # words in, a phrase counts half as much as at the start

_STARTS = frozenset({".", "!", "?", ":", ";", "\n", "-", "*", ")", ">", "•", "`", '"'})
_QUOTES = frozenset("\"'`,")
_RELATIVE = frozenset({"that", "who", "which"})
_HISSING = ("s", "x", "ch", "sh")
_ADJECTIVE = re.compile(r".+(?:able|al|ary|ed|ete|ful|ible|ic|ive|less|ous)")
_TOKEN = re.compile(r"[^\W_](?:[\w.'/-]*[^\W_])?|[^\w\s]|\n")
_NOUN = re.compile(r"[^\W\d_](?:[^\W\d]|[.-]){1,23}")


class Phrase(NamedTuple):
    """A verb in its base form and the words of its object; ``weight`` says how surely, and how early, it is asked."""

    verb: str
    object: tuple[str, ...]
    weight: float

    @property
    def words(self) -> tuple[str, ...]:
        """Verb and object."""
        return (self.verb, *self.object)


def phrases(instruction: str) -> list[Phrase]:
    """What an instruction asks for, in the order of its text."""
    text = instruction[: CONSIDERED * 20].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return list(_phrases([match.group() for match in _TOKEN.finditer(text)][:CONSIDERED]))


def _phrases(tokens: Sequence[str]) -> Iterator[Phrase]:
    opening = ""  # the sentence's first word
    joined = 0.0  # how surely a verb is asked for that is joined to what the sentence says before
    for at, token in enumerate(tokens):
        if token in _STARTS:
            opening, joined = "", 0.0
            continue
        if not opening:
            opening, joined = token, 1.0 if token in SETTING else 0.0
        verb, form = _FORMS.get(token, ("", ""))
        cue = _cue(tokens[max(0, at - 8) : at], form, joined) if verb else 0.0
        if not cue:
            continue
        joined = _JOINED
        nouns = _nouns(tokens[at + 1 : at + 13])
        if nouns:
            vague = _VAGUE_VERB if verb in VAGUE_VERBS else 1.0
            vague *= _VAGUE_OBJECT if VAGUE_OBJECTS.issuperset(nouns) else 1.0
            yield Phrase(verb, nouns, cue * vague / (1 + at / _HALF_WEIGHT))


def _cue(before: Sequence[str], form: str, joined: float) -> float:
    """How surely a verb is asked for, by the words before it; 0 where it is not."""
    last, second = _last_two(before)
    if NEGATIONS & {last, second} or (last == ":" and (second in {")", "description"} or "_" in second)):
        return 0.0  # or it is said of a tool, in a list of tools
    if form == "ing":
        return 0.9 if last in {"at", "in", "for", "of"} and PERSONS.intersection(before) else 0.0
    if form == "s" or last in _RELATIVE:
        done = last in PERSONS or (last in _RELATIVE and PERSONS.intersection(before[-6:]))
        return 1.1 if done else 0.0
    return _asked(before, last, second, joined)


def _last_two(before: Sequence[str]) -> tuple[str, str]:
    """The last word that is no adverb, and the one before that."""
    kept = [word for word in before if not (word == "only" or word.endswith("ly"))]
    second, last = ["", "", *kept][-2:]
    return last, second


def _asked(before: Sequence[str], last: str, second: str, joined: float) -> float:
    """How surely the base form of a verb is asked for."""
    if last in MODALS:
        return MODALS[last] if {"you", "we"}.intersection(before[-4:]) else 0.0
    if last == "to":
        return 1.2 if DUTIES.intersection(before[-4:]) else 0.25  # else it says what for
    if last == "you":
        return 1.1 if second in _STARTS or second in {"", ","} else 0.0
    if last in JOINING:
        return joined or (1.1 if last in OPENING and second in _STARTS | {""} else 0.0)
    return 1.1 if last in OPENING else 1.0 if not last or last in _STARTS else 0.0


def _nouns(after: Sequence[str]) -> tuple[str, ...]:
    """The last words of the object that stands after a verb."""
    nouns: list[str] = []
    last = ""
    for token in after:
        word = token.removesuffix("'s").removesuffix("s'") if "'" in token else token
        more = word == "," and nouns and _ADJECTIVE.fullmatch(nouns[-1])
        if _ends(word) and not more if nouns else _bars(word):
            break
        listed = last in JOINING and word in _FORMS  # another verb of the same object
        if _NOUN.fullmatch(word) and not (_ends(word) or listed or word.endswith("ly")):
            nouns.append(word)
        last = word
    return tuple(nouns[-OBJECT_WORDS:])


def _ends(word: str) -> bool:
    """Whether a word is none of the nouns of an object, and stands behind them."""
    return word in AFTER_NOUNS or word in BEFORE_NOUNS or not word[0].isalnum()


def _bars(word: str) -> bool:
    """Whether no object can follow a verb and this word."""
    return word in AFTER_NOUNS - JOINING - {"for"} or not (word[0].isalnum() or word in _QUOTES)


def _conjugated() -> dict[str, tuple[str, str]]:
    """Every form of every verb, with its base form and which form it is."""
    forms: dict[str, tuple[str, str]] = {}
    for verb in VERBS:
        stem = verb.removesuffix("e")
        third = (
            f"{verb[:-1]}ies" if verb[-2:] in {"fy", "py", "ry"} else verb + ("es" if verb.endswith(_HISSING) else "s")
        )
        forms |= {f"{stem}ing": (verb, "ing"), f"{stem}{stem[-1]}ing": (verb, "ing"), third: (verb, "s")}
    return forms | {verb: (verb, "base") for verb in VERBS}


_FORMS = _conjugated()
