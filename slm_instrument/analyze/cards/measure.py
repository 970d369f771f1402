"""Figures of a task, from what is noted of its calls."""

from dataclasses import dataclass

import numpy as np

from slm_instrument.analyze.cards.answers import closed_set, repeated
from slm_instrument.analyze.corpus import KINDS, Bools, Floats, Ints
from slm_instrument.canonical import AnswerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A task's calls that have an answer, a row each; see :class:`~slm_instrument.store.Note`. ``nan`` is unknown."""

    prompt: Ints
    answer: Ints
    kind: Ints  # of KINDS
    input_tokens: Ints
    output_tokens: Ints
    tokens_estimated: Bools
    cost_usd: Floats
    latency_ms: Floats

    def __len__(self) -> int:
        return len(self.prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What is counted of a task's calls; see :class:`~slm_instrument.store.Task`. ``answers`` are keys."""

    kind: AnswerKind
    answers: tuple[int, ...]
    calls: int
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool
    cost_usd: float | None
    latency_ms: float | None
    repetition: float
    self_agreement: float | None


def measure(calls: Columns) -> Measures:
    """Count calls, at least one."""
    free = KINDS.index(AnswerKind.FREE_TEXT)
    answers = closed_set(calls.prompt, calls.answer, calls.kind != free)
    repetition, self_agreement = repeated(calls.prompt, calls.answer)
    cost, latency = calls.cost_usd, calls.latency_ms
    return Measures(
        kind=AnswerKind.CLOSED_SET if answers else KINDS[int(np.bincount(calls.kind).argmax())],
        answers=answers,
        calls=len(calls),
        input_tokens=int(calls.input_tokens.sum()),
        output_tokens=int(calls.output_tokens.sum()),
        tokens_estimated=bool(calls.tokens_estimated.any()),
        cost_usd=None if np.isnan(cost).all() else float(np.nansum(cost)),
        latency_ms=None if np.isnan(latency).all() else float(np.nanmedian(latency)),
        repetition=repetition,
        self_agreement=self_agreement,
    )
