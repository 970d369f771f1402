"""Splitting without leaks: no held-out call has a twin in training, and calls of one trace stay together.

The unit is a cluster of twins (:mod:`slm_instrument.curate.twins`). Clusters that share a trace are joined into
groups, and whole groups go to one split. Common short inputs ("yes") would join all traces into one, so a group stops
growing at a bound; the traces divided by that are counted. Twins are never divided.

From a held-out cluster one call is used: its twins would count the same evidence again, and exact binomial bounds need
independent calls.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

SPLITS = ("training", "validation", "calibration", "test")
LARGEST_GROUP = 0.02  # share of the clusters that one group may hold
MOST_CALIBRATION = 0.3  # share of the clusters
_LEAST_GROUP_BOUND = 10


def least_evidence(target: float, confidence: float) -> int:
    """How many accepted calls without a single error show that agreement is at least ``target``: 59 for 0.95 twice."""
    return math.ceil(math.log(1 - confidence) / math.log(target))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many clusters each held-out split should get; training gets the rest."""

    validation: int
    calibration: int
    test: int

    @classmethod
    def of(cls, clusters: int, least_calibration: int) -> "Sizes":
        """Shares that suit the number of clusters: small sets hold out more, so that certifying stays possible.

        Args:
            clusters: how many there are.
            least_calibration: what :func:`least_evidence` says.
        """

        def share(low: float, wanted: float, high: float) -> int:
            return math.floor(min(high * clusters, max(low * clusters, wanted)))

        calibration = share(0.1, 2.5 * least_calibration, MOST_CALIBRATION)
        return cls(validation=share(0.05, 100, 0.1), calibration=calibration, test=share(0.05, 100, 0.1))


@dataclass(frozen=True, slots=True)
class Assignment:
    """The split of every cluster, and how many traces have clusters both in training and held out."""

    split_of: Sequence[str]
    divided_traces: int


def assign_splits(
    clusters: int, cluster_sizes: Sequence[int], traces: Mapping[str, Sequence[int]], sizes: Sizes, seed: int
) -> Assignment:
    """Assign clusters to splits, the same way for the same input and seed.

    Args:
        clusters: how many there are, numbered from 0.
        cluster_sizes: distinct inputs in each. Large ones are left to training, which they would otherwise empty.
        traces: the clusters that each trace has calls in.
        sizes: clusters wanted per held-out split.
        seed: another seed gives another split.
    """
    groups = _groups(clusters, traces)
    members: dict[int, list[int]] = {}
    for cluster, group in enumerate(groups):
        members.setdefault(group, []).append(cluster)
    large = max(_LEAST_GROUP_BOUND, math.ceil(LARGEST_GROUP * sum(cluster_sizes)))
    wanted = {"calibration": sizes.calibration, "test": sizes.test, "validation": sizes.validation}
    split_of = ["training"] * clusters
    for group in sorted(members, key=lambda number: _shuffled(seed, number)):
        if sum(cluster_sizes[cluster] for cluster in members[group]) > large:
            continue
        split = next((name for name, room in wanted.items() if room >= len(members[group])), None)
        if split is None:
            continue
        wanted[split] -= len(members[group])
        for cluster in members[group]:
            split_of[cluster] = split
    divided = sum(len({split_of[cluster] == "training" for cluster in held}) > 1 for held in traces.values())
    return Assignment(split_of, divided)


def _groups(clusters: int, traces: Mapping[str, Sequence[int]]) -> list[int]:
    """Union-find over the clusters that traces share, each group bounded."""
    parent = list(range(clusters))
    size = [1] * clusters
    bound = max(_LEAST_GROUP_BOUND, math.ceil(LARGEST_GROUP * clusters))

    def root(cluster: int) -> int:
        while parent[cluster] != cluster:
            parent[cluster] = parent[parent[cluster]]
            cluster = parent[cluster]
        return cluster

    for trace in sorted(traces):
        held = sorted(set(traces[trace]))
        for one, other in pairwise(held):
            a, b = root(one), root(other)
            if a != b and size[a] + size[b] <= bound:
                parent[b] = a
                size[a] += size[b]
    return [root(cluster) for cluster in range(clusters)]


def _shuffled(seed: int, number: int) -> bytes:
    return blake2b(f"{seed}:{number}".encode(), digest_size=16).digest()
