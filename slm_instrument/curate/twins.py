"""Twins: inputs so alike that one in training gives away the other's answer.

Two inputs are twins when the cosine of their embeddings, digits masked, reaches a threshold; twins of twins belong
together. Such chains can swallow a whole task when all its inputs are alike (long forms with one changing field), and
then nothing could be held out. So the threshold is the lowest of a short ladder at which no cluster holds more than a
tenth of the inputs; inputs equal but for digits are always twins.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csgraph  # pyright: ignore[reportMissingTypeStubs]

from slm_instrument.analyze.embed import Embedder, Vectors

LADDER = (0.95, 0.97, 0.99)
LARGEST_CLUSTER = 0.1  # share of the inputs
_BLOCK = 256  # rows of the similarity matrix held at once: 20 MB for 20,000 inputs

Labels = npt.NDArray[np.intp]

_connected_components: Any = csgraph.connected_components  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


@dataclass(frozen=True, slots=True)
class Clusters:
    """The cluster of every input, numbered from 0, and the cosine that made twins; None: only equal texts are."""

    of: Labels
    similarity: float | None


def cluster_twins(texts: Sequence[str], embedder: Embedder) -> Clusters:
    """Cluster inputs with their twins."""
    masked = [mask_digits(text) for text in texts]
    distinct = sorted(set(masked))
    position = {text: at for at, text in enumerate(distinct)}
    index = np.array([position[text] for text in masked], dtype=np.intp)
    vectors = embedder(distinct)
    limit = max(1, int(LARGEST_CLUSTER * len(distinct)))
    for similarity in LADDER:
        clusters = _components(vectors, similarity)
        if np.bincount(clusters).max(initial=0) <= limit:
            return Clusters(clusters[index], similarity)
    return Clusters(index, None)


def mask_digits(text: str) -> str:
    """The text with every number replaced by one digit: an order number makes no new phrasing."""
    return re.sub(r"\d+", "0", text)


def _components(vectors: Vectors, similarity: float) -> Labels:
    """Connected components of the graph whose edges are pairs of at least that cosine."""
    size = len(vectors)
    labels = np.arange(size, dtype=np.intp)
    for start in range(0, size, _BLOCK):
        rows, columns = np.nonzero(vectors[start : start + _BLOCK] @ vectors[start:].T >= similarity)
        # The components so far go in as edges to one member each, so that no edge has to be kept.
        sources = np.concatenate([rows + start, np.arange(size)])
        targets = np.concatenate([columns + start, labels])
        labels = _first_members(sources, targets, size)
    return np.unique(labels, return_inverse=True)[1].astype(np.intp)


def _first_members(sources: Labels, targets: Labels, size: int) -> Labels:
    """For every node of a graph the least node that it is connected to."""
    graph = coo_array((np.ones(len(sources), dtype=np.int8), (sources, targets)), shape=(size, size))
    count, numbers = _connected_components(graph, directed=False)
    first = np.full(count, size, dtype=np.intp)
    np.minimum.at(first, numbers, np.arange(size))
    return first[numbers]
