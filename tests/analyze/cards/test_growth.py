from datetime import UTC, datetime

import numpy as np
import pytest

from slm_instrument.analyze.cards.growth import DAY, Growth, growth_of

START = datetime(2026, 3, 1, tzinfo=UTC).timestamp()


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


def test_calls_a_day_are_of_the_last_week_of_the_log():
    times = at_days(*np.linspace(0, 10, 101))
    assert growth_of(times).per_day == pytest.approx(10, rel=0.05)
    log_end = START + 30 * DAY
    assert growth_of(times, log_end=log_end).per_day == 0.0


def test_too_little_says_nothing():
    assert growth_of(np.array([])) == Growth()
    assert growth_of(np.array([np.nan, np.nan])) == Growth()
    few = growth_of(at_days(0, 1, 2))
    assert few.growth is None
    assert few.first_at is not None
    burst = growth_of(at_days(*np.linspace(0, 0.01, 100)))
    assert (burst.growth, burst.per_day) == (None, None)
    assert growth_of(np.full(50, START)).growth is None
