"""Which calls are of one kind, by the static text they share.

Calls are split from the top down. At each step the static texts in one place of the prompt (system, first user message,
last user message) that exclude each other are looked for: an instruction is one of several that take the same place,
and one of them is nearly always there. Where no such set covers the calls, the place holds data or dialogue and is left
alone, however often parts of it recur. Clustering by similarity, in contrast, splits by data that repeats and by the
position in a dialogue.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from slm_instrument.analyze.corpus import Corpus, Ints
from slm_instrument.analyze.cover import Cover, best_covers
from slm_instrument.analyze.evidence import TELLING, same_in_trace, tells_shapes
from slm_instrument.analyze.splits import (
    NO_GROUP,
    ByFormat,
    ByHead,
    Head,
    Leaf,
    Split,
    Tree,
    formats,
    heads,
    one_sentence,
    sort_in,
)
from slm_instrument.analyze.static_text import PLACES, StaticTexts

K = TypeVar("K", bound=Hashable)

MIN_COVER = 0.8  # of the calls that must hold one of the texts that tell them apart
TELLING_COVER = 0.3  # the same, where they tell what shape the answer is of
COMMON_SYSTEM = 0.5  # of the system prompts that calls must share to be the other things that an agent does
TELLING_CALLS = 100  # fewer must nearly all hold one
COVERS = 4  # of a place that are considered
SAMPLE = 4_000  # calls of an application that are compared with each other
MAX_DEPTH = 12
ATTEMPTS = 3  # at what is left over: rarer kinds stand out when the others are gone
HEAD_COVER = 0.5  # of the calls whose system prompt begins as that of several others
MIN_TRACES = 3
FEW_TRACES = 10  # fewer say nothing about what recurs: then every call counts
NOT_TELLING = 0.03  # of the information on the answers' shapes: texts that say less of these are data
SAME_IN_TRACE = 0.95  # of a trace's calls on one side of a split: the split is by trace, as data is
ANOTHER_PROMPT = 0.3  # of the static text that must differ for a split by trace to be one by agent all the same


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows of a corpus by kind of call, those that are of none, and how to tell which kind other rows are of."""

    groups: list[Ints]
    rest: Ints
    trees: list[Tree]

    def of(self, corpus: Corpus, rows: Ints) -> Ints:
        """The group of each row by the static texts it holds, ``NO_GROUP`` for the rest."""
        group = np.full(len(rows), NO_GROUP, dtype=np.int64)
        for tree in self.trees:
            open_rows = group == NO_GROUP
            group[open_rows] = sort_in(tree, corpus, rows[open_rows])
        return group


def find_groups(corpus: Corpus, rows: Ints, *, min_calls: int, leftovers: bool = False) -> Groups:
    """Split the rows, a sample of them where there are many, into groups of one kind.

    Calls that nothing tells apart are one kind, unless they are the ``leftovers`` of others.
    """
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(0).choice(rows, SAMPLE, replace=False))
    found = Groups([], rows, [])
    if len(rows) < min_calls:
        return found
    traces = corpus.trace if len(np.unique(corpus.trace[rows])) >= FEW_TRACES else np.arange(len(corpus))
    for attempt in range(ATTEMPTS):
        static = StaticTexts(corpus, found.rest, traces, min_calls)
        splitter = _Splitter(static, min_calls, first=len(found.groups))
        tree = splitter.by_format(found.rest, rest=leftovers or attempt > 0)
        found = Groups(found.groups + splitter.groups, splitter.rest, [*found.trees, tree])
        if not splitter.groups or not len(found.rest):
            break
    return found


class _Splitter:
    def __init__(self, static: StaticTexts, min_calls: int, *, first: int) -> None:
        self._static = static
        self._corpus = static.corpus
        self._min_calls = min_calls
        self._first = first  # number of the first group
        self.groups: list[Ints] = []
        self._rest: list[Ints] = [np.zeros(0, dtype=np.int64)]

    @property
    def rest(self) -> Ints:
        """The calls that are in no group."""
        return np.sort(np.concatenate(self._rest))

    def by_format(self, rows: Ints, *, rest: bool) -> Tree:
        """Split calls by the schema that their answers must follow, and further."""
        by_name = _grouped(rows, formats(self._corpus, rows))
        known = {name: own for name, own in by_name.items() if name and self._recurs(own)}
        others = [own for name, own in by_name.items() if name not in known]
        if not known or not (others or len(known) > 1):
            return self.by_head(rows, rest=rest)
        left = np.sort(np.concatenate([*others, rows[:0]]))
        return ByFormat(
            {name: self.by_head(own, rest=False) for name, own in known.items()}, self.by_head(left, rest=rest)
        )

    def by_head(self, rows: Ints, *, rest: bool) -> Tree:
        """Split calls by the first sentence of their system prompt, where that says who is speaking, and further."""
        by_head = _grouped(rows, heads(self._corpus, rows))
        known = {each: own for each, own in by_head.items() if each and self._recurs(own)}
        if len(known) < 2 or sum(map(len, known.values())) < HEAD_COVER * len(rows) or self._are_data(known):
            return self.split(rows, rest=rest)
        others = [own for each, own in by_head.items() if each not in known]
        children: dict[Head, Tree] = {}
        for same in self._personalised(known):
            tree = self.split(np.sort(np.concatenate([known[each] for each in same])))
            children |= dict.fromkeys(same, tree)
        return ByHead(children, self.split(np.sort(np.concatenate([*others, rows[:0]])), rest=True))

    def _personalised(self, by_head: "dict[Head, Ints]") -> list[list[Head]]:
        """The heads, those together that are one sentence but for names, and stand in for each other in traces."""
        sets: list[list[Head]] = []
        for each, own in by_head.items():
            for same in sets:
                if one_sentence(each, same[0]) and not self._meet(own, by_head[same[0]]):
                    same.append(each)
                    break
            else:
                sets.append([each])
        return sets

    def _meet(self, one: Ints, other: Ints) -> bool:
        traces = self._static.traces
        return bool(len(np.intersect1d(traces[one], traces[other])))

    def _are_data(self, by_head: "dict[Head, Ints]") -> bool:
        """Whether heads say nothing of the answers, as those with a name of a customer."""
        rows = np.concatenate(list(by_head.values()))
        child = np.repeat(np.arange(len(by_head)), [len(own) for own in by_head.values()])
        told = tells_shapes(child, self._corpus.shape[rows])
        return told is not None and told < NOT_TELLING and self._static.common(rows, "system") >= COMMON_SYSTEM

    def split(self, rows: Ints, *, depth: int = 0, rest: bool = False) -> Tree:
        """Split until nothing tells the calls apart."""
        if len(rows) < self._min_calls:
            return self._leaf(rows, rest=True)
        found = self._telling(rows) if len(rows) >= 2 * self._min_calls and depth < MAX_DEPTH else None
        if found is None:
            return self._leaf(rows, rest=rest, depth=depth)
        place, cover = found
        child = cover.children()
        return Split(
            place,
            [block.key for block in cover.blocks],
            [self.split(rows[child == number], depth=depth + 1) for number in range(len(cover.blocks))],
            self.split(rows[child < 0], depth=depth + 1, rest=True),
        )

    def _leaf(self, rows: Ints, *, rest: bool, depth: int = 0) -> Leaf:
        if rest and not (depth and self._recurs(rows) and self._static.common(rows, "system") >= COMMON_SYSTEM):
            self._rest.append(rows)
            return Leaf(NO_GROUP)
        # Calls that nothing tells apart may still have one among them that has nothing to do with the others.
        common = self._static.common_text(rows)
        kin = self._static.kin(rows, common)
        self._rest.append(rows[~kin])
        self.groups.append(rows[kin])
        return Leaf(self._first + len(self.groups) - 1, common)

    def _recurs(self, rows: Ints) -> bool:
        return len(rows) >= self._min_calls and len(np.unique(self._static.traces[rows])) >= MIN_TRACES

    def _telling(self, rows: Ints) -> tuple[str, Cover] | None:
        """The texts that tell the calls apart best; of equals, those in the system prompt."""
        best: tuple[float, str, Cover] | None = None
        for place in PLACES:
            for cover in best_covers(self._static.blocks(rows, place), COVERS):
                worth = self._worth(rows, place, cover)
                if worth > 0 and (best is None or worth > best[0]):
                    best = worth, place, cover
        return None if best is None else best[1:]

    def _worth(self, rows: Ints, place: str, cover: Cover) -> float:
        """How well the blocks tell instructions apart; 0 where they do not."""
        told = tells_shapes(cover.children(), self._corpus.shape[rows])
        many = len(rows) >= TELLING_CALLS
        needed = TELLING_COVER if many and told is not None and told >= TELLING else MIN_COVER
        says_nothing = told is not None and told < NOT_TELLING and not self._are_other_prompts(rows, place, cover)
        if cover.share < needed or says_nothing or self._is_data(rows, place, cover):
            return 0.0
        return cover.share + (told or 0.0)

    def _is_data(self, rows: Ints, place: str, cover: Cover) -> bool:
        """Whether the blocks are inputs that recur, not instructions."""
        child = cover.children()
        if self._calls_without_variety(rows, child) > len(rows) / 2:
            return True
        if self._same_in_trace(cover) <= SAME_IN_TRACE:
            return False
        # An input stays the same through a trace. So may an agent.
        return not self._are_other_prompts(rows, place, cover)

    def _are_other_prompts(self, rows: Ints, place: str, cover: Cover) -> bool:
        """Whether the blocks are of whole system prompts that differ."""
        if place != "system":
            return False
        own = float(np.median([block.shingles for block in cover.blocks]))
        return own >= ANOTHER_PROMPT * max(1.0, self._static.length(rows, place))

    def _same_in_trace(self, cover: Cover) -> float:
        """How uniform traces are in what they hold of a cover, in all their calls and wherever it stands in these."""
        child = np.full(len(self._static.rows), NO_GROUP, dtype=np.int64)
        for number, block in enumerate(cover.blocks):
            child[(child < 0) & self._static.holders(block.key)] = number
        return same_in_trace(child, self._static.traces[self._static.rows])

    def _calls_without_variety(self, rows: Ints, child: Ints) -> int:
        """Calls in children that are one prompt over and over: a template has slots."""
        corpus = self._corpus
        count = 0
        for number in range(int(child.max()) + 1):
            own = rows[child == number]
            prompts = np.unique(np.stack([corpus.system[own], corpus.opening[own], corpus.last[own]]), axis=1).shape[1]
            count += len(own) if prompts <= 2 < len(own) else 0
        return count


def _grouped(rows: Ints, keys: "Sequence[K]") -> "dict[K, Ints]":
    """The rows by key."""
    numbers: dict[K, list[int]] = {}
    for row, key in zip(rows.tolist(), keys, strict=True):
        numbers.setdefault(key, []).append(row)
    return {key: np.array(own, dtype=np.int64) for key, own in numbers.items()}
