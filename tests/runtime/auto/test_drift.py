"""Drift that is there is found; where there is none, looking often finds none."""

import random
from datetime import timedelta

import pytest
from scipy.stats import ks_2samp

from slm_instrument.runtime import Reason
from slm_instrument.runtime.auto.drift import BLOCK, match_drift, score_drift
from slm_instrument.store import Mode, Tally
from slm_instrument.testing.samples import NOW

from .seen import compared

_DRAW = random.Random(0)
HELD_OUT = [_DRAW.betavariate(5, 1.5) for _ in range(400)]
LAST = NOW.replace(minute=0, second=0, microsecond=0)


def live(count, a=5.0, b=1.5, *, seed=1, per_trace=1):
    draw = random.Random(seed)
    return [compared(score=draw.betavariate(a, b), trace_id=f"{seed}-{n // per_trace}") for n in range(count)]


class TestScores:
    def test_the_same_traffic_is_no_drift_however_often_one_looks(self):
        for seed in range(20):
            seen = live(BLOCK * 10, seed=seed)
            assert not any(score_drift(HELD_OUT, seen[:upto]).found for upto in range(BLOCK, len(seen) + 1, BLOCK))

    def test_other_traffic_is(self):
        drift = score_drift(HELD_OUT, live(2_000) + live(BLOCK, 3.0, 2.0, seed=2) + live(100, seed=3))
        assert drift.found
        assert drift.now < drift.before
        assert drift.sentence.startswith(
            "the gate's scores of the last 300 live calls differ from those of 400 held-out"
        )

    def test_only_the_last_block_counts(self):
        assert not score_drift(HELD_OUT, live(BLOCK, 2.0, 3.0, seed=2) + live(BLOCK)).found

    def test_a_small_difference_is_none_however_certain(self):
        held_out = [n / 10_000 for n in range(10_000)]
        seen = [compared(score=min(1.0, (n + 0.5) / BLOCK + 0.12)) for n in range(BLOCK)]
        assert not score_drift(held_out, seen).found
        moved = [compared(score=min(1.0, (n + 0.5) / BLOCK + 0.2)) for n in range(BLOCK)]
        assert score_drift(held_out, moved).found

    def test_the_more_blocks_there_were_the_surer_it_has_to_be(self):
        held_out = [n / 400 for n in range(400)]
        same = [compared(score=(n + 0.5) / BLOCK) for n in range(BLOCK)]
        moved = [compared(score=min(1.0, (n + 0.5) / BLOCK + 0.15)) for n in range(BLOCK)]
        assert [score_drift(held_out, same * before + moved).found for before in (0, 4)] == [True, False]

    def test_calls_of_one_trace_count_once(self):
        assert score_drift(HELD_OUT, live(BLOCK, 2.0, 3.0)).found
        few = score_drift(HELD_OUT, live(BLOCK, 2.0, 3.0, per_trace=10))
        assert (few.found, few.now, few.sentence) == (False, None, "too few calls to tell: 30 live, 400 held out")

    def test_a_bundle_that_keeps_no_scores(self):
        assert not score_drift([], live(BLOCK)).found

    @pytest.mark.parametrize("other", [(5.0, 1.5), (4.5, 1.6), (4.0, 2.0)])
    def test_the_figures_are_those_of_scipy(self, other):
        seen = live(BLOCK, *other)
        exact = ks_2samp(HELD_OUT, [each.score for each in seen], method="exact")
        told = score_drift(HELD_OUT, seen).sentence.partition("distance ")[2].rstrip(")").split(", p = ")
        assert float(told[0]) == pytest.approx(exact.statistic, abs=0.006)
        assert float(told[1]) == pytest.approx(exact.pvalue, rel=0.25)


def hours(day, matched, unmatched, *, task_id="t1"):
    """A day's hours, the last one ``day`` days back: the task runs by day only, as tasks do."""
    for hour in range(24):
        at = LAST - timedelta(days=day, hours=hour)
        busy = matched if 9 <= at.hour < 18 else 0
        for task, reason, calls in ((task_id, Reason.SUBSTITUTED, busy), ("", Reason.NO_MATCH, unmatched)):
            if calls:
                yield Tally(hour=at, task_id=task, bundle_id="", mode=Mode.ON, reason=reason, calls=calls)


def week(days=8, matched=30, unmatched=10):
    return [row for day in range(1, days) for row in hours(day, matched, unmatched)]


class TestMatches:
    def test_a_prompt_that_is_worded_anew(self):
        drift = match_drift("t1", [*week(), *hours(0, 0, 40)])
        assert drift.found
        assert (drift.now, drift.before) == (0.0, pytest.approx(270 / 510))
        assert drift.sentence.startswith("of this task's and the unmatched calls of the last 24 hours, 0.0% matched")

    def test_days_like_others(self):
        assert not match_drift("t1", [*week(), *hours(0, 25, 10)]).found

    def test_less_traffic_of_all_kinds(self):
        assert not match_drift("t1", [*week(matched=300, unmatched=100), *hours(0, 30, 10)]).found

    def test_another_task_is_none_of_its_business(self):
        assert not match_drift("t1", [*week(), *hours(0, 30, 10), *hours(0, 10_000, 0, task_id="t2")]).found

    def test_a_quiet_day_says_nothing(self):
        drift = match_drift("t1", [*week(), *hours(0, 0, 1)])
        assert (drift.found, drift.now) == (False, None)

    def test_a_few_days_say_nothing(self):
        assert match_drift("t1", [*week(days=4), *hours(0, 0, 40)]).sentence.startswith("too few days to tell: 4")
        assert not match_drift("t1", []).found
