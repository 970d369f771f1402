"""Building an answer step by step, under the grammar, from what a model says at every step.

Only choices that the grammar leaves open are asked of the model. A text that stands in the prompt several times may be
copied from any of these places: the probabilities of equal texts are added up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from slm_instrument.runtime.pointer.grammar import Answer, Grammar, Refused, Symbol, build
from slm_instrument.runtime.pointer.marks import Place, mark
from slm_instrument.runtime.pointer.spans import CHANGES, Prompt

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

_FIRSTS = 6  # first tokens that are looked at for a span
_LASTS = 3  # last tokens for each of them


class Step(NamedTuple):
    """What a model says of one choice; unnormalised log-probabilities."""

    symbols: Floats  # (symbols,)
    first: Floats  # (tokens,): of the first token of a span
    last: Floats  # (tokens,): of the last, to which the row of the affinity is to be added


class Reader(Protocol):
    """A model that has read one prompt."""

    affinity: Floats  # (tokens, tokens): of a span's first token (row) with its last (column)

    def step(self, history: "History") -> Step:
        """What to choose now."""
        ...


@dataclass(slots=True)
class History:
    """The choices so far: ``paths`` has one more than ``symbols`` and ``copied``, the path of the choice to be made.

    ``copied`` holds the first and last tokens of the places where a copied text stands, nothing for other symbols.
    """

    symbols: list[int] = field(default_factory=list[int])
    paths: list[int] = field(default_factory=list[int])
    copied: list[Sequence[Place]] = field(default_factory=list[Sequence[Place]])

    def arrays(self, tokens: int, nothing: int) -> tuple[Numbers, Numbers, Numbers, Numbers, Floats]:
        """The history as a model takes it, with a batch of one.

        Args:
            tokens: the length of the prompt.
            nothing: the number that stands for "no symbol yet".

        Returns:
            Symbols, paths, first and last tokens of what was copied before, each (1, steps), and the marks
            (1, steps, tokens, :data:`.marks.MARKS`); see :func:`.marks.mark`.
        """
        marked = mark(self.paths, self.copied, tokens)
        symbols = np.array([[nothing, *self.symbols]], dtype=np.int64)
        paths = np.array([self.paths], dtype=np.int64)
        return symbols, paths, marked.first[None], marked.last[None], marked.marks[None]


@dataclass(frozen=True, slots=True)
class Built:
    """An answer, or None where the model refuses; and the log-probability of every choice and of every copied span.

    ``margins`` are the differences to the next best choice.
    """

    answer: Answer | None
    choices: tuple[float, ...]
    spans: tuple[float, ...]
    margins: tuple[float, ...]


class Decoder:
    """Builds answers greedily under a grammar.

    Args:
        grammar: what may stand where.
        most_actions: choices after which an answer is given up.
    """

    def __init__(self, grammar: Grammar, most_actions: int) -> None:
        self._grammar = grammar
        self._most_actions = most_actions
        self._path_numbers: Mapping[str, int] = {path: at for at, path in enumerate(grammar.paths)}
        self._allowed = {path: np.array(numbers) for path, numbers in grammar.paths.items()}

    def answer(self, prompt: Prompt, reader: Reader) -> Built:
        """Build the answer to a prompt."""
        history, noted = History(), _Noted()
        walk = build()
        path = next(walk)
        try:
            while len(history.symbols) < self._most_actions:
                path = walk.send(self._only(path) or self._chosen(path, prompt, reader, history, noted))
        except StopIteration as finished:
            return noted.built(finished.value)
        except Refused:
            pass
        return noted.built(None)

    def _only(self, path: str) -> tuple[Symbol, None] | None:
        """The symbol that is left without asking, if the grammar leaves one; what to copy must always be asked."""
        numbers = self._grammar.paths[path]
        symbol = self._grammar.symbols[numbers[0]]
        return (symbol, None) if len(numbers) == 1 and symbol.kind != "copy" else None

    def _chosen(
        self, path: str, prompt: Prompt, reader: Reader, history: History, noted: "_Noted"
    ) -> tuple[Symbol, Any]:
        """The symbol that the model chooses, and the value that it copies; both are added to the history."""
        history.paths.append(self._path_numbers[path])
        step = reader.step(history)
        number, log_probability, margin = _best(step.symbols, self._allowed[path])
        noted.choices.append(log_probability)
        noted.margins.append(margin)
        symbol = self._grammar.symbols[number]
        history.symbols.append(number)
        if symbol.kind != "copy":
            history.copied.append(())
            return symbol, None
        span, log_probability, margin = _span(prompt, step, reader.affinity, symbol)
        if span is None:
            raise Refused
        noted.spans.append(log_probability)
        noted.margins.append(margin)
        history.copied.append(prompt.occurrences(span))
        return symbol, CHANGES[symbol.payload](span)


@dataclass(slots=True)
class _Noted:
    """What :class:`Built` says, while it is found out."""

    choices: list[float] = field(default_factory=list[float])
    spans: list[float] = field(default_factory=list[float])
    margins: list[float] = field(default_factory=list[float])

    def built(self, answer: Answer | None) -> Built:
        return Built(answer, tuple(self.choices), tuple(self.spans), tuple(self.margins))


def _best(logits: Floats, numbers: npt.NDArray[np.intp]) -> tuple[int, float, float]:
    """The likeliest of the allowed symbols, its log-probability and the distance to the next."""
    allowed = log_softmax(logits[numbers].astype(np.float64))
    order = np.argsort(-allowed)
    second = allowed[order[1]] if len(order) > 1 else allowed[order[0]] - _SURE
    return int(numbers[order[0]]), float(allowed[order[0]]), float(min(_SURE, allowed[order[0]] - second))


_SURE = 20.0  # log-odds beyond which a margin says nothing more


def _span(prompt: Prompt, step: Step, affinity: Floats, symbol: Symbol) -> tuple[str | None, float, float]:
    """The likeliest text to copy, its log-probability and the distance to the next; None where there is none."""
    firsts, lasts = np.array(prompt.firsts), np.array(prompt.lasts)
    if not firsts.any():
        return None, -_SURE, 0.0
    first = log_softmax(np.where(firsts, step.first, -np.inf).astype(np.float64))
    total: dict[str, float] = {}
    for start in np.argsort(-first)[:_FIRSTS].tolist():
        after = lasts & (np.arange(len(first)) >= start)
        if not firsts[start] or not after.any():
            continue
        last = log_softmax(np.where(after, step.last + affinity[start], -np.inf).astype(np.float64))
        for end in np.argsort(-last)[:_LASTS].tolist():
            if after[end]:
                text = prompt.span(start, end)
                total[text] = total.get(text, 0.0) + float(np.exp(first[start] + last[end]))
    usable = [(share, text) for text, share in total.items() if CHANGES[symbol.payload](text) is not None]
    if not usable:
        return None, -_SURE, 0.0
    usable.sort(reverse=True)
    best = float(np.log(max(usable[0][0], 1e-30)))
    second = float(np.log(max(usable[1][0], 1e-30))) if len(usable) > 1 else best - _SURE
    return usable[0][1], min(0.0, best), min(_SURE, best - second)


def log_softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Log-probabilities of unnormalised ones; minus infinity stays."""
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum())
