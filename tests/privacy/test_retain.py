"""Calls that are past their time go, the newest stay, and who records meanwhile loses nothing."""

import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument import Call, Message, Recorder, open_store
from slm_instrument.errors import ConfigError
from slm_instrument.privacy import retain
from slm_instrument.privacy.erase import erase
from slm_instrument.privacy.retain import Retention, Rule, remove_rule, rules, run, set_rule
from slm_instrument.records import Outcome

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def ids(store):
    return {call.id for call in store.iter_calls()}


@pytest.fixture
def filled(store, dialogue):
    """A call a day of each of three applications (one has no name), the newest of today; ids say how old they are."""
    for app in ("shop", "bank", None):
        for n in range(20, -1, -1):
            made_at = NOW - timedelta(days=n, hours=1)
            store.add_calls([dialogue(f"{app} {n % 3}", 1 + n, id=f"{app}-{n}", app=app, started_at=made_at)])
    return store


def test_rules_are_of_an_application_or_of_all_others(filled, unused):
    set_rule(filled, Rule(app="shop", days=5), by="ann")
    set_rule(filled, Rule(app="bank", calls=3), by="ann")
    set_rule(filled, Rule(days=10, calls=15), by="ann")
    assert [rule.app for rule in rules(filled)] == ["*", "bank", "shop"]
    report = run(filled, now=NOW, batch=4, pause_s=0)
    kept = {"shop": range(5), "bank": range(3), None: range(10)}
    assert ids(filled) == {f"{app}-{n}" for app, days in kept.items() for n in days}
    assert report.by_app == {"shop": 16, "bank": 18, "*": 11}
    assert unused(filled) == {}
    assert run(filled, now=NOW).calls == 0


def test_without_a_rule_everything_is_kept(filled):
    set_rule(filled, Rule(days=1), by="ann")
    remove_rule(filled)
    assert run(filled, now=NOW).calls == 0
    assert len(ids(filled)) == 63


def test_calls_that_do_not_tell_when_they_were_made_age_from_when_they_were_recorded(store, dialogue):
    store.add_calls([dialogue("ann", id="one")])
    set_rule(store, Rule(days=2), by="ann")
    assert run(store).calls == 0
    assert run(store, now=datetime.now(UTC) + timedelta(days=3)).calls == 1


def test_a_bound_in_bytes_keeps_about_so_many(store, unused):
    calls = [Call(id=f"{n:03}", messages=(Message("user", f"{n:03}" * 100),)) for n in range(200)]
    store.add_calls(calls)
    with store.reading() as connection:
        size = connection.exec_driver_sql("SELECT sum(length(data)) FROM contents").scalar()
    set_rule(store, Rule(bytes=size // 2), by="ann")
    run(store, pause_s=0)
    left = ids(store)
    assert 95 <= len(left) <= 105
    assert left == {call.id for call in calls[-len(left) :]}
    assert unused(store) == {}


def test_what_came_of_calls_goes_with_the_last_of_them(store, dialogue):
    now = datetime.now(UTC)
    old, new = now - timedelta(days=9), now - timedelta(hours=1)
    calls = [("a", "t", old), ("b", "t", new), ("c", "u", old), ("d", None, new)]
    store.add_calls([dialogue("ann", id=id, trace_id=trace, started_at=at) for id, trace, at in calls])
    said = [("a", None, old), ("b", None, old), (None, "t", old), (None, "u", old), (None, "to come", new)]
    store.add_outcomes([Outcome(call_id=call, trace_id=trace, good=True, at=at) for call, trace, at in said])
    set_rule(store, Rule(days=3), by="ann")
    assert run(store, pause_s=0).rows["outcomes"] == 1
    kept = [outcome.call_id or outcome.trace_id for outcome in store.iter_outcomes()]
    assert kept == ["b", "t", "to come"]


@pytest.mark.parametrize("rule", [Rule(), Rule(days=0), Rule(app="shop", calls=-1)])
def test_a_rule_that_means_nothing_is_refused(store, rule):
    with pytest.raises(ConfigError):
        set_rule(store, rule, by="ann")


def test_a_run_that_was_broken_off_is_gone_on_with(filled, unused):
    set_rule(filled, Rule(days=10), by="ann")
    asked = []
    run(filled, now=NOW, batch=5, pause_s=0, stopped=lambda: len(asked) > 2 or asked.append(1))
    assert 30 < len(ids(filled)) < 63
    assert unused(filled) != {}
    run(filled, now=NOW, batch=5, pause_s=0)
    assert len(ids(filled)) == 30
    assert unused(filled) == {}


def test_an_erasure_takes_what_a_broken_off_run_left(filled, unused, monkeypatch):
    set_rule(filled, Rule(days=10), by="ann")
    with monkeypatch.context() as broken:
        broken.setattr(retain._Run, "sweep", lambda _: None)  # as when it is killed before
        run(filled, now=NOW, pause_s=0)
    assert unused(filled) != {}
    erase(filled, ["shop 1"], by="ann")
    assert unused(filled) == {}


def test_calls_that_come_while_it_sweeps_keep_the_texts_they_share(
    durable_url, dialogue, calls_of, unused, monkeypatch
):
    again = dialogue("bob", turns=3, id="again", started_at=NOW)
    real = retain.sql_retain.unused

    def and_then_it_comes_again(connection):
        found = real(connection)
        writer.add_calls([again, dialogue("carl", id="new", started_at=NOW)])
        return found

    with closing(open_store(durable_url)) as writer, closing(open_store(durable_url)) as store:
        old = [dialogue(f"u{n}", id=f"old-{n}", started_at=NOW - timedelta(days=9)) for n in range(9)]
        writer.add_calls([*old, Call(id="same", messages=again.messages, started_at=NOW - timedelta(days=9))])
        set_rule(store, Rule(days=3), by="ann")
        with monkeypatch.context() as patched:
            patched.setattr(retain.sql_retain, "unused", and_then_it_comes_again)
            assert run(store, now=NOW, batch=3, pause_s=0).calls == 10
        assert calls_of(store).keys() == {"again", "new"}
        assert calls_of(store)["again"] == (None, again.messages, again.response)
        assert unused(store) == {}


def test_who_records_meanwhile_loses_nothing(durable_url, dialogue, calls_of, unused):
    with closing(open_store(durable_url)) as store:
        store.add_calls([dialogue(f"u{n % 7}", 1 + n % 3, id=f"old-{n}") for n in range(600)])
        set_rule(store, Rule(calls=100), by="ann")
        done = threading.Event()
        with Recorder(durable_url) as recorder:

            def record():
                for n in range(2_000):
                    recorder.record(dialogue(f"u{n % 7}", 1 + n % 3, id=f"new-{n}"))
                    time.sleep(0.001)
                    if done.is_set() and n > 300:
                        break
                recorded.append(n + 1)

            recorded = []
            thread = threading.Thread(target=record)
            thread.start()
            run(store, batch=50, pause_s=0.005)
            done.set()
            thread.join()
            assert recorder.flush(20)
        set_rule(store, Rule(calls=1_000_000), by="ann")
        run(store)
        assert {id for id in calls_of(store) if id.startswith("new-")} == {f"new-{n}" for n in range(recorded[0])}
        assert unused(store) == {}


def test_it_runs_in_the_background_of_a_process(filled):
    set_rule(filled, Rule(days=10), by="ann")
    with Retention(filled, every_s=0.05) as background:
        deadline = time.monotonic() + 10
        while background.last is None and time.monotonic() < deadline:
            time.sleep(0.01)
    assert background.last.calls == 63  # all are older than that by now
    assert ids(filled) == set()
