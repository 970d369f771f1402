"""The gate's score."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from slm_instrument.errors import BundleError
from slm_instrument.runtime.bundle import GateParameters
from slm_instrument.runtime.gate import Gate, softmax

EXAMPLES = np.eye(4, dtype=np.float16)[[0, 0, 0, 1, 1, 1]]
LABELS = np.array([0, 0, 0, 1, 1, 1], dtype=np.int32)
finite = st.floats(-50, 50)


def gate(temperature=1.0, least_similarity=0.5):
    parameters = GateParameters(temperature=temperature, least_similarity=least_similarity)
    return Gate(parameters, EXAMPLES, LABELS)


def direction(at):
    return np.eye(4, dtype=np.float32)[at] * 7


def test_a_familiar_input_scores_its_confidence():
    scored = gate().score(np.array([2.0, 0.0]), direction(0))
    assert scored.label == 0
    assert scored.similarity == pytest.approx(1.0)
    assert scored.score == scored.confidence == pytest.approx(1 / (1 + np.exp(-2)))


def test_an_unfamiliar_input_scores_nothing_however_sure_the_model_is():
    scored = gate().score(np.array([50.0, 0.0]), direction(2))
    assert (scored.score, scored.similarity) == (0.0, 0.0)
    assert scored.confidence > 0.99


def test_familiarity_is_with_inputs_of_the_predicted_answer():
    assert gate().score(np.array([50.0, 0.0]), direction(1)).score == 0.0


def test_an_answer_without_examples_is_never_familiar():
    lonely = Gate(GateParameters(temperature=1.0, least_similarity=0.0), EXAMPLES[:3], LABELS[:3])
    assert lonely.score(np.array([0.0, 9.0]), direction(1)).score == 0.0


@given(logits=st.lists(finite, min_size=2, max_size=2), colder=st.floats(1, 10))
def test_a_higher_temperature_is_less_sure_and_changes_no_answer(logits, colder):
    plain = gate().score(np.array(logits), direction(0))
    scaled = gate(temperature=colder).score(np.array(logits), direction(0))
    assert scaled.label == plain.label
    assert scaled.confidence <= plain.confidence + 1e-12
    assert 0 <= scaled.score <= 1


@given(st.lists(finite, min_size=1, max_size=9))
def test_softmax_is_a_distribution(logits):
    probabilities = softmax(np.array(logits))
    assert probabilities.sum() == pytest.approx(1)
    assert (probabilities >= 0).all()


@pytest.mark.parametrize(
    ("examples", "labels"), [(EXAMPLES, LABELS[:2]), (EXAMPLES[0], LABELS), (EXAMPLES, LABELS.reshape(2, 3))]
)
def test_arrays_that_do_not_fit(examples, labels):
    with pytest.raises(BundleError, match="do not fit"):
        Gate(GateParameters(temperature=1.0, least_similarity=0.5), examples, labels)
