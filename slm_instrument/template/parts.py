"""The static texts of many templates, and how much of each is there in a prompt."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from itertools import chain

from slm_instrument.template.pattern import Pattern
from slm_instrument.template.prompt import PLACES
from slm_instrument.template.template import Template
from slm_instrument.template.wording import RUN, Run, Worded, runs, tiles, words

MAX_SHARED = 64  # parts that have a run of words before it is not looked for any more: this bounds the time

Part = tuple[str, Pattern]  # a place and what a template fixes there; templates that fix the same there share it


class Parts:
    """The distinct parts of templates, by number, and the runs of words that each is looked for by.

    Args:
        owners: The templates of each owner.
    """

    def __init__(self, owners: Iterable[Iterable[Template]]) -> None:
        self._numbers: dict[Part, int] = {}
        parts_of = [{self._number(part) for template in own for part in _parts(template)} for own in owners]
        self.places = [place for place, _ in self._numbers]
        texts = [[words(text) for text in pattern.stretches] for _, pattern in self._numbers]
        covering = [set(chain.from_iterable(map(tiles, own))) for own in texts]
        common = Counter((place, run) for place, own in zip(self.places, covering, strict=True) for run in own)
        self.runs = [
            {run for run in own if common[place, run] <= MAX_SHARED}
            for place, own in zip(self.places, covering, strict=True)
        ]
        self._scant = [all(len(text) < RUN for text in own) for own in texts]
        self._owners: Counter[tuple[str, Run]] = Counter()  # that have a run, wherever in their texts
        for own in parts_of:
            self._owners.update(
                {(self.places[part], run) for part in own for text in texts[part] for run in runs(text)}
            )

    def of(self, template: Template) -> tuple[int, ...]:
        """The template's parts that can be looked for."""
        numbers = (self._numbers[part] for part in _parts(template))
        return tuple(number for number in numbers if self.runs[number])

    def scant(self, template: Template) -> tuple[Part, ...]:
        """The template's parts with too few words in a row to be looked for."""
        return tuple(part for part in _parts(template) if self._scant[self._numbers[part]])

    def telling(self, parts: Iterable[int]) -> Mapping[str, Set[Run]]:
        """By place the runs of the parts that the fewest owners have."""
        held = {(self.places[part], run) for part in parts for run in self.runs[part]}
        fewest = min(self._owners[run] for run in held)
        telling: dict[str, set[Run]] = {}
        for place, run in held:
            if self._owners[place, run] == fewest:
                telling.setdefault(place, set()).add(run)
        return telling

    def _number(self, part: Part) -> int:
        return self._numbers.setdefault(part, len(self._numbers))


class PartIndex:
    """Finds the parts that a prompt has most of."""

    def __init__(self, parts: Parts) -> None:
        self._runs = [len(own) for own in parts.runs]
        self._having: dict[str, dict[Run, list[int]]] = {place: {} for place in PLACES}
        for part, (place, own) in enumerate(zip(parts.places, parts.runs, strict=True)):
            for run in own:
                self._having[place].setdefault(run, []).append(part)

    def shares(self, prompt: Worded, least: float) -> dict[int, float]:
        """How much of each part is there, in 0..1, of those of which at least so much is."""
        found: Counter[int] = Counter()
        for place, having in self._having.items():
            found.update(chain.from_iterable(having[run] for run in having.keys() & prompt.runs[place]))
        shares = ((part, count / self._runs[part]) for part, count in found.items())
        return {part: share for part, share in shares if share >= least}


def _parts(template: Template) -> list[Part]:
    return [(place, getattr(template, place)) for place in PLACES]
