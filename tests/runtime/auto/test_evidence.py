"""What a bet may win when there is nothing to win, and how fast it wins when there is."""

from itertools import product
from math import comb, exp, log

import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.runtime.auto.evidence import FEWER, MORE, Alarm, bounds, e_value, log_over, log_under

bars = st.floats(0.5, 0.999)
shares = st.floats(0.0, 1.0)


def expected(log_e, compared, truth, bar):
    """The expectation of an e-value after so many comparisons, summed over all outcomes."""
    return sum(
        comb(compared, agreed) * truth**agreed * (1 - truth) ** (compared - agreed) * exp(log_e(compared, agreed, bar))
        for agreed in range(compared + 1)
    )


def ever(log_e, truth, bar, needed, compared):
    """The probability that an e-value is ever as large, within so many comparisons: exact, over all paths."""
    paths, found = {0: 1.0}, 0.0
    for n in range(1, compared + 1):
        after = {}
        for agreed, weight in paths.items():
            after[agreed + 1] = after.get(agreed + 1, 0.0) + weight * truth
            after[agreed] = after.get(agreed, 0.0) + weight * (1 - truth)
        paths = {agreed: weight for agreed, weight in after.items() if log_e(n, agreed, bar) < needed}
        found += sum(after.values()) - sum(paths.values())
    return found


class TestBets:
    @given(bar=bars, compared=st.integers(0, 12))
    def test_they_are_fair_at_the_bar(self, bar, compared):
        assert expected(log_over, compared, bar, bar) == pytest.approx(1)
        assert expected(log_under, compared, bar, bar) == pytest.approx(1)

    @given(bar=bars, share=shares, compared=st.integers(0, 200), agreed=st.integers(0, 200))
    def test_whatever_came_before_the_next_one_wins_nothing_on_the_wrong_side(self, bar, share, compared, agreed):
        agreed = min(agreed, compared)

        def next_over_now(log_e, truth):
            now = log_e(compared, agreed, bar)
            up, down = (exp(log_e(compared + 1, agreed + more, bar) - now) for more in (1, 0))
            return truth * up + (1 - truth) * down

        assert next_over_now(log_over, share * bar) <= 1 + 1e-9
        assert next_over_now(log_under, bar + share * (1 - bar)) <= 1 + 1e-9

    @pytest.mark.parametrize("needed", [5, 20, 40])
    @pytest.mark.parametrize("bar", [0.9, 0.95])
    def test_looking_after_every_comparison_finds_no_more_than_promised(self, bar, needed):
        for log_e in (log_over, log_under):
            assert 0.1 / needed < ever(log_e, bar, bar, log(needed), 500) <= 1 / needed

    def test_a_good_student_is_told_from_one_at_the_bar_in_time(self):
        assert ever(log_over, 0.99, 0.95, log(40), 500) > 0.9
        assert ever(log_under, 0.85, 0.95, log(100), 300) > 0.9

    def test_no_comparison_shows_nothing(self):
        assert log_over(0, 0, 0.95) == log_under(0, 0, 0.95) == pytest.approx(0)

    def test_a_bar_of_one_is_never_shown_to_be_passed(self):
        assert log_over(10_000, 10_000, 1.0) == pytest.approx(0)

    def test_an_e_value_is_finite(self):
        assert 1e299 < e_value(1e9) < float("inf")
        assert e_value(log(7)) == pytest.approx(7)


class TestBounds:
    @given(compared=st.integers(0, 3_000), share=shares, confidence=st.floats(0.5, 0.999))
    def test_they_enclose_what_was_seen(self, compared, share, confidence):
        agreed = round(share * compared)
        low, high = bounds(compared, agreed, confidence=confidence)
        assert 0 <= low <= high <= 1
        if compared:
            assert low <= agreed / compared + 1e-9
            assert high >= agreed / compared - 1e-9

    @given(compared=st.integers(1, 2_000), share=shares, truth=st.floats(0.01, 0.99))
    def test_they_leave_out_what_the_bets_refute(self, compared, share, truth):
        agreed = round(share * compared)
        low, high = bounds(compared, agreed)
        assert (log_over(compared, agreed, truth) >= log(40)) == (truth <= low) or abs(truth - low) < 1e-6
        assert (log_under(compared, agreed, truth) >= log(40)) == (truth >= high) or abs(truth - high) < 1e-6

    @pytest.mark.parametrize(("compared", "exact"), [(1_000, (0.9574, 0.9797)), (10_000, (0.9665, 0.9733))])
    def test_they_are_less_than_twice_as_wide_as_bounds_that_hold_once(self, compared, exact):
        """Exact ones, by Clopper and Pearson."""
        low, high = bounds(compared, round(0.97 * compared))
        assert low < exact[0] < exact[1] < high
        assert high - low < 2 * (exact[1] - exact[0])

    def test_without_evidence(self):
        assert bounds(0, 0) == (0.0, 1.0)


class TestAlarm:
    @settings(max_examples=20)
    @given(bar=bars, share=shares)
    def test_its_expectation_grows_by_one_a_comparison_at_most(self, bar, share):
        for truth, at_the_bar in ((bar, True), (bar + share * (1 - bar), False)):
            mean = 0.0
            for outcomes in product((True, False), repeat=8):
                alarm = Alarm(bar)
                for agreed in outcomes:
                    alarm.add(agreed)
                mean += alarm.value * truth ** sum(outcomes) * (1 - truth) ** (8 - sum(outcomes))
            assert mean <= 8 + 1e-6
            assert mean == pytest.approx(8) or not at_the_bar

    @given(outcomes=st.lists(st.booleans(), max_size=30), bar=bars)
    def test_it_is_the_evidence_from_every_moment_on_taken_together(self, outcomes, bar):
        alarm = Alarm(bar)
        for agreed in outcomes:
            alarm.add(agreed)
        since = (outcomes[start:] for start in range(len(outcomes)))
        assert alarm.value == pytest.approx(sum(exp(log_under(len(part), sum(part), bar)) for part in since))

    def test_agreement_alone_never_sounds_it(self):
        alarm = Alarm(0.95)
        for _ in range(10_000):
            alarm.add(True)
        assert alarm.value < 200  # 5,000 are needed

    def test_it_stays_finite(self):
        alarm = Alarm(0.95)
        for _ in range(5_000):
            alarm.add(False)
        assert alarm.value == 1e300

    def test_the_odds_are_on_their_side(self):
        assert max(FEWER) < 1 < min(MORE)
