"""What both engines promise, and what the choice between them does. The work is done by functions made inside others:
these are pickled as they are, while the workers of a cluster cannot import a test."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from slm_instrument.errors import ConfigError, MissingExtraError, StoreError
from slm_instrument.scale import LocalEngine, open_engine


@pytest.fixture(params=["local", "ray"])
def engine(request):
    return LocalEngine() if request.param == "local" else request.getfixturevalue("ray_engine")


def letters():
    """A maker of an encoder that counts letters and says in which process it was made how often."""

    class Letters:
        name = "letters"

        def __init__(self):
            os.environ["MADE"] = str(int(os.environ.get("MADE", "0")) + 1)

        def __call__(self, texts):
            rows = [[len(text), ord(text[0]), int(os.environ["MADE"])] for text in texts]
            return np.array(rows, dtype=np.float32).reshape(-1, 3)

    return Letters


@pytest.mark.parametrize("count", [0, 1, 20])
def test_results_come_in_the_order_of_the_items(engine, count):
    def work(number):
        return number, np.arange(number), ["text"] * number

    results = list(engine.map(work, range(count)))

    assert [number for number, _, _ in results] == list(range(count))
    assert all(len(column) == len(texts) == number for number, column, texts in results)


@pytest.mark.parametrize("count", [1, 3])
def test_an_error_of_the_work_is_raised_as_it_was(engine, count):
    def work(number):
        raise StoreError("the store is away") if number == 0 else ValueError("a later one")

    with pytest.raises(StoreError) as raised:
        list(engine.map(work, range(count)))
    assert str(raised.value) == "the store is away"


def test_an_error_with_arguments_of_its_own_survives_the_way(engine):
    def work(_):
        raise MissingExtraError("analyze", "the embedding of texts")

    with pytest.raises(MissingExtraError, match="the embedding of texts needs the extra") as raised:
        list(engine.map(work, range(1)))
    assert raised.value.extra == "analyze"
    assert pickle.loads(pickle.dumps(raised.value)).extra == "analyze"


def test_other_work_can_be_done_before_all_results_are_fetched(engine):
    def large(number):
        return number, bytes(4 << 20)

    for number, (same, _) in enumerate(engine.map(large, range(6))):
        assert number == same
        if number == 1:
            assert list(engine.map(abs, [-1, -2])) == [1, 2]


def test_the_vectors_are_in_the_order_of_the_texts(engine, monkeypatch):
    monkeypatch.setenv("MADE", "0")
    embedder = engine.embedder(letters())
    texts = [f"{chr(97 + number % 26)}{'x' * (number * 7 % 500)}" for number in range(1500)]

    assert embedder.name == "letters"
    vectors = embedder([*texts, texts[0]])
    assert vectors.dtype == np.float32
    assert vectors[:, 0].tolist() == [*map(len, texts), len(texts[0])]
    assert vectors[:, 1].tolist() == [ord(text[0]) for text in [*texts, texts[0]]]
    assert embedder(texts[:600])[:, 2].max() == 1  # a process makes its model once
    assert embedder([]).shape == (0, 3)


def test_an_engine_that_is_given_stays_open():
    class Given(LocalEngine):
        def close(self):
            raise AssertionError

    given = Given()
    with open_engine(given) as opened:
        assert opened is given
    with open_engine("local") as opened:
        assert opened.name == "local"


def test_another_name_is_an_error():
    with pytest.raises(ConfigError, match="no engine spark; there are: local, ray"), open_engine("spark"):
        pass


def test_ray_is_not_needed_until_it_is_asked_for():
    code = """
import sys
sys.modules["ray"] = None
from slm_instrument.errors import MissingExtraError
from slm_instrument.scale import open_engine
with open_engine("local"):
    assert "numpy" not in sys.modules
try:
    with open_engine("ray"): pass
except MissingExtraError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == 'the engine ray needs the extra "scale": pip install "slm-instrument[scale]"'
