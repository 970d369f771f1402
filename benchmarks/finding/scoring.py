"""How alike two ways to group calls are: found tasks and labels, or what two analyses found."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Scores(NamedTuple):
    """How well groups fit labels: three shares."""

    purity: float  # calls that have their group's most frequent label
    inverse: float  # calls that are in their label's largest group
    f: float  # the harmonic mean of both


def scores(found: Sequence[Hashable | None], labels: Sequence[Hashable | None]) -> Scores:
    """Compare groups with labels; what has none is alone, on either side."""
    clusters, truth = _alone(found), _alone(labels)
    purity, inverse = _purity(clusters, truth), _purity(truth, clusters)
    return Scores(round(purity, 4), round(inverse, 4), round(2 * purity * inverse / (purity + inverse), 4))


def _alone(groups: Sequence[Hashable | None]) -> list[Hashable]:
    return [("none", at) if group is None else ("some", group) for at, group in enumerate(groups)]


def _purity(clusters: Sequence[Hashable], labels: Sequence[Hashable]) -> float:
    counts: defaultdict[Hashable, Counter[Hashable]] = defaultdict(Counter)
    for cluster, label in zip(clusters, labels, strict=True):
        counts[cluster][label] += 1
    return sum(max(own.values()) for own in counts.values()) / len(labels)
