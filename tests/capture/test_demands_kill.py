"""``kill -9`` in small (benchmarks/durability.py does it a hundred times), and many processes on one SQLite file.

A busy machine may keep a process from running for a while: what must be there is what was recorded a second before the
kill, where the benchmark, which has the machine for itself, says 200 ms.
"""

import mmap
import os
import random
import sqlite3
import struct
import subprocess
import sys
import time
from collections import Counter

import pytest

from slm_instrument.capture import Recorder
from slm_instrument.store import open_store
from slm_instrument.testing import make_call

ALLOWED_S = 1.0
ROOM = 20_000

# What was recorded when is noted in a file mapped into memory: a killed process loses none of it.
KILLED = f"""
import mmap, struct, sys, threading, time
from slm_instrument.capture import Recorder
from slm_instrument.testing import make_call
url, file, queue = sys.argv[1:]
recorder = Recorder(url, queue=int(queue))
with open(file, "r+b") as opened:
    noted = mmap.mmap(opened.fileno(), 0)
def work(worker):
    for n in range(worker, {ROOM}, 2):
        recorder.record(make_call("x" * 2000, id=f"{{n:06}}"))
        struct.pack_into("d", noted, n * 8, time.monotonic())
        time.sleep(0.004)
for worker in range(2):
    threading.Thread(target=work, args=(worker,)).start()
"""


class Killed:
    """A process that records, with a database in a folder of its own."""

    def __init__(self, folder, queue=10_000):
        folder.mkdir()
        self.folder = folder
        self.url = f"sqlite:///{folder}/calls.db"
        notes = folder / "notes"
        notes.write_bytes(bytes(8 * ROOM))
        open_store(self.url).close()
        self.process = subprocess.Popen([sys.executable, "-c", KILLED, self.url, notes, str(queue)])
        with notes.open("r+b") as opened:
            self.notes = mmap.mmap(opened.fileno(), 0)

    def wait_for_first(self):
        while not any(self.notes[:16]):
            assert self.process.poll() is None
            time.sleep(0.01)

    def kill(self):
        killed = time.monotonic()
        self.process.kill()
        self.process.wait()
        times = struct.unpack(f"{ROOM}d", self.notes)
        self.due = {f"{n:06}" for n, at in enumerate(times) if 0 < at < killed - ALLOWED_S}
        self.made = {f"{n:06}" for n, at in enumerate(times) if at}
        self.notes.close()

    def start_again(self):
        """The ids in the store when the next process has written what it found."""
        with Recorder(self.url) as recorder:
            recorder.record(make_call(id="next"))
            assert recorder.flush(30) or recorder.flush(30), "the kill may have torn the last line of the spool"
        store = open_store(self.url)
        found = [call.id for call in store.iter_calls() if call.id != "next"]
        store.close()
        return found

    def locked(self):
        connection = sqlite3.connect(self.folder / "calls.db", isolation_level=None, timeout=10)
        connection.execute("BEGIN EXCLUSIVE")
        return connection


def integrity(folder):
    connection = sqlite3.connect(folder / "calls.db")
    try:
        return connection.execute("PRAGMA integrity_check").fetchall()
    finally:
        connection.close()


def test_five_processes_killed_under_load_lose_nothing_but_their_last_moment(tmp_path):
    draw = random.Random(os.getpid())
    processes = [Killed(tmp_path / f"{n}", queue=50 if n == 4 else 10_000) for n in range(5)]
    try:
        for each in processes:
            each.wait_for_first()
        locks = [each.locked() for each in processes[:2]]  # two stores are locked until their processes are dead
        time.sleep(ALLOWED_S)
        for each in processes:
            time.sleep(draw.uniform(0.1, 0.4))
            each.kill()
    finally:
        for each in processes:
            each.process.kill()
    for lock in locks:
        lock.execute("ROLLBACK")
        lock.close()
    for each in processes:
        found = each.start_again()
        assert each.due
        assert each.due <= set(found)
        assert max(Counter(found).values()) == 1
        assert integrity(each.folder) == [("ok",)]
        assert [name for name in os.listdir(each.folder) if ".spool-" in name] == []


WRITES = """
import sys
from slm_instrument.capture import Recorder
from slm_instrument.testing import make_call
url, name = sys.argv[1:]
with Recorder(url) as recorder:
    print('ready', flush=True); sys.stdin.readline()
    for n in range(500):
        recorder.record(make_call(f"{name} {n} " + "x" * 1000, id=f"{name}-{n:03}"))
    assert recorder.flush(60)
"""


def test_four_processes_on_one_sqlite_file_write_500_calls_each(url, tmp_path):
    arguments = [sys.executable, "-c", WRITES, url]
    writers = [
        subprocess.Popen([*arguments, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in "abcd"
    ]
    try:
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            writer.stdin.write("go\n")
            writer.stdin.flush()
        for writer in writers:
            writer.communicate(timeout=60)
    finally:
        for writer in writers:
            writer.kill()
    assert [writer.returncode for writer in writers] == [0] * 4
    store = open_store(url)
    found = [call.id for call in store.iter_calls()]
    store.close()
    assert sorted(found) == [f"{name}-{n:03}" for name in "abcd" for n in range(500)]
    for name in "abcd":
        own = [id for id in found if id.startswith(name)]
        assert own == sorted(own), "each process's calls in its order"
    assert integrity(tmp_path) == [("ok",)]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["kill", "outage", "disk"])
def test_the_durability_benchmark_in_small_keeps_its_promises(tmp_path, part):
    options = [part, "--kills", "12", "--seconds", "10", "--json", tmp_path / "figures.json"]
    done = subprocess.run([sys.executable, "-m", "benchmarks.durability", *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
