"""What nearly all calls of a kind hold, and which calls hold hardly any of it: those are of another kind.

A few foreign calls in a log are too rare to be told apart by a text of their own; that they lack the others' text is
what there is to know them by. Left in, they would count as calls of a task that they have nothing to do with, and what
the task's prompts have in common would have to hold for them too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from slm_instrument.analyze.corpus import Bools, Corpus, Floats, Ints
from slm_instrument.analyze.tokens import Hashes

IN_COMMON = 0.8  # of the calls that must hold what the kind has in common; so few foreign calls change nothing of it
FOREIGN = 0.3  # of that text; a call that holds less is of another kind, one that holds more may be a version
MIN_COMMON = 2  # shingles, as a single line of two words has: one alone, say a greeting, recurs by chance

HashesOf = Callable[[str, int], Hashes]  # of a text in a place, by its number


@dataclass(frozen=True, slots=True)
class CommonText:
    """The shingles that nearly all calls of a kind hold, by place of the prompt."""

    places: Mapping[str, Hashes] = field(default_factory=dict[str, Hashes])

    @classmethod
    def of(cls, corpus: Corpus, rows: Ints, places: Sequence[str], hashes_of: HashesOf) -> "CommonText":
        """What the rows have in common; nothing where that is too little to know a call by."""
        found = {place: _held_by_most(corpus.column(place)[rows], place, hashes_of) for place in places}
        return cls(found) if sum(map(len, found.values())) >= MIN_COMMON else cls()

    def kin(self, corpus: Corpus, rows: Ints, hashes_of: HashesOf) -> Bools:
        """Which of the rows hold enough of it to be of the kind; all, where the kind has nothing in common."""
        total = sum(map(len, self.places.values()))
        held: Floats = np.zeros(len(rows))
        for place, common in self.places.items():
            texts, own = np.unique(corpus.column(place)[rows], return_inverse=True)
            numbers: list[int] = texts.tolist()
            held += np.array([int(np.isin(common, hashes_of(place, text)).sum()) for text in numbers])[own]
        return held >= FOREIGN * total


NO_TEXT = CommonText()


def _held_by_most(column: Ints, place: str, hashes_of: HashesOf) -> Hashes:
    texts, calls = np.unique(column, return_counts=True)
    numbers: list[int] = texts.tolist()
    each = [hashes_of(place, text) for text in numbers]
    hashes, own = np.unique(np.concatenate(each), return_inverse=True)
    held = np.bincount(own, weights=np.repeat(calls, [len(one) for one in each]), minlength=len(hashes))
    return hashes[held >= IN_COMMON * len(column)]
