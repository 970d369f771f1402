"""What texts mean, where their wording does not say whether they belong together.

Embeddings of whole prompts mostly see the template. They are used for two things only: to recognise templates that say
the same in other words or another version, and to find kinds among the calls that share no wording at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slm_instrument.analyze.corpus import Ints
from slm_instrument.analyze.embed import Embedder, Vectors
from slm_instrument.errors import MissingExtraError

SAME = 0.94  # cosine of instructions from which one is a rewording of the other
CLOSE_QUANTILE = 0.05  # of a cluster's own members that may be farther from its centre than what is put to it
MAX_CLUSTERED = 2_000  # distinct texts; HDBSCAN's time grows with their square in 384 dimensions
NOISE = -1
ANY_FORM = -1


def same_meaning(
    texts: Sequence[str], forms: Sequence[int], embed: Embedder, *, apart: int = 0, same: float = SAME
) -> Ints:
    """Numbers of sets of texts of which each says the same as every other; an empty text is like none.

    Args:
        texts: what tells the templates apart from each other.
        forms: texts of different forms are never the same; ``ANY_FORM`` is like every form.
        embed: the embedder.
        apart: so many texts, the first, are known to say different things; each is the number of its own set.
        same: cosine from which two texts say the same.
    """
    sets = np.arange(len(texts), dtype=np.int64)
    if len(texts) == apart:
        return sets
    vectors = embed(texts)
    alike: NDArray[np.float32] = vectors @ vectors.T
    order = np.argwhere(np.triu(alike >= same, 1))
    # Most alike first, and only while all members are alike: a chain of small changes must not join its two ends.
    for one, other in sorted(order.tolist(), key=lambda pair: -float(alike[pair[0], pair[1]])):
        low, high = sorted((int(sets[one]), int(sets[other])))
        if low == high or high < apart or not (texts[one] and texts[other] and _one_form(forms[one], forms[other])):
            continue
        members = np.flatnonzero(sets == low), np.flatnonzero(sets == high)
        if float(alike[np.ix_(*members)].min()) >= same:
            sets[members[1]] = low
    later = sets >= apart
    sets[later] = apart + np.unique(sets[later], return_inverse=True)[1]
    return sets


def _one_form(one: int, other: int) -> bool:
    return one == other or ANY_FORM in (one, other)


@dataclass(frozen=True, slots=True)
class Centre:
    """Where a cluster lies, and how near to it, as a cosine, its outermost members are."""

    vector: Vectors  # (d,)
    reach: float


class Clusters(NamedTuple):
    """The cluster of each text, ``NOISE`` for texts that are near none, and the clusters' centres."""

    labels: Ints
    centres: list[Centre]


def cluster(texts: Sequence[str], embed: Embedder, *, min_calls: int, known: Sequence[Centre] = ()) -> Clusters:
    """Clusters of texts: the known ones first, then those that HDBSCAN finds in what is near none of these.

    A text that occurs often counts as often, up to ``min_calls`` times; of very many texts a sample is clustered, and
    the others are left out. HDBSCAN's own noise is put to the nearest cluster when it is no farther from
    the centre than the cluster's outermost members.

    Source: Campello, Moulavi, Sander: Density-based clustering based on hierarchical density estimates, 2013.
    """
    centres = list(known)
    if not texts:
        return Clusters(np.zeros(0, dtype=np.int64), centres)
    distinct, position = np.unique(np.array(texts, dtype=object), return_inverse=True)
    counts = np.bincount(position)
    chosen = np.random.default_rng(0).permutation(len(distinct))[:MAX_CLUSTERED]
    vectors = embed(distinct[chosen].tolist())
    found = _nearest(vectors, centres)
    left = np.flatnonzero(found == NOISE)
    times = np.minimum(counts[chosen[left]], min_calls)
    fresh = _hdbscan(np.repeat(vectors[left], times, axis=0), min_calls)[np.cumsum(times) - 1]
    centres += [_centre(vectors[left[fresh == number]]) for number in range(int(fresh.max(initial=NOISE)) + 1)]
    fresh[fresh != NOISE] += len(known)
    found[left] = np.where(fresh == NOISE, _nearest(vectors[left], centres), fresh)
    labels = np.full(len(distinct), NOISE, dtype=np.int64)
    labels[chosen] = found
    return Clusters(labels[position], centres)


def _centre(vectors: Vectors) -> Centre:
    mean = vectors.mean(axis=0)
    mean = (mean / np.linalg.norm(mean)).astype(np.float32)
    return Centre(mean, float(np.quantile(vectors @ mean, CLOSE_QUANTILE)))


def _hdbscan(vectors: Vectors, min_calls: int) -> Ints:
    if len(vectors) <= min_calls:
        return np.full(len(vectors), NOISE, dtype=np.int64)
    try:
        from hdbscan import HDBSCAN  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise MissingExtraError("analyze", "the clustering of calls") from error
    # One sample: the sparse kinds of an agent's log are real, and what is too far from them is left out afterwards.
    model: Any = HDBSCAN(min_cluster_size=max(2, min_calls), min_samples=1, core_dist_n_jobs=1)
    labels: Ints = model.fit_predict(vectors.astype(np.float64)).astype(np.int64)
    return labels


def _nearest(vectors: Vectors, centres: Sequence[Centre]) -> Ints:
    """The nearest centre of each vector that is as close to it as its cluster's members are, else ``NOISE``."""
    if not centres:
        return np.full(len(vectors), NOISE, dtype=np.int64)
    similar = vectors @ np.stack([centre.vector for centre in centres]).T
    nearest = np.argmax(similar, axis=1).astype(np.int64)
    reach = np.array([centre.reach for centre in centres])
    close = similar[np.arange(len(vectors)), nearest] >= reach[nearest]
    return np.where(close, nearest, NOISE)
