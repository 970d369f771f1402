from datetime import UTC, datetime

import pytest

from slm_instrument.errors import StoreError
from slm_instrument.runtime import Decision, Mode, Reason
from slm_instrument.runtime.counts import Counts
from slm_instrument.runtime.tallying import Tallying

ANSWERED = Decision(mode=Mode.ON, reason=Reason.SUBSTITUTED, task_id="t1", bundle_id="b1", student_ms=2.0)
NO_MATCH = Decision(mode=Mode.OFF, reason=Reason.NO_MATCH)


def told(store):
    return {(t.task_id, t.bundle_id, t.mode, t.reason): (t.calls, t.student_ms) for t in store.tallies()}


def test_what_was_counted_comes_to_the_store_once(store):
    counts = Counts()
    tallying = Tallying(counts, lambda: store)
    for decision in (ANSWERED, NO_MATCH, ANSWERED):
        assert counts.add(decision) is decision
    tallying.write()
    tallying.write()
    counts.add(ANSWERED)
    tallying.write()
    assert told(store) == {
        ("", "", Mode.OFF, "NO_MATCH"): (1, 0.0),
        ("t1", "b1", Mode.ON, "SUBSTITUTED"): (3, 6.0),
    }
    hour = datetime.now(UTC)
    assert all(0 <= (hour - tally.hour).total_seconds() < 2 * 3600 for tally in store.tallies())


def test_what_a_store_that_is_down_cannot_take_is_written_later(store):
    down = [True]

    def open_it():
        if down[0]:
            raise StoreError("the store is down")
        return store

    counts = Counts()
    tallying = Tallying(counts, open_it)
    counts.add(ANSWERED)
    with pytest.raises(StoreError):
        tallying.write()
    down[0] = False
    counts.add(ANSWERED)
    tallying.write()
    assert told(store) == {("t1", "b1", Mode.ON, "SUBSTITUTED"): (2, 4.0)}


def test_a_forked_child_leaves_to_its_parent_what_that_has_counted(store):
    counts = Counts()
    tallying = Tallying(counts, lambda: store)
    counts.add(ANSWERED)
    tallying.reset()
    counts.add(NO_MATCH)
    tallying.write()
    assert told(store) == {("", "", Mode.OFF, "NO_MATCH"): (1, 0.0)}
