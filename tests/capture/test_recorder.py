"""What a recorder promises its caller."""

import gc
import threading
import time

import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.capture import Recorder, RecorderStats
from slm_instrument.errors import ConfigError
from slm_instrument.records import Call, Message
from slm_instrument.store import open_store
from slm_instrument.testing import FlakyStore, make_call


def ids(store):
    return [call.id for call in store.iter_calls()]


def test_calls_are_stored_whole_and_in_order(url):
    calls = [make_call(f"Message {n}", answer="billing", labels={"n": n}) for n in range(300)]
    with Recorder(url) as recorder:
        for call in calls:
            recorder.record(call)
        assert recorder.flush(10)
    stored = list(open_store(url).iter_calls())
    assert [call.id for call in stored] == [call.id for call in calls]
    assert [call.messages for call in stored] == [call.messages for call in calls]
    assert stored[7].labels == {"n": 7}


def test_the_call_is_built_on_the_writers_thread(url):
    seen = []

    def build():
        seen.append(threading.current_thread())
        return make_call()

    with Recorder(url) as recorder:
        recorder.submit(build)
        assert recorder.flush(10)
    assert seen == [thread for thread in seen if thread is not threading.current_thread()]
    assert len(seen) == 1


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), RecursionError(), KeyboardInterrupt()])
def test_a_build_that_raises_costs_its_call_only(url, error, warnings_of):
    def fail():
        raise error

    with Recorder(url) as recorder:
        recorder.record(make_call(id="before"))
        recorder.submit(fail)
        recorder.submit(fail)
        recorder.submit(lambda: "no call at all")
        recorder.record(make_call(id="after"))
        assert not recorder.flush(10), "three calls were lost"
        assert recorder.flush(10), "none since"
        assert recorder.stats() == RecorderStats(submitted=5, written=2, errors=3)
    assert ids(open_store(url)) == ["before", "after"]
    assert len(warnings_of("could not be recorded")) == 2, "once when it happened, once at the end"


def test_flush_is_false_until_the_store_has_it(flaky):
    recorder = Recorder(flaky)
    with flaky.hanging():
        recorder.record(make_call(id="one"))
        assert not recorder.flush(0.2)
        assert recorder.stats().queued == 1
    assert recorder.flush(10)
    assert ids(flaky) == ["one"]
    assert recorder.stats() == RecorderStats(submitted=1, written=1)
    recorder.close()


def test_flush_without_calls_is_true_and_touches_no_store(tmp_path):
    recorder = Recorder(f"sqlite:///{tmp_path}/none.db")
    assert recorder.flush(10)
    recorder.close()
    assert not (tmp_path / "none.db").exists()


def test_flush_after_close_tells_what_became_of_it(flaky):
    recorder = Recorder(flaky)
    recorder.record(make_call())
    recorder.close()
    assert recorder.flush(1)
    other = Recorder(flaky)
    flaky.down = True
    other.record(make_call())
    other.close()
    assert not other.flush(0.1)
    assert other.stats() == RecorderStats(submitted=1, spooled=1)


def test_the_caller_never_waits_for_a_hanging_store(flaky):
    recorder = Recorder(flaky, queue=1000)
    with flaky.hanging():
        took = []
        for _ in range(500):
            started = time.perf_counter()
            recorder.record(make_call())
            took.append(time.perf_counter() - started)
        assert max(took) < 2, "a store call hangs for as long as this test"
    assert recorder.flush(10)
    recorder.close()


def test_a_full_queue_loses_nothing(flaky):
    recorder = Recorder(flaky, queue=10)
    calls = [make_call(f"Message {n}") for n in range(500)]
    with flaky.hanging():
        for call in calls:
            recorder.record(call)
        stats = recorder.stats()
        assert stats.submitted == 500
        assert stats.spooled >= 400
        assert stats.dropped == 0
    assert recorder.flush(20)
    assert sorted(ids(flaky)) == sorted(call.id for call in calls)
    assert recorder.stats() == RecorderStats(submitted=500, written=500)
    recorder.close()


def test_many_threads_share_a_recorder(url):
    recorder = Recorder(url, queue=50)

    def work(name):
        for n in range(200):
            recorder.record(Call(id=f"{name}-{n:03}", messages=(Message("user", f"{name} {n}"),)))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorder.flush(30)
    assert sorted(ids(open_store(url))) == sorted(f"{name}-{n:03}" for name in "abcd" for n in range(200))
    recorder.close()


def test_flush_by_many_threads(url):
    recorder = Recorder(url)
    answers = []

    def work():
        recorder.record(make_call())
        answers.append(recorder.flush(10))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 8
    recorder.close()


def test_a_build_that_flushes_does_not_wait_for_itself(url):
    with Recorder(url) as recorder:
        answers = []
        recorder.submit(lambda: answers.append(recorder.flush(None)) or make_call())
        assert recorder.flush(10)
        assert answers == [False]


def test_the_kill_switch_is_read_at_every_call(url, monkeypatch):
    with Recorder(url) as recorder:
        monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
        recorder.record(make_call(id="off"))
        recorder.submit(lambda: make_call(id="off too"))
        monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "0")
        recorder.record(make_call(id="on"))
        assert recorder.flush(10)
        assert recorder.stats().submitted == 1
    assert ids(open_store(url)) == ["on"]


def test_the_applications_name_is_added_where_none_is(url, monkeypatch):
    monkeypatch.setenv("SLM_INSTRUMENT_APP", "from-env")
    with Recorder(url) as recorder:
        recorder.record(make_call())
        recorder.record(make_call(app="own"))
    with Recorder(url, app="shop") as recorder:
        recorder.record(make_call())
    assert [call.app for call in open_store(url).iter_calls()] == ["from-env", "own", "shop"]


def test_the_store_is_the_environments_by_default(url, monkeypatch):
    monkeypatch.setenv("SLM_INSTRUMENT_STORE", url)
    with Recorder() as recorder:
        recorder.record(make_call(id="one"))
    assert ids(open_store(url)) == ["one"]


@pytest.mark.parametrize("store", ["", "no address", "mysterydb://host/x"])
def test_an_address_that_means_nothing_is_refused(store):
    with pytest.raises(ConfigError):
        Recorder(store or "::")


@pytest.mark.parametrize("size", [{"queue": 0}, {"queue": -1}, {"spool_bytes": -1}])
def test_sizes_that_make_no_sense_are_refused(url, size):
    with pytest.raises(ConfigError):
        Recorder(url, **size)


def test_calls_after_close_are_counted_and_said_once(url, warnings_of):
    recorder = Recorder(url)
    recorder.record(make_call())
    recorder.close()
    recorder.close()
    recorder.record(make_call())
    recorder.record(make_call())
    assert recorder.stats() == RecorderStats(submitted=3, written=1, dropped=2)
    assert len(warnings_of("recorder is closed")) == 1


def test_a_recorder_that_is_no_longer_referenced_writes_and_ends_its_thread(url):
    recorder = Recorder(url)
    recorder.record(make_call(id="one"))
    thread = recorder._writer._thread
    del recorder
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()
    assert ids(open_store(url)) == ["one"]


def test_a_writer_that_fails_goes_on_with_its_batch(flaky, warnings_of):
    recorder = Recorder(flaky)
    recorder.record(make_call(id="zero"))
    assert recorder.flush(10)
    add = flaky.add_calls

    def die(calls):
        flaky.add_calls = add
        raise SystemExit

    flaky.add_calls = die
    recorder.record(make_call(id="one"))
    recorder.record(make_call(id="two"))
    assert recorder.flush(10)
    assert ids(flaky) == ["zero", "one", "two"]
    assert len(warnings_of("the writer failed")) == 1
    recorder.close()


def test_a_call_that_the_store_refuses_costs_itself_only(flaky, warnings_of):
    calls = [make_call(f"Message {n}") for n in range(20)]
    flaky.refused = {calls[3].id, calls[11].id}
    with Recorder(flaky) as recorder:
        for call in calls:
            recorder.record(call)
        assert not recorder.flush(10)
        assert recorder.stats() == RecorderStats(submitted=20, written=18, errors=2)
    assert len(ids(flaky)) == 18
    assert len(warnings_of("could not be recorded (further")) == 1


@pytest.mark.parametrize(
    "call",
    [
        Call(id="odd", labels={"thing": object(), "text": "\ud800"}),
        Call(id="odd", messages=(Message("user", "half a \ud83d smiley"),), params={"stop": {1, 2}}),
        Call(id="odd", messages=(Message("user", [{"type": "image", "of": object()}]),), response_format={"a": int}),
    ],
)
def test_what_has_no_json_form_is_replaced_and_the_rest_recorded(url, call):
    with Recorder(url) as recorder:
        recorder.record(make_call(id="before"))
        recorder.record(call)
        assert recorder.flush(10)
    assert ids(open_store(url)) == ["before", "odd"]


@pytest.fixture(scope="module")
def shared_store():
    store = open_store("memory://")
    yield store
    store.close()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["record", "record", "fail build", "go down", "come up", "flush"]), max_size=40))
def test_every_call_is_settled_exactly_once_whatever_happens(shared_store, steps):
    store = FlakyStore(shared_store)
    before = store.count_calls()
    recorder = Recorder(store, queue=5)
    recorded = []
    for step in steps:
        if step == "record":
            recorded.append(make_call(f"Message {len(recorded)}"))
            recorder.record(recorded[-1])
        elif step == "fail build":
            recorder.submit(lambda: 1 / 0)
        elif step == "flush":
            recorder.flush(0.01)
        else:
            store.down = step == "go down"
    store.down = False
    recorder.flush(10)
    stats = recorder.stats()
    recorder.close()
    assert ids(store)[before:] == [call.id for call in recorded]
    assert (stats.written, stats.errors) == (len(recorded), steps.count("fail build"))
    assert stats.submitted == stats.written + stats.errors


def test_a_call_is_known_beforehand_as_it_will_be_written():
    store = open_store("memory://")
    with Recorder(store, app="desk", human="concierge*") as recorder:
        call = recorder.completed(Call(id="a", agent="concierge-de"))
        recorder.record(Call(id="a", agent="concierge-de"))
        assert recorder.flush(20)
    assert (call.app, call.audience) == ("desk", "human")
    assert list(store.iter_calls()) == [call]
    store.close()
