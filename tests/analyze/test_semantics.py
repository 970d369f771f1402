import random

import numpy as np
import pytest

from slm_instrument.analyze.embed import HUB_MODEL, SentenceEncoder, default_model_path
from slm_instrument.analyze.semantics import NOISE, cluster, same_meaning
from slm_instrument.errors import ConfigError


def test_vectors_have_length_one_and_keep_the_order(embedder):
    texts = ["book a flight to Oslo", "", "book a flight to Oslo", "the cat sleeps on the warm stove"]
    vectors = embedder(texts)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[0], vectors[2])
    assert vectors[0] @ vectors[3] < 0.5
    assert embedder([]).shape == (0, vectors.shape[1])
    assert embedder.name == HUB_MODEL


def test_a_model_that_is_not_there_is_said_in_one_line(tmp_path):
    with pytest.raises(ConfigError, match="cannot be loaded") as caught:
        SentenceEncoder(str(tmp_path / "none"))(["text"])
    assert "\n" not in str(caught.value)
    assert default_model_path() != ""


def test_versions_of_an_instruction_are_one_and_other_instructions_are_not(embedder):
    texts = [
        "Write a requirements.txt file that lists the packages which the project needs to run properly.",
        "Write a requirements.txt file which lists the packages that the project needs to run properly!",
        "Review the code and name the most important bug, with a suggestion on how to mend it.",
        "Write a requirements.txt file that lists the packages which the project needs to run properly. ",
        "",
        "",
    ]
    sets = same_meaning(texts, [0, 0, 0, 1, 0, 0], embedder).tolist()
    assert sets[0] == sets[1]
    assert len(set(sets)) == 5  # another form, and empty texts, are like none


def test_no_texts_are_no_sets(embedder):
    assert len(same_meaning([], [], embedder)) == 0
    assert len(cluster([], embedder, min_calls=5).labels) == 0


def test_dense_texts_become_clusters_and_far_ones_noise(made, embedder):
    draw = random.Random(0)
    recipes = [
        f"How long do I cook {dish} in the oven, and how hot?"
        for dish in ("a chicken", "lasagne", "potatoes", "a leg of lamb", "a fish pie", "bread", "pizza", "a tart")
    ]
    flights = [
        f"Book me a cheap flight to {city} for next week, please."
        for city in ("Oslo", "Rome", "Lima", "Cairo", "Quito", "Perth", "Boston", "Dublin")
    ]
    odd = ["Prove that the square root of two is irrational.", made.sentence(draw)]
    labels = cluster([*recipes, *flights, *odd], embedder, min_calls=5).labels.tolist()
    assert len(set(labels[:8])) == 1
    assert len(set(labels[8:16])) == 1
    assert labels[0] != labels[8]
    assert NOISE not in labels[:16]
    assert labels[16:] == [NOISE, NOISE]


def test_one_text_over_and_over_is_not_lost(embedder):
    labels = cluster(
        ["say hello"] * 9 + ["name a prime number above ninety"] * 9, embedder, min_calls=5
    ).labels.tolist()
    assert labels[0] != labels[9]
    assert NOISE not in labels
