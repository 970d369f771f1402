"""Groups of calls that are one task in several versions: rewordings over time, a prompt for each tenant, languages.

Versions of a prompt stand in for each other: where an agent makes several calls in a trace, it makes one of them or the
other. What they are answered is of one shape, and mostly they are of the same words.
"""

import re
from collections.abc import Sequence

import numpy as np

from slm_instrument.analyze.corpus import Bools, Corpus, Floats, Ints
from slm_instrument.template import PLACES, Pattern, Template

SAME_SHAPES = 0.6  # of the answers of two groups that must be of common shapes
SAME_WORDS = 0.5  # of two templates, rare ones counting more, where traces say that one stands in for the other
SAME_WORDS_ALONE = 0.8  # where traces say nothing
TWINS = 0.9  # of words, where templates begin and end alike: no instruction tells them apart, whatever traces say
OF_ONE_AGENT = 0.25  # that calls of one agent, among several, count as more alike
SOLE = 0.9  # of a group's calls, to be of one agent
SAME_ANSWERS = 0.6  # of the answers themselves, where these are labels, whatever the words
MIN_LABELS = 4  # fewer are a yes and a no
EXPECTED = 0.5  # traces that two groups would share by chance, from which sharing none says something
SHARED = 0.1  # of these that they may share all the same
MAX_GROUPS = 400  # that are compared with each other

_WORD = re.compile(r"[^\W\d_]{2,}")


def versions(
    corpus: Corpus,
    groups: Sequence[Ints],
    templates: Sequence[Template | None],
    sets: Sequence[int],
    *,
    apart: int = 0,
    same_words: float = SAME_WORDS,
) -> list[int]:
    """The set of each group, with those sets joined that are versions of each other.

    Args:
        corpus: the calls.
        groups: rows.
        templates: a template of each group.
        sets: the number of the set that each group is in.
        apart: so many sets, the first, are known to be different tasks.
        same_words: of two templates, from which one may be a version of the other.
    """
    joined = list(sets)
    if not 1 < len(groups) <= MAX_GROUPS:
        return joined
    words = _alike(templates)
    twins = (words >= TWINS) & _same_borders(templates)
    alike = words + OF_ONE_AGENT * _of_one_agent(corpus, groups)
    rows = {own: np.concatenate([groups[at] for at, of in enumerate(sets) if of == own]) for own in set(sets)}
    in_long_trace = _in_long_trace(corpus, np.concatenate(groups))
    pairs = np.argwhere(np.triu(np.ones_like(alike, dtype=np.bool_), 1))
    for one, other in sorted(pairs.tolist(), key=lambda pair: -float(alike[pair[0], pair[1]])):
        low, high = sorted((joined[one], joined[other]))
        if low == high or high < apart or not len(rows[low]) or not len(rows[high]):
            continue
        shapes = _common(corpus.shape[rows[low]], corpus.shape[rows[high]])
        if shapes >= SAME_SHAPES and (
            twins[one, other]
            or _stand_in(corpus, rows[low], rows[high], float(alike[one, other]), in_long_trace, same_words)
        ):
            rows[low] = np.append(rows[low], rows.pop(high))
            joined = [low if own == high else own for own in joined]
    return joined


def _stand_in(corpus: Corpus, one: Ints, other: Ints, alike: float, in_long_trace: Bools, same_words: float) -> bool:
    """Whether one of two groups, whose answers are of the same shapes, stands in for the other in traces."""
    of_labels = alike < same_words and _common(corpus.answer[one], corpus.answer[other]) >= SAME_ANSWERS
    if alike < same_words and not of_labels:
        return False
    if of_labels and len(np.intersect1d(corpus.answer[one], corpus.answer[other])) < MIN_LABELS:
        return False
    left, right = (np.unique(corpus.trace[own[in_long_trace[own]]]) for own in (one, other))
    expected = len(left) * len(right) / max(1, len(np.unique(corpus.trace[in_long_trace])))
    if expected < EXPECTED:
        return alike >= SAME_WORDS_ALONE
    return len(np.intersect1d(left, right)) <= SHARED * expected


def _common(one: Ints, other: Ints) -> float:
    """The share of the values that two lists have in common."""
    values, which = np.unique(np.append(one, other), return_inverse=True)
    shares = [np.bincount(own, minlength=len(values)) / len(own) for own in (which[: len(one)], which[len(one) :])]
    return float(np.minimum(*shares).sum())


def _alike(templates: Sequence[Template | None]) -> Floats:
    """How much of their words each two templates have in common, (n, n); a word weighs the more the fewer have it."""
    words = [_words(template) for template in templates]
    number = {word: at for at, word in enumerate(sorted(set[str]().union(*words)))}
    held = np.zeros((len(words), len(number)))
    for at, own in enumerate(words):
        held[at, [number[word] for word in own]] = 1.0
    weight = np.log1p(len(words) / np.maximum(1.0, held.sum(axis=0)))
    both = (held * weight) @ held.T
    own = both.diagonal()
    return both / np.maximum(1e-9, own[:, None] + own[None, :] - both)


def _same_borders(templates: Sequence[Template | None]) -> Bools:
    """Which templates begin and end the last message with the same text, (n, n); what varies there is all one."""
    borders = [
        None if template is None else (template.last.pieces[:1], template.last.pieces[-1:]) for template in templates
    ]
    number = {border: at for at, border in enumerate(dict.fromkeys(borders))}
    numbers = np.array([number[border] for border in borders])
    same: Bools = numbers[:, None] == numbers[None, :]
    return same


def _of_one_agent(corpus: Corpus, groups: Sequence[Ints]) -> Bools:
    """Which groups are of the same agent, (n, n), where there are several."""
    agents = np.array([_sole_agent(corpus, rows) for rows in groups])
    known = agents[agents >= 0]
    if len(np.unique(known)) < 2:
        return np.zeros((len(groups), len(groups)), dtype=np.bool_)
    same: Bools = (agents[:, None] == agents[None, :]) & (agents[:, None] >= 0)
    return same


def _sole_agent(corpus: Corpus, rows: Ints) -> int:
    """The number of the agent that makes the calls, -1 when it has no name or there are several."""
    if not len(rows):
        return -1
    agents, counts = np.unique(corpus.agent[rows], return_counts=True)
    most = int(agents[counts.argmax()])
    return most if counts.max() >= SOLE * len(rows) and corpus.agents[most] is not None else -1


def _words(template: Template | None) -> set[str]:
    if template is None:
        return set()
    patterns: list[Pattern] = [getattr(template, place) for place in PLACES]
    return {word.casefold() for pattern in patterns for text in pattern.stretches for word in _WORD.findall(text)}


def _in_long_trace(corpus: Corpus, rows: Ints) -> Bools:
    """Which of the corpus's rows are of a trace in which the agent made several calls."""
    calls = np.bincount(corpus.trace[rows], minlength=len(corpus.traces))
    found = np.zeros(len(corpus), dtype=np.bool_)
    found[rows] = calls[corpus.trace[rows]] > 1
    return found
