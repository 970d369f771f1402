"""Sets of static texts that exclude each other: what an instruction that takes one of several forms looks like."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slm_instrument.analyze.corpus import Bools, Floats, Ints
from slm_instrument.analyze.tokens import Hashes

MIN_NEW_CALLS = 3  # for one more block in a cover
MIN_GAIN = 0.01  # the same, as a share of the calls
MAX_OVERLAP = 0.03  # of a block's calls that may also hold another block of the cover
MAX_BLOCKS = 40  # in a cover
SEEDS = 60  # blocks that a cover is tried from
MAX_CANDIDATES = 500  # blocks that are considered for a cover
FULL_WEIGHT = 12  # shingles of a block, about a sentence, beyond which length stops counting
_PRICE_OF_A_BLOCK = 0.005  # of two covers alike, the one with fewer blocks
MAX_SHARE = 0.9  # of a cover's calls that one of its blocks holds: more is what they have in common, and an exception
_PRICE_OF_ONE_FOR_ALL = 0.5


@dataclass(frozen=True, slots=True)
class Block:
    """Static text: which of the calls hold it, how long it is in shingles, and some of these to know it by."""

    held: Bools
    shingles: int
    key: Hashes


@dataclass(frozen=True, slots=True)
class Cover:
    """Blocks that hardly ever occur together; ``share`` is how many of the calls hold one."""

    blocks: tuple[Block, ...]
    share: float

    def children(self) -> Ints:
        """For each call the number of its block, -1 without one."""
        child = np.full(len(self.blocks[0].held), -1, dtype=np.int64)
        for number, block in enumerate(self.blocks):
            child[(child < 0) & block.held] = number
        return child


def best_covers(blocks: Sequence[Block], count: int) -> list[Cover]:
    """The sets of blocks, each other's complement, that most calls hold one of, best first.

    Greedy, from each of the weightiest blocks in turn; the weight is the number of calls times the length, which stops
    counting at a sentence.
    """
    weight = [-int(block.held.sum()) * min(1 + block.shingles, FULL_WEIGHT) for block in blocks]
    ranked = [blocks[at] for at in sorted(range(len(blocks)), key=weight.__getitem__)][:MAX_CANDIDATES]
    if not ranked:
        return []
    held = np.stack([block.held for block in ranked])
    counted = held.astype(np.float32)
    shared: Floats = (counted @ counted.T).astype(np.float64)  # calls that hold both, exact below 2^24
    calls = held.shape[1]
    found: dict[frozenset[int], tuple[float, list[int], float]] = {}
    for seed in range(min(SEEDS, len(ranked))):
        chosen, overlap = _grow(shared, seed, calls)
        if len(chosen) < 2:
            continue
        share = float(held[chosen].any(axis=0).mean())
        score = share - overlap / calls - _PRICE_OF_A_BLOCK * len(chosen)
        if shared.diagonal()[chosen].max() > MAX_SHARE * share * calls:
            score -= _PRICE_OF_ONE_FOR_ALL
        found.setdefault(frozenset(chosen), (score, chosen, share))
    best = sorted(found.values(), key=lambda each: -each[0])[:count]
    return [Cover(tuple(ranked[at] for at in chosen), share) for _, chosen, share in best]


def _grow(shared: Floats, seed: int, calls: int) -> tuple[list[int], float]:
    """Add the block with most new calls while it hardly overlaps: (blocks, calls that hold several)."""
    sizes = shared.diagonal()
    needed = max(MIN_NEW_CALLS, MIN_GAIN * calls)
    chosen, taken, overlap = [seed], shared[seed].copy(), 0.0
    while len(chosen) < MAX_BLOCKS:
        gain = np.where(taken <= MAX_OVERLAP * sizes, sizes - taken, 0.0)
        best = int(np.argmax(gain))
        if gain[best] < needed:
            break
        chosen.append(best)
        overlap += float(taken[best])
        taken += shared[best]
    return chosen, overlap
