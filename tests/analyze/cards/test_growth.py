from datetime import UTC, datetime

import numpy as np
import pytest

from slm_instrument.analyze.cards.growth import Growth, growth_of

START = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
DAY = 86_400.0


def at_days(*days):
    return START + DAY * np.array(days, dtype=np.float64)


def test_growth_is_the_second_half_over_the_first():
    times = at_days(*np.linspace(0, 4.9, 10), *np.linspace(5.1, 10, 30))
    found = growth_of(np.random.default_rng(0).permutation(times))
    assert found.growth == pytest.approx(3.0)
    assert (found.first_at, found.last_at) == (
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 3, 11, tzinfo=UTC),
    )


def test_too_little_says_nothing():
    assert growth_of(np.array([])) == Growth()
    assert growth_of(np.array([np.nan, np.nan])) == Growth()
    few = growth_of(at_days(0, 1, 2))
    assert few.growth is None
    assert few.first_at is not None
    assert growth_of(at_days(*np.linspace(0, 0.01, 100))).growth is None
    assert growth_of(np.full(50, START)).growth is None
