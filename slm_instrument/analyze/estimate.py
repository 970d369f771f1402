"""How much of a task a small model could take over, estimated before any is trained.

The estimate is the agreement of a nearest-neighbour lookup with the teacher: a call is answered as the calls are whose
slots mean most alike, other traces' and other prompts' only. It is zero for tasks whose answers never recur.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from slm_instrument.analyze.corpus import Corpus, Ints
from slm_instrument.analyze.discover import FEW_TRACES
from slm_instrument.analyze.embed import Embedder
from slm_instrument.analyze.kinds import Kind
from slm_instrument.progress import Listener, Stage
from slm_instrument.template import Prompt, Template, best_match

NEIGHBOURS = 5
QUERY_SHARE = 0.2  # of the sample that is asked for; the rest answers
MAX_SAMPLE = 2_000  # calls of a task
# Characters that are embedded, of a task and of all tasks together, which bounds the time.
MIN_CHARS, MAX_CHARS, ALL_CHARS = 20_000, 80_000, 400_000
SLOT_CHARS = 400  # of a call's slots; about what an encoder of 128 tokens sees
MIN_RECURRING = 0.1  # of the calls whose answer another prompt got too: with fewer there is next to nothing to look up


def replaceable(
    corpus: Corpus, kinds: Sequence[Kind], embed: Embedder, progress: Listener | None = None
) -> list[float]:
    """For each kind the share of its calls, in 0..1, that a lookup answers as the teacher did."""
    total = sum(len(kind.rows) for kind in kinds)
    chars = [min(MAX_CHARS, max(MIN_CHARS, ALL_CHARS * len(kind.rows) // total)) for kind in kinds]
    stage = Stage("estimating what is replaceable", len(kinds), progress)
    estimates: list[float] = []
    for kind, limit in zip(kinds, chars, strict=True):
        estimates.append(_replaceable(corpus, kind, embed, limit))
        stage.step()
    return estimates


def slot_text(templates: Sequence[Template], prompt: Prompt) -> str:
    """What varies in the prompt; of a prompt that no template matches, the last message."""
    found = best_match(templates, prompt)
    return found[1].text if found is not None else f"{prompt.last}\n{prompt.history}".strip()


def _replaceable(corpus: Corpus, kind: Kind, embed: Embedder, max_chars: int) -> float:
    if _recurring(corpus, kind.rows) < MIN_RECURRING:
        return 0.0
    sample, texts = _sample(corpus, kind, max_chars)
    queries = int(QUERY_SHARE * len(sample))
    if not queries:
        return 0.0
    vectors = embed(texts)
    asked, known = sample[:queries], sample[queries:]
    similar = vectors[:queries] @ vectors[queries:].T
    barred = corpus.prompt[asked][:, None] == corpus.prompt[known][None, :]
    if len(np.unique(corpus.trace[kind.rows])) >= FEW_TRACES:
        barred |= corpus.trace[asked][:, None] == corpus.trace[known][None, :]
    similar[barred] = -np.inf
    answers: list[int] = corpus.answer[asked].tolist()
    votes = (_voted(row, corpus.answer[known]) for row in similar)
    return sum(vote == answer for vote, answer in zip(votes, answers, strict=True)) / queries


def _sample(corpus: Corpus, kind: Kind, max_chars: int) -> tuple[Ints, list[str]]:
    """Calls and their slots, as many as fit."""
    rows = np.random.default_rng(0).permutation(kind.rows)[:MAX_SAMPLE]
    texts: list[str] = []
    for row in rows.tolist():
        text = slot_text(kind.templates, corpus.prompt_of(row))[:SLOT_CHARS]
        max_chars -= len(text)
        if max_chars < 0:
            break
        texts.append(text)
    return rows[: len(texts)], texts


def _recurring(corpus: Corpus, rows: Ints) -> float:
    """The share of the calls whose answer was given to another prompt too."""
    pairs = np.unique(np.stack([corpus.answer[rows], corpus.prompt[rows]]), axis=1)
    answers, prompts = np.unique(pairs[0], return_counts=True)
    return float(np.isin(corpus.answer[rows], answers[prompts > 1]).mean())


def _voted(similar: NDArray[np.float32], answers: Ints) -> int | None:
    """The answer that the nearest calls give, each with the weight of its similarity; None when all are barred."""
    nearest = np.argsort(-similar, kind="stable")[:NEIGHBOURS]
    votes: dict[int, float] = {}
    for at in nearest[np.isfinite(similar[nearest])].tolist():
        votes[int(answers[at])] = votes.get(int(answers[at]), 0.0) + float(similar[at])
    return max(votes, key=votes.__getitem__) if votes else None
