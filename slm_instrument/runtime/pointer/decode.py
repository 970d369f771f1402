"""Building an answer step by step, under the grammar, from what a model says at every step.

Only choices that the grammar leaves open are asked of the model. A text that stands in the prompt several times may be
copied from any of these places: the probabilities of equal texts are added up. The probabilities that the members of a
model give are averaged at every choice (Lakshminarayanan et al. 2017, arXiv 1612.01474).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from slm_instrument.runtime.pointer.grammar import Answer, Grammar, Refused, Spans, Symbol, build
from slm_instrument.runtime.pointer.marks import Place, mark
from slm_instrument.runtime.pointer.spans import CHANGES, Prompt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

_What = TypeVar("_What")

_FIRSTS = 6  # first tokens that are looked at for a span
_LASTS = 3  # last tokens for each of them


class Step(NamedTuple):
    """What the members of a model say of one choice; unnormalised log-probabilities."""

    symbols: Floats  # (members, symbols)
    first: Floats  # (members, tokens): of the first token of a span
    last: Floats  # (members, tokens): of the last, to which the row of the affinity is to be added


class Reader(Protocol):
    """A model that has read one prompt."""

    affinity: Floats  # (members, tokens, tokens): of a span's first token (row) with its last (column)

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

    ``margins`` are the differences to the next best choice, ``members`` the log-probability that each member of the
    model gives to the whole.
    """

    answer: Answer | None
    choices: tuple[float, ...]
    spans: tuple[float, ...]
    margins: tuple[float, ...]
    members: tuple[float, ...]


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
        best = _symbol(step, self._allowed[path])
        noted.choices.append(noted.probability(best))
        symbol = self._grammar.symbols[best.what]
        history.symbols.append(best.what)
        if symbol.kind != "copy":
            history.copied.append(())
            return symbol, None
        copied = _span(prompt, step, reader.affinity, symbol, self._grammar.spans.get(path, Spans()))
        if copied is None:
            raise Refused
        noted.spans.append(noted.probability(copied))
        history.copied.append(prompt.occurrences(copied.what))
        return symbol, CHANGES[symbol.payload](copied.what)


@dataclass(frozen=True, slots=True)
class _Best(Generic[_What]):
    """The likeliest of some alternatives: what the members say of it, and the distance to the next."""

    what: _What
    members: Doubles  # (members,): their log-probabilities
    margin: float


@dataclass(slots=True)
class _Noted:
    """What :class:`Built` says, while it is found out."""

    choices: list[float] = field(default_factory=list[float])
    spans: list[float] = field(default_factory=list[float])
    margins: list[float] = field(default_factory=list[float])
    members: Doubles | float = 0.0

    def probability(self, best: "_Best[Any]") -> float:
        """Note the members and the margin, and tell the logarithm of the mean probability."""
        self.margins.append(best.margin)
        self.members = self.members + best.members
        return min(0.0, float(np.log(np.exp(best.members).mean())))

    def built(self, answer: Answer | None) -> Built:
        members = np.atleast_1d(self.members).tolist()
        return Built(answer, tuple(self.choices), tuple(self.spans), tuple(self.margins), tuple(members))


_SURE = 20.0  # log-odds beyond which a margin says nothing more
_LEAST = 1e-30  # a probability whose logarithm can be taken


def _symbol(step: Step, numbers: npt.NDArray[np.intp]) -> _Best[int]:
    """The likeliest of the allowed symbols."""
    best, members, margin = _best(np.exp(log_softmax(step.symbols[:, numbers].astype(np.float64))).T)
    return _Best(int(numbers[best]), members, margin)


def _span(prompt: Prompt, step: Step, affinity: Floats, symbol: Symbol, rules: Spans) -> _Best[str] | None:
    """The likeliest text to copy of those that keep to the rules; None where there is none."""
    firsts = np.array(prompt.firsts, np.bool_)
    if not firsts.any():
        return None
    first = np.exp(log_softmax(np.where(firsts, step.first, -np.inf).astype(np.float64)))
    positions, lasts = np.arange(len(firsts)), np.array(prompt.lasts, np.bool_)
    total: dict[str, Doubles] = {}
    for start in np.argsort(-first.mean(0))[:_FIRSTS].tolist():
        after: npt.NDArray[np.bool_] = lasts & (positions >= start)
        if not firsts[start] or not after.any():
            continue
        last = np.exp(log_softmax(np.where(after, step.last + affinity[:, start], -np.inf).astype(np.float64)))
        both = first[:, start, None] * last * (prompt.until(start, rules.never) >= np.array(prompt.ends))
        for end in np.argsort(-both.mean(0))[:_LASTS].tolist():
            if both[:, end].any():
                text = prompt.span(start, end)
                total[text] = total.get(text, 0.0) + both[:, end]
    usable = [text for text in total if _keeps(text, rules) and CHANGES[symbol.payload](text) is not None]
    if not usable:
        return None
    best, members, margin = _best(np.stack([total[text] for text in usable]))
    return _Best(usable[best], members, margin)


def _keeps(text: str, rules: Spans) -> bool:
    return all(character in text for character in rules.always)


def _best(shares: Doubles) -> tuple[int, Doubles, float]:
    """The alternative that is likeliest by the mean of the members, their log-probabilities of it, and its margin.

    Args:
        shares: probabilities, (alternatives, members).
    """
    order = np.argsort(-shares.mean(1), kind="stable")
    logs = np.log(np.maximum(shares.mean(1)[order[:2]], _LEAST))
    margin = _SURE if len(order) == 1 else min(_SURE, float(logs[0] - logs[1]))
    return int(order[0]), np.log(np.clip(shares[order[0]], _LEAST, 1.0)), margin


def log_softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Log-probabilities of unnormalised ones, over the last dimension; minus infinity stays."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
