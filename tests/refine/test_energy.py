"""The energy distance and its test: right, and neither blind nor nervous."""

import numpy as np
import pytest

from slm_instrument.refine.energy import distance


def cloud(size, seed, centre=0.0):
    vectors = np.random.default_rng(seed).normal(size=(size, 16))
    vectors[:, 0] += centre
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_it_is_what_its_definition_says():
    a, b = cloud(7, 1), cloud(5, 2, centre=2.0)

    def mean(one, other, pairs):
        return sum(np.linalg.norm(x - y) for x in one for y in other) / pairs

    between = 2 * mean(a, b, 35)
    expected = (between - mean(a, a, 7 * 6) - mean(b, b, 5 * 4)) / between
    assert distance(a, b, shuffles=9).share == pytest.approx(expected, abs=1e-5)


def test_samples_drawn_alike_are_not_told_apart():
    found = [distance(cloud(80, 2 * seed), cloud(50, 2 * seed + 1), shuffles=199, seed=seed) for seed in range(100)]
    assert not any(each.seen for each in found)
    # p-values are even between 0 and 1: of a hundred some ten are under a tenth.
    assert 3 <= sum(each.p < 0.1 for each in found) <= 20


def test_other_samples_are():
    found = distance(cloud(250, 1), cloud(250, 2, centre=1.5))
    assert found.seen
    assert found.p == 0.001  # the least of 999 shuffles


def test_equal_points_have_no_distance():
    assert distance(np.ones((3, 1), np.float32), np.ones((4, 1), np.float32)).share == 0.0
