"""Which calls to show to a language model that is not trained.

They are the same for every call, so that reading them costs nothing at run time: what the model computes for them is
kept. So they are few, short, and as different from each other as they can be.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from slm_instrument.analyze.embed import Embedder, SentenceEncoder
from slm_instrument.curate.sample import Sample

MOST_SHOTS = 8
_LOOKED_AT = 500  # training calls


def choose_shots(training: Sequence[Sample], characters: int, embedder: Embedder | None = None) -> list[Sample]:
    """Calls that are spread over the task: the most central one, then always the one least like those chosen.

    Args:
        training: the calls to choose from.
        characters: that all of them together may have.
        embedder: what says how alike they are; the default of the analysis when None.

    Returns:
        At most :data:`MOST_SHOTS`; at least one if there is any call.
    """
    usual = float(np.median([_length(sample) for sample in training])) if training else 0.0
    short = [sample for sample in training if _length(sample) <= usual][:_LOOKED_AT]
    if not short:
        return []
    vectors: Any = np.asarray((embedder or SentenceEncoder())([sample.text for sample in short]))
    chosen = [int((vectors @ vectors.mean(axis=0)).argmax())]
    characters -= _length(short[chosen[0]])
    while len(chosen) < min(MOST_SHOTS, len(short)):
        nearest = (vectors @ vectors[chosen].T).max(axis=1)
        nearest[chosen] = np.inf
        following = int(nearest.argmin())
        characters -= _length(short[following])
        if characters < 0:
            break
        chosen.append(following)
    return [short[at] for at in chosen]


def _length(sample: Sample) -> int:
    return len(sample.text) + len(sample.label)
