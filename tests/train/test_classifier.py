"""Fine-tuning in the small: determinism, lengths, labels that nobody may give."""

import pytest
import torch

from slm_instrument.errors import ConfigError, InputError
from slm_instrument.records import Message
from slm_instrument.train.base_model import find_encoder
from slm_instrument.train.calibrate import fit_gate
from slm_instrument.train.classifier import MAX_TOKENS, Examples, Recipe, adaptive_length, fine_tune

WARM = ["the soup is hot", "a hot summer day", "boiling water", "warm bread from the oven", "it burns", "sunny and hot"]
COLD = ["the ice is cold", "a cold winter night", "frozen peas", "a chilly wind", "it freezes", "snow and cold"]


@pytest.fixture(scope="module")
def encoder():
    return find_encoder(None)


def train(encoder, seed=0, listener=None):
    training = Examples(WARM[:5] * 3 + COLD[:5] * 3, [0] * 15 + [1] * 15)
    validation = Examples([WARM[5], COLD[5], "no label"], [0, 1, -1])
    recipe = Recipe(epochs=2, batch_size=8, seed=seed)
    return fine_tune(encoder, 2, training, validation, recipe=recipe, listener=listener)


class TestFineTune:
    def test_it_learns_and_is_the_same_for_the_same_seed(self, encoder):
        before = torch.random.get_rng_state()
        once, again = train(encoder), train(encoder)
        logits = once.predict(["a hot stove", "cold feet"])
        assert logits.argmax(axis=1).tolist() == [0, 1]
        assert (logits == again.predict(["a hot stove", "cold feet"])).all()
        assert torch.equal(torch.random.get_rng_state(), before)
        assert not once.model.training

    def test_a_label_that_no_student_may_give_counts_as_wrong(self, encoder):
        assert train(encoder).validation_agreement < 0.7

    def test_progress_counts_every_step(self, encoder):
        told = []
        train(encoder, listener=told.append)
        assert [progress.done for progress in told] == list(range(9))
        assert told[-1].eta_s == 0.0


class TestLengths:
    def test_most_texts_fit_and_outliers_are_cut(self, encoder):
        texts = ["five words are in here"] * 500 + ["word " * 5000]
        assert adaptive_length(encoder, texts) == 8
        assert adaptive_length(encoder, ["word " * 5000]) == MAX_TOKENS


class TestEpochs:
    @pytest.mark.parametrize(("examples", "epochs"), [(10_000, 4), (1_000, 10), (100, 15)])
    def test_small_sets_are_gone_over_more_often(self, examples, epochs):
        assert Recipe().epochs_for(examples) == epochs

    def test_the_user_decides(self):
        assert Recipe(epochs=1).epochs_for(100) == 1


class TestBaseModel:
    def test_the_default_is_named_as_on_the_hub(self, encoder):
        assert (encoder.base.name, encoder.base.licence) == ("sentence-transformers/all-MiniLM-L6-v2", "apache-2.0")

    def test_a_folder_without_weights(self, tmp_path):
        with pytest.raises(ConfigError, match=r"none of model\.safetensors"):
            find_encoder(str(tmp_path))

    def test_weights_that_are_none(self, tmp_path):
        (tmp_path / "model.safetensors").write_bytes(b"no weights")
        with pytest.raises(InputError, match="cannot be loaded"):
            find_encoder(str(tmp_path)).load()

    def test_no_tokenizer(self, tmp_path):
        (tmp_path / "model.safetensors").write_bytes(b"no weights")
        with pytest.raises(InputError, match=r"no tokenizer\.json"):
            find_encoder(str(tmp_path)).tokenizer(8)


class TestFitGate:
    def test_without_validation_calls_everything_is_familiar(self):
        import numpy as np

        from slm_instrument.curate.sample import Sample

        class Fixed:
            def run(self, text):
                return np.array([2.0, 0.0], np.float32), np.ones(4, np.float32)

        gate = fit_gate(Fixed(), [Sample("1", "text", "yes", Message("assistant", "yes"))], [], {"yes": 0, "no": 1})
        assert gate.least_similarity == -1.0
        assert gate.examples.shape == (1, 4)
