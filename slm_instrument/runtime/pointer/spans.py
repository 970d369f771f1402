"""Spans of a prompt: where its tokens lie, where a value stands in it, and what a copied span may be changed into.

Pointers are tokens; what is copied is the prompt's own text between them, with its case and spelling. Spans begin and
end with whole words: a rare name has several tokens, and half of it is never meant.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_OCCURRENCES = 12
_UNSPACED = 0x0E00  # from Thai on: scripts that mostly write words without spaces, where any token may begin a word
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?")


def as_number(text: str) -> Any:
    """The number that a text is, or None; commas between thousands are dropped."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return json.loads(text.replace(",", ""))
    except ValueError:  # "007" is no JSON number
        return None


# What a span may be changed into, by the payload of its ``copy``. None: the span cannot be changed so.
CHANGES: dict[str, Callable[[str], Any]] = {
    "": lambda text: text,
    "number": as_number,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "slashes": lambda text: text.replace(".", "/"),
    "underscores": lambda text: text.replace(" ", "_").replace("-", "_"),
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A tokenised prompt: its text and the characters from ``starts[i]`` to ``ends[i]`` of every token.

    ``firsts`` and ``lasts`` say whether a span may begin or end with a token; special tokens are empty, and none does.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    firsts: Sequence[bool] = field(init=False, repr=False)
    lasts: Sequence[bool] = field(init=False, repr=False)
    _token_from: dict[int, int] = field(init=False, repr=False)
    _token_to: dict[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        full = [end > start for start, end in zip(self.starts, self.ends, strict=True)]
        firsts = [some and not _joined(self.text, start) for some, start in zip(full, self.starts, strict=True)]
        lasts = [some and not _joined(self.text, end) for some, end in zip(full, self.ends, strict=True)]
        tokens = range(len(full))
        object.__setattr__(self, "firsts", firsts)
        object.__setattr__(self, "lasts", lasts)
        object.__setattr__(self, "_token_from", {self.starts[at]: at for at in reversed(tokens) if firsts[at]})
        object.__setattr__(self, "_token_to", {self.ends[at]: at for at in tokens if lasts[at]})

    @classmethod
    def of(cls, text: str, offsets: Sequence[tuple[int, int]]) -> "Prompt":
        """From the offsets that a tokenizer gives."""
        return cls(text, [start for start, _ in offsets], [end for _, end in offsets])

    def span(self, first: int, last: int) -> str:
        """The text from the first to the last token."""
        return self.text[self.starts[first] : self.ends[last]]

    def until(self, first: int, never: str) -> int:
        """Where, counted in characters, a span from this token must end so as to have none of these characters."""
        found = (self.text.find(character, self.starts[first]) for character in never)
        return min((at for at in found if at >= 0), default=len(self.text))

    def occurrences(self, span: str) -> list[tuple[int, int]]:
        """First and last token of the places where this text stands as whole words; the first few, if it is many."""
        found: list[tuple[int, int]] = []
        for start in _positions(self.text, span):
            first, last = self._token_from.get(start), self._token_to.get(start + len(span))
            if first is not None and last is not None:
                found.append((first, last))
        return found[:MOST_OCCURRENCES]


def sources(prompt: Prompt, value: Any, change: str) -> str | None:
    """A span of the prompt that the change turns into this value, or None."""
    for candidate in _candidates(prompt.text, value, change):
        if CHANGES[change](candidate) == value and prompt.occurrences(candidate):
            return candidate
    return None


def _candidates(text: str, value: Any, change: str) -> Iterator[str]:
    if change == "number":
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield from dict.fromkeys(match.group() for match in _NUMBER.finditer(text))
    elif not isinstance(value, str) or not value.strip():
        return
    elif change == "":
        yield value
    elif change == "slashes":
        yield value.replace("/", ".")
    elif change == "underscores":
        yield value.replace("_", " ")
        yield value.replace("_", "-")
    else:
        pattern = re.compile(re.escape(value), re.IGNORECASE)
        yield from dict.fromkeys(match.group() for match in pattern.finditer(text))


def _positions(text: str, span: str) -> Iterator[int]:
    at = text.find(span) if span else -1
    while at >= 0:
        yield at
        at = text.find(span, at + 1)


def _joined(text: str, at: int) -> bool:
    """Whether a word goes on across this position."""
    return 0 < at < len(text) and _wordy(text[at - 1]) and _wordy(text[at])


def _wordy(character: str) -> bool:
    return character == "_" or (character.isalnum() and ord(character) < _UNSPACED)
