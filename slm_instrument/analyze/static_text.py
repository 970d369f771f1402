"""Static text that calls share: blocks of shingles, and the sets of blocks that tell calls apart.

A block is static text together with the calls that hold it. What it recurs in is counted by distinct trace: a text that
is carried along through a dialogue is no template.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from slm_instrument.analyze.common_text import CommonText
from slm_instrument.analyze.corpus import Bools, Corpus, Ints
from slm_instrument.analyze.cover import MIN_GAIN, Block
from slm_instrument.analyze.tokens import Hashes, Shingler

PLACES = ("system", "opening", "last")

MIN_SHINGLES = 8  # of a block: about five words of its own, beyond the shingles that overlap its neighbours
MIN_TRACES = 3
MIN_TRACE_SHARE = 0.02
MOST_CALLS = 0.9
MAX_CALL_SHARE = 0.97  # a block that nearly all calls hold tells none of them apart
KEY_SHINGLES = 8  # of a block, to know it by


class StaticTexts:
    """The shingles of a sample's texts, computed once; those that too few calls hold are forgotten at once."""

    def __init__(self, corpus: Corpus, rows: Ints, traces: Ints, min_calls: int) -> None:
        self.corpus = corpus
        self.traces = traces  # by row of the corpus
        self._min_calls = min_calls
        shingled = _shingled(corpus, rows)
        self._places = {place: _Place(corpus.column(place)[rows], shingled, min_calls) for place in PLACES}
        self.rows = rows
        self._hashes, self._texts = _postings_by_text(shingled)

    def holders(self, key: Hashes) -> Bools:
        """Which of the sample's calls hold a block of that key, in whatever place."""
        texts: Ints | None = None
        for each in key:
            own = self._texts[slice(*np.searchsorted(self._hashes, [each, each + np.uint64(1)]).tolist())]
            texts = own if texts is None else np.intersect1d(texts, own, assume_unique=True)
        found = np.zeros(len(self.corpus.texts), dtype=np.bool_)
        found[texts if texts is not None else []] = True
        held = np.zeros(len(self.rows), dtype=np.bool_)
        for place in PLACES:
            held |= found[self.corpus.column(place)[self.rows]]
        return held

    def length(self, rows: Ints, place: str) -> float:
        """The median length of the static part of the calls' texts, in shingles."""
        texts: Ints = self.corpus.column(place)[rows]
        return float(np.median([len(self._places[place].hashes[text]) for text in texts.tolist()]))

    def common_text(self, rows: Ints) -> CommonText:
        """What nearly all the calls hold."""
        return CommonText.of(self.corpus, rows, PLACES, self._hashes_in)

    def kin(self, rows: Ints, common: CommonText) -> Bools:
        """Which of the calls hold enough of what the others have in common to be of their kind."""
        return common.kin(self.corpus, rows, self._hashes_in)

    def _hashes_in(self, place: str, text: int) -> Hashes:
        return self._places[place].hashes[text]

    def common(self, rows: Ints, place: str) -> float:
        """The share of the calls' texts that nearly all of them hold; 0 for texts of a sentence."""
        own = [self._places[place].hashes[text] for text in self.corpus.column(place)[rows].tolist()]
        _, counts = np.unique(np.concatenate(own), return_counts=True)
        shared = int((counts >= MOST_CALLS * len(rows)).sum())
        return shared / max(1.0, float(np.median([len(each) for each in own]))) if shared >= 2 * MIN_SHINGLES else 0.0

    def blocks(self, rows: Ints, place: str) -> list[Block]:
        """The static texts in a place that some of the calls hold and others do not."""
        texts, own = np.unique(self.corpus.column(place)[rows], return_inverse=True)
        found = self._places[place].blocks(texts, np.bincount(own), self._min_calls)
        traces = self.traces[rows]
        needed = max(MIN_TRACES, MIN_TRACE_SHARE * len(np.unique(traces)))
        blocks = [Block(each.held[own], each.shingles, each.key) for each in found]
        return [block for block in blocks if len(np.unique(traces[block.held])) >= needed]


def _postings_by_text(shingled: "dict[int, tuple[Hashes, Hashes]]") -> tuple[Hashes, Ints]:
    """All hashes, sorted, and the text that holds each."""
    if not shingled:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    hashes = np.concatenate([own for own, _ in shingled.values()])
    texts = np.repeat(np.array(list(shingled)), [len(own) for own, _ in shingled.values()])
    order = np.argsort(hashes, kind="stable")
    return hashes[order], texts[order]


class _HeldBy(NamedTuple):
    held: Bools  # by text
    shingles: int
    key: Hashes


class _Place:
    """One place's texts as shingles."""

    def __init__(self, texts: Ints, shingled: "dict[int, tuple[Hashes, Hashes]]", min_calls: int) -> None:
        distinct, counts = np.unique(texts, return_counts=True)
        known = [shingled[text] for text in distinct.tolist()]
        frequent = _frequent([hashes for hashes, _ in known], counts, min_calls)
        self._borders = np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *(borders for _, borders in known)]))
        self.hashes: dict[int, Hashes] = dict(zip(distinct.tolist(), frequent, strict=True))

    def blocks(self, texts: Ints, counts: Ints, min_calls: int) -> list[_HeldBy]:
        """Sets of shingles that the same texts hold: long ones, and borders of any length."""
        hashes, owners, starts = _postings([self.hashes[text] for text in texts.tolist()])
        if not len(starts):
            return []
        calls = np.add.reduceat(counts[owners], starts)
        total = counts.sum()
        wanted = np.flatnonzero((calls >= max(min_calls, MIN_GAIN * total)) & (calls <= MAX_CALL_SHARE * total))
        ends = np.append(starts[1:], len(owners))
        # Shingles of one run of text are held by the same texts: the sum of random numbers of these is their key.
        numbers = np.random.default_rng(0).integers(1, 2**62, size=len(texts), dtype=np.int64)
        keys = np.add.reduceat(numbers[owners], starts)[wanted]
        _, first, block_of = np.unique(keys, return_index=True, return_inverse=True)
        lengths = np.bincount(block_of)
        wanted_hashes = hashes[starts[wanted]]
        borders = np.zeros(len(first), dtype=np.bool_)
        borders[block_of[np.isin(wanted_hashes, self._borders)]] = True
        blocks: list[_HeldBy] = []
        for number in np.flatnonzero((lengths >= MIN_SHINGLES) | borders).tolist():
            held = np.zeros(len(texts), dtype=np.bool_)
            at = wanted[first[number]]
            held[owners[starts[at] : ends[at]]] = True
            key = wanted_hashes[block_of == number][:KEY_SHINGLES]
            blocks.append(_HeldBy(held, int(lengths[number]), key))
        return blocks


def _postings(hashes: Sequence[Hashes]) -> tuple[Hashes, Ints, Ints]:
    """All hashes sorted, the list each is from, and where each distinct hash starts."""
    together = np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.uint64)
    owners = np.repeat(np.arange(len(hashes)), [len(each) for each in hashes])
    order = np.argsort(together, kind="stable")
    together, owners = together[order], owners[order]
    fresh = np.append(True, together[1:] != together[:-1]) if len(together) else np.zeros(0, dtype=np.bool_)
    return together, owners, np.flatnonzero(fresh)


def _frequent(hashes: Sequence[Hashes], counts: Ints, min_calls: int) -> list[Hashes]:
    """The hashes of each list without those that fewer calls hold."""
    together, owners, starts = _postings(hashes)
    if not len(starts):
        return list(hashes)
    often = np.add.reduceat(counts[owners], starts) >= min_calls
    kept = np.repeat(often, np.diff(np.append(starts, len(together))))
    together, owners = together[kept], owners[kept]
    order = np.argsort(owners, kind="stable")
    ends = np.cumsum(np.bincount(owners, minlength=len(hashes)))
    return np.split(together[order], ends[:-1])


def _shingled(corpus: Corpus, rows: Ints) -> dict[int, tuple[Hashes, Hashes]]:
    shingler = Shingler()
    texts: Ints = np.unique(np.concatenate([corpus.column(place)[rows] for place in PLACES]))
    numbers: list[int] = texts.tolist()
    return {number: shingler(corpus.texts[number]) for number in numbers}
