"""What texts mean, where their wording does not say whether they belong together.

Embeddings of whole prompts mostly see the template. They are used for two things only: to recognise templates that say
the same in other words or another version, and to find kinds among the calls that share no wording at all.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slm_instrument.analyze.corpus import Ints
from slm_instrument.analyze.embed import Embedder, Vectors
from slm_instrument.errors import MissingExtraError

SAME = 0.94  # cosine of instructions from which one is a rewording of the other
CLOSE_QUANTILE = 0.05  # of a cluster's own members that may be farther from its centre than what is put to it
MAX_CLUSTERED = 2_000  # distinct texts; HDBSCAN's time grows with their square in 384 dimensions
NOISE = -1


def same_meaning(texts: Sequence[str], forms: Sequence[int], embed: Embedder) -> Ints:
    """Numbers of sets of texts of which each says the same as every other; an empty text is like none.

    Args:
        texts: what tells the templates apart from each other.
        forms: texts of different forms are never the same.
        embed: the embedder.
    """
    sets = np.arange(len(texts), dtype=np.int64)
    vectors = embed(texts)
    alike: NDArray[np.float32] = vectors @ vectors.T
    order = np.argwhere(np.triu(alike >= SAME, 1))
    # Most alike first, and only while all members are alike: a chain of small changes must not join its two ends.
    for one, other in sorted(order.tolist(), key=lambda pair: -float(alike[pair[0], pair[1]])):
        if forms[one] != forms[other] or not texts[one] or not texts[other] or sets[one] == sets[other]:
            continue
        members = np.flatnonzero(sets == sets[one]), np.flatnonzero(sets == sets[other])
        if float(alike[np.ix_(*members)].min()) >= SAME:
            sets[members[1]] = sets[one]
    return np.unique(sets, return_inverse=True)[1].astype(np.int64)


def cluster(texts: Sequence[str], embed: Embedder, *, min_calls: int) -> Ints:
    """The HDBSCAN cluster of each text, ``NOISE`` for texts that are near none.

    A text that occurs often counts as often, up to ``min_calls`` times; of very many texts a sample is clustered, and
    the others are left out. HDBSCAN's own noise is put to the nearest cluster when it is no farther from the centre
    than the cluster's outermost members.

    Source: Campello, Moulavi, Sander: Density-based clustering based on hierarchical density estimates, 2013.
    """
    distinct, position = np.unique(np.array(texts, dtype=object), return_inverse=True)
    counts = np.bincount(position)
    kept = np.random.default_rng(0).permutation(len(distinct))[:MAX_CLUSTERED]
    labels = np.full(len(distinct), NOISE, dtype=np.int64)
    vectors = embed(distinct[kept].tolist())
    times = np.minimum(counts[kept], min_calls)
    found = _hdbscan(np.repeat(vectors, times, axis=0), min_calls)[np.cumsum(times) - 1]
    labels[kept] = _nearest(vectors, found)
    return labels[position]


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


def _nearest(vectors: Vectors, labels: Ints) -> Ints:
    """The labels, with that of the nearest centre for noise that is as close to it as the cluster's members are."""
    count = int(labels.max(initial=NOISE)) + 1
    if not count:
        return labels
    centres = np.stack([vectors[labels == number].mean(axis=0) for number in range(count)])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    similar = vectors @ centres.T
    reach = np.array([np.quantile(similar[labels == number, number], CLOSE_QUANTILE) for number in range(count)])
    nearest = np.argmax(similar, axis=1)
    close = similar[np.arange(len(vectors)), nearest] >= reach[nearest]
    return np.where((labels == NOISE) & close, nearest, labels)
