"""Saying an answer: the likeliest token after the likeliest token, several of them checked in one pass."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slm_instrument.runtime.generator.drafts import Drafter
from slm_instrument.runtime.generator.grammar import Guide
from slm_instrument.runtime.generator.model import FloatArray, Reading

ROOM = 16  # tokens that a reading needs beside prompt and answer: a draft may go beyond the end


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a model said.

    ``ids`` are the tokens without the end token; ``certainty`` the model's own log-probability of each, and of the end
    token when it got to one (``ended``). ``overruled`` counts the tokens that the grammar chose against the model,
    ``passes`` how often the model was run.
    """

    ids: Sequence[int]
    certainty: npt.NDArray[np.float64]
    ended: bool
    overruled: int
    passes: int


def speak(
    reading: Reading,
    prompt: Sequence[int],
    *,
    ends: Container[int],
    most: int,
    drafter: Drafter | None = None,
    guide: Guide | None = None,
) -> Spoken:
    """Read the rest of a prompt and say the answer, greedily.

    Args:
        reading: What was read before; it has room for the prompt, the answer and :data:`ROOM` tokens.
        prompt: Token ids still to be read, at least one.
        ends: The tokens that end an answer.
        most: Tokens of the answer at most.
        drafter: Guesses ahead; without one every token is a pass of its own.
        guide: Keeps the answer within its grammar.
    """
    ids: list[int] = []
    certainty: list[float] = []
    overruled = passes = 0
    pending, drafted = list(prompt), list[int]()
    while True:
        rows = reading.feed([*pending, *drafted], keep=len(drafted) + 1)
        passes += 1
        read = reading.length - len(drafted)
        for at, row in enumerate(rows):
            best = int(row.argmax())
            token = best if guide is None else guide.choose(row)
            overruled += token != best
            certainty.append(_log_probability(row, token))
            if token in ends or len(ids) == most:
                return Spoken(tuple(ids), np.array(certainty), token in ends, overruled, passes)
            ids.append(token)
            if at == len(drafted) or token != drafted[at]:
                break
            read += 1
        reading.rewind(read)
        pending, drafted = [ids[-1]], ([] if drafter is None else drafter.draft(ids))


def _log_probability(row: FloatArray, token: int) -> float:
    highest = row.max()
    return float(row[token] - highest - np.log(np.exp(row - highest).sum(dtype=np.float64)))
