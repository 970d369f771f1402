"""Processes that end, in all the ways that lose traces elsewhere: each of these programs is run and its store read."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from slm_instrument.capture import Recorder
from slm_instrument.store import open_store
from slm_instrument.testing import make_call

PROLOGUE = """
import asyncio, os, signal, sys, threading, time
from slm_instrument.capture import Recorder
from slm_instrument.testing import make_call
url = sys.argv[1]
recorder = Recorder(url)
def record(*names):
    for name in names:
        recorder.record(make_call(id=name))
"""


def start(program, url, *options, prologue=PROLOGUE):
    arguments = [sys.executable, "-W", "error", *options, "-c", prologue + program, url]
    return subprocess.Popen(arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process):
    try:
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, out, err


def ids(url):
    store = open_store(url)
    found = sorted(call.id for call in store.iter_calls())
    store.close()
    return found


ENDINGS = {
    "os._exit after a flush": "record('one'); assert recorder.flush(10); os._exit(0)",
    "a daemon thread that goes on recording": """
def work():
    while True:
        record(os.urandom(8).hex()); time.sleep(0.001)
record('one')
threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
""",
    "a thread that records after the main thread ended": """
def work():
    time.sleep(0.3); record('one')
threading.Thread(target=work).start()
""",
    "a pool that works on after the main thread ended": """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
pool.submit(lambda: (time.sleep(0.3), record('one')))
""",
    "an event loop that ends with calls pending": """
async def main():
    record('one')
    asyncio.get_running_loop().call_soon(record, 'two')
    asyncio.create_task(asyncio.sleep(60))
asyncio.run(main())
""",
    "a recorder that is no longer referenced": "record('one'); del recorder",
    "SIGTERM turned into an exit": """
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
record('one'); os.kill(os.getpid(), signal.SIGTERM)
""",
}


def test_a_process_may_end_in_any_of_these_ways_and_loses_nothing(tmp_path):
    urls = {ending: f"sqlite:///{tmp_path}/{n}.db" for n, ending in enumerate(ENDINGS)}
    running = [(ending, start(ENDINGS[ending], url)) for ending, url in urls.items()]
    outcomes = {ending: ended(process) for ending, process in running}
    said = {ending: outcome for ending, outcome in outcomes.items() if outcome != (0, "", "")}
    late = said.pop("a daemon thread that goes on recording", (0, "", ""))
    assert said == {}
    assert late[0] == 0
    assert all("one" in ids(url) for url in urls.values())


def test_development_mode_has_nothing_to_warn_of(url):
    assert ended(start("record('one'); recorder.flush(10); record('two')", url, "-X", "dev")) == (0, "", "")
    assert ids(url) == ["one", "two"]


def test_sigterm_without_a_handler_costs_the_last_moment_only(url):
    # The signal ends the process at once: nothing of Python runs. What was recorded is by then in the store or spool.
    process = start(
        "record('one'); recorder.flush(10); record('two'); time.sleep(1); print('ready', flush=True); time.sleep(60)",
        url,
    )
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert ended(process)[0] == -signal.SIGTERM
    assert ids(url) == ["one", "two"]


def test_calls_after_the_end_of_the_interpreter_raise_nothing_and_are_said(url):
    program = """
class Stream:
    def __del__(self): record('late')
record('one')
stream = Stream()
stream.itself = stream
"""
    code, out, err = ended(start(program, url))
    assert (code, out) == (0, "")
    assert "one" in ids(url)
    assert err == "" or "the recorder is closed" in err
    assert "Traceback" not in err


def test_ctrl_c_while_the_process_ends_loses_nothing(url, tmp_path):
    open_store(url).close()
    other = sqlite3.connect(tmp_path / "calls.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    names = [f"{n:03}" for n in range(300)]
    process = start("record(*(f'{n:03}' for n in range(300))); print('ready', flush=True)", url)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    ended(process)
    other.execute("ROLLBACK")
    other.close()
    with Recorder(url) as recorder:
        recorder.record(make_call(id="next"))
        assert recorder.flush(10)
    assert ids(url) == [*names, "next"]


def test_a_process_with_a_store_that_hangs_ends_in_time_and_leaves_its_calls(url, tmp_path):
    open_store(url).close()
    other = sqlite3.connect(tmp_path / "calls.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    started = time.monotonic()
    code, _, err = ended(start("record('one', 'two')", url, "-X", "dev"))
    assert time.monotonic() - started < 20
    assert code == 0
    assert "2 calls wait in" in err
    assert "Warning:" not in err
    other.execute("ROLLBACK")
    other.close()
    with Recorder(url) as recorder:
        recorder.record(make_call(id="next"))
        assert recorder.flush(10)
    assert ids(url) == ["next", "one", "two"]


def test_where_no_thread_can_be_started_close_writes(url, monkeypatch):
    # A container whose bound on processes is reached.
    import threading

    def refuse(_):
        raise RuntimeError("can't start new thread")

    recorder = Recorder(url)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    for n in range(3):
        recorder.record(make_call(id=f"{n}"))
    recorder.close()
    monkeypatch.undo()
    assert ids(url) == ["0", "1", "2"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
def test_recording_from_a_signal_handler_hangs_nobody(url):
    # The handler runs between any two steps of the main thread, those under a lock too; so do finalizers.
    program = """
signal.signal(signal.SIGALRM, lambda *_: recorder.record(make_call()))
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
recorder = Recorder(url, queue=20)
calls = [make_call() for _ in range(20_000)]
until = time.monotonic() + 1
for call in calls:
    recorder.record(call)
    recorder.stats()
    if time.monotonic() > until: break
signal.setitimer(signal.ITIMER_REAL, 0)
os._exit(0)
"""
    process = start(program, url)
    try:
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_relative_address_means_the_folder_where_the_recorder_was_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recorder = Recorder("sqlite:///calls.db")
    (tmp_path / "elsewhere").mkdir()
    os.chdir("elsewhere")  # as daemons do, with the default address
    recorder.record(make_call(id="one"))
    assert recorder.flush(10)
    recorder.close()
    assert os.listdir(".") == []
    assert ids(f"sqlite:///{tmp_path}/calls.db") == ["one"]


def test_an_empty_spool_of_a_process_killed_early_is_cleared_away(url, tmp_path):
    (tmp_path / "calls.db.spool-1-abcd").touch()
    os.utime(tmp_path / "calls.db.spool-1-abcd", (1, 1))  # one of this minute may be about to be locked by its process
    with Recorder(url) as recorder:
        recorder.record(make_call(id="one"))
        assert recorder.flush(10)
    assert [name for name in os.listdir(tmp_path) if ".spool-" in name] == []
