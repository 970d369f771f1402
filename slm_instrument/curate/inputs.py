"""Distinct inputs with all that the teacher answered to them, and where its answers contradict each other."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b

from slm_instrument.curate.gather import Example
from slm_instrument.curate.sample import Sample

SHOWN_CONFLICTS = 10


@dataclass(frozen=True)
class Input:
    """A distinct input with all its calls."""

    text: str
    examples: Sequence[Example]

    @cached_property
    def answers(self) -> Counter[str]:
        """How often each answer was given, by normal form."""
        return Counter(example.label for example in self.examples)

    @property
    def majority(self) -> str:
        """The answer most often given; the first one given, of equally frequent ones."""
        return self.answers.most_common(1)[0][0]

    @property
    def sample(self) -> Sample:
        """What the input teaches: the first call that was given the majority's answer."""
        majority = self.majority
        return next(example.sample for example in self.examples if example.label == majority)

    @property
    def first_at(self) -> datetime | None:
        """When it was first asked; None where a call does not tell."""
        times = [example.started_at for example in self.examples]
        return min(time for time in times if time is not None) if None not in times else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An input that the teacher answered differently at different times.

    ``usual`` and ``unusual`` are ids of calls, one with the answer most often given and one with another; ``calls`` got
    ``answers`` different answers, ``agreeing`` of them the usual one.
    """

    usual: str
    unusual: str
    calls: int
    agreeing: int
    answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """How far the teacher contradicts itself.

    ``inputs`` were answered differently, of ``repeated`` that were asked more than once. ``ceiling`` is the share of
    the calls of repeated inputs that got their input's usual answer: nobody who sees the input alone can be expected to
    agree with this teacher more often. It is somewhat high where inputs were asked only a few times, and None where
    none was asked twice. ``worst`` are some of the inputs, those with most disagreement first.
    """

    inputs: int
    repeated: int
    ceiling: float | None
    worst: tuple[Conflict, ...]


def distinct(examples: Iterable[Example]) -> list[Input]:
    """The examples by their text."""
    by_text: dict[str, list[Example]] = {}
    for example in examples:
        by_text.setdefault(example.text, []).append(example)
    return [Input(text, tuple(held)) for text, held in by_text.items()]


def drawn(inputs: list[Input], most: int, seed: int) -> list[Input]:
    """The inputs, or so many of them, the same ones for the same seed."""
    if len(inputs) <= most:
        return inputs
    chosen = set(sorted(range(len(inputs)), key=lambda at: lot(seed, inputs[at].text))[:most])
    return [item for at, item in enumerate(inputs) if at in chosen]


def conflicts_of(inputs: Iterable[Input]) -> Conflicts:
    """Where the teacher contradicted itself."""
    repeated = [item for item in inputs if len(item.examples) > 1]
    found = sorted(filter(None, map(_conflict, repeated)), key=lambda each: (each.agreeing - each.calls, each.usual))
    calls = sum(len(item.examples) for item in repeated)
    agreeing = sum(item.answers[item.majority] for item in repeated)
    return Conflicts(
        inputs=len(found),
        repeated=len(repeated),
        ceiling=agreeing / calls if calls else None,
        worst=tuple(found[:SHOWN_CONFLICTS]),
    )


def lot(seed: int, key: str) -> bytes:
    """What is drawn for a key: sorting by it shuffles, the same way for the same seed."""
    return blake2b(f"{seed}:{key}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _conflict(item: Input) -> Conflict | None:
    if len(item.answers) == 1:
        return None
    majority = item.majority
    other = next(example for example in item.examples if example.label != majority)
    return Conflict(
        usual=item.sample.call_id,
        unusual=other.call_id,
        calls=len(item.examples),
        agreeing=item.answers[majority],
        answers=len(item.answers),
    )
