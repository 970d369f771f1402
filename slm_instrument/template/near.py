"""Which task a prompt is of that no template matches, when most of a template's text is there all the same.

A section that comes and goes, a sentence that a new version words otherwise, a list that got longer or a tool more
leave most of the text as it was. Three things must hold of a template for a prompt to be near it:

- In every place of the prompt, most of what the template fixes there is there; where that is no more than a few signs
  or words, all of it.
- So is most of what the fewest others have: what an agent's tasks share does not tell them apart.
- Its last instruction is there word for word. A prompt that ends otherwise asks for something else, whatever else the
  two have in common.

And no other owner may come close. Texts are compared by runs of words: see :mod:`slm_instrument.template.wording`.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Generic, TypeVar

from slm_instrument.template.parts import Part, PartIndex, Parts
from slm_instrument.template.prompt import Prompt
from slm_instrument.template.template import Template
from slm_instrument.template.wording import Closing, Run, Worded

Owner = TypeVar("Owner", bound=Hashable)

MIN_SHARE = 0.6  # of a template's text that must be there
MARGIN = 0.1  # by which the next best owner's share must be less
MIN_TOOLS = 0.5  # Jaccard index of the names of the tools


@dataclass(frozen=True, slots=True)
class Near(Generic[Owner]):
    """Whose template a prompt is near; ``variant`` is its number among its owner's.

    ``score`` is the share of its text that is there, in 0..1, where that is least: in a place, or of what is its own.
    """

    owner: Owner
    variant: int
    template: Template
    score: float


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Owner]):
    """A template: the numbers of its parts, the parts that must match, the runs that the fewest owners have."""

    owner: Owner
    variant: int
    template: Template
    closing: Closing
    parts: tuple[int, ...]
    exact: tuple[Part, ...]
    telling: Mapping[str, Set[Run]]


class NearIndex(Generic[Owner]):
    """Finds whose template a prompt is near. Immutable, so threads share it freely.

    Args:
        owners: Who has which templates; each owner once. Their order does not matter.
    """

    def __init__(self, owners: Iterable[tuple[Owner, Sequence[Template]]]) -> None:
        given = list(owners)
        parts = Parts(templates for _, templates in given)
        self._index = PartIndex(parts)
        entries: list[_Entry[Owner]] = []
        for owner, templates in given:
            for variant, template in enumerate(templates):
                closing, own = Closing.of(template), parts.of(template)
                if closing is not None and own:
                    exact, telling = parts.scant(template), parts.telling(own)
                    entries.append(_Entry(owner, variant, template, closing, own, exact, telling))
        common = Counter(part for entry in entries for part in entry.parts)
        self._by_part: dict[int, list[_Entry[Owner]]] = {}  # by the part that the fewest have
        for entry in entries:
            self._by_part.setdefault(min(entry.parts, key=common.__getitem__), []).append(entry)

    def find(self, prompt: Prompt) -> Near[Owner] | None:
        """The owner that the prompt is near, or None: it is near none, or near several."""
        worded = Worded(prompt)
        near = [each for each in self._candidates(prompt, worded) if each[1].closing.closes(worded)]
        if not near:
            return None
        score, best = max(near, key=lambda each: (each[0], each[1].template.static_chars))
        if any(entry.owner != best.owner and other >= score - MARGIN for other, entry in near):
            return None
        return Near(best.owner, best.variant, best.template, score)

    def _candidates(self, prompt: Prompt, worded: Worded) -> Iterator[tuple[float, _Entry[Owner]]]:
        """The templates of whose text enough is there, and how much."""
        shares = self._index.shares(worded, MIN_SHARE)
        for number in shares.keys() & self._by_part.keys():
            for entry in self._by_part[number]:
                if all(part in shares for part in entry.parts) and _alike(entry, prompt):
                    score = min(_share(entry.telling, worded), *(shares[part] for part in entry.parts))
                    if score >= MIN_SHARE:
                        yield score, entry


def _share(telling: Mapping[str, Set[Run]], prompt: Worded) -> float:
    """How much of these runs the prompt has."""
    found = sum(len(own & prompt.runs[place]) for place, own in telling.items())
    return found / sum(map(len, telling.values()))


def _alike(entry: _Entry[Owner], prompt: Prompt) -> bool:
    """Whether the prompt offers mostly the same tools, demands a form of answer or not as the template, and fits it."""
    ours, theirs = set(entry.template.tools), set(prompt.tools)
    return (
        len(ours & theirs) >= MIN_TOOLS * len(ours | theirs)
        and bool(entry.template.response_format) == bool(prompt.response_format)
        and all(pattern.match(getattr(prompt, place)) is not None for place, pattern in entry.exact)
    )
