"""Who has served under the flag that is set, told by counts of the hour."""

from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument.runtime import Reason
from slm_instrument.runtime.incumbents import incumbents
from slm_instrument.store import KILL_SWITCH, Flag, Mode, Tally, open_store

TEN = datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.fixture
def store():
    store = open_store("memory://")
    yield store
    store.close()


def set_mode(store, mode, minute, task="t1"):
    store.set_flag(Flag(task_id=task, mode=mode, set_at=TEN + timedelta(minutes=minute), set_by="ann"))


def tally(store, bundle, hour=0, reason=Reason.SUBSTITUTED, mode=Mode.ON, task="t1"):
    at = TEN + timedelta(hours=hour)
    store.add_tallies([Tally(hour=at, task_id=task, bundle_id=bundle, mode=mode, reason=reason, calls=1)])


def kept(store, task="t1"):
    flags = store.flags()
    return sorted(incumbents(store, flags)[task].under(flags[task]))


def test_who_has_served_since_the_mode_was_first_set(store):
    set_mode(store, Mode.ON, 30)
    assert kept(store) == []
    tally(store, "a")
    tally(store, "b", mode=Mode.SHADOW, reason=Reason.SHADOW)
    tally(store, "c", reason=Reason.ERROR)
    tally(store, "d", task="t2")
    assert kept(store) == ["a"]
    tally(store, "b", hour=5, reason=Reason.AUDIT)
    assert kept(store) == ["a", "b"]


def test_what_was_served_before_it_was_set_does_not_count(store):
    tally(store, "a", hour=-1)
    set_mode(store, Mode.ON, 30)
    assert kept(store) == []


@pytest.mark.parametrize("before", [Mode.ON, Mode.CANARY, Mode.AUTO])
def test_where_students_served_before_in_the_same_hour_only_later_hours_count(store, before):
    set_mode(store, before, -90)
    set_mode(store, Mode.OFF, 10)
    set_mode(store, Mode.ON, 30)
    tally(store, "a")
    assert kept(store) == []
    tally(store, "a", hour=1)
    assert kept(store) == ["a"]


def test_a_mode_that_served_long_ago_does_not_matter(store):
    set_mode(store, Mode.ON, -90)
    set_mode(store, Mode.SHADOW, -80)
    set_mode(store, Mode.ON, 30)
    tally(store, "a")
    assert kept(store) == ["a"]


def test_another_flag_is_another_matter(store):
    set_mode(store, Mode.ON, 30)
    tally(store, "a")
    [known] = incumbents(store, store.flags()).values()
    set_mode(store, Mode.ON, 40)
    assert known.under(store.flags()["t1"]) == frozenset()


def test_auto_goes_by_evidence_and_the_kill_switch_is_no_task(store):
    set_mode(store, Mode.AUTO, 0)
    set_mode(store, Mode.ON, 0, task=KILL_SWITCH)
    assert incumbents(store, store.flags()) == {}
