"""The part of the store's contract that is about students at work: evidence, transitions, tallies of decisions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from slm_instrument.store import Mode, Observation, Store, Tally, Transition
from slm_instrument.testing.samples import NOW, in_threads


class LiveContract:
    """What a store does with what is seen of students."""

    def test_evidence_is_read_from_where_one_left_off(self, store: Store) -> None:
        """Of one student, in order."""
        seen = _observation(bundle_id="b1")
        other, later = replace(seen, bundle_id="b2"), replace(seen, agreed=False, trace_id="t")
        store.add_observations([seen, other])
        [(first, read)] = store.evidence("b1")
        assert read == seen
        store.add_observations([later, other])
        [(second, read)] = store.evidence("b1", after=first)
        assert read == later
        assert second > first
        assert store.evidence("b1", after=second) == store.evidence("b3") == []
        assert store.evidence("b1", limit=1) == [(first, seen)]

    def test_a_student_stands_where_it_was_moved_to_last(self, store: Store) -> None:
        """One that was never moved is not told of."""
        assert store.stages() == {}
        up, down = _transition(1, Mode.SHADOW, Mode.CANARY), _transition(2, Mode.CANARY, Mode.SHADOW)
        other = replace(up, bundle_id="b2", task_id="t2")
        assert [store.add_transition(each) for each in (up, other, down)] == [True] * 3
        assert store.stages() == {"b1": (Mode.SHADOW, down.at), "b2": (Mode.CANARY, up.at)}
        assert store.transitions() == [up, other, down]
        assert store.transitions(task_id="t1") == [up, down]

    def test_every_transition_is_in_the_audit_log_with_its_numbers(self, store: Store) -> None:
        """Under the task that it is about."""
        store.add_transition(_transition(1, Mode.SHADOW, Mode.CANARY))
        [record] = store.audit()
        assert (record.who, record.action, record.subject, record.at) == ("auto", "shadow -> canary", "t1", NOW)
        assert record.detail == {"bundle": "b1", "because": "it agrees", "compared": 700, "low": 0.95}

    def test_of_many_that_see_the_same_evidence_one_moves_the_student(self, store: Store) -> None:
        """And the audit log tells it once."""
        up = _transition(1, Mode.SHADOW, Mode.CANARY)
        moved: list[bool] = []
        in_threads([lambda: moved.append(store.add_transition(up))] * 8)
        assert sorted(moved) == [False] * 7 + [True]
        assert store.transitions() == [up]
        assert len(store.audit()) == 1

    def test_tallies_add_up_within_their_hour(self, store: Store) -> None:
        """Also those of several processes at once."""
        hour = NOW.replace(minute=0, second=0, microsecond=0)
        tally = Tally(
            hour=hour, task_id="t1", bundle_id="b1", mode=Mode.ON, reason="SUBSTITUTED", calls=3, student_ms=4.5
        )
        none = replace(tally, task_id="", bundle_id="", mode=Mode.OFF, reason="NO_MATCH", student_ms=0.0)
        later = replace(tally, hour=hour + timedelta(hours=1))
        store.add_tallies([])
        store.add_tallies([later, none])
        in_threads([lambda: store.add_tallies([tally, none])] * 4)
        assert store.tallies() == [
            replace(none, calls=3 * 5),
            replace(tally, calls=12, student_ms=18.0),
            later,
        ]
        assert store.tallies(since=later.hour) == [later]


def _observation(**fields: Any) -> Observation:
    return Observation(
        at=NOW, task_id="t1", mode=Mode.SHADOW, accepted=True, agreed=True, score=0.9, student_ms=1.5, **fields
    )


def _transition(number: int, before: Mode, after: Mode) -> Transition:
    return Transition(
        at=NOW + timedelta(number - 1),
        task_id="t1",
        bundle_id="b1",
        number=number,
        before=before,
        after=after,
        because="it agrees",
        numbers={"compared": 700, "low": 0.95},
    )
