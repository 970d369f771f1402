"""The risk-coverage curve."""

import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.card.curve import least_agreement, point_at, risk_coverage
from slm_instrument.runtime.held_out import SplitScores

calls = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0]) | st.floats(0, 1), st.booleans()), max_size=300
)


@given(calls)
@settings(deadline=None)
def test_every_point_is_what_its_threshold_lets_through(drawn):
    split = SplitScores(*zip(*drawn, strict=True)) if drawn else SplitScores()
    points = risk_coverage(split)
    assert len(points) <= 100
    assert [point.threshold for point in points] == sorted({point.threshold for point in points}, reverse=True)
    for point in points[:: max(1, len(points) // 5)]:
        assert point == point_at(split, point.threshold)
        assert 0 < point.threshold <= 1
        assert 0 <= point.low <= point.agreement <= point.high <= 1
    if points:
        assert points[-1].accepted == sum(score > 0 for score in split.scores)


def test_equal_scores_are_let_through_together():
    points = risk_coverage(SplitScores((0.9, 0.5, 0.5, 0.0), (True, True, False, True)))
    assert [(point.accepted, point.agreed, point.coverage) for point in points] == [(1, 1, 0.25), (3, 2, 0.75)]


def test_a_threshold_that_lets_nothing_through():
    assert point_at(SplitScores((0.5,), (True,)), 0.9) is None


@pytest.mark.parametrize(("agreed", "least"), [(100, 0.9), (93, 0.9), (50, 0.45), (0, 0.0)])
def test_the_axis_begins_below_all_that_is_shown(agreed, least):
    points = risk_coverage(SplitScores((0.5,) * 100, (True,) * agreed + (False,) * (100 - agreed)))
    assert least_agreement(points, 0.95) == pytest.approx(least)
