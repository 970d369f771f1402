"""Texts as words, to compare what is worded alike: letters only, without regard to case, signs and numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from slm_instrument.template.pattern import SLOT, Pattern
from slm_instrument.template.prompt import PLACES, Prompt
from slm_instrument.template.template import Template

RUN = 3  # words in a row that are looked for as one: two recur by chance
MAX_CHARS = 32_000  # of a text; of a longer one the beginning and the end, where instructions stand
CLOSING_WORDS = 4  # a last instruction of fewer takes in what stands before it

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"  # scripts without spaces: a character is a word
_WORD = re.compile(rf"[{_IDEOGRAPH}]|[^\W\d_{_IDEOGRAPH}]+")
_SENTENCE = re.compile(r"(?<=[.:!?])\s|\n")

Run = str  # words with a space between each two: a string costs the garbage collector nothing, as a tuple would


def words(text: str) -> list[str]:
    """The words of a text."""
    if len(text) > MAX_CHARS:
        text = f"{text[: MAX_CHARS // 2]}\n{text[-MAX_CHARS // 2 :]}"
    return _WORD.findall(text.casefold())


def runs(text: list[str]) -> Iterator[Run]:
    """All runs of words in a text."""
    return map(" ".join, zip(*(islice(text, at, None) for at in range(RUN)), strict=False))


def tiles(text: list[str]) -> Iterator[Run]:
    """The runs that lie side by side and cover a text; the last one may lap over the one before."""
    if len(text) >= RUN:
        for at in (*range(0, len(text) - RUN, RUN), len(text) - RUN):
            yield " ".join(text[at : at + RUN])


class Worded:
    """A prompt as words, by place."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self._words = {place: words(getattr(prompt, place)) for place in PLACES}
        self._joined: dict[str, str] = {}
        self.runs = {place: set(runs(own)) for place, own in self._words.items()}

    def joined(self, place: str) -> str:
        """The words there with a space around each."""
        if place not in self._joined:
            self._joined[place] = _joined(self._words[place])
        return self._joined[place]


@dataclass(frozen=True, slots=True)
class Closing:
    """The last instruction of a template.

    ``sentences`` are joined words, the last sentence first, and ``sign`` is what stands behind them without being a
    word. ``ends``: the place's text ends with it.
    """

    place: str
    sentences: tuple[str, ...]
    sign: str
    ends: bool

    @classmethod
    def of(cls, template: Template) -> "Closing | None":
        """The template's; None when it fixes no word."""
        for place in reversed(PLACES):
            pattern: Pattern = getattr(template, place)
            sentences: list[str] = []
            left = CLOSING_WORDS
            for own in _from_the_end(pattern):
                if left <= 0:
                    break
                sentences.append(_joined(own))
                left -= len(own)
            if sentences:
                last = pattern.stretches[-1]
                sign = "" if words(last) else last.strip()
                return cls(place, tuple(sentences), sign, pattern.pieces[-1] is not SLOT)
        return None

    def closes(self, worded: Worded) -> bool:
        """Whether the prompt has it, and nothing behind it where there must not be."""
        joined = worded.joined(self.place)
        if not all(sentence in joined for sentence in self.sentences):
            return False
        if not self.sign:
            return not self.ends or joined.endswith(self.sentences[0])
        text: str = getattr(worded.prompt, self.place)
        return text.rstrip().endswith(self.sign) if self.ends else self.sign in text


def _joined(words: list[str]) -> str:
    return f" {' '.join(words)} "


def _from_the_end(pattern: Pattern) -> Iterator[list[str]]:
    """The words of each sentence, last one first."""
    for text in reversed(pattern.stretches):
        for sentence in reversed(_SENTENCE.split(text)):
            own = words(sentence)
            if own:
                yield own
