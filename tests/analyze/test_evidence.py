"""What tells instructions from data: how far shapes of answers go with a split, and what stays the same in a trace."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from slm_instrument.analyze.discover import NOT_TELLING
from slm_instrument.analyze.evidence import MIN_CALLS, TELLING, same_in_trace, tells_shapes


def random_split(seed, calls, children, shapes):
    draw = np.random.default_rng(seed)
    return draw.integers(0, children, calls), draw.integers(0, shapes, calls)


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 6), st.integers(MIN_CALLS, 2_000))
def test_chance_tells_next_to_nothing(seed, children, shapes, calls):
    told = tells_shapes(*random_split(seed, calls, children, shapes))
    assert told is None or 0 <= told < TELLING


def test_chance_tells_nothing_on_average_however_many_parts_there_are():
    told = [tells_shapes(*random_split(seed, 1_000, 20, 8)) for seed in range(20)]
    assert np.mean(told) < NOT_TELLING / 3


@given(st.integers(0, 10_000), st.integers(MIN_CALLS, 300), st.permutations(range(4)))
def test_an_instruction_tells_the_shapes_whatever_their_numbers_are(seed, calls, renamed):
    draw = np.random.default_rng(seed)
    shapes = draw.choice(4, calls, p=draw.dirichlet([1] * 4))
    child = np.array(renamed)[shapes]
    told, other = tells_shapes(child, shapes), tells_shapes(shapes, child)
    assert (told is None and other is None) or (told > TELLING and told == pytest.approx(other))


@pytest.mark.parametrize(
    ("child", "shapes"),
    [
        ([0, 1] * (MIN_CALLS // 2 - 1), [0, 1] * (MIN_CALLS // 2 - 1)),  # too few
        ([0, 1] * MIN_CALLS, [3] * 2 * MIN_CALLS),  # all answers are of one shape
        ([1] * 2 * MIN_CALLS, [0, 1] * MIN_CALLS),  # nothing is split
    ],
)
def test_where_there_is_nothing_to_say_none_is_said(child, shapes):
    assert tells_shapes(np.array(child), np.array(shapes)) is None


def test_data_is_uniform_in_a_trace_and_an_instruction_is_not():
    trace = np.repeat(np.arange(10), 4)
    assert same_in_trace(trace % 3, trace) == 1
    assert same_in_trace(np.tile([0, 1, 2, 3], 10), trace) == 0.25
    assert same_in_trace(np.tile([0, -1, -1, -1], 10), trace) == 0  # no trace has two calls of which it is known
    assert same_in_trace(np.tile([0, 0, 1, -1], 10), trace) == pytest.approx(2 / 3)
