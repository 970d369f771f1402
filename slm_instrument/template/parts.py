"""The static texts of many templates, and how much of each is there in a prompt."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain

from slm_instrument.template.pattern import Pattern
from slm_instrument.template.prompt import PLACES
from slm_instrument.template.template import Template
from slm_instrument.template.wording import Run, Worded, runs, tiles, words

MAX_SHARED = 64  # parts with the same run of words before it is not looked for any more: this bounds the time

Part = tuple[str, Pattern]  # a place and what a template fixes there; templates that fix the same there share it


class Parts:
    """The distinct parts of templates, by number.

    Args:
        owners: The templates of each owner.
    """

    def __init__(self, owners: Sequence[Iterable[Template]]) -> None:
        self._numbers: dict[Part, int] = {}
        parts_of = [{self._number(part) for template in own for part in _parts(template)} for own in owners]
        texts = [[words(text) for text in pattern.texts] for _, pattern in self._numbers]
        self._places = [place for place, _ in self._numbers]
        self._with: dict[str, dict[Run, list[int]]] = {place: {} for place in PLACES}
        for number, own in enumerate(texts):
            with_run = self._with[self._places[number]]
            for run in set(chain.from_iterable(map(tiles, own))):
                with_run.setdefault(run, []).append(number)
        for place, with_run in self._with.items():
            self._with[place] = {run: parts for run, parts in with_run.items() if len(parts) <= MAX_SHARED}
        self._tiles: list[set[Run]] = [set() for _ in texts]
        for with_run in self._with.values():
            for run, parts in with_run.items():
                for number in parts:
                    self._tiles[number].add(run)
        self._owners: Counter[tuple[str, Run]] = Counter()
        for own in parts_of:
            self._owners.update({(self._places[n], run) for n in own for text in texts[n] for run in runs(text)})

    def of(self, template: Template) -> tuple[int, ...]:
        """The template's parts that have text to look for."""
        numbers = (self._numbers[part] for part in _parts(template))
        return tuple(number for number in numbers if self._tiles[number])

    def telling(self, parts: Iterable[int]) -> Mapping[str, Set[Run]]:
        """By place the runs of the parts that the fewest owners have."""
        held = {(self._places[part], run) for part in parts for run in self._tiles[part]}
        fewest = min(self._owners[run] for run in held)
        telling: dict[str, set[Run]] = {}
        for place, run in held:
            if self._owners[place, run] == fewest:
                telling.setdefault(place, set()).add(run)
        return telling

    def shares(self, prompt: Worded, least: float) -> dict[int, float]:
        """How much of each part is there, in 0..1, of those of which at least so much is."""
        found: Counter[int] = Counter()
        for place, with_run in self._with.items():
            found.update(chain.from_iterable(with_run[run] for run in with_run.keys() & prompt.runs[place]))
        shares = ((part, count / len(self._tiles[part])) for part, count in found.items())
        return {part: share for part, share in shares if share >= least}

    def _number(self, part: Part) -> int:
        return self._numbers.setdefault(part, len(self._numbers))


def _parts(template: Template) -> list[Part]:
    return [(place, getattr(template, place)) for place in PLACES]
