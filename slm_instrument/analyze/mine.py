"""Templates of calls of one kind, each checked against the calls themselves.

The runtime recognises a task by these templates and the prompt alone, so that a template which matches calls of another
kind is worse than none: such a template is made more specific, or dropped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from slm_instrument.analyze.align import align
from slm_instrument.analyze.corpus import Bools, Corpus, Ints
from slm_instrument.template import PLACES, Template

SAMPLE = 64  # prompts that a template is aligned from
MORE = 16  # prompts it missed that are then added
ROUNDS = 4
KEPT = 0.7  # of the static text that a template must keep to take in prompts it missed
MAX_TEMPLATES = 4  # of calls with the same tools and the same places filled
MIN_STATIC_CHARS = 16  # that make a template, where no tools or response format do
PRECISION = 0.9  # of the calls a template is the best match of that must be of its own kind
MAX_SYSTEMS = 32  # system prompts of a kind that may get templates of their own


@dataclass(frozen=True, slots=True)
class Mined:
    """A template and the number of the group it is of."""

    group: int
    template: Template


def mine_groups(corpus: Corpus, groups: Sequence[Ints], *, min_calls: int) -> list[Mined]:
    """Templates that tell the groups' calls apart."""
    mined = [
        Mined(number, template)
        for number, rows in enumerate(groups)
        for template in mine_group(corpus, rows, min_calls=min_calls)
    ]
    vague = set(_imprecise(corpus, groups, mined))
    sharper: list[Mined] = []
    for at, each in enumerate(mined):
        if at in vague:
            own = groups[each.group][matching(corpus, each.template, groups[each.group])]
            sharper += [Mined(each.group, t) for t in _sharper(corpus, own, min_calls=min_calls)]
        else:
            sharper.append(each)
    return precise(corpus, groups, sharper)


def precise(corpus: Corpus, groups: Sequence[Ints], mined: Sequence[Mined]) -> list[Mined]:
    """The templates without those that are the best match of too many calls of other groups."""
    wrong = set(_imprecise(corpus, groups, mined))
    return [each for at, each in enumerate(mined) if at not in wrong]


def mine_group(corpus: Corpus, rows: Ints, *, min_calls: int) -> list[Template]:
    """Templates that match the rows, most of them one; too few rows of a form give none."""
    templates: list[Template] = []
    for own in _forms(corpus, rows):
        for _ in range(MAX_TEMPLATES):
            if len(own) < min_calls:
                break
            template = _fitted(corpus, own)
            hit = matching(corpus, template, own)
            if hit.sum() < min_calls:
                break
            if _is_specific(template):
                templates.append(template)
            own = own[~hit]
    return templates


def matching(corpus: Corpus, template: Template, rows: Ints) -> Bools:
    """Which of the rows the template matches; every distinct text is looked at once."""
    signature = corpus.signatures.index((template.tools, template.response_format))
    hit: Bools = corpus.signature[rows] == signature
    for place in PLACES:
        pattern = getattr(template, place)
        texts, own = np.unique(corpus.column(place)[rows[hit]], return_inverse=True)
        fits = np.array([pattern.match(corpus.texts[text]) is not None for text in texts.tolist()], dtype=np.bool_)
        hit[hit] = fits[own] if len(texts) else False
    return hit


def _forms(corpus: Corpus, rows: Ints) -> Iterator[Ints]:
    """Rows by tools, response format and which places are filled, most frequent first: a template spans one form."""
    keys = np.stack([corpus.signature[rows], corpus.filled("system", rows), corpus.filled("first", rows)])
    _, form, counts = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    for number in np.argsort(-counts, kind="stable").tolist():
        yield rows[form.ravel() == number]


def _fitted(corpus: Corpus, rows: Ints) -> Template:
    sample = _sample(corpus, rows, SAMPLE)
    template = _aligned(corpus, sample)
    for _ in range(ROUNDS):
        missed = rows[~matching(corpus, template, rows)]
        if not len(missed):
            break
        sample = np.append(sample, _sample(corpus, missed, MORE))
        # What a rare prompt lacks is given up for it where that is little; else only what most of them lack.
        widened = (_aligned(corpus, sample, each_once=once) for once in (True, False))
        wider = next((each for each in widened if each.static_chars >= KEPT * template.static_chars), None)
        if wider is None:
            break
        template = wider
    return template


def _aligned(corpus: Corpus, rows: Ints, *, each_once: bool = False) -> Template:
    """The template of the rows' prompts, in which a text counts as often as it occurs, or ``each_once``."""
    texts = (corpus.texts_of(place, rows) for place in PLACES)
    system, first, last = (align(list(dict.fromkeys(own)) if each_once else own).without_placeholders for own in texts)
    tools, response_format = corpus.signatures[int(corpus.signature[rows[0]])]
    return Template(system, first, last, tools, response_format)


def _sample(corpus: Corpus, rows: Ints, size: int) -> Ints:
    """Rows with different prompts, from as many traces as there are."""
    shuffled = np.random.default_rng(0).permutation(rows)
    prompts = np.stack([corpus.system[shuffled], corpus.first[shuffled], corpus.last[shuffled]])
    shuffled = shuffled[np.sort(np.unique(prompts, axis=1, return_index=True)[1])]
    _, of_new_trace = np.unique(corpus.trace[shuffled], return_index=True)
    first = np.sort(of_new_trace)
    others = np.setdiff1d(np.arange(len(shuffled)), first)
    return shuffled[np.append(first, others)[:size]]


def _is_specific(template: Template) -> bool:
    """Whether the template says anything of the prompt: one that is all slots would match every call there is."""
    return bool(template.static_chars >= MIN_STATIC_CHARS or template.tools or template.response_format)


def _imprecise(corpus: Corpus, groups: Sequence[Ints], mined: Sequence[Mined]) -> Iterator[int]:
    """The templates that match too many calls of other groups.

    Whether a more specific template would win those calls does not count: the runtime knows the templates of tasks that
    have a student only.
    """
    if not groups:
        return
    rows = np.concatenate(groups)
    group = np.repeat(np.arange(len(groups)), [len(own) for own in groups])
    for at, each in enumerate(mined):
        hit = group[matching(corpus, each.template, rows)]
        if not len(hit) or (hit == each.group).mean() < PRECISION:
            yield at


def _sharper(corpus: Corpus, rows: Ints, *, min_calls: int) -> Iterator[Template]:
    """Templates of parts of the rows, by system prompt."""
    for own in _by_system(corpus, rows):
        if len(own) >= min_calls:
            yield from mine_group(corpus, own, min_calls=min_calls)


def _by_system(corpus: Corpus, rows: Ints) -> list[Ints]:
    distinct = np.unique(corpus.system[rows])
    if not 1 < len(distinct) <= MAX_SYSTEMS:
        return []
    return [rows[corpus.system[rows] == text] for text in distinct.tolist()]
