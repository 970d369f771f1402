"""Calls as an analysis needs them: a few numbers a call, and every distinct text once.

Prompts repeat, so calls are far smaller in this form; an analysis holds a window of them at a time.
"""

from array import array
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from slm_instrument.analyze.cost import call_cost, call_tokens
from slm_instrument.analyze.shape import shape_of
from slm_instrument.analyze.tokens import capped
from slm_instrument.canonical import AnswerKind, normal_form
from slm_instrument.records import SERVED_BY_SLM, Call
from slm_instrument.template import Prompt

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
T = TypeVar("T", bound=Hashable)

KINDS = tuple(AnswerKind)
HISTORY_CHARS = 400  # of the newest turns, to tell prompts apart whose other places are equal
NO_ANSWER = -1
EMPTY = 0  # number of the empty text


class Role(IntEnum):
    """What a call is to the analysis."""

    TEACHER = 0  # a language model answered an agent: learned from
    STUDENT = 1  # answered by a student of ours: belongs to a task, but is no evidence
    FAILED = 2  # no answer: likewise
    HUMAN = 3  # talks to a person: outside of what may be replaced


def counted(numbers: Ints) -> list[tuple[int, int]]:
    """The distinct numbers and how often each occurs, most frequent first."""
    distinct, counts = np.unique(numbers, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return list(zip(distinct[order].tolist(), counts[order].tolist(), strict=True))


def ranked(numbers: Ints) -> list[int]:
    """The distinct numbers, most frequent first."""
    return [number for number, _ in counted(numbers)]


class Interned(Generic[T]):
    """Distinct values, numbered in the order they came."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._numbers: dict[T, int] = {}

    def __call__(self, value: T) -> int:
        """The value's number, a new one if it is new."""
        number = self._numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Corpus:
    """All calls, by row: numbers of what they hold, as columns.

    ``system``, ``first``, ``last`` and ``history`` are rows of ``texts``, capped as :func:`tokens.capped` says;
    ``opening`` is the first user message, wherever it stands. ``signature`` numbers the tools and response format.
    ``prompt`` and ``answer`` are keys of the whole prompt and of the answer's normal form (``NO_ANSWER`` without one),
    as :meth:`Store.key_of` makes them: equal in all calls of a store, whichever part of it is read. ``shape`` numbers
    what kind of thing the answer is, its content aside (:mod:`slm_instrument.analyze.shape`).
    """

    ids: list[str]
    texts: list[str]
    signatures: list[tuple[tuple[str, ...], str]]
    apps: list[str | None]
    agents: list[str | None]
    traces: list[str]
    shapes: list[str]
    app: Ints
    agent: Ints
    trace: Ints
    role: Ints
    system: Ints
    first: Ints
    last: Ints
    opening: Ints
    history: Ints
    signature: Ints
    prompt: Ints
    answer: Ints
    kind: Ints
    shape: Ints
    input_tokens: Ints
    output_tokens: Ints
    tokens_estimated: Bools
    cost_usd: Floats  # nan: unknown

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def chars(self) -> int:
        """Of the distinct texts."""
        return sum(map(len, self.texts))

    def column(self, place: str) -> Ints:
        """The column of a place of the prompt: system, first, last, opening or history."""
        return getattr(self, place)

    def texts_of(self, place: str, rows: Ints) -> list[str]:
        """The rows' texts in a place."""
        numbers: list[int] = self.column(place)[rows].tolist()
        return [self.texts[number] for number in numbers]

    def filled(self, place: str, rows: Ints) -> Bools:
        """Which of the rows have text in a place."""
        return self.column(place)[rows] != EMPTY

    def prompt_of(self, row: int) -> Prompt:
        """The row's prompt, long texts capped and the history cut to its newest turns."""
        at = np.array([row])
        system, first, last, history = (self.texts_of(place, at)[0] for place in ("system", "first", "last", "history"))
        tools, response_format = self.signatures[int(self.signature[row])]
        return Prompt(system, first, last, history, tools, response_format)

    def rows(self, role: Role) -> Ints:
        """The rows of that role."""
        return np.flatnonzero(self.role == role)


# Which columns number the values of which list, and those that stand for themselves.
_NUMBERED = {
    "texts": ("system", "first", "last", "opening", "history"),
    "signatures": ("signature",),
    "apps": ("app",),
    "agents": ("agent",),
    "traces": ("trace",),
    "shapes": ("shape",),
}
_INTEGERS = ("role", "prompt", "answer", "kind", "input_tokens", "output_tokens")
_PLAIN = (*_INTEGERS, "tokens_estimated", "cost_usd")


def joined(parts: Sequence[Corpus]) -> Corpus:
    """Corpora one after the other, what they have in common numbered once."""
    whole: dict[str, Any] = {field.name: [] for field in fields(Corpus)}
    numberings: dict[str, Interned[Any]] = {name: Interned() for name in _NUMBERED}
    numberings["texts"]("")  # becomes number EMPTY
    for part in parts:
        whole["ids"].extend(part.ids)
        for name, numbering in numberings.items():
            renumbered = np.array([numbering(value) for value in getattr(part, name)], dtype=np.int64)
            for column in _NUMBERED[name]:
                whole[column].append(renumbered[getattr(part, column)])
        for column in _PLAIN:
            whole[column].append(getattr(part, column))
    whole |= {column: np.concatenate(whole[column]) for own in (*_NUMBERED.values(), _PLAIN) for column in own}
    whole |= {name: numbering.values for name, numbering in numberings.items()}
    return Corpus(**whole)


class CorpusBuilder:
    """Takes calls one by one and keeps what a :class:`Corpus` holds.

    Args:
        key_of: Makes keys of prompts and answers.
    """

    def __init__(self, key_of: Callable[..., int]) -> None:
        self._key_of = key_of
        self._ids: list[str] = []
        self._texts: Interned[str] = Interned()
        self._texts("")  # becomes number EMPTY
        self._signatures: Interned[tuple[tuple[str, ...], str]] = Interned()
        self._apps: Interned[str | None] = Interned()
        self._agents: Interned[str | None] = Interned()
        self._traces: Interned[str] = Interned()
        self._shapes: Interned[str] = Interned()
        names = (*(name for own in _NUMBERED.values() for name in own), *_INTEGERS)
        self._whole = {name: array("q") for name in names}
        self._estimated = array("b")
        self._cost = array("d")

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, call: Call) -> None:
        """Keep a call."""
        self._ids.append(call.id)
        prompt = Prompt.of_call(call)
        answer, kind, shape = self._answer_of(call)
        tokens = call_tokens(call)
        row = {
            "app": self._apps(call.app),
            "agent": self._agents(call.agent),
            "trace": self._traces(call.trace_id or call.id),
            "role": _role_of(call),
            **self._places_of(prompt),
            "signature": self._signatures((prompt.tools, prompt.response_format)),
            "prompt": self._key_of(*_prompt_parts(prompt)),
            "answer": answer,
            "kind": kind,
            "shape": self._shapes(shape),
            "input_tokens": tokens.input,
            "output_tokens": tokens.output,
        }
        for name, value in row.items():
            self._whole[name].append(value)
        self._estimated.append(tokens.estimated)
        cost = call_cost(call)
        self._cost.append(np.nan if cost is None else cost)

    def corpus(self) -> Corpus:
        """What was kept."""
        whole = {name: np.array(column, dtype=np.int64) for name, column in self._whole.items()}
        return Corpus(
            ids=self._ids,
            texts=self._texts.values,
            signatures=self._signatures.values,
            apps=self._apps.values,
            agents=self._agents.values,
            traces=self._traces.values,
            shapes=self._shapes.values,
            tokens_estimated=np.array(self._estimated, dtype=np.bool_),
            cost_usd=np.array(self._cost, dtype=np.float64),
            **whole,
        )

    def _places_of(self, prompt: Prompt) -> dict[str, int]:
        first, last = self._texts(capped(prompt.first)), self._texts(capped(prompt.last))
        return {
            "system": self._texts(capped(prompt.system)),
            "first": first,
            "last": last,
            "opening": first if prompt.first else last,
            "history": self._texts(prompt.history[-HISTORY_CHARS:]),
        }

    def _answer_of(self, call: Call) -> tuple[int, int, str]:
        if call.response is None or call.error is not None:
            return NO_ANSWER, KINDS.index(AnswerKind.FREE_TEXT), ""
        answer = normal_form(call.response)
        return self._key_of(_bytes(answer.text)), KINDS.index(answer.kind), shape_of(call.response, answer)


def _role_of(call: Call) -> Role:
    if call.audience != "agent":
        return Role.HUMAN
    if call.error is not None or call.response is None:
        return Role.FAILED
    return Role.STUDENT if call.served_by.startswith(SERVED_BY_SLM) else Role.TEACHER


def _prompt_parts(prompt: Prompt) -> list[bytes]:
    parts = (prompt.system, prompt.first, prompt.last, prompt.history, *prompt.tools, prompt.response_format)
    return [_bytes(part) for part in parts]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
