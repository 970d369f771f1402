"""Which calls are of one kind, by the static text they share.

Calls are split from the top down. At each step the static texts in one place of the prompt (system, first user message,
last user message) that exclude each other are looked for: an instruction is one of several that take the same place,
and one of them is nearly always there. Where no such set covers the calls, the place holds data or dialogue and is left
alone, however often parts of it recur. Clustering by similarity, in contrast, splits by data that repeats and by the
position in a dialogue.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from slm_instrument.analyze.corpus import Corpus, Ints
from slm_instrument.analyze.static_text import PLACES, Cover, StaticTexts, best_cover
from slm_instrument.analyze.tokens import tokens

MIN_COVER = 0.8  # of the calls that must hold one of the texts that tell them apart
SAMPLE = 4_000  # calls of an application that are compared with each other
MAX_DEPTH = 12
ATTEMPTS = 3  # at what is left over: rarer kinds stand out when the others are gone
HEAD_COVER = 0.5  # of the calls whose system prompt begins as that of several others
HEAD_WORDS = 16
MIN_TRACES = 3
FEW_TRACES = 10  # fewer say nothing about what recurs: then every call counts
SAME_IN_TRACE = 0.95  # of a trace's calls on one side of a split: the split is by trace, as data is
ANOTHER_PROMPT = 0.3  # of the static text that must differ for a split by trace to be one by agent all the same

_SENTENCE_END = re.compile("(?<=[.:!?])\\s|(?<=[\u3002\uff01\uff1f])|\n")  # the latter: full stops of Chinese


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows of a corpus by kind of call, and those that were of none."""

    groups: list[Ints]
    rest: Ints


def find_groups(corpus: Corpus, rows: Ints, *, min_calls: int, leftovers: bool = False) -> Groups:
    """Split the rows, a sample of them where there are many, into groups of one kind.

    Calls that nothing tells apart are one kind, unless they are the ``leftovers`` of others.
    """
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(0).choice(rows, SAMPLE, replace=False))
    if len(rows) < min_calls:
        return Groups([], rows)
    traces = corpus.trace if len(np.unique(corpus.trace[rows])) >= FEW_TRACES else np.arange(len(corpus))
    groups: list[Ints] = []
    for attempt in range(ATTEMPTS):
        splitter = _Splitter(StaticTexts(corpus, rows, traces, min_calls), min_calls)
        heads, others = splitter.by_head(rows)
        for head in heads:
            splitter.split(head)
        splitter.split(others, rest=leftovers or bool(heads) or attempt > 0)
        groups += splitter.groups
        rows = splitter.rest
        if not splitter.groups or not len(rows):
            break
    return Groups(groups, rows)


class _Splitter:
    def __init__(self, static: StaticTexts, min_calls: int) -> None:
        self._static = static
        self._corpus = static.corpus
        self._min_calls = min_calls
        self.groups: list[Ints] = []
        self._rest: list[Ints] = [np.zeros(0, dtype=np.int64)]

    @property
    def rest(self) -> Ints:
        """The calls that are in no group."""
        return np.sort(np.concatenate(self._rest))

    def by_head(self, rows: Ints) -> tuple[list[Ints], Ints]:
        """Calls by the first sentence of their system prompt, where that says who is speaking, and the others."""
        numbers: dict[tuple[str, ...], list[int]] = {}
        for row in rows.tolist():
            numbers.setdefault(_head(self._corpus.texts[int(self._corpus.system[row])]), []).append(row)
        known = {head: np.array(own) for head, own in numbers.items() if head and self._recurs(np.array(own))}
        covered = sum(len(own) for own in known.values())
        if len(known) < 2 or covered < HEAD_COVER * len(rows):
            return [], rows
        others = [row for head, own in numbers.items() if head not in known for row in own]
        return list(known.values()), np.sort(np.array(others, dtype=np.int64))

    def split(self, rows: Ints, *, depth: int = 0, rest: bool = False) -> None:
        """Split until nothing tells the calls apart."""
        if len(rows) < self._min_calls:
            self._rest.append(rows)
            return
        cover = self._telling(rows) if len(rows) >= 2 * self._min_calls and depth < MAX_DEPTH else None
        if cover is None:
            (self._rest if rest else self.groups).append(rows)
            return
        child = cover.children()
        for number in range(len(cover.blocks)):
            self.split(rows[child == number], depth=depth + 1)
        self.split(rows[child < 0], depth=depth + 1, rest=True)

    def _recurs(self, rows: Ints) -> bool:
        return len(rows) >= self._min_calls and len(np.unique(self._static.traces[rows])) >= MIN_TRACES

    def _telling(self, rows: Ints) -> Cover | None:
        for place, cover in self._covers(rows):
            if not self._is_data(rows, place, cover):
                return cover
        return None

    def _covers(self, rows: Ints) -> Iterator[tuple[str, Cover]]:
        for place in PLACES:
            cover = best_cover(self._static.blocks(rows, place))
            if cover is not None and cover.share >= MIN_COVER:
                yield place, cover

    def _is_data(self, rows: Ints, place: str, cover: Cover) -> bool:
        """Whether the blocks are inputs that recur, not instructions."""
        child = cover.children()
        if self._calls_without_variety(rows, child) > len(rows) / 2:
            return True
        if _same_in_trace(child, self._static.traces[rows]) <= SAME_IN_TRACE:
            return False
        # An input stays the same through a trace. So may an agent, but then its whole system prompt is another.
        differs = float(np.median([block.shingles for block in cover.blocks])) / max(1.0, self._length(rows, place))
        return place != "system" or differs < ANOTHER_PROMPT

    def _length(self, rows: Ints, place: str) -> float:
        return self._static.length(rows, place)

    def _calls_without_variety(self, rows: Ints, child: Ints) -> int:
        """Calls in children that are one prompt over and over: a template has slots."""
        corpus = self._corpus
        count = 0
        for number in range(int(child.max()) + 1):
            own = rows[child == number]
            prompts = np.unique(np.stack([corpus.system[own], corpus.opening[own], corpus.last[own]]), axis=1).shape[1]
            count += len(own) if prompts <= 2 < len(own) else 0
        return count


def _same_in_trace(child: Ints, traces: Ints) -> float:
    """How uniform traces are: the mean share of their most frequent child; 0 when no trace has several calls."""
    known = child >= 0
    order = np.lexsort((child[known], traces[known]))
    child, traces = child[known][order], traces[known][order]
    shares: list[float] = []
    for own in np.split(child, np.flatnonzero(np.diff(traces)) + 1):
        if len(own) > 1:
            shares.append(float(np.bincount(own).max()) / len(own))
    return float(np.mean(shares)) if shares else 0.0


def _head(text: str) -> tuple[str, ...]:
    sentence = _SENTENCE_END.split(text.strip()[:1_000], maxsplit=1)[0]
    words = (word.strip().casefold() for word in tokens(sentence))
    return tuple("0" if word[0].isdecimal() else word for word in words if word)[:HEAD_WORDS]
