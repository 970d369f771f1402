"""The kinds of call in an application: groups by static text, then by meaning where there is none."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from slm_instrument.analyze.corpus import Bools, Corpus, Ints
from slm_instrument.analyze.discover import find_groups
from slm_instrument.analyze.embed import Embedder
from slm_instrument.analyze.mine import Mined, best_of, mine_groups
from slm_instrument.analyze.semantics import NOISE, cluster, same_meaning
from slm_instrument.template import PLACES, Template

ROUNDS = 3  # of looking for groups, each in what the last one's templates do not match
COMMON = 0.5  # of an application's kinds that share a sentence before it stops telling them apart
INSTRUCTION_CHARS = 256  # from the start of a text: what it is about

_SENTENCE = re.compile(r"(?<=[.:!?])\s|\n")


@dataclass(frozen=True, slots=True)
class Kind:
    """Calls of one kind: rows of the corpus, the templates that recognise them, and what instructs them."""

    rows: Ints
    matched: Bools  # by row: whether a template recognises it
    templates: tuple[Template, ...]
    instruction: str


def find_kinds(corpus: Corpus, rows: Ints, embed: Embedder, *, min_calls: int) -> tuple[list[Kind], Ints]:
    """The kinds among an application's calls, and the calls that are of none."""
    groups, mined = _by_static_text(corpus, rows, min_calls=min_calls)
    instructions = _instructions(corpus, groups, mined)
    forms = [int(np.bincount(corpus.kind[own]).argmax()) for own in groups]
    sets = same_meaning(instructions, forms, embed) if groups else np.zeros(0, dtype=np.int64)
    best, group = _assigned(corpus, rows, groups, mined)
    number = np.where(group < 0, NOISE, sets[group]) if len(sets) else np.full(len(rows), NOISE)
    left = np.flatnonzero(number == NOISE)
    labels = cluster(_openings(corpus, rows[left]), embed, min_calls=min_calls)
    number[left] = np.where(labels == NOISE, NOISE, labels + len(sets))
    kinds: list[Kind] = []
    for each in np.unique(number[number != NOISE]).tolist():
        own = number == each
        templates = tuple(m.template for m in mined if sets[m.group] == each)
        kind = Kind(rows[own], best[own] >= 0, templates, "")
        texts = [instructions[at] for at in range(len(groups)) if sets[at] == each]
        kinds.append(replace(kind, instruction=next(filter(None, texts), "") or _medoid(corpus, kind.rows)))
    return kinds, rows[number == NOISE]
