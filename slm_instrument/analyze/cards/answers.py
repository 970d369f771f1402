"""Whether answers are of a closed set, and how they repeat: from keys alone, so that no text need be read for it.

Keys are integers, equal for equal prompts and for answers that say the same.
"""

from typing import NamedTuple

import numpy as np

from slm_instrument.analyze.corpus import NO_ANSWER, Bools, Ints

CLOSED_COVER = 0.9  # of the prompts that the answers of a closed set must answer
CLOSED_EXAMPLES = 3  # prompts that an answer of a closed set must answer at least
CLOSED_MEAN = 5.0  # prompts to an answer on average: fewer are answers that happen to recur
CLOSED_MOST = 500  # answers; more are looked up or copied, not chosen


class Repetition(NamedTuple):
    """The share of calls whose prompt occurs again, and the share of these that got that prompt's usual answer.

    ``self_agreement`` is None where no prompt occurs again.
    """

    repetition: float
    self_agreement: float | None


def closed_set(prompts: Ints, answers: Ints, labels: Bools) -> tuple[int, ...]:
    """The answers that a task chooses from, most frequent first; none where they are not a closed set.

    The answers are a closed set when few of them, each given to several prompts, answer nearly all prompts. A prompt
    that repeats counts once, with its first answer: what recurs only because the prompt does is no label.

    Args:
        prompts: the calls' prompts, (n,).
        answers: their answers, (n,), ``NO_ANSWER`` where there is none.
        labels: whether the answer can be a label: is neither empty nor a long text, (n,).
    """
    _, first = np.unique(prompts, return_index=True)
    given, which, counts = np.unique(answers[first], return_inverse=True, return_counts=True)
    often = (counts >= CLOSED_EXAMPLES) & (given != NO_ANSWER)
    often[which[~labels[first]]] = False
    covered, distinct = int(counts[often].sum()), int(often.sum())
    if not 0 < distinct <= CLOSED_MOST or covered < max(CLOSED_COVER * len(first), CLOSED_MEAN * distinct):
        return ()
    return tuple(given[often][np.argsort(-counts[often], kind="stable")].tolist())


def repeated(prompts: Ints, answers: Ints) -> Repetition:
    """How often prompts occur again, and whether they get the same answer: both (n,)."""
    if not len(prompts):
        return Repetition(0.0, None)
    order = np.lexsort((answers, prompts))
    prompts, answers = prompts[order], answers[order]
    fresh = np.append(True, prompts[1:] != prompts[:-1])  # a prompt begins, of the pairs of prompt and answer
    pairs = np.flatnonzero(fresh | np.append(True, answers[1:] != answers[:-1]))
    times = np.diff(np.append(pairs, len(prompts)))
    starts = np.flatnonzero(fresh[pairs])
    asked, usual = np.add.reduceat(times, starts), np.maximum.reduceat(times, starts)
    again = asked > 1
    calls = int(asked[again].sum())
    return Repetition(calls / len(prompts), float(usual[again].sum()) / calls if calls else None)
