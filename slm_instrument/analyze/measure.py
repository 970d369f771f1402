"""Figures of a task, from its calls."""

from dataclasses import dataclass

import numpy as np

from slm_instrument.analyze.corpus import KINDS, NO_ANSWER, Corpus, Ints
from slm_instrument.canonical import AnswerKind

CLOSED_COVER = 0.9  # of the prompts that the answers of a closed set must answer
CLOSED_EXAMPLES = 3  # prompts that an answer of a closed set must answer at least
CLOSED_MEAN = 5.0  # prompts to an answer on average: fewer are answers that happen to recur
CLOSED_CHARS = 200  # longer answers are texts that recur, not labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What is counted of a task's calls; see :class:`~slm_instrument.store.Task`."""

    kind: AnswerKind
    answers: tuple[str, ...]
    calls: int
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool
    cost_usd: float | None
    latency_ms: float | None
    repetition: float
    self_agreement: float | None


def measure(corpus: Corpus, rows: Ints) -> Measures:
    """Count calls that all have an answer."""
    kind, answers = answer_kind(corpus, rows)
    repetition, self_agreement = _repeated(corpus, rows)
    cost, latency = corpus.cost_usd[rows], corpus.latency_ms[rows]
    return Measures(
        kind=kind,
        answers=answers,
        calls=len(rows),
        input_tokens=int(corpus.input_tokens[rows].sum()),
        output_tokens=int(corpus.output_tokens[rows].sum()),
        tokens_estimated=bool(corpus.tokens_estimated[rows].any()),
        cost_usd=None if np.isnan(cost).all() else float(np.nansum(cost)),
        latency_ms=None if np.isnan(latency).all() else float(np.nanmedian(latency)),
        repetition=repetition,
        self_agreement=self_agreement,
    )


def answer_kind(corpus: Corpus, rows: Ints) -> tuple[AnswerKind, tuple[str, ...]]:
    """The kind of the answers, and the normal forms of a closed set, most frequent first."""
    _, first = np.unique(corpus.prompt[rows], return_index=True)  # a prompt that repeats shows no more than once
    answers, counts = np.unique(corpus.answer[rows[first]], return_counts=True)
    often = (counts >= CLOSED_EXAMPLES) & (answers != NO_ANSWER)
    numbers: list[int] = answers.tolist()
    often &= np.array([_is_label(corpus.answers[number]) for number in numbers])
    covered = int(counts[often].sum())
    if often.any() and covered >= max(CLOSED_COVER * len(first), CLOSED_MEAN * int(often.sum())):
        by_count: list[int] = answers[often][np.argsort(-counts[often], kind="stable")].tolist()
        return AnswerKind.CLOSED_SET, tuple(corpus.answers[number] for number in by_count)
    return KINDS[int(np.bincount(corpus.kind[rows]).argmax())], ()


def _is_label(answer: str) -> bool:
    return 0 < len(answer) <= CLOSED_CHARS


def _repeated(corpus: Corpus, rows: Ints) -> tuple[float, float | None]:
    """The share of calls whose prompt occurs again, and the share of these that got that prompt's usual answer."""
    pairs = np.stack([corpus.prompt[rows], corpus.answer[rows]])
    (prompts, _), counts = np.unique(pairs, axis=1, return_counts=True)
    starts = np.flatnonzero(np.append(True, prompts[1:] != prompts[:-1]))
    asked, usual = np.add.reduceat(counts, starts), np.maximum.reduceat(counts, starts)
    again = asked > 1
    repeated = int(asked[again].sum())
    return repeated / len(rows), float(usual[again].sum()) / repeated if repeated else None
