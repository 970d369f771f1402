"""Splitting without leaks: no held-out call has a twin in training, and calls of one trace stay together.

The unit is a cluster of twins (:mod:`slm_instrument.curate.twins`). Clusters that share a trace are joined into
groups, and whole groups go to one split. Common short inputs ("yes") would join all traces into one, so a group stops
growing at a bound; the traces divided by that are counted. Twins are never divided.

Where calls tell their time, the test is made of the groups that came up last: it says how students do on inputs to
come. Calibration and validation are drawn from the others at random, for the bounds of a certificate hold for calls
drawn alike; a test that agrees less than calibration is a sign of drift, which no certificate covers.

From a held-out cluster one call is used: its twins would count the same evidence again, and exact binomial bounds need
independent calls.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import pairwise

SPLITS = ("training", "validation", "calibration", "test")
LARGEST_GROUP = 0.02  # share of the clusters that one group may hold
MOST_CALIBRATION = 0.3  # share of the clusters
EVIDENCE = 2.5  # calibration calls, as a multiple of the least that can show anything
OPEN_EVIDENCE = 7.0  # the same where answers are written: a gate that accepts 40 % of 413 calls may err on 3
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
    def of(cls, clusters: int, least_calibration: int, *, open_answers: bool = False) -> "Sizes":
        """Shares that suit the number of clusters: small sets hold out more, so that certifying stays possible.

        Args:
            clusters: how many there are.
            least_calibration: what :func:`least_evidence` says.
            open_answers: whether answers are written and not chosen from a closed set. A gate over such students lets
                fewer calls through, so that more are needed to certify it, and what it is made of takes more to fit.
        """

        def share(low: float, wanted: float, high: float) -> int:
            return math.floor(min(high * clusters, max(low * clusters, wanted)))

        calibration = share(0.1, (OPEN_EVIDENCE if open_answers else EVIDENCE) * least_calibration, MOST_CALIBRATION)
        validation = share(0.05, 150 if open_answers else 100, 0.1)
        return cls(validation=validation, calibration=calibration, test=share(0.05, 100, 0.1))


@dataclass(frozen=True, slots=True)
class Assignment:
    """The split of every cluster, how many traces have clusters both in training and held out, and what the test is."""

    split_of: Sequence[str]
    divided_traces: int
    newest_test: bool


def assign_splits(
    clusters: int,
    cluster_sizes: Sequence[int],
    traces: Mapping[str, Sequence[int]],
    sizes: Sizes,
    seed: int,
    first_seen: Sequence[datetime] | None = None,
) -> Assignment:
    """Assign clusters to splits, the same way for the same input and seed.

    Args:
        clusters: how many there are, numbered from 0.
        cluster_sizes: distinct inputs in each. Large ones are left to training, which they would otherwise empty.
        traces: the clusters that each trace has calls in.
        sizes: clusters wanted per held-out split.
        seed: another seed gives another split.
        first_seen: when each cluster had its first call, where all are known: then the newest make the test.
    """
    groups = _groups(clusters, traces)
    members: dict[int, list[int]] = {}
    for cluster, group in enumerate(groups):
        members.setdefault(group, []).append(cluster)
    newest = _newest(members, first_seen)
    large = max(_LEAST_GROUP_BOUND, math.ceil(LARGEST_GROUP * sum(cluster_sizes)))
    split_of = ["training"] * clusters

    def fill(groups: Iterable[int], wanted: dict[str, int]) -> None:
        for group in groups:
            held = members[group]
            if sum(cluster_sizes[cluster] for cluster in held) > large or split_of[held[0]] != "training":
                continue
            split = next((name for name, room in wanted.items() if room >= len(held)), None)
            if split is not None:
                wanted[split] -= len(held)
                for cluster in held:
                    split_of[cluster] = split

    drawn = {"calibration": sizes.calibration, "test": sizes.test, "validation": sizes.validation}
    if newest:
        fill(newest, {"test": drawn.pop("test")})
    fill(sorted(members, key=lambda number: _shuffled(seed, number)), drawn)
    divided = sum(len({split_of[cluster] == "training" for cluster in held}) > 1 for held in traces.values())
    return Assignment(split_of, divided, bool(newest))


def _newest(members: Mapping[int, Sequence[int]], first_seen: Sequence[datetime] | None) -> list[int]:
    """The groups, those first that are seen since latest; none where nothing is known of that, or all are as old."""
    if first_seen is None or min(first_seen) == max(first_seen):
        return []
    since = {group: min(first_seen[cluster] for cluster in held) for group, held in members.items()}
    return sorted(since, key=lambda group: (since[group], group), reverse=True)


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
