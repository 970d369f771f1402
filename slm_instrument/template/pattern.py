r"""Static texts, slots and numbers in order, and the cutting of a text by them.

Matching is a handful of ``str.find``: linear in the text, no backtracking. What stands between two slots is looked for
as a whole, leftmost first; what ends the pattern must end the text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from typing import Final

from slm_instrument.redaction.placeholders import split_at_placeholders


class Kept(IntEnum):
    """What a slot holds where it does not take any text; the value is how JSON says it."""

    NUMBER = 1


SLOT: Final = None  # any text
NUMBER: Final = Kept.NUMBER  # decimal digits, as many as stand there
Piece = str | Kept | None

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""Static texts and slots in order, as ``("Intent of: ", SLOT, "\nAnswer:")``; ``(SLOT,)`` matches any text.

    ``NUMBER`` is a slot for a whole number: ``(SLOT, "\nThought ", NUMBER, ":")``. Static texts, or the text's own
    border, must delimit it: beside a slot, another number or a digit, nobody could tell where it begins or ends.

    Raises:
        ValueError: a number is not delimited.
    """

    pieces: tuple[Piece, ...] = (SLOT,)

    def __post_init__(self) -> None:
        if not all(_is_delimited(self.pieces, at) for at, piece in enumerate(self.pieces) if piece is NUMBER):
            raise ValueError(f"a number in a pattern must stand between static texts: {self.pieces}")

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> "Pattern":
        """The pattern of any pieces: neighbours are joined, and a number that nothing delimits becomes a slot."""
        joined: list[Piece] = []
        for piece in pieces:
            before = joined[-1] if joined else None
            if piece == "":
                continue
            if isinstance(piece, str) and isinstance(before, str):
                joined[-1] = before + piece
            elif joined and not isinstance(piece, str) and not isinstance(before, str):
                joined[-1] = SLOT
            else:
                joined.append(piece)
        vague = {at for at, piece in enumerate(joined) if piece is NUMBER and not _is_delimited(joined, at)}
        return cls(tuple(SLOT if at in vague else piece for at, piece in enumerate(joined)))

    @property
    def static_chars(self) -> int:
        """How much of a matching text the pattern fixes: the more, the more specific it is. A number counts as one."""
        return sum(len(piece) if isinstance(piece, str) else piece is NUMBER for piece in self.pieces)

    @property
    def stretches(self) -> list[str]:
        """The texts between the slots, in which 0 stands for any number."""
        runs: list[list[str]] = [[]]
        for piece in self.pieces:
            if piece is None:
                runs.append([])
            else:
                runs[-1].append(piece if isinstance(piece, str) else "0")
        return ["".join(run) for run in runs if run]

    @property
    def without_placeholders(self) -> "Pattern":
        """The pattern with slots where its static text holds placeholders: a live prompt has the real thing there."""
        return Pattern.of(chain.from_iterable(map(_at_placeholders, self.pieces)))

    def match(self, text: str) -> list[str] | None:
        """The texts of slots and numbers in order, or None when the text is of another pattern."""
        pieces, count = self.pieces, len(self.pieces)
        slots: list[str] = []
        at = index = 0
        free = False  # whether what comes next may stand anywhere from here on
        while index < count:
            piece = pieces[index]
            index += 1
            if piece is None:
                free = True
                continue
            numbers: Sequence[str] = ()
            if piece is NUMBER or (index < count and pieces[index] is NUMBER):
                run = _run(pieces, index - 1)
                index += len(run) - 1
                start, end, numbers = _find_run(run, text, at, free=free, final=index == count)
            else:
                # Not a function of its own: this is what matching spends its time with.
                if index == count:
                    start = len(text) - len(piece) if text.endswith(piece) else -1
                else:
                    start = text.find(piece, at) if free else (at if text.startswith(piece, at) else -1)
                end = start + len(piece)
            if start < at or not (free or start == at):
                return None
            if free:
                slots.append(text[at:start])
                free = False
            slots += numbers
            at = end
        if free:
            slots.append(text[at:])
        elif at != len(text):
            return None
        return slots


_Run = Sequence[str | Kept]  # what stands between two slots
_Found = tuple[int, int, list[str]]  # where a run begins and ends in a text, and its numbers
_NOWHERE: _Found = (-1, -1, [])


def _run(pieces: Sequence[Piece], index: int) -> _Run:
    run: list[str | Kept] = []
    for piece in pieces[index:]:
        if piece is None:
            break
        run.append(piece)
    return run


def _find_run(run: _Run, text: str, at: int, *, free: bool, final: bool) -> _Found:
    """A run with numbers: at the end of the text if it is final, leftmost if it is free, else right there."""
    if free and final:
        return _run_before_end(run, text)
    found = _run_at(run, text, at)
    first = run[0]
    while found is _NOWHERE and free and isinstance(first, str):
        at = text.find(first, at + 1)
        if at < 0:
            break
        found = _run_at(run, text, at)
    return found


def _run_at(run: _Run, text: str, start: int) -> _Found:
    numbers: list[str] = []
    end = start
    for piece in run:
        if isinstance(piece, str):
            if not text.startswith(piece, end):
                return _NOWHERE
            end += len(piece)
        else:
            digits = _DIGITS.match(text, end)
            if digits is None:
                return _NOWHERE
            numbers.append(digits[0])
            end = digits.end()
    return start, end, numbers


def _run_before_end(run: _Run, text: str) -> _Found:
    numbers: list[str] = []
    start = len(text)
    for piece in reversed(run):
        end = start
        if isinstance(piece, str):
            if not text.endswith(piece, 0, end):
                return _NOWHERE
            start -= len(piece)
        else:
            while start and text[start - 1].isdecimal():
                start -= 1
            if start == end:
                return _NOWHERE
            numbers.append(text[start:end])
    return start, len(text), numbers[::-1]


def _is_delimited(pieces: Sequence[Piece], at: int) -> bool:
    """Whether it can be told where the number there begins and ends."""
    before = pieces[at - 1] if at else "border"
    after = pieces[at + 1] if at + 1 < len(pieces) else "border"
    if not (isinstance(before, str) and isinstance(after, str) and before and after):
        return False
    return not (before[-1].isdecimal() or after[0].isdecimal())


def _at_placeholders(piece: Piece) -> Iterator[Piece]:
    """The piece, with slots in place of its placeholders."""
    if not isinstance(piece, str):
        yield piece
        return
    first, *others = split_at_placeholders(piece)
    yield first
    for text in others:
        yield SLOT
        yield text
