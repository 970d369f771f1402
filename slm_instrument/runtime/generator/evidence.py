"""What speaks for an answer that a generator said: the figures that its gate weighs.

Every figure is the higher the more it speaks for the answer, so that weights of one sign suffice. The likeliest tokens
say how sure the model was; but a small model that mangles a name can be sure of it, so the answer's words are looked up
too: those that neither the prompt has nor the teacher used by itself are the ones that were made up.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np

from slm_instrument.runtime.confidence import REFUSED
from slm_instrument.runtime.generator.decode import Spoken
from slm_instrument.runtime.generator.form import container

NAMES = ("least", "mean", "total", "least_value", "brevity", "short_prompt", "copied", "known_words", "obeyed")

FAMILIAR_TIMES = 3  # answers in which a word stands that their prompts have not, for it to be the teacher's own
MOST_FAMILIAR = 5_000

_FLOOR = -30.0  # log-probabilities under it are no less likely in practice
_WORD = re.compile(r"\w+")
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null')


def evidence_of(
    spoken: Spoken, text: str, prompt: str, prompt_tokens: int, familiar: Collection[str], pieces: Sequence[str]
) -> dict[str, float]:
    """The evidence of an answer.

    Args:
        spoken: What the model said.
        text: That as text.
        prompt: The slots that it answered.
        prompt_tokens: How many tokens those are.
        familiar: Words that the teacher uses by itself (:func:`familiar_words`).
        pieces: The text of each token said.
    """
    certainty = np.maximum(spoken.certainty, _FLOOR)
    values = _of_values(text, pieces)
    return {
        "least": float(certainty.min()),
        "mean": float(certainty.mean()),
        "total": float(certainty.sum()),
        "least_value": float(min((certainty[at] for at in values), default=0.0)),
        "brevity": -float(np.log1p(len(spoken.ids))),
        "short_prompt": -float(np.log1p(prompt_tokens)),
        "copied": _copied(text, prompt),
        "known_words": -float(np.log1p(len(strange_words(text, prompt, familiar)))),
        "obeyed": -float(spoken.overruled),
    }


def refusal(prompt_tokens: int = 0) -> dict[str, float]:
    """The evidence of an answer that the student itself refuses to give."""
    neutral = dict.fromkeys(NAMES, 0.0)
    return {**neutral, "short_prompt": -float(np.log1p(prompt_tokens)), REFUSED: 1.0}


def strange_words(text: str, prompt: str, familiar: Collection[str]) -> set[str]:
    """Words of an answer that its prompt has not and the teacher does not use by itself."""
    return set(_words(text)) - set(_WORD.findall(prompt)) - set(familiar)


def familiar_words(examples: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The words that the teacher uses by itself: those that recur in answers to prompts that have them not.

    Args:
        examples: Slots and target texts of training calls.
    """
    own: Counter[str] = Counter()
    for prompt, target in examples:
        own.update(strange_words(target, prompt, ()))
    return tuple(sorted(word for word, times in own.most_common(MOST_FAMILIAR) if times >= FAMILIAR_TIMES))


def strings_of(value: Any) -> Iterator[str]:
    """The string values in a JSON value, keys not among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        held = cast("list[Any] | dict[str, Any]", value)
        for item in held.values() if isinstance(held, dict) else held:
            yield from strings_of(item)


def _words(text: str) -> Iterator[str]:
    value = container(text)
    for string in [text] if value is None else strings_of(value):
        yield from _WORD.findall(string)


def _copied(text: str, prompt: str) -> float:
    """The share of an answer's string values that stand in the prompt as they are; 1 for an answer without any."""
    value = container(text)
    strings = [string for string in ([text] if value is None else strings_of(value)) if string]
    return sum(string in prompt for string in strings) / len(strings) if strings else 1.0


def _of_values(text: str, pieces: Sequence[str]) -> list[int]:
    """Which tokens reach into a value: all but those of an answer's keys and punctuation."""
    if container(text) is None:
        return list(range(len(pieces)))
    marked = np.zeros(len(text) + 1, dtype=bool)
    for match in _SCALAR.finditer(text):
        if text[match.end() : match.end() + 1] != ":":
            marked[match.start() : match.end()] = True
    found: list[int] = []
    start = 0
    for at, piece in enumerate(pieces):
        if marked[start : start + len(piece)].any():
            found.append(at)
        start += len(piece)
    return found


def token_pieces(ids: Sequence[int], decode: Callable[[Sequence[int]], str]) -> list[str]:
    """The text of each token, so that together they are the whole text, also where a character is several tokens."""
    pieces = [decode([token]) for token in ids]
    whole = decode(ids)
    if "".join(pieces) == whole:
        return pieces
    read = [decode(ids[: at + 1]).rstrip("\ufffd") for at in range(len(ids))]
    ends = [0, *(min(len(text), len(whole)) for text in read)]
    return [whole[start:end] for start, end in pairwise(ends)]
