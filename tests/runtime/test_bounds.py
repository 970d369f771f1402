import pytest
from hypothesis import given, strategies as st
from scipy.stats import beta, binom

from slm_instrument.runtime.bounds import agreement_lower_bound


@given(st.data(), st.integers(1, 100_000), st.sampled_from([0.9, 0.95, 0.99]))
def test_it_is_the_clopper_pearson_bound(data, answered, confidence):
    agreed = data.draw(st.integers(1, answered))
    expected = beta.ppf(1 - confidence, agreed, answered - agreed + 1)
    assert agreement_lower_bound(agreed, answered, confidence) == pytest.approx(expected, abs=1e-7)


@given(st.integers(1, 5_000), st.data())
def test_at_the_bound_what_was_seen_is_just_unlikely_enough(answered, data):
    agreed = data.draw(st.integers(1, answered))
    bound = agreement_lower_bound(agreed, answered)
    assert 0 < bound <= agreed / answered
    assert binom.sf(agreed - 1, answered, bound) == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize(("agreed", "answered", "expected"), [(0, 10, 0.0), (59, 59, 0.95049), (10, 10, 0.74113)])
def test_known_values(agreed, answered, expected):
    assert agreement_lower_bound(agreed, answered) == pytest.approx(expected, abs=1e-4)
