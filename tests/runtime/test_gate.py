"""What speaks for an answer."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from slm_instrument.errors import BundleError
from slm_instrument.runtime.confidence import REFUSED
from slm_instrument.runtime.gate import Gate, softmax

EXAMPLES = np.eye(4, dtype=np.float16)[[0, 0, 0, 1, 1, 1]]
LABELS = np.array([0, 0, 0, 1, 1, 1], dtype=np.int32)
finite = st.floats(-50, 50)


def gate(least_similarity=0.5, examples=EXAMPLES, labels=LABELS):
    return Gate(least_similarity, examples, labels)


def direction(at):
    return np.eye(4, dtype=np.float32)[at] * 7


def test_the_evidence_of_a_familiar_input():
    weighed = gate().weigh(np.array([2.0, 0.0]), direction(0))
    assert weighed.label == 0
    assert weighed.evidence == pytest.approx(
        {"log_odds": 2.0, "margin": 2.0, "similarity": 1.0, "separation": 1.0, REFUSED: 0.0}
    )


def test_an_unfamiliar_input_is_refused_however_sure_the_model_is():
    weighed = gate().weigh(np.array([50.0, 0.0]), direction(2))
    assert (weighed.evidence[REFUSED], weighed.evidence["log_odds"]) == (1.0, pytest.approx(50.0))


def test_familiarity_is_with_inputs_of_the_chosen_answer():
    weighed = gate().weigh(np.array([50.0, 0.0]), direction(1))
    assert weighed.evidence[REFUSED] == 1.0
    assert weighed.evidence["separation"] == pytest.approx(-1.0)


def test_an_answer_without_examples_is_never_familiar():
    weighed = gate(0.0, EXAMPLES[:3], LABELS[:3]).weigh(np.array([0.0, 9.0]), direction(1))
    assert (weighed.evidence["similarity"], weighed.evidence[REFUSED]) == (-1.0, 1.0)


def test_a_model_of_one_answer_has_nothing_to_compare_it_with():
    weighed = gate(0.0, EXAMPLES[:3], LABELS[:3]).weigh(np.array([3.0]), direction(0))
    assert weighed.evidence == pytest.approx(
        {"log_odds": 0.0, "margin": 0.0, "similarity": 1.0, "separation": 0.0, REFUSED: 0.0}
    )


@given(st.lists(st.floats(-500, 500), min_size=2, max_size=9))
def test_evidence_is_finite_and_the_first_answer_is_the_likeliest(logits):
    weighed = gate().weigh(np.array(logits), direction(0))
    assert logits[weighed.label] == max(logits)
    assert all(math.isfinite(value) for value in weighed.evidence.values())
    assert weighed.evidence["margin"] >= 0
    probability = softmax(np.array(logits))[weighed.label]
    assert 1 / (1 + math.exp(-weighed.evidence["log_odds"])) == pytest.approx(probability)


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
        gate(0.5, examples, labels)
