"""Students moved by what is in a real store: once, whoever looks, however often, after whatever went wrong."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from slm_instrument.errors import StoreError
from slm_instrument.runtime.auto import Controller, Policy, Watched
from slm_instrument.runtime.auto.controller import PAGE, PAGES
from slm_instrument.store import Mode, open_store
from slm_instrument.testing.samples import NOW

from .seen import compared, stream, transition

RISE = 1_500
AUTO = Watched("t1", "b1", 0.95, Mode.AUTO)
RISE_AND_FALL = stream(RISE, 0.985) + stream(700, 0.6, seed=1)


@pytest.fixture
def store():
    with_store = open_store("memory://")
    yield with_store
    with_store.close()


def controller(store, policy=None):
    return Controller(lambda: store, policy)


def add(store, observations, portion=500):
    for start in range(0, len(observations), portion):
        store.add_observations(observations[start : start + portion])


def life(store):
    """The moves of a student, without their times."""
    return [(t.number, t.before, t.after, t.because, dict(t.numbers)) for t in store.transitions()]


@pytest.fixture(scope="module")
def expected():
    """What happens to the student of RISE_AND_FALL."""
    store = open_store("memory://")
    add(store, RISE_AND_FALL)
    controller(store).step([AUTO])
    moves = life(store)
    store.close()
    return moves


class TestAStudentsLife:
    def test_up_and_down_and_out(self, expected):
        assert [(before, after) for _, before, after, _, _ in expected] == [
            (Mode.SHADOW, Mode.CANARY),
            (Mode.CANARY, Mode.ON),
            (Mode.ON, Mode.SHADOW),
            (Mode.SHADOW, Mode.OFF),
        ]
        up, on, back, off = (numbers for *_, numbers in expected)
        assert up["bar"] == pytest.approx(0.925)
        assert on["low"] < 0.985 < on["high"]
        assert on["coverage"] == pytest.approx(0.8, abs=0.05)
        assert on["e_value"] >= on["needed"] == 40
        assert RISE < back["seq"] < RISE + 100
        assert (back["attempt"], off["attempt"]) == (1, 2)
        assert off["compared"] == 100

    def test_the_moves_are_told_with_their_reason(self, store, caplog):
        add(store, RISE_AND_FALL)
        with caplog.at_level(logging.INFO, "slm_instrument.runtime"):
            moves = controller(store).step([AUTO])
        assert [record.levelname for record in caplog.records] == ["INFO", "INFO", "WARNING", "WARNING"]
        assert moves[0].because in caplog.messages[0]
        assert "student b1 of task t1: shadow -> canary; agreement is over 0.925: " in caplog.messages[0]
        assert moves == store.transitions()

    def test_each_is_a_row_of_the_audit_log(self, store):
        add(store, RISE_AND_FALL)
        controller(store).step([AUTO])
        assert len([row for row in store.audit() if row.subject in ("t1", "b1")]) == 4

    def test_a_good_student_stays_on(self, store):
        add(store, stream(4_000, 0.98, seed=3))
        controller(store).step([AUTO])
        assert store.stages()["b1"][0] is Mode.ON

    def test_a_withdrawn_student_is_not_read_any_more(self, store):
        add(store, RISE_AND_FALL)
        watcher = controller(store)
        watcher.step([AUTO])
        add(store, stream(500, 1.0, seed=4))
        assert watcher.step([AUTO]) == controller(store).step([AUTO]) == []

    def test_only_those_that_are_watched_are_moved(self, store):
        add(store, RISE_AND_FALL + [replace(row, bundle_id="b2") for row in RISE_AND_FALL])
        assert {move.bundle_id for move in controller(store).step([AUTO])} == {"b1"}
        assert controller(store).step([replace(AUTO, mode=Mode.SHADOW), replace(AUTO, mode=Mode.OFF)]) == []
        assert {move.bundle_id for move in controller(store).step([AUTO, replace(AUTO, bundle_id="b2")])} == {"b2"}


class TestByHand:
    def test_a_student_that_falls_is_taken_back_once(self, store):
        on = replace(AUTO, mode=Mode.ON, set_at=NOW)
        watcher = controller(store)
        add(store, stream(500, 0.5))  # in shadow, before somebody set it on all the same
        assert watcher.step([on]) == []
        add(store, stream(200, 0.5, seed=2, mode=Mode.ON))
        (brake,) = watcher.step([on])
        assert (brake.before, brake.after) == (Mode.ON, Mode.SHADOW)
        add(store, stream(100, 0.5, seed=3, mode=Mode.ON))  # what was still in the queues
        assert watcher.step([on]) == controller(store).step([on]) == []

    def test_setting_it_again_is_a_new_trial(self, store):
        on = replace(AUTO, mode=Mode.ON, set_at=NOW)
        watcher = controller(store)
        add(store, stream(100, 0.5, mode=Mode.ON))
        (brake,) = watcher.step([on])
        again = replace(on, set_at=brake.at + timedelta(microseconds=1))
        assert watcher.step([again])[0].number == 2
        assert watcher.step([again]) == []

    def test_nothing_moves_it_up(self, store):
        add(store, stream(1_000, 1.0, mode=Mode.CANARY))
        assert controller(store).step([replace(AUTO, mode=Mode.CANARY)]) == []

    def test_what_was_compared_by_then_counts_when_it_becomes_auto(self, store):
        watcher = controller(store)
        add(store, stream(1_000, 1.0, mode=Mode.ON))
        assert watcher.step([replace(AUTO, mode=Mode.ON)]) == []
        assert [move.after for move in watcher.step([AUTO])] == [Mode.CANARY, Mode.ON]


class TestWhoeverLooks:
    @pytest.mark.parametrize("portion", [37, 1_000])
    def test_it_makes_no_difference_how_often(self, store, expected, portion):
        watcher = controller(store)
        for start in range(0, len(RISE_AND_FALL), portion):
            add(store, RISE_AND_FALL[start : start + portion])
            watcher.step([AUTO])
        assert life(store) == expected

    def test_nor_that_every_look_is_a_new_process(self, store, expected):
        for start in range(0, len(RISE_AND_FALL), 200):
            add(store, RISE_AND_FALL[start : start + 200])
            controller(store).step([AUTO])
        assert life(store) == expected

    def test_nor_that_call_ids_are_forgotten(self, store, expected):
        add(store, [replace(row, call_id=None) for row in RISE_AND_FALL])
        controller(store).step([AUTO])
        assert life(store) == expected

    def test_two_at_once_take_turns_at_being_first(self, tmp_path, expected):
        url = f"sqlite:///{tmp_path / 'auto.db'}"
        open_store(url).close()
        done = threading.Event()

        def watch():
            store = open_store(url)
            watcher = controller(store)
            moved = []
            while not done.is_set():
                moved += watcher.step([AUTO])
            moved += watcher.step([AUTO]) + watcher.step([AUTO])
            store.close()
            return moved

        with ThreadPoolExecutor(2) as pool:
            watching = [pool.submit(watch) for _ in range(2)]
            writer = open_store(url)
            add(writer, RISE_AND_FALL, portion=250)
            done.set()
            moved = [move for each in watching for move in each.result()]
        assert sorted(move.number for move in moved) == [1, 2, 3, 4]
        assert life(writer) == expected
        writer.close()

    def test_a_move_that_another_has_made_is_taken_over(self, store, expected):
        first, second = controller(store), controller(store)
        add(store, RISE_AND_FALL[:1_000])
        second.step([AUTO])
        moved_before = len(life(store))
        assert first.step([AUTO]) == []
        add(store, RISE_AND_FALL[1_000:])
        assert len(second.step([AUTO])) == 4 - moved_before
        assert first.step([AUTO]) == []
        assert life(store) == expected

    def test_one_who_was_too_slow_reads_what_was_decided(self, store):
        """The other process knows of comparisons that this one does not, and is faster."""
        add(store, stream(100, 1.0, coverage=1.0))
        watcher = controller(store)

        class Overtaken:
            def __getattr__(self, name):
                return getattr(store, name)

            def add_transition(self, move):
                store.add_transition(transition(1, Mode.SHADOW, Mode.OFF, seq=50))
                return store.add_transition(move)

        watcher = Controller(Overtaken)
        assert watcher.step([AUTO]) == []
        assert watcher.assess(AUTO).stage is Mode.OFF
        assert watcher.step([AUTO]) == []
        assert [move.after for move in store.transitions()] == [Mode.OFF]


class TestTrouble:
    def test_a_store_that_fails_is_asked_again(self, store, expected):
        failing = {"evidence", "add_transition", "transitions"}

        class Flaky:
            def __getattr__(self, name):
                if name in failing:
                    failing.discard(name)
                    raise StoreError(f"{name} failed")
                return getattr(store, name)

        add(store, RISE_AND_FALL)
        watcher = Controller(Flaky)
        for _ in range(3):
            with pytest.raises(StoreError):
                watcher.step([AUTO])
        watcher.step([AUTO])
        assert life(store) == expected

    def test_a_long_history_is_read_bit_by_bit(self, store, monkeypatch, expected):
        monkeypatch.setattr("slm_instrument.runtime.auto.controller.PAGE", 50)
        add(store, RISE_AND_FALL)
        watcher = controller(store)
        steps = 0
        while len(life(store)) < 4:
            watcher.step([AUTO])
            steps += 1
        assert steps > 3
        assert life(store) == expected
        assert PAGE * PAGES >= 10_000


class TestAssess:
    def test_nothing_is_moved_and_nothing_missed(self, store, expected):
        watcher = controller(store)
        add(store, RISE_AND_FALL[:RISE])
        before = watcher.assess(AUTO)
        assert (before.stage, life(store)) == (Mode.SHADOW, [])
        assert before.exits[1].e_value > before.exits[1].needed
        watcher.step([AUTO])
        after = watcher.assess(AUTO)
        assert (after.stage, after.compared) == (Mode.ON, before.compared)
        add(store, RISE_AND_FALL[RISE:])
        watcher.step([AUTO])
        assert life(store) == expected
        assert watcher.assess(AUTO).stage is Mode.OFF

    def test_a_move_at_the_last_comparison_shows_at_once(self, store):
        add(store, [compared()] * 100)
        controller(store).step([AUTO])
        assert controller(store).assess(AUTO).stage is Mode.CANARY

    def test_a_policy_of_ones_own_is_followed(self, store):
        add(store, [compared()] * 90)
        assert controller(store).step([AUTO]) == []
        assert len(controller(store, Policy(least=10)).step([AUTO])) == 1
