"""What counts of a student, and that it does not matter who counts, or when."""

from itertools import takewhile

from hypothesis import given, strategies as st

from slm_instrument.runtime.auto.trial import TRACES, Traces, Trial
from slm_instrument.store import Mode

from .seen import compared, transition


def counts(trial):
    return (trial.stage, trial.attempt, trial.number, trial.compared, trial.agreed, trial.offered, trial.alarm.value)


def fed(trial, observations, start=1):
    for seq, observation in enumerate(observations, start):
        trial.observe(seq, observation)
    return trial


class TestWhatCounts:
    def test_only_what_the_gate_accepted(self):
        trial = fed(Trial(Mode.AUTO, 0.95, []), [compared(accepted=False), compared(False), compared(accepted=False)])
        assert (trial.compared, trial.agreed, trial.coverage) == (1, 0, 1 / 3)

    def test_only_the_first_of_a_trace(self):
        trial = fed(
            Trial(Mode.AUTO, 0.95, []),
            [
                compared(False, accepted=False, trace_id="a"),
                compared(True, trace_id="a"),
                compared(False, trace_id="a"),
                compared(False, trace_id="b"),
                compared(True),
                compared(True),
            ],
        )
        assert (trial.compared, trial.agreed, trial.coverage) == (4, 3, 5 / 6)

    def test_in_shadow_no_alarm_is_raised(self):
        assert fed(Trial(Mode.AUTO, 0.95, []), [compared(False)] * 50).alarm.value == 0.0

    def test_by_hand_the_alarm_hears_what_was_compared_while_the_student_answered(self):
        trial = fed(Trial(Mode.ON, 0.95, []), [compared(False)] * 50)
        assert (trial.stage, trial.compared, trial.alarm.value) == (Mode.ON, 50, 0.0)
        assert fed(trial, [compared(False, mode=Mode.CANARY), compared(False, mode=Mode.ON)], 51).alarm.value > 0

    def test_being_taken_back_ends_what_counted(self):
        trial = fed(Trial(Mode.AUTO, 0.95, [transition(1, Mode.SHADOW, Mode.CANARY)]), [compared(trace_id="a")] * 5)
        assert (trial.compared, trial.attempt) == (1, 1)
        trial.move(transition(2, Mode.CANARY, Mode.SHADOW, seq=5))
        assert counts(trial) == (Mode.SHADOW, 2, 2, 0, 0, 0, 0.0)
        assert fed(trial, [compared(trace_id="a")], 6).compared == 1

    def test_going_up_keeps_it(self):
        trial = fed(Trial(Mode.AUTO, 0.95, []), [compared()] * 5)
        trial.move(transition(1, Mode.SHADOW, Mode.CANARY, seq=5))
        assert (trial.compared, trial.compared_in_stage, trial.attempt) == (5, 0, 1)

    def test_a_withdrawn_student_is_over(self):
        assert Trial(Mode.AUTO, 0.95, [transition(1, Mode.SHADOW, Mode.OFF)]).over
        assert not Trial(Mode.ON, 0.95, [transition(1, Mode.SHADOW, Mode.OFF)]).over
        given_another_chance = [transition(1, Mode.SHADOW, Mode.OFF), transition(2, Mode.OFF, Mode.SHADOW)]
        assert not Trial(Mode.AUTO, 0.95, given_another_chance).over


class TestTraces:
    def test_memory_is_bounded(self):
        traces = Traces()
        assert all(traces.first(f"t{number}") for number in range(TRACES + 1))
        assert not traces.first(f"t{TRACES}")
        assert not traces.first("t1")
        assert traces.first("t0")  # forgotten

    def test_calls_without_a_trace_stand_alone(self):
        traces = Traces()
        assert traces.first(None)
        assert traces.first(None)


MOVES = [
    transition(1, Mode.SHADOW, Mode.CANARY, seq=10),
    transition(2, Mode.CANARY, Mode.SHADOW, seq=20),
    transition(3, Mode.SHADOW, Mode.CANARY, seq=25),
    transition(4, Mode.CANARY, Mode.ON, seq=33),
]


class TestWhoeverCounts:
    @given(
        seen=st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from("abcdefg")), min_size=40, max_size=60),
        learnt_at=st.lists(st.integers(0, 7), min_size=4, max_size=4),
        started_at=st.integers(0, 40),
    )
    def test_the_counts_are_the_same(self, seen, learnt_at, started_at):
        """Somebody who made the moves, one who heard of them later, and one who starts when some were made."""
        observations = [compared(agreed, accepted=accepted, trace_id=trace) for agreed, accepted, trace in seen]
        mover, hearer = Trial(Mode.AUTO, 0.95, []), Trial(Mode.AUTO, 0.95, [])
        known = [move for move in MOVES if move.numbers["seq"] <= started_at]
        starter = Trial(Mode.AUTO, 0.95, known)
        heard_of = dict(zip((move.number for move in MOVES), sorted(learnt_at), strict=True))
        for seq, observation in enumerate(observations, start=1):
            mover.observe(seq, observation)
            for move in MOVES:
                if move.numbers["seq"] == seq:
                    mover.move(move)
        for seq, observation in enumerate(observations, start=1):
            # A store that has a move has those before it.
            heard = list(takewhile(lambda move: move.numbers["seq"] - heard_of[move.number] < seq, MOVES))  # noqa: B023
            if not hearer.learn(heard):
                hearer = Trial(Mode.AUTO, 0.95, heard)
                fed(hearer, observations[hearer.seq : seq - 1], hearer.seq + 1)
            hearer.observe(seq, observation)
            if seq > starter.seq:
                if seq > started_at:
                    assert starter.learn(MOVES)
                starter.observe(seq, observation)
        assert counts(mover) == counts(hearer) == counts(starter)

    def test_one_who_has_read_too_far_begins_anew(self):
        trial = fed(Trial(Mode.AUTO, 0.95, []), [compared()] * 12)
        assert not trial.learn(MOVES[:1])
        assert Trial(Mode.AUTO, 0.95, []).learn(MOVES[:1])

    def test_moves_at_comparisons_that_are_gone_are_made_too(self):
        trial = Trial(Mode.AUTO, 0.95, [])
        trial.learn(MOVES)
        assert trial.stage is Mode.SHADOW
        trial.catch_up()
        assert (trial.stage, trial.number, trial.attempt) == (Mode.ON, 4, 2)

    def test_nothing_is_decided_where_it_is_known_what_was(self):
        trial = Trial(Mode.AUTO, 0.95, MOVES[:1])
        assert not trial.observe(9, compared())
        assert not trial.observe(10, compared())
        assert trial.observe(11, compared())
