"""Which calls show what a task is: those in the middle of it, and its edges."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from slm_instrument.analyze.cards.answers import closed_set
from slm_instrument.analyze.corpus import Ints
from slm_instrument.analyze.embed import Vectors

TYPICAL = 3
UNUSUAL = 5
RARE = 0.05  # of the calls: answers given to no more are rare, where others are given to more
MAX_TRIED = 6  # rows in the middle: some may be of one prompt
MAX_COMPARED = 2_000  # calls; comparing each with each takes memory in their square


class Examples(NamedTuple):
    """Ids of calls: the middle of a task, most telling first, and its edges; no prompt is shown twice."""

    typical: tuple[str, ...]
    unusual: tuple[str, ...]


def examples_of(ids: Sequence[str], vectors: Vectors, *, prompts: Ints, answers: Ints, lengths: Ints) -> Examples:
    """Choose examples among a task's calls, or among a sample of them; in whatever order these are.

    Typical are, of a closed set, the calls in the middle of those that got each of its most frequent answers; else the
    calls that together lie nearest to all others. Unusual are a call that got another answer than its prompt usually
    gets, one with a rare answer, the longest and the shortest, as far as there are such; then those farthest from the
    middle.

    Args:
        ids: of the calls, (n,).
        vectors: of what varies in their prompts, (n, d), each of length 1.
        prompts: numbers of the whole prompts, (n,).
        answers: numbers of the answers, (n,).
        lengths: of prompt and answer together, in any unit, (n,).
    """
    rows = _sample(ids)
    vectors, prompts, answers, lengths = vectors[rows], prompts[rows], answers[rows], lengths[rows]
    labels = closed_set(prompts, answers, np.ones(len(rows), dtype=np.bool_))
    middles = _middles(vectors, answers, labels) if labels else _medoids(vectors)
    edges = chain(
        _disagreeing(prompts, answers),
        _rare(answers),
        _longest(lengths),
        _longest(-lengths),
        np.argsort(vectors @ vectors.sum(axis=0), kind="stable").tolist(),
    )
    shown: set[int] = set()
    typical = list(islice(_of_fresh_prompts(middles, prompts, shown), TYPICAL))
    unusual = list(islice(_of_fresh_prompts(edges, prompts, shown), UNUSUAL))
    return Examples(tuple(ids[rows[row]] for row in typical), tuple(ids[rows[row]] for row in unusual))


def _sample(ids: Sequence[str]) -> list[int]:
    """Rows in the order of their ids, evenly thinned out where they are many: ids are in order of time."""
    rows = sorted(range(len(ids)), key=ids.__getitem__)
    if len(rows) <= MAX_COMPARED:
        return rows
    return [rows[at * len(rows) // MAX_COMPARED] for at in range(MAX_COMPARED)]


def _of_fresh_prompts(rows: Iterable[int], prompts: Ints, shown: set[int]) -> Iterator[int]:
    """The rows whose prompt was not shown yet, noting it as shown."""
    for row in rows:
        prompt = int(prompts[row])
        if prompt not in shown:
            shown.add(prompt)
            yield row


def _middles(vectors: Vectors, answers: Ints, labels: Sequence[int]) -> Iterator[int]:
    """The row nearest to all others of its answer, for each answer."""
    for label in labels:
        own = np.flatnonzero(answers == label)
        yield int(own[np.argmax(vectors[own] @ vectors[own].sum(axis=0))])


def _medoids(vectors: Vectors) -> Iterator[int]:
    """Rows that together lie nearest to all rows, chosen one after the other.

    Source: the BUILD phase of PAM, Kaufman and Rousseeuw: Finding Groups in Data, 1990.
    """
    similar = vectors @ vectors.T
    nearest = np.full(len(vectors), -1.0, dtype=np.float32)
    for _ in range(min(MAX_TRIED, len(vectors))):
        row = int(np.argmax(np.maximum(similar, nearest).sum(axis=1)))
        yield row
        nearest = np.maximum(nearest, similar[row])


def _disagreeing(prompts: Ints, answers: Ints) -> list[int]:
    """A row of the prompt that got unusual answers most often, with one of these."""
    given: dict[int, Counter[int]] = defaultdict(Counter)
    pairs: list[tuple[int, int]] = list(zip(prompts.tolist(), answers.tolist(), strict=True))
    for prompt, answer in pairs:
        given[prompt][answer] += 1
    usual = {prompt: min(own, key=lambda answer: (-own[answer], answer)) for prompt, own in given.items()}
    odd = [row for row, (prompt, answer) in enumerate(pairs) if answer != usual[prompt]]
    most = Counter(pairs[row][0] for row in odd)
    return sorted(odd, key=lambda row: -most[pairs[row][0]])[:1]


def _rare(answers: Ints) -> list[int]:
    """A row with an answer that is given least, where others are given often."""
    _, which, counts = np.unique(answers, return_inverse=True, return_counts=True)
    limit = RARE * len(answers)
    if not len(counts) or counts.max() <= limit or counts.min() > limit:
        return []
    return [int(np.argmin(counts[which]))]


def _longest(lengths: Ints) -> list[int]:
    """The row of the greatest length, where it stands out from the middle one."""
    if not len(lengths) or lengths.max() == np.median(lengths):
        return []
    return [int(np.argmax(lengths))]
