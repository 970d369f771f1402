"""Other ways to find the tasks in a log, each with the settings its makers chose.

All but the naive key look at the meaning of the last user message, as all-MiniLM-L6-v2 gives it: what one gets who
takes a log of prompts to the usual tools. Each is a function of a :class:`Sample` that returns the group of every call,
``NOISE`` for calls of none. Their packages are optional: ``pip install --group rivals``.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slm_instrument.analyze.embed import default_model_path
from slm_instrument.template import Prompt

NOISE = -1
SEED = 42  # OpenTracy's
NAIVE_CHARS = 200
SILHOUETTE_SAMPLE = 5_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Calls of one application: their prompts, and their last user messages as vectors (n, d) of length 1."""

    prompts: Sequence[Prompt]
    vectors: NDArray[np.float32]

    @property
    def texts(self) -> list[str]:
        """The last user messages."""
        return [prompt.last for prompt in self.prompts]


def embedded(texts: Sequence[str]) -> NDArray[np.float32]:
    """The texts' vectors by sentence-transformers with its defaults, as BERTopic and OpenTracy call it."""
    model: Any = import_module("sentence_transformers").SentenceTransformer(default_model_path())
    return model.encode(list(texts), show_progress_bar=False)


def naive(sample: Sample) -> Sequence[Hashable]:
    """What begins with the same words and offers the same tools."""
    return [(prompt.system[:NAIVE_CHARS], prompt.tools) for prompt in sample.prompts]


def hdbscan(sample: Sample) -> Sequence[Hashable]:
    """HDBSCAN on the vectors."""
    return import_module("hdbscan").HDBSCAN().fit_predict(sample.vectors).tolist()


def bertopic(sample: Sample) -> Sequence[Hashable]:
    """BERTopic: UMAP to five dimensions, HDBSCAN on those, words of the topics by c-TF-IDF."""
    np.random.seed(SEED)  # UMAP draws from it; given a seed of its own it would work on one thread
    topics, _ = import_module("bertopic").BERTopic().fit_transform(sample.texts, sample.vectors)
    return topics


def kmeans(sample: Sample) -> Sequence[Hashable]:
    """k-means over a grid of k that grows with the log, the best silhouette taken.

    Source: OpenTracy 0.4.1, ``clustering/pipeline.py``, strategy ``auto``.
    """
    make, silhouette = import_module("sklearn.cluster").KMeans, import_module("sklearn.metrics").silhouette_score
    vectors, best, best_score = sample.vectors, [0] * len(sample.vectors), -1.0
    for k in (k for k in _grid(len(vectors)) if k < len(vectors)):
        found = make(n_clusters=k, n_init=10, max_iter=300, random_state=SEED).fit_predict(vectors)
        if len(np.unique(found)) < 2:
            continue
        score = silhouette(vectors, found, sample_size=min(SILHOUETTE_SAMPLE, len(vectors)), random_state=SEED)
        if score > best_score:
            best, best_score = found.tolist(), score
    return best


def evoc(sample: Sample) -> Sequence[Hashable]:
    """EVoC: the layer of its clusters that lasts longest."""
    return import_module("evoc").EVoC(random_state=SEED).fit_predict(sample.vectors).tolist()


Rival = Callable[[Sample], Sequence[Hashable]]
RIVALS: dict[str, Rival] = {
    "naive": naive,
    "hdbscan": hdbscan,
    "bertopic": bertopic,
    "kmeans": kmeans,
    "evoc": evoc,
}
NEEDED: dict[str, tuple[str, ...]] = {
    "naive": (),
    "hdbscan": ("hdbscan",),
    "bertopic": ("bertopic", "umap"),
    "kmeans": ("sklearn.cluster",),
    "evoc": ("evoc",),
}
"""Modules each needs; loading them is not part of its time."""


def _grid(calls: int) -> tuple[int, ...]:
    if calls < 100:
        return (5,)
    if calls < 500:
        return (5, 10, 15)
    return (10, 20, 50) if calls < 5_000 else (20, 50, 100)
