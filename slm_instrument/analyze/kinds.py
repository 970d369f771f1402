"""The kinds of call in an application: groups by static text, then by meaning where there is none.

Kinds that were found in other calls are known beforehand. What their templates recognise is theirs; in the rest, new
groups are looked for, and one that says the same as a known kind in other words, or another version of it, joins it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from slm_instrument.analyze.corpus import Bools, Corpus, Ints
from slm_instrument.analyze.discover import SAMPLE, find_groups
from slm_instrument.analyze.embed import Embedder
from slm_instrument.analyze.granularity import NORMAL, Grain
from slm_instrument.analyze.mine import KEPT, Mined, matching, mine_group, mine_groups, precise
from slm_instrument.analyze.recognise import nearest, recognised
from slm_instrument.analyze.semantics import ANY_FORM, NOISE, Centre, cluster, same_meaning
from slm_instrument.analyze.splits import NO_GROUP
from slm_instrument.analyze.telling import instruction_of, telling_texts
from slm_instrument.analyze.versions import versions
from slm_instrument.template import Template

ROUNDS = 3  # of looking for groups, each in what the templates of the last do not match
ABOUT_CHARS = 256  # from the start of a text: what it is about
FOR_ALL = 0.9  # of the calls of several groups that one template must match to take the place of theirs
WORTH_LOOKING = 0.1  # of the calls that were of no kind before: with fewer new ones nothing else would come out


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call: the templates that recognise it, the text that instructs it, the form of its answers.

    ``centre`` is where calls lie that no template recognises, of a kind that was found by meaning.
    """

    templates: tuple[Template, ...]
    instruction: str
    form: int = ANY_FORM
    centre: Centre | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The kinds of an application, those known before first, and for each row its kind, ``NOISE`` if of none.

    ``variant`` is the number of the kind's template that recognises the row, ``NOISE`` where none does.
    """

    kinds: list[Kind]
    kind: Ints
    variant: Ints


@dataclass(slots=True)
class _Groups:
    """Groups of rows, and the templates of each."""

    rows: list[Ints]
    mined: list[Mined]

    def add(self, rows: Sequence[Ints], mined: Sequence[Mined]) -> None:
        """Further groups, with templates that number these from 0."""
        self.mined += [Mined(each.group + len(self.rows), each.template) for each in mined]
        self.rows += rows

    def first_template(self, number: int) -> Template | None:
        """Of a group, the template that most of it was aligned from."""
        return next((each.template for each in self.mined if each.group == number), None)

    def of(self, corpus: Corpus, rows: Ints) -> tuple[Ints, Ints]:
        """The group of each row, by template before membership as the runtime will see it, and that template."""
        best = recognised(corpus, self.mined, rows)
        owners = np.array([each.group for each in self.mined] + [NOISE], dtype=np.int64)
        member = np.full(len(corpus), NOISE, dtype=np.int64)
        for number, own in enumerate(self.rows):
            member[own] = number
        return np.where(best >= 0, owners[best], member[rows]), best


def find_kinds(
    corpus: Corpus,
    rows: Ints,
    embed: Embedder,
    *,
    min_calls: int,
    known: Sequence[Kind] = (),
    old: Bools | None = None,
    grain: Grain = NORMAL,
) -> Found:
    """The kinds among an application's calls.

    Args:
        corpus: the calls.
        rows: of the application.
        embed: the embedder.
        min_calls: fewest calls of a new kind.
        known: kinds that were found before, in other calls.
        old: which rows of the corpus were looked at before, and were of no kind then.
        grain: how much alike groups of one kind are.
    """
    groups = _Groups([], [])
    templates = [Mined(number, template) for number, kind in enumerate(known) for template in kind.templates]
    groups.add([rows[:0] for _ in known], templates)
    group, _ = groups.of(corpus, rows)
    groups.rows = [rows[group == number] for number in range(len(known))]
    left = rows[group == NOISE]
    if not _worth_looking(left, old):
        return _found(corpus, rows, groups, list(known), list(range(len(known))))
    _by_static_text(corpus, left, groups, min_calls=min_calls)
    left = rows[groups.of(corpus, rows)[0] == NOISE]
    centres = _by_meaning(corpus, left, groups, known, embed, min_calls=min_calls)
    kinds, sets = _joined(corpus, groups, known, centres, embed, grain)
    _mine_together(corpus, groups, sets, min_calls=min_calls, known=len(known))
    groups.mined = templates + precise(corpus, groups.rows, groups.mined[len(templates) :])
    return _found(corpus, rows, groups, kinds, sets, min_calls=min_calls, known=len(known))


def _worth_looking(left: Ints, old: Bools | None) -> bool:
    again = 0 if old is None else int(old[left].sum())
    return len(left) - again >= max(1, WORTH_LOOKING * again)


def _by_static_text(corpus: Corpus, rows: Ints, groups: _Groups, *, min_calls: int) -> None:
    left = rows
    for attempt in range(ROUNDS):
        found = find_groups(corpus, left, min_calls=min_calls, leftovers=attempt > 0 or bool(groups.rows))
        first = len(groups.rows)
        groups.add(found.groups, mine_groups(corpus, found.groups, min_calls=min_calls))
        if len(left) <= SAMPLE or not found.groups:
            break
        left = rows[groups.of(corpus, rows)[0] == NOISE]
        # What no template matches is sorted in by the static texts that the sample was split by.
        group = found.of(corpus, left)
        for number in range(len(found.groups)):
            groups.rows[first + number] = np.sort(np.append(groups.rows[first + number], left[group == number]))
        left = left[group == NO_GROUP]


def _joined(
    corpus: Corpus,
    groups: _Groups,
    known: Sequence[Kind],
    centres: Mapping[int, Centre],
    embed: Embedder,
    grain: Grain,
) -> tuple[list[Kind], list[int]]:
    """The kinds that the groups are of, and which each is of: groups that say the same are one kind."""
    templates = [groups.first_template(number) for number in range(len(groups.rows))]
    telling = telling_texts([None if number in centres else template for number, template in enumerate(templates)])
    texts = [" ".join(own.values()) for own in telling]
    forms = [kind.form for kind in known] + [_form(corpus, own) for own in groups.rows[len(known) :]]
    sets: list[int] = same_meaning(texts, forms, embed, apart=len(known), same=grain.same_meaning).tolist()
    if grain.same_words is not None:
        sets = versions(corpus, groups.rows, templates, sets, apart=len(known), same_words=grain.same_words)
    numbers = {own: at for at, own in enumerate(sorted({*range(len(known)), *sets}))}
    sets = [numbers[own] for own in sets]
    kinds = list(known)
    for number in range(len(known), max(sets, default=-1) + 1):
        members = [at for at, own in enumerate(sets) if own == number]
        instruction = next(filter(None, (instruction_of(telling[at]) for at in members)), "")
        centre = next((centres[at] for at in members if at in centres), None)
        instruction = instruction or _about(corpus, groups.rows[members[0]])
        kinds.append(Kind((), instruction, form=forms[members[0]], centre=centre))
    return kinds, sets


def _mine_together(corpus: Corpus, groups: _Groups, sets: Sequence[int], *, min_calls: int, known: int) -> None:
    """Give groups that turned out to be of one kind a template for all, where it fixes nearly as much as their own.

    What told them apart was data then: the template of all has a slot there.
    """
    for number in sorted({own for own in sets if own >= known}):
        members = [at for at, own in enumerate(sets) if own == number]
        own = [each.template.static_chars for each in groups.mined if each.group in members]
        if len(members) < 2 or not own:
            continue
        rows = np.sort(np.concatenate([groups.rows[at] for at in members]))
        for template in mine_group(corpus, rows, min_calls=min_calls)[:1]:
            for_all = matching(corpus, template, rows).mean() >= FOR_ALL
            if for_all and template.static_chars >= KEPT * float(np.median(own)):
                groups.mined = [each for each in groups.mined if each.group not in members]
                groups.mined.append(Mined(members[0], template))
                for at in members:
                    groups.rows[at] = rows if at == members[0] else rows[:0]


def _by_meaning(
    corpus: Corpus, rows: Ints, groups: _Groups, known: Sequence[Kind], embed: Embedder, *, min_calls: int
) -> dict[int, Centre]:
    """Put the rows to the known kinds they are near, and to new groups; returns the centres of these by group."""
    centres = [(number, kind.centre) for number, kind in enumerate(known) if kind.centre is not None]
    found = cluster(_about_each(corpus, rows), embed, min_calls=min_calls, known=[centre for _, centre in centres])
    for label, (number, _) in enumerate(centres):
        groups.rows[number] = np.append(groups.rows[number], rows[found.labels == label])
    of_groups: dict[int, Centre] = {}
    for label in range(len(centres), len(found.centres)):
        own = rows[found.labels == label]
        of_groups[len(groups.rows)] = found.centres[label]
        groups.add([own], [Mined(0, template) for template in mine_group(corpus, own, min_calls=min_calls)])
    return of_groups


def _found(
    corpus: Corpus,
    rows: Ints,
    groups: _Groups,
    kinds: Sequence[Kind],
    sets: Sequence[int],
    *,
    min_calls: int = 1,
    known: int | None = None,
) -> Found:
    group, best = groups.of(corpus, rows)
    kind = np.array([*sets, NOISE], dtype=np.int64)[group]
    kept = [n for n in range(len(kinds)) if known is None or n < known or (kind == n).sum() >= min_calls]
    number = {old: new for new, old in enumerate(kept)}
    kind = np.array([number.get(n, NOISE) for n in range(len(kinds))] + [NOISE], dtype=np.int64)[kind]
    templates: list[list[Template]] = [[] for _ in kept]
    variants: list[int] = []
    for each in groups.mined:
        of = number.get(sets[each.group], NOISE)
        variants.append(len(templates[of]) if of != NOISE else NOISE)
        if of != NOISE:
            templates[of].append(each.template)
    variant = np.array([*variants, NOISE], dtype=np.int64)[best]
    left = kind == NOISE
    kind[left] = nearest(corpus, templates, rows[left])
    return Found([replace(kinds[n], templates=tuple(templates[number[n]])) for n in kept], kind, variant)


def _form(corpus: Corpus, rows: Ints) -> int:
    """The kind that most answers are of."""
    return int(np.bincount(corpus.kind[rows]).argmax())


def about(system: str, opening: str) -> str:
    """What a prompt is about: how its system prompt and its first user message begin."""
    return f"{system[:ABOUT_CHARS]}\n{opening[:ABOUT_CHARS]}".strip()


def _about_each(corpus: Corpus, rows: Ints) -> list[str]:
    systems, openings = corpus.texts_of("system", rows), corpus.texts_of("opening", rows)
    return [about(system, opening) for system, opening in zip(systems, openings, strict=True)]


def _about(corpus: Corpus, rows: Ints) -> str:
    """How the most frequent prompt begins."""
    return Counter(_about_each(corpus, rows)).most_common(1)[0][0]
