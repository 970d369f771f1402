from collections.abc import Sequence

import numpy as np

from slm_instrument.curate.sample import Sample
from slm_instrument.records import Message
from slm_instrument.train.generator.shots import MOST_SHOTS, choose_shots


class Kinds:
    """An embedder for which texts are alike when they begin with the same letter."""

    name = "kinds"

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), 27), np.float32)
        for row, text in enumerate(texts):
            vectors[row, ord(text[0]) - ord("a")] = 1.0
            vectors[row, 26] = 0.1 + row / 1000
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def sample(text: str) -> Sample:
    return Sample(text, text, "{}", Message("assistant", "{}"))


def test_every_kind_of_call_is_shown_before_any_twice() -> None:
    calls = [sample(f"{kind}{number:03}") for number in range(20) for kind in "aaaaaaabcd"]
    shown = [shot.text[0] for shot in choose_shots(calls, 4000, Kinds())]
    assert shown[0] == "a"  # the most central
    assert set(shown[:4]) == set("abcd")
    assert len(shown) == MOST_SHOTS


def test_the_examples_stay_short() -> None:
    calls = [sample(f"{chr(97 + at)}{'x' * 900}") for at in range(20)]
    shots = choose_shots(calls, 4000, Kinds())
    assert sum(len(shot.text) + len(shot.label) for shot in shots) <= 4000
    assert len(shots) == 4


def test_one_call_is_shown_even_if_it_is_long_and_none_if_there_is_none() -> None:
    assert len(choose_shots([sample("a" * 9000)], 4000, Kinds())) == 1
    assert choose_shots([], 4000, Kinds()) == []
