"""How much of a task a small model could take over, estimated before any is trained.

The estimate is the agreement of a nearest-neighbour lookup with the teacher: a call is answered as the calls are whose
slots mean most alike, other traces' and other prompts' only. It is zero for tasks whose answers never recur.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slm_instrument.analyze.corpus import Ints
from slm_instrument.analyze.discover import FEW_TRACES
from slm_instrument.analyze.embed import Vectors
from slm_instrument.analyze.ledger import Ledger

NEIGHBOURS = 5
QUERY_SHARE = 0.2  # of the sample that is asked for; the rest answers
MIN_RECURRING = 0.1  # of the calls whose answer another prompt got too: with fewer there is next to nothing to look up


class Estimate(NamedTuple):
    """The share, in 0..1, of the calls asked for that a lookup answers as the teacher did, and how many these were."""

    replaceable: float
    asked: int


def estimate(ledger: Ledger, rows: Ints, sample: Ints, vectors: Vectors) -> Estimate:
    """How replaceable a task is.

    Args:
        ledger: all calls.
        rows: of the task.
        sample: some of these, in random order.
        vectors: what varies in the prompts of the sample, embedded; (n, d), each of length 1.
    """
    queries = int(QUERY_SHARE * len(sample))
    if not queries or not answers_recur(ledger, rows):
        return Estimate(0.0, queries)
    asked, known = sample[:queries], sample[queries:]
    similar = vectors[:queries] @ vectors[queries:].T
    barred = ledger.prompt[asked][:, None] == ledger.prompt[known][None, :]
    if len(np.unique(ledger.trace[rows])) >= FEW_TRACES:
        barred |= ledger.trace[asked][:, None] == ledger.trace[known][None, :]
    similar[barred] = -np.inf
    answers: list[int] = ledger.answer[asked].tolist()
    votes = (_voted(row, ledger.answer[known]) for row in similar)
    return Estimate(sum(vote == answer for vote, answer in zip(votes, answers, strict=True)) / queries, queries)


def answers_recur(ledger: Ledger, rows: Ints) -> bool:
    """Whether some of the calls got an answer that was given to another prompt too."""
    pairs = np.unique(np.stack([ledger.answer[rows], ledger.prompt[rows]]), axis=1)
    answers, prompts = np.unique(pairs[0], return_counts=True)
    return bool(np.isin(ledger.answer[rows], answers[prompts > 1]).mean() >= MIN_RECURRING)


def _voted(similar: NDArray[np.float32], answers: Ints) -> int | None:
    """The answer that the nearest calls give, each with the weight of its similarity; None when all are barred."""
    nearest = np.argsort(-similar, kind="stable")[:NEIGHBOURS]
    votes: dict[int, float] = {}
    for at in nearest[np.isfinite(similar[nearest])].tolist():
        answer = int(answers[at])
        votes[answer] = votes.get(answer, 0.0) + float(similar[at])
    return max(votes, key=votes.__getitem__) if votes else None
