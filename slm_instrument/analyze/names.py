"""Readable names of tasks: the words of its instruction that tell a task from the others.

A word scores by how few tasks have it, as in c-TF-IDF (Grootendorst: BERTopic, 2022), and by how near the start of the
instruction it stands; how often it occurs there says more about the data than about the task.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

WORDS = 3
CONSIDERED = 80  # words from the start of an instruction
HALF_WEIGHT = 8  # words in, a word counts half as much as the first
MIN_LETTERS = 3
MAX_LETTERS = 24  # longer words are identifiers and keys

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SEPARATOR = re.compile(r"[\W_]+")
# What every prompt says, beside the words without meaning: it names no task.
_COMMON_TEXT = """
    a about above according after again all also am an and any are as assistant at based be because been before below
    between both but by can cannot could did do does doing don't down during each either else etc ever every exactly
    expert few following for from further given had has have having helpful here how however i if in into is it it's its
    itself just let let's like list listed make may me might more most must my need no nor not note now of off on once
    one only or other otherwise our out over own please provide return same shall she should so some such than that the
    their them then there these they this those through to too under until up upon use used user user's using very want
    was we well were what when where which while who whom why will with without would you you'll you're your yourself
    he her him his us model ai system prompt respond response reply output input example examples format instruction
    instructions task tasks question answer answers name goal role personal current word words text line lines step
"""
_COMMON = frozenset(_COMMON_TEXT.split())
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
        agents: the agent that a task is all of, where there is one: its author has named the task already.
        taken: names that tasks have from before, None where one is needed.
        spare: what to name a task after that neither has an agent nor a telling word.
    """
    words = [list(_words(text))[:CONSIDERED] for text in instructions]
    tasks_with = Counter(word for own in words for word in set(own))
    used = {name for name in taken if name is not None}
    names: list[str] = []
    for own, agent, name, other in zip(words, agents, taken, spare, strict=True):
        if name is None:
            best = _best(own, tasks_with, len(words))
            next_best = _best([word for word in own if word not in best.split("-")], tasks_with, len(words))
            name = _unused((_agent_name(agent), best, next_best, _slug(other)), used)
            used.add(name)
        names.append(name)
    return names


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        word = match.group().casefold()
        if word not in _COMMON and MIN_LETTERS <= len(word) <= MAX_LETTERS:
            yield word.replace("'", "")


def _agent_name(agent: str | None) -> str:
    name = _slug(agent or "")
    return "" if name in _FRAMEWORK_NAMES else name


def _unused(candidates: Sequence[str], used: set[str]) -> str:
    """The first that no task is named by, else the first with a number."""
    named = [name for name in candidates if name] or ["task"]
    free = (name for name in named if name not in used)
    return next(free, None) or next(f"{named[0]}-{n}" for n in count(2) if f"{named[0]}-{n}" not in used)


def _best(words: Sequence[str], tasks_with: Counter[str], tasks: int) -> str:
    first = list(dict.fromkeys(words))  # in the order in which the words occur
    score = {word: math.log(1 + tasks / tasks_with[word]) / (1 + words.index(word) / HALF_WEIGHT) for word in first}
    best = sorted(score, key=lambda word: -score[word])[:WORDS]
    return "-".join(word for word in first if word in best)


def _slug(text: str) -> str:
    return _SEPARATOR.sub("-", text.casefold()).strip("-")
