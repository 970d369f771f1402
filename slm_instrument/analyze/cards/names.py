"""Readable names of tasks: what the instruction asks for, else its words that tell the task from the others.

An agent's name of several words is its author's name of the task, where the two are one thing. Else a task is named by
the phrase that its instruction asks most surely and few other tasks are asked. Where there is no such phrase, it is
named by words that stand together (as in RAKE, Rose et al. 2010), near the start, and that few other tasks have (as in
c-TF-IDF, Grootendorst: BERTopic, 2022).
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice

from slm_instrument.analyze.cards.lexicon import COMMON
from slm_instrument.analyze.cards.phrases import Phrase, phrases

WORDS = 3  # of a name that no phrase gives
CONSIDERED = 200  # words and signs from the start of an instruction
HALF_WEIGHT = 20  # words in, a word counts half as much as the first
MIN_LETTERS = 3
MAX_LETTERS = 24  # longer words are identifiers and keys
MIN_PHRASE = 0.1  # weight from which a phrase says what is asked, rather than what else is mentioned
MAX_AGENT_WORDS = 4  # a longer name is a sentence, of which the start is taken

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[^\s\w]|[\d_]+")
_SEPARATOR = re.compile(r"[\W_]+")
_ARTICLE = re.compile(r"^(?:an?|the)-")
_RELATIVE = frozenset({"for", "of", "that", "to", "which", "who", "with"})
# What frameworks call a node that nobody has named.
_FRAMEWORK_NAMES = frozenset(
    {"agent", "assistant", "call-model", "chain", "default", "langgraph", "llm", "main", "model"}
)


def name_tasks(
    instructions: Sequence[str], agents: Sequence[str | None], taken: Sequence[str | None], spare: Sequence[str]
) -> list[str]:
    """A name for each task, all different.

    Args:
        instructions: what instructs each task.
        agents: the agent that a task is all of, where there is one.
        taken: names that tasks have from before, None where one is needed.
        spare: what to name a task after that has neither an agent nor a telling word.
    """
    said = [_Said.of(text) for text in instructions]
    telling = _Telling(said)
    used = {name for name in taken if name is not None}
    names: list[str] = []
    for own, agent, name, other in zip(said, agents, taken, spare, strict=True):
        if name is None:
            name = _unused(_candidates(own, telling, _agent_name(agent), _slug(other)), used)
            used.add(name)
        names.append(name)
    return names


@dataclass(frozen=True, slots=True)
class _Said:
    """What an instruction says: words that stand together, and phrases."""

    runs: list[tuple[str, ...]]
    phrases: list[Phrase]

    @classmethod
    def of(cls, instruction: str) -> "_Said":
        return cls(list(_runs(instruction)), phrases(instruction))


class _Telling:
    """How well words and phrases tell a task from the others: 1 for one that no other has, near 0 for one all have."""

    def __init__(self, said: Sequence[_Said]) -> None:
        self._tasks = len(said)
        self._with = Counter(words for own in said for words in {phrase.words for phrase in own.phrases})
        self._with.update((word,) for own in said for word in {word for run in own.runs for word in run})

    def phrases(self, said: _Said) -> list[str]:
        """The phrases that are surely asked and of few tasks, best first."""
        score: dict[str, float] = {}
        for phrase in said.phrases:
            name = _slug(" ".join(phrase.words))
            score[name] = max(score.get(name, 0.0), phrase.weight * self._telling(phrase.words))
        return sorted((name for name in score if score[name] >= MIN_PHRASE), key=lambda name: -score[name])

    def words(self, said: _Said, *, together: int, but: Sequence[str] = ()) -> list[str]:
        """So many words that stand together, those first that tell most."""
        score: dict[str, float] = {}
        at = 0
        for run in said.runs:
            kept = [word for word in run if word not in but]
            for start in range(len(kept)):
                words = kept[start : start + together]
                # Squared: three words that many tasks have tell less than one that few have.
                telling = sum(self._telling((word,)) ** 2 for word in words) / (1 + (at + start) / HALF_WEIGHT)
                score["-".join(words)] = max(score.get("-".join(words), 0.0), telling)
            at += len(run)
        return sorted(score, key=lambda words: -score[words])

    def _telling(self, words: tuple[str, ...]) -> float:
        return math.log1p(self._tasks / self._with[words]) / math.log1p(self._tasks)


def _candidates(said: _Said, telling: _Telling, agent: str, spare: str) -> Iterator[str]:
    """Names for a task, best first."""
    if "-" in agent:
        yield agent
    asked = telling.phrases(said)
    yield from asked[:1]
    yield agent
    for phrase in asked[:1]:  # another task has this one: say what is different here
        yield from (f"{phrase}-{word}" for word in telling.words(said, together=1, but=phrase.split("-"))[:1])
    yield from asked[1:]
    if sum(map(len, said.runs)) <= WORDS:
        yield "-".join(chain.from_iterable(said.runs))
    words = telling.words(said, together=WORDS)
    yield from (best for best in words[:1] if "-" in best)
    yield spare
    yield from words


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """The words that may name something, as far as they stand together."""
    run: list[str] = []
    tokens = (match.group().casefold() for match in islice(_TOKEN.finditer(text), CONSIDERED))
    for token in tokens:
        if token not in COMMON and MIN_LETTERS <= len(token) <= MAX_LETTERS:
            run.append(token.replace("'", ""))
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _agent_name(agent: str | None) -> str:
    """The agent's name; of a long one what comes before "that ..." and the like."""
    name = _ARTICLE.sub("", _slug(agent or ""))
    if name.count("-") >= MAX_AGENT_WORDS:
        head, *rest = name.split("-")
        end = next(
            (at for at, word in enumerate(rest, 1) if word in _RELATIVE or word.endswith("ing")), MAX_AGENT_WORDS
        )
        name = "-".join([head, *rest][:end])
    return "" if name in _FRAMEWORK_NAMES else name


def _unused(candidates: Iterator[str], used: set[str]) -> str:
    """The first that no task is named by, else the first with a number."""
    named = [name for name in candidates if name] or ["task"]
    free = (name for name in named if name not in used)
    return next(free, None) or next(f"{named[0]}-{n}" for n in count(2) if f"{named[0]}-{n}" not in used)


def _slug(text: str) -> str:
    return _SEPARATOR.sub("-", text.casefold()).strip("-")
