"""Which of thousands of templates a prompt is of, in microseconds.

A template is tried when the prompt begins or ends, in one of its places, with a text that the template fixes there. Of
the up to six such texts of a template the one is looked for that the fewest others of its kind have: an agent's
templates share its system prompt and differ in the last message. Nearly all templates have one that few share (of 146
mined from eight applications all but 2); those without are always tried.

An Aho-Corasick automaton over 5,000 texts from anywhere in the templates was measured in place of this: it would spare
trying the few, and takes 34 us for a prompt of 2 KB and 320 us for one of 20 KB, where this takes 10 us for either.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from slm_instrument.template.pattern import SLOT, Piece
from slm_instrument.template.prompt import PLACES, Prompt
from slm_instrument.template.template import Slots, Template

Owner = TypeVar("Owner", bound=Hashable)
_Kind = tuple[tuple[str, ...], str]  # names of the tools, response format
_Side = tuple[str, bool]  # a place, and whether its beginning is meant or its end


@dataclass(frozen=True, slots=True)
class Match(Generic[Owner]):
    """Whose template a prompt is of, and what varies in the prompt.

    ``variant`` is the template's number among its owner's. ``rivals`` are other owners with a template that matches and
    fixes just as much: the prompt does not tell them apart.
    """

    owner: Owner
    variant: int
    template: Template
    slots: Slots
    rivals: tuple[Owner, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Owner]):
    owner: Owner
    variant: int
    template: Template
    static_chars: int


class TemplateIndex(Generic[Owner]):
    """Finds the most specific of many templates that a prompt matches. Immutable, so threads share it freely.

    Args:
        owners: Who has which templates. Of equally specific templates that match, the first one given is found.
    """

    def __init__(self, owners: Iterable[tuple[Owner, Sequence[Template]]]) -> None:
        kinds: dict[_Kind, list[_Entry[Owner]]] = {}
        for owner, templates in owners:
            for variant, template in enumerate(templates):
                entry = _Entry(owner, variant, template, template.static_chars)
                kinds.setdefault((template.tools, template.response_format), []).append(entry)
        self._kinds = {kind: _Candidates(entries) for kind, entries in kinds.items()}

    def find(self, prompt: Prompt) -> Match[Owner] | None:
        """The most specific template that the prompt matches, or None."""
        kind = self._kinds.get((prompt.tools, prompt.response_format))
        return None if kind is None else kind.find(prompt)


class _Candidates(Generic[Owner]):
    """Templates of the same tools and response format."""

    def __init__(self, entries: Iterable[_Entry[Owner]]) -> None:
        self._entries = sorted(entries, key=lambda entry: -entry.static_chars)
        self._always: list[int] = []
        sides: dict[_Side, dict[str, list[int]]] = {}
        borders = [list(_borders(entry.template)) for entry in self._entries]
        shared = Counter(border for own in borders for border in own)
        for number, own in enumerate(borders):
            if own:
                side, text = min(own, key=lambda border: (shared[border], -len(border[1])))
                sides.setdefault(side, {}).setdefault(text, []).append(number)
            else:
                self._always.append(number)
        self._sides = [(side[0], _Borders(by_text, at_end=side[1])) for side, by_text in sides.items()]

    def find(self, prompt: Prompt) -> Match[Owner] | None:
        best: tuple[_Entry[Owner], Slots] | None = None
        rivals: dict[Owner, None] = {}
        for entry in self._to_try(prompt):
            if best is not None and entry.static_chars < best[0].static_chars:
                break
            slots = entry.template.match(prompt)
            if slots is None:
                continue
            if best is None:
                best = entry, slots
            elif entry.owner != best[0].owner:
                rivals[entry.owner] = None
        if best is None:
            return None
        entry, slots = best
        return Match(entry.owner, entry.variant, entry.template, slots, tuple(rivals))

    def _to_try(self, prompt: Prompt) -> list[_Entry[Owner]]:
        """The templates whose text is there, most specific first."""
        numbers = self._always.copy()
        for place, borders in self._sides:
            numbers += borders.of(getattr(prompt, place))
        return [self._entries[number] for number in sorted(numbers)]


def _borders(template: Template) -> Iterator[tuple[_Side, str]]:
    """The texts that the template's places begin and end with."""
    for place in PLACES:
        pieces: tuple[Piece, ...] = getattr(template, place).pieces or (SLOT,)
        for at_end, piece in ((False, pieces[0]), (True, pieces[-1])):
            if isinstance(piece, str) and piece:
                yield (place, at_end), piece


class _Borders:
    """Finds those of many texts that another text begins with, or ends with.

    In sorted order a text comes after all its beginnings, and between it and any of them stands only what has the same
    beginning. So the text that bisection finds has them all for beginnings, and a link leads from each to the next
    shorter one. Ends are the beginnings of reversed texts.
    """

    def __init__(self, numbers: Mapping[str, list[int]], *, at_end: bool) -> None:
        ordered = sorted((text[::-1] if at_end else text, own) for text, own in numbers.items())
        self._at_end = at_end
        self._texts = [text for text, _ in ordered]
        self._numbers = [own for _, own in ordered]
        self._longest = max(map(len, self._texts))
        self._shorter: list[int] = []  # for each text the next shorter one that it begins with, -1 without one
        for at, text in enumerate(self._texts):
            shorter = at - 1
            while shorter >= 0 and not text.startswith(self._texts[shorter]):
                shorter = self._shorter[shorter]
            self._shorter.append(shorter)

    def of(self, text: str) -> list[int]:
        """The numbers of all texts that this one begins with, or ends with."""
        if self._at_end:
            text = text[-self._longest :][::-1]
        numbers: list[int] = []
        at = bisect_right(self._texts, text) - 1
        while at >= 0:
            if text.startswith(self._texts[at]):
                numbers += self._numbers[at]
            at = self._shorter[at]
        return numbers
