"""More prompts of the ones there are: names that answers copy are exchanged for those of other answers.

A student should learn where a name stands, not which names there are. A copied word that few prompts have is exchanged
for another one, everywhere in the prompt and in the answer; the answer's other choices stay.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from slm_instrument.runtime.pointer.grammar import Action

_WORD = re.compile(r"\w+")
_LEAST_LENGTH = 3
_RARE = 0.03  # share of the prompts: "py" and "django" stay, a method's name goes
_EXCHANGED = 0.5  # share of the copied rare words


@dataclass(frozen=True, slots=True)
class Source:
    """A training prompt and the actions that build its answer."""

    text: str
    actions: Sequence[Action]


class Exchange:
    """Exchanges names among these sources."""

    def __init__(self, sources: Sequence[Source]) -> None:
        frequency = Counter(word for source in sources for word in set(_WORD.findall(source.text)))
        most = max(2, int(_RARE * len(sources)))
        self._rare = {word for word, count in frequency.items() if count <= most and _is_name(word)}
        self._alike: dict[tuple[bool, ...], list[str]] = defaultdict(list)
        for word in sorted({word for source in sources for word in self._names(source)}):
            self._alike[_shape(word)].append(word)

    def __call__(self, source: Source, draw: random.Random) -> Source:
        """The source with some of its names exchanged; words that another exchange would run into stay."""
        there = set(_WORD.findall(source.text))
        exchanged: dict[str, str] = {}
        for name in self._names(source):
            other = draw.choice(self._alike[_shape(name)])
            if draw.random() < _EXCHANGED and other not in there and other not in exchanged.values():
                exchanged[name] = other

        def renamed(text: str) -> str:
            return _WORD.sub(lambda match: exchanged.get(match.group(), match.group()), text)

        actions = [
            action if action.span is None else action._replace(span=renamed(action.span)) for action in source.actions
        ]
        return Source(renamed(source.text), actions)

    def _names(self, source: Source) -> list[str]:
        spans = (action.span for action in source.actions if action.span is not None)
        return list(dict.fromkeys(word for span in spans for word in _WORD.findall(span) if word in self._rare))


def _is_name(word: str) -> bool:
    return len(word) >= _LEAST_LENGTH and not word[0].isdigit()


def _shape(word: str) -> tuple[bool, ...]:
    """What must be alike for two names to stand in the same places."""
    return word[0].isupper(), word.isupper(), "_" in word, word.startswith("__")
