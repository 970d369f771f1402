"""Children of C code that forks without telling Python, as uWSGI does with its default options.

The parent's threads rest in the moment of the fork, as far as that can be arranged: the interpreter itself does not
survive such a fork when a thread holds its lock, or waits for it.
"""

import os
import signal
import sqlite3
import subprocess
import sys
from weakref import WeakSet

import pytest

from slm_instrument.capture import Recorder
from slm_instrument.forking import all_now
from slm_instrument.store import open_store
from slm_instrument.testing import make_call

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

PROLOGUE = """
import ctypes, os, signal, sys, threading, time
from slm_instrument.capture import Recorder
from slm_instrument.store import KILL_SWITCH, Flag, Mode, open_store
from slm_instrument.testing import make_call
url = sys.argv[1]
recorder = Recorder(url)
fork = ctypes.PyDLL(None).fork
def record(*names):
    for name in names:
        recorder.record(make_call(id=name))
def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def start(program, url):
    arguments = [sys.executable, "-W", "error", "-c", PROLOGUE + program, url]
    return subprocess.Popen(
        arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def run(program, url):
    process = start(program, url)
    try:
        out, err = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # its children, too
    return process.returncode, out, err


def ids(url):
    store = open_store(url)
    found = sorted(call.id for call in store.iter_calls())
    store.close()
    return found


def test_a_child_of_an_idle_parent_records(url):
    program = """
record('parent'); assert recorder.flush(10)
time.sleep(0.1)
children = []
for n in range(3):
    if (child := fork()) == 0:
        record(f'child {n}')
        os._exit(0 if recorder.flush(10) and recorder.stats().written == 1 else 1)
    children.append(child)
assert [ended(child) for child in children] == [0, 0, 0]
record('parent again'); assert recorder.flush(10)
"""
    assert run(program, url) == (0, "", "")
    assert ids(url) == ["child 0", "child 1", "child 2", "parent", "parent again"]


def test_a_child_leaves_to_its_parent_what_was_queued(url):
    program = """
record('parent'); assert recorder.flush(10)
record('queued'); time.sleep(0.03)  # the writer is up, and waits for more
if (child := fork()) == 0:
    record('child')
    os._exit(0 if recorder.flush(10) and recorder.stats().submitted == 1 else 1)
assert ended(child) == 0
"""
    assert run(program, url) == (0, "", "")
    assert ids(url) == ["child", "parent", "queued"]


def test_a_child_that_just_ends_writes_everything(url):
    program = """
record('parent'); assert recorder.flush(10)
time.sleep(0.1)
if (child := fork()) == 0:
    record(*(f'child {n}' for n in range(5)))
    sys.exit()
assert ended(child) == 0
"""
    assert run(program, url) == (0, "", "")
    assert ids(url) == [*(f"child {n}" for n in range(5)), "parent"]


def test_children_of_children_record_however_they_were_forked(url):
    program = """
record('parent'); assert recorder.flush(10)
time.sleep(0.1)
def descend(*forks):
    if not forks:
        return 0
    if (child := forks[0]()) == 0:
        record(f'generation {len(forks)}')
        good = recorder.flush(10)
        time.sleep(0.1)
        os._exit(descend(*forks[1:]) if good else 1)
    return ended(child)
assert descend(fork, fork, os.fork, fork) == 0
"""
    assert run(program, url) == (0, "", "")
    assert ids(url) == [*(f"generation {n}" for n in range(1, 5)), "parent"]


def test_a_child_whose_parent_is_killed_and_a_third_process_lose_nothing_of_each_other(url, tmp_path):
    # SQLite in the child believes to have the lock of an inherited connection, and the last other process to close the
    # database would delete the journal under it.
    program = """
record('parent'); assert recorder.flush(10)
time.sleep(0.1)
if fork() == 0:
    record('child'); recorder.flush(10)
    os.kill(os.getppid(), signal.SIGKILL)
    for n in range(200):
        record(f'child {n}'); time.sleep(0.003)
    os._exit(0 if recorder.flush(10) else 1)
time.sleep(60)
"""
    process = start(program, url)
    process.wait(60)
    assert process.returncode == -signal.SIGKILL
    for n in range(6):
        with Recorder(url) as recorder:
            recorder.record(make_call(id=f"third {n}"))
            assert recorder.flush(10)
    process.communicate(timeout=60)  # until the child has ended
    expected = ["parent", "child", *(f"child {n}" for n in range(200)), *(f"third {n}" for n in range(6))]
    assert ids(url) == sorted(expected)
    connection = sqlite3.connect(tmp_path / "calls.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_child_forked_in_the_midst_of_a_transaction_leaves_the_database_alone_and_loses_nothing(url):
    program = """
record('parent'); assert recorder.flush(10)
store, begun, over = open_store(url), threading.Event(), threading.Event()
def write():
    with store.writing():
        begun.set(); over.wait()
thread = threading.Thread(target=write); thread.start(); begun.wait()
time.sleep(0.1)
if (child := fork()) == 0:
    record('child')
    in_time = recorder.flush(1)
    recorder.close()
    print(in_time, recorder.stats().spooled, flush=True)
    os._exit(0)
assert ended(child) == 0
over.set(); thread.join(); store.close()
"""
    returncode, out, err = run(program, url)
    assert (returncode, out) == (0, "False 1\n"), err
    assert "in use when this process was forked" in err
    with Recorder(url) as recorder:
        recorder.record(make_call(id="next"))
        assert recorder.flush(10)
    assert ids(url) == ["child", "next", "parent"]


def test_a_given_store_can_be_read_and_written_in_a_child(url):
    program = """
store = open_store(url)
store.add_calls([make_call(id='parent')])
if (child := fork()) == 0:
    store.add_calls([make_call(id='child')])
    os._exit(0 if store.count_calls() == 2 else 1)
assert ended(child) == 0
store.close()
"""
    assert run(program, url) == (0, "", "")
    assert ids(url) == ["child", "parent"]


def test_a_connection_that_was_closed_keeps_no_child_from_the_database(url):
    program = """
store = open_store(url)
with store.reading() as connection:
    kept = connection.connection.dbapi_connection  # as a cycle of references would, until it is collected
store.close()
if (child := fork()) == 0:
    record('child')
    os._exit(0 if recorder.flush(10) else 1)
assert ended(child) == 0
"""
    assert run(program, url) == (0, "", "")
    assert ids(url) == ["child"]


def test_a_kill_switch_works_in_a_child(url):
    program = """
from datetime import UTC, datetime
from slm_instrument.runtime.lazy_store import LazyStore
from slm_instrument.runtime.store_flags import StoreFlags
with open_store(url).writing(): pass
flags = StoreFlags(LazyStore(url).get, refresh_s=0.3)
assert flags.wait(10) and not flags.killed
time.sleep(0.1)
if (child := fork()) == 0:
    assert not flags.killed
    store = open_store(url)
    store.set_flag(Flag(task_id=KILL_SWITCH, mode=Mode.OFF, set_at=datetime.now(UTC), set_by="test"))
    until = time.monotonic() + 5
    while not flags.killed and time.monotonic() < until:
        time.sleep(0.05)
    os._exit(0 if flags.killed else 1)
assert ended(child) == 0
flags.close()
"""
    assert run(program, url) == (0, "", "")


class Growing(WeakSet):
    """A set that another thread adds to, the first time it is looked through."""

    looked = 0

    def __iter__(self):
        self.looked += 1
        if self.looked == 1:
            raise RuntimeError("Set changed size during iteration")
        return super().__iter__()


def test_a_recorder_made_meanwhile_keeps_no_other_from_being_closed():
    things = Growing([recorder := Recorder("memory://")])
    assert all_now(things) == [recorder]
    recorder.close()
