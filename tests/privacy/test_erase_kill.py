"""``kill -9`` in an erasure, in small (benchmarks/erasure.py does it fifty times): the next run completes it."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from slm_instrument import open_store
from slm_instrument.cli import run
from slm_instrument.privacy.erase import pending

ERASE = """
import sys
from slm_instrument.cli import run
from slm_instrument.store import open_store
import slm_instrument.privacy.erase
url = sys.argv[1]
open_store(url).close()
print("ready", flush=True)
sys.stdin.readline()
sys.exit(run(["erase", "--origin", "user-1", "--store", url]))
"""


def erase(url, after_s=None):
    """Have a process erase, and kill it after so many seconds (None: never); returns how long it ran."""
    command = [sys.executable, "-c", ERASE, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        began = time.monotonic()
        process.stdin.write("go\n")
        process.stdin.flush()
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
        return time.monotonic() - began


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_the_next_run_completes_it_and_nothing_else_is_lost(tmp_path, dialogue, calls_of, unused):
    template = tmp_path / "template"
    template.mkdir()
    with closing(open_store(f"sqlite:///{template}/calls.db")) as store:
        store.add_calls([dialogue(f"user-{n % 3}", 1 + n % 5, id=f"c{n}") for n in range(900)])
        before = calls_of(store)
        with store.reading() as connection:
            needles = [
                bytes(data)[:24]
                for data in connection.exec_driver_sql(
                    "SELECT data FROM contents JOIN calls ON response_id = contents.id WHERE calls.id IN ('c1', 'c4')"
                ).scalars()
            ]
    others = {id: call for id, call in before.items() if int(id[1:]) % 3 != 1}
    whole = erase(f"sqlite:///{shutil.copytree(template, tmp_path / 'whole')}/calls.db")
    for kill in range(3):
        folder = shutil.copytree(template, tmp_path / f"kill-{kill}")
        url = f"sqlite:///{folder}/calls.db"
        erase(url, whole * random.Random(kill).uniform(kill / 3, (kill + 1) / 3))
        assert calls_of(url) in (before, others)
        assert run(["erase", "--resume", "--store", url]) == 0
        assert run(["erase", "--origin", "user-1", "--store", url]) == 0
        assert calls_of(url) == others
        with closing(open_store(url)) as store:
            assert unused(store) == {}
            assert pending(store) == 0
        with closing(sqlite3.connect(folder / "calls.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert not [p for p in folder.iterdir() if any(needle in p.read_bytes() for needle in needles)]
