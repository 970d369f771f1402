"""What went wrong once, each in a way that stopped all recording, hung a process or lost calls."""

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest

from slm_instrument.capture import Recorder, RecorderStats, recover
from slm_instrument.records import Message, ToolCall, ToolSpec
from slm_instrument.store import open_store
from slm_instrument.testing import make_call

IN_YEAR_ONE = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))  # year 0 in UTC, which there is not
FORKING_THREADS = """
import os, sys, threading, time
from slm_instrument.capture import Recorder
from slm_instrument.testing import make_call
recorder = Recorder(sys.argv[1])
recorder.record(make_call())
assert recorder.flush(10)
end = time.monotonic() + 1.5
def fork():
    while time.monotonic() < end:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
threads = [threading.Thread(target=fork) for _ in range(2)]
for thread in threads: thread.start()
while time.monotonic() < end:
    recorder.record(make_call()); time.sleep(0.002)
for thread in threads: thread.join()
os._exit(0 if recorder.flush(10) else 1)
"""


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.01)


@pytest.mark.parametrize(
    "times",
    [
        {"started_at": datetime(2026, 5, 4)},
        {"started_at": datetime(2026, 5, 4, tzinfo=UTC), "duration_ms": 1e300},
        {"started_at": datetime.max.replace(tzinfo=UTC), "duration_ms": 5.0},
        {"started_at": IN_YEAR_ONE},
    ],
    ids=["no zone", "for ever", "the last moment", "the first moment"],
)
def test_no_time_that_a_call_may_tell_stops_the_writer(url, times, warnings_of):
    with Recorder(url) as recorder:
        recorder.record(make_call(id="odd", **times))
        recorder.record(make_call(id="plain", started_at=datetime.now(UTC)))
        assert recorder.flush(10)
        assert recorder.lag() >= 0
    assert not warnings_of("the writer failed")
    assert [call.id for call in open_store(url).iter_calls()] == ["odd", "plain"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_threads_that_fork_at_the_same_time_stop_no_writer(url):
    done = subprocess.run([sys.executable, "-c", FORKING_THREADS, url], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": (Message("user", ["a text and no part"]),)},
        {"messages": (Message("assistant", None, (ToolCall("look", "{}", 5),)),)},
        {"messages": (Message("user", "x", tool_calls=None),)},
        {"tools": (ToolSpec("look", 5),)},
        {"tools": (ToolSpec("look", None, ["no", "schema"]),)},
        {"params": MappingProxyType({"temperature": 0.5})},
        {"agent": object()},
        {"labels": None},
    ],
    ids=lambda fields: f"{fields}"[:40],
)
def test_an_odd_call_survives_the_spool_and_the_rules_for_people(flaky, fields):
    recorder = Recorder(flaky, human=["concierge*", "node=chat_*"])
    flaky.down = True
    recorder.record(make_call(id="odd", **fields))
    wait_until(lambda: recorder.stats().spooled == 1)
    flaky.down = False
    assert recorder.flush(10)
    (call,) = flaky.iter_calls()
    assert call.id == "odd"
    assert call.params == dict(fields.get("params", {}))
    recorder.close()


def test_who_waits_without_a_bound_is_told_when_the_recorder_ends(flaky):
    recorder = Recorder(flaky)
    flaky.down = True
    recorder.record(make_call())
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(recorder.flush(None)))
    waiting.start()
    wait_until(lambda: recorder.stats().spooled == 1)
    recorder.close()
    waiting.join(10)
    assert answers == [False]


def test_close_does_not_wait_for_a_write_that_hangs_and_the_store_is_closed_when_it_returns(url, monkeypatch):
    recorder = Recorder(url)
    recorder.record(make_call(id="one"))
    assert recorder.flush(10)
    sink = recorder._writer._keeper._sink
    hangs, returns = threading.Event(), threading.Event()
    spool_all = recorder._writer._spool_all

    def spool_all_and_record():
        spool_all()
        recorder.record(make_call(id="between the last look at the queue and the end"))

    def hang(lock):
        with lock:
            hangs.set()
            returns.wait(30)

    hanging = threading.Thread(target=hang, args=(sink._store._write_lock,))
    hanging.start()
    assert hangs.wait(10)
    monkeypatch.setattr(recorder._writer, "_spool_all", spool_all_and_record)
    try:
        recorder.record(make_call(id="two"))
        wait_until(lambda: recorder._writer._held)
        started = time.monotonic()
        recorder.close(timeout=0.2)
        assert time.monotonic() - started < 5
        assert recorder.stats() == RecorderStats(submitted=3, written=1, spooled=1, dropped=1)
        assert not recorder.flush(None)
        recorder.record(make_call(id="late"))
        assert recorder.stats() == RecorderStats(submitted=4, written=1, spooled=1, dropped=2)
    finally:
        returns.set()
        hanging.join()
    wait_until(lambda: not recorder._writer._running)
    assert sink._store is None


def test_a_call_that_comes_while_the_thread_ends_is_written_and_the_store_closed_again(url, monkeypatch):
    recorder = Recorder(url)
    recorder.record(make_call(id="one"))
    assert recorder.flush(10)
    keeper = recorder._writer._keeper
    close = keeper.close

    def close_and_record(**how):
        close(**how)
        monkeypatch.undo()
        recorder.record(make_call(id="late"))

    monkeypatch.setattr(keeper, "close", close_and_record)
    recorder.close()
    assert recorder.stats() == RecorderStats(submitted=2, written=2)
    assert keeper._sink._store is None
    assert [call.id for call in open_store(url).iter_calls()] == ["one", "late"]


def test_no_call_is_counted_twice_while_the_spool_is_emptied(flaky):
    recorder = Recorder(flaky)
    flaky.down = True
    for _ in range(1500):
        recorder.record(make_call())
    wait_until(lambda: recorder.stats().spooled == 1500)
    flaky.down = False
    flushing = threading.Thread(target=recorder.flush)
    flushing.start()
    while flushing.is_alive():
        assert recorder.stats().submitted == 1500
    assert recorder.stats() == RecorderStats(submitted=1500, written=1500)
    recorder.close()


def test_recovering_tells_what_could_not_be_recovered(flaky, tmp_path, warnings_of):
    url = f"sqlite:///file:{tmp_path}/calls.db?mode=ro&uri=true"
    with Recorder(url) as recorder:
        recorder.record(make_call(id="refused"))
        recorder.record(make_call(id="fine"))
    assert recorder.stats().spooled == 2
    flaky.refused = {"refused"}
    assert recover(flaky, url) == 1
    assert warnings_of("1 calls of the spool were lost")


def test_a_shared_database_in_memory_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Recorder("sqlite:///file::memory:?cache=shared&uri=true") as recorder:
        recorder.record(make_call())
        assert recorder.flush(10)
    assert os.listdir(tmp_path) == []
