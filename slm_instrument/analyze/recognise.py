"""Which template recognises which call, or is near it, each distinct prompt looked at once."""

from collections.abc import Sequence

import numpy as np

from slm_instrument.analyze.corpus import Corpus, Ints
from slm_instrument.analyze.mine import Mined
from slm_instrument.analyze.semantics import NOISE
from slm_instrument.template import NearIndex, Template, TemplateIndex

MAX_NEAR = 5_000  # distinct prompts that are looked at for what is near: a millisecond each


def recognised(corpus: Corpus, mined: Sequence[Mined], rows: Ints) -> Ints:
    """For each row the number of the most specific template that matches it, ``NOISE`` without one."""
    if not mined or not len(rows):
        return np.full(len(rows), NOISE, dtype=np.int64)
    index = TemplateIndex((number, (each.template,)) for number, each in enumerate(mined))
    first, of_row = distinct_prompts(corpus, rows)
    matches = (index.find(corpus.prompt_of(row)) for row in rows[first].tolist())
    return np.array([NOISE if match is None else match.owner for match in matches], dtype=np.int64)[of_row]


def nearest(corpus: Corpus, owners: Sequence[Sequence[Template]], rows: Ints) -> Ints:
    """For each row, which no template matches, the owner of the template that it is near, ``NOISE`` without one."""
    if not len(rows) or not any(owners):
        return np.full(len(rows), NOISE, dtype=np.int64)
    index = NearIndex(enumerate(owners))
    first, of_row = distinct_prompts(corpus, rows)
    near = [index.find(corpus.prompt_of(row)) for row in rows[first[:MAX_NEAR]].tolist()]
    found = [NOISE if each is None else each.owner for each in near]
    return np.array(found + [NOISE] * (len(first) - len(found)), dtype=np.int64)[of_row]


def distinct_prompts(corpus: Corpus, rows: Ints) -> tuple[Ints, Ints]:
    """A row of each distinct prompt, as far as templates look at it, and which of these each row has."""
    places = np.stack([corpus.signature[rows], corpus.system[rows], corpus.first[rows], corpus.last[rows]])
    _, first, of_row = np.unique(places, axis=1, return_index=True, return_inverse=True)
    return first, of_row.ravel()
