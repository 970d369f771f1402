"""The kinds of call in an application: groups by static text, then by meaning where there is none."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slm_instrument.analyze.corpus import Bools, Corpus, Ints
from slm_instrument.analyze.discover import SAMPLE, find_groups
from slm_instrument.analyze.embed import Embedder
from slm_instrument.analyze.mine import Mined, best_of, mine_group, mine_groups, precise
from slm_instrument.analyze.semantics import NOISE, cluster, same_meaning
from slm_instrument.analyze.splits import NO_GROUP
from slm_instrument.template import PLACES, Template

ROUNDS = 3  # of looking for groups, each in what the templates of the last do not match
COMMON = 0.5  # of an application's groups that share a sentence before it stops telling them apart
ABOUT_CHARS = 256  # from the start of a text: what it is about

_SENTENCE = re.compile(r"(?<=[.:!?])\s|\n")


@dataclass(frozen=True, slots=True)
class Kind:
    """Calls of one kind: rows of the corpus, the templates that recognise them, and the text that instructs them.

    ``matched`` says, row by row, whether a template recognises the call.
    """

    rows: Ints
    matched: Bools
    templates: tuple[Template, ...]
    instruction: str


def find_kinds(corpus: Corpus, rows: Ints, embed: Embedder, *, min_calls: int) -> tuple[list[Kind], Ints]:
    """The kinds among an application's calls, and the calls that are of none."""
    groups, mined = _by_static_text(corpus, rows, min_calls=min_calls)
    telling = _telling(groups, mined)
    texts = [" ".join(own.values()) for own in telling]
    sets = same_meaning(texts, [_form(corpus, own) for own in groups], embed).tolist()
    # Where most of its own text stands is where a prompt says what it wants.
    instructions = [" ".join(sorted(own.values(), key=len, reverse=True)) for own in telling]
    left = rows[_assigned(corpus, rows, groups, mined)[0] == NOISE]
    for own in _by_meaning(corpus, left, embed, min_calls=min_calls):
        mined += [Mined(len(groups), template) for template in mine_group(corpus, own, min_calls=min_calls)]
        sets.append(max(sets, default=-1) + 1)
        groups.append(own)
        instructions.append("")
    mined = precise(corpus, groups, mined)
    group, matched = _assigned(corpus, rows, groups, mined)
    kinds: list[Kind] = []
    for number in sorted(set(sets)):
        members = [at for at, other in enumerate(sets) if other == number]
        own = np.isin(group, members)
        if own.sum() < min_calls:
            group[own] = NOISE
            continue
        instruction = next((instructions[at] for at in members if instructions[at]), "") or _about(corpus, rows[own])
        templates = tuple(each.template for each in mined if each.group in members)
        kinds.append(Kind(rows[own], matched[own], templates, instruction))
    return kinds, rows[group == NOISE]


def recognise(corpus: Corpus, kinds: Sequence[Kind], rows: Ints) -> Ints:
    """The kind of each row by its templates alone, ``NOISE`` where none matches."""
    templates = [(number, template) for number, kind in enumerate(kinds) for template in kind.templates]
    owners = np.array([number for number, _ in templates] + [NOISE], dtype=np.int64)
    return owners[best_of(corpus, [template for _, template in templates], rows)]


def _by_static_text(corpus: Corpus, rows: Ints, *, min_calls: int) -> tuple[list[Ints], list[Mined]]:
    groups: list[Ints] = []
    mined: list[Mined] = []
    left = rows
    for attempt in range(ROUNDS):
        found = find_groups(corpus, left, min_calls=min_calls, leftovers=attempt > 0)
        fresh = mine_groups(corpus, found.groups, min_calls=min_calls)
        mined += [Mined(each.group + len(groups), each.template) for each in fresh]
        groups += found.groups
        if len(left) <= SAMPLE or not found.groups:
            break
        left = rows[_assigned(corpus, rows, groups, mined)[0] == NOISE]
        # What no template matches is sorted in by the static texts that the sample was split by.
        group = found.of(corpus, left)
        for number in range(len(found.groups)):
            at = len(groups) - len(found.groups) + number
            groups[at] = np.sort(np.append(groups[at], left[group == number]))
        left = left[group == NO_GROUP]
    return groups, mined


def _by_meaning(corpus: Corpus, rows: Ints, embed: Embedder, *, min_calls: int) -> list[Ints]:
    if len(rows) < min_calls:
        return []
    labels = cluster(_about_each(corpus, rows), embed, min_calls=min_calls)
    return [rows[labels == number] for number in np.unique(labels[labels != NOISE]).tolist()]


def _assigned(corpus: Corpus, rows: Ints, groups: Sequence[Ints], mined: Sequence[Mined]) -> tuple[Ints, Bools]:
    """The group of each row, by template before membership as the runtime will see it, and whether by template."""
    best = best_of(corpus, [each.template for each in mined], rows)
    owners = np.array([each.group for each in mined] + [NOISE], dtype=np.int64)
    member = np.full(len(corpus), NOISE, dtype=np.int64)
    for number, own in enumerate(groups):
        member[own] = number
    return np.where(best >= 0, owners[best], member[rows]), best >= 0


def _form(corpus: Corpus, rows: Ints) -> int:
    """The kind that most answers are of."""
    return int(np.bincount(corpus.kind[rows]).argmax())


def _telling(groups: Sequence[Ints], mined: Sequence[Mined]) -> list[dict[str, str]]:
    """Each group's static text by place, without the sentences that many groups share."""
    sentences: list[dict[str, list[str]]] = [{} for _ in groups]
    for each in mined:
        sentences[each.group] = sentences[each.group] or _sentences(each.template)
    shared = Counter(sentence for own in sentences for sentence in {s for place in own.values() for s in place})
    limit = max(1.0, COMMON * len(groups))
    return [
        {place: " ".join(s for s in found if shared[s] <= limit) for place, found in own.items()} for own in sentences
    ]


def _sentences(template: Template) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place in PLACES:
        pieces = (piece for piece in getattr(template, place).pieces if piece)
        cut = (sentence.strip() for piece in pieces for sentence in _SENTENCE.split(piece))
        found[place] = list(dict.fromkeys(filter(None, cut)))
    return found


def _about_each(corpus: Corpus, rows: Ints) -> list[str]:
    systems, openings = corpus.texts_of("system", rows), corpus.texts_of("opening", rows)
    pairs = zip(systems, openings, strict=True)
    return [f"{system[:ABOUT_CHARS]}\n{opening[:ABOUT_CHARS]}".strip() for system, opening in pairs]


def _about(corpus: Corpus, rows: Ints) -> str:
    """How the most frequent prompt begins."""
    return Counter(_about_each(corpus, rows)).most_common(1)[0][0]
