"""Which way a student goes, by counts."""

from dataclasses import replace

import pytest

from slm_instrument.runtime.auto.policy import Policy, assess, next_exit
from slm_instrument.runtime.auto.trial import Trial
from slm_instrument.store import Mode

from .seen import compared, transition

POLICY = Policy()


def on_trial(outcomes, *, stage=Mode.SHADOW, mode=Mode.AUTO, target=0.95, taken_back=0):
    """A student with these comparisons in its stage."""
    history = [transition(n, Mode.ON, Mode.SHADOW) for n in range(1, taken_back + 1)]
    if stage is not Mode.SHADOW:
        history.append(transition(taken_back + 1, Mode.SHADOW, stage))
    trial = Trial(mode, target, history)
    for seq, agreed in enumerate(outcomes, start=1):
        trial.observe(seq, compared(agreed, mode=trial.stage))
    trial.catch_up()
    return trial


def first_exit(outcomes, **options):
    """Where a student goes first, and after how many comparisons."""
    trial = on_trial([], **options)
    for seq, agreed in enumerate(outcomes, start=1):
        if trial.observe(seq, compared(agreed, mode=trial.stage)):
            way = next_exit(trial, POLICY)
            if way is not None:
                return way.after, seq
    return None


def agreeing(share, count=20_000):
    """Outcomes with a disagreement at regular distances."""
    every = round(1 / (1 - share))
    return [n % every != every - 1 for n in range(count)]


class TestUp:
    def test_a_student_that_always_agrees(self):
        assert first_exit([True] * 500) == (Mode.CANARY, 100)
        after, compared_before = first_exit([True] * 500, stage=Mode.CANARY)
        assert (after, compared_before) == (Mode.ON, pytest.approx(130, abs=30))

    def test_one_that_is_better_than_its_target_takes_longer(self):
        after, compared_before = first_exit(agreeing(0.975), stage=Mode.CANARY)
        assert after is Mode.ON
        assert compared_before == pytest.approx(650, abs=200)

    def test_one_at_its_target_is_let_into_canary_and_stays_there(self):
        assert first_exit(agreeing(0.95))[0] is Mode.CANARY
        assert first_exit(agreeing(0.95), stage=Mode.CANARY) is None

    def test_a_bad_one_is_not_let_into_canary(self):
        assert first_exit(agreeing(0.9))[0] is Mode.OFF

    def test_too_little_evidence_holds(self):
        assert first_exit([True] * 99) is None
        assert first_exit([]) is None

    def test_after_it_was_taken_back_more_is_asked_for(self):
        asked = [first_exit([True] * 500, stage=Mode.CANARY, taken_back=times)[1] for times in range(3)]
        assert asked == sorted(set(asked))

    def test_the_errors_of_all_attempts_add_up_to_less_than_the_promise(self):
        trials = (on_trial([], stage=Mode.CANARY, taken_back=times) for times in range(9))
        ways = [assess(trial, POLICY).exits[1] for trial in trials]
        assert all(way.after is Mode.ON for way in ways)
        assert sum(1 / way.needed for way in ways) < POLICY.error

    def test_a_target_that_nothing_can_show_is_never_reached(self):
        assert first_exit([True] * 20_000, stage=Mode.CANARY, target=1.0) is None


class TestBack:
    def test_a_fall_is_seen_sooner_when_the_student_is_on(self):
        outcomes = agreeing(0.97, 300) + agreeing(0.8, 2_000)
        on, canary = (first_exit(outcomes, stage=stage) for stage in (Mode.ON, Mode.CANARY))
        assert on[0] is canary[0] is Mode.SHADOW
        assert 300 < on[1] < canary[1] < 450

    def test_a_good_student_stays(self):
        assert first_exit(agreeing(0.97), stage=Mode.ON) is None
        assert first_exit(agreeing(0.95), stage=Mode.ON) is None

    def test_at_the_last_attempt_it_is_withdrawn(self):
        ways = [first_exit([False] * 50, stage=Mode.ON, taken_back=times)[0] for times in range(4)]
        assert ways == [Mode.SHADOW, Mode.SHADOW, Mode.OFF, Mode.OFF]

    def test_the_reason_shows_what_came_last(self):
        trial = on_trial([True] * 500 + [False] * 30, stage=Mode.ON)
        assert (
            next_exit(trial, POLICY).because(trial)
            == "agreement has fallen under 0.95: 20 of the last 50 comparisons agreed"
        )

    def test_from_shadow_it_is_withdrawn_when_it_is_shown_to_be_under_its_target(self):
        assert first_exit([False] * 200) == (Mode.OFF, 100)
        trial = on_trial([False] * 200)
        assert next_exit(trial, POLICY).because(trial) == "agreement is under 0.95: 0 of 200 comparisons agreed"

    def test_a_target_of_one_does_not_take_it_back_at_the_first_disagreement(self):
        assert first_exit([True] * 500 + [False], stage=Mode.ON, target=1.0) is None
        assert first_exit([True] * 500 + [False] * 30, stage=Mode.ON, target=1.0)[0] is Mode.SHADOW

    def test_at_a_high_target_agreement_alone_takes_nobody_back(self):
        assert first_exit([True] * 50_000, stage=Mode.ON, target=0.9999) is None


class TestByHand:
    @pytest.mark.parametrize("mode", [Mode.ON, Mode.CANARY])
    def test_it_is_only_taken_back(self, mode):
        assert first_exit([True] * 5_000, mode=mode) is None
        assert first_exit([False] * 50, mode=mode)[0] is Mode.SHADOW

    def test_it_is_never_withdrawn(self):
        assert first_exit([False] * 50, mode=Mode.ON, taken_back=5)[0] is Mode.SHADOW


class TestAssessment:
    def test_of_a_student_in_canary(self):
        found = assess(on_trial([True] * 90 + [False] * 10, stage=Mode.CANARY), POLICY)
        assert (found.stage, found.attempt, found.target) == (Mode.CANARY, 1, 0.95)
        assert (found.compared, found.agreed, found.coverage) == (100, 90, 1.0)
        assert found.low < 0.9 < found.high
        back, up = found.exits
        assert (back.after, back.bar, back.needed) == (Mode.SHADOW, 0.95, pytest.approx(50_000))
        assert (up.after, up.bar, up.needed) == (Mode.ON, 0.95, pytest.approx(40))
        assert back.e_value > 1 > up.e_value

    def test_of_one_that_nothing_was_seen_of(self):
        found = assess(on_trial([]), POLICY)
        assert (found.compared, found.coverage, found.low, found.high) == (0, None, 0.0, 1.0)
        assert [way.after for way in found.exits] == [Mode.OFF, Mode.CANARY]

    def test_a_policy_of_ones_own(self):
        strict = replace(POLICY, error=0.001, canary_slack=0.0)
        assert assess(on_trial([], stage=Mode.CANARY), strict).exits[1].needed == pytest.approx(2_000)
        assert assess(on_trial([]), strict).exits[1].bar == pytest.approx(0.95)
