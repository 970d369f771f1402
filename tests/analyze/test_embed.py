"""Vectors of texts: batches and the memory of them change the time only."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from slm_instrument import open_store
from slm_instrument.analyze import analyze, embed
from slm_instrument.analyze.embed import CachedEmbedder, SentenceEncoder, _batches
from slm_instrument.cli import run
from slm_instrument.errors import ConfigError


class Counting:
    name = "counting"

    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked.extend(texts)
        return np.array([[len(text), ord(text[0])] for text in texts], dtype=np.float32).reshape(-1, 2)


def test_a_text_has_the_same_vector_whatever_stands_beside_it(embedder):
    texts = ["A lamp", "word " * 400, "", "注文した商品が届きません", "\ud800 is no character", "A lamp"]
    together, alone = embedder(texts), np.concatenate([embedder([text]) for text in texts])

    assert together.dtype == np.float32
    assert np.abs(together - alone).max() < 1e-5
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert embedder([]).shape == (0, together.shape[1])


@given(st.lists(st.integers(1, 300)), st.integers(1, 2_000))
def test_batches_hold_every_text_once_and_fit(lengths, room):
    batches = list(_batches(lengths, room))

    assert sorted(at for batch in batches for at in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[at] for at in batch) <= room


@given(st.lists(st.lists(st.sampled_from("abcdefgh"))), st.integers(1, 6))
def test_what_is_remembered_is_what_was_made(asked, most):
    cached, embed = CachedEmbedder(Counting(), texts=most), Counting()

    for texts in asked:
        assert np.array_equal(cached(texts), embed(texts))
        assert len(cached._known) <= most


def test_only_new_texts_are_embedded_and_the_oldest_forgotten():
    embed = Counting()
    cached = CachedEmbedder(embed, texts=2)

    for texts in (["a", "b", "a"], ["b", "a"], ["b", "c"], ["b", "a"]):
        cached(texts)
    assert embed.asked == ["a", "b", "c", "a"]
    assert cached.name == "counting"


class TestWhereTheModelIs:
    def test_without_a_hub_one_line_says_what_to_do(self, monkeypatch, tmp_path, capsys):
        open_store(f"sqlite:///{tmp_path}/calls.db").close()
        monkeypatch.setattr(embed, "MODEL_PACKAGE", "a_package_that_is_not_installed")
        monkeypatch.setattr(embed, "cached", lambda name: False)
        monkeypatch.setattr(embed, "hub_reachable", lambda: False)
        for work in (embed.check_model, lambda: SentenceEncoder()(["text"]), lambda: analyze(open_store("memory://"))):
            with pytest.raises(ConfigError, match=r"pip install a-package.*SLM_INSTRUMENT_ENCODER"):
                work()
        assert run(["analyze", "--store", f"sqlite:///{tmp_path}/calls.db"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "or name a folder with it" in line

    def test_a_folder_of_ones_own_comes_first(self, monkeypatch, tmp_path):
        packaged = embed.default_model_path()
        copy = tmp_path / "minilm"
        copy.symlink_to(packaged)
        monkeypatch.setenv("SLM_INSTRUMENT_ENCODER", str(copy))
        assert embed.default_model_path() == str(copy)
        own = SentenceEncoder()
        assert own.name == embed.HUB_MODEL
        assert own(["a lamp"]).shape == (1, 384)

    def test_a_folder_that_is_not_there_is_said(self, monkeypatch, tmp_path):
        monkeypatch.setenv("SLM_INSTRUMENT_ENCODER", str(tmp_path / "none"))
        with pytest.raises(ConfigError, match="SLM_INSTRUMENT_ENCODER names no folder"):
            embed.check_model()
