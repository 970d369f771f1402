"""What a killed process left in the spool is part of the log: whoever reads the log next finds it."""

import subprocess
import sys

from slm_instrument.capture import Recorder, recover
from slm_instrument.store import open_store
from slm_instrument.testing import make_call

LEAVE_TWO_CALLS = """
import os, sqlite3, sys
from slm_instrument.capture import Recorder
from slm_instrument.testing import make_call
other = sqlite3.connect(sys.argv[1], isolation_level=None); other.execute("BEGIN EXCLUSIVE")
recorder = Recorder(f"sqlite:///{sys.argv[1]}")
recorder.record(make_call(id="one")); recorder.record(make_call(id="two"))
recorder.flush(0.5)
assert recorder.stats().spooled == 2, recorder.stats()
os.kill(os.getpid(), 9)
"""


def test_calls_of_a_killed_process_are_recovered_once_and_by_the_command_line_too(tmp_path):
    url = f"sqlite:///{tmp_path}/calls.db"
    with Recorder(url) as recorder:
        recorder.record(make_call(id="before"))
    subprocess.run([sys.executable, "-c", LEAVE_TWO_CALLS, str(tmp_path / "calls.db")], check=False, timeout=60)
    command = [sys.executable, "-m", "slm_instrument", "export", "--format", "native", "--store", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "2 calls that ended processes could not write were recovered from the spool" in done.stderr
    assert len(done.stdout.splitlines()) == 3
    store = open_store(url)
    assert [call.id for call in store.iter_calls()] == ["before", "one", "two"]
    assert recover(store, url) == 0
    store.close()


def test_a_running_process_keeps_its_spool(tmp_path):
    url = f"sqlite:///{tmp_path}/calls.db"
    store = open_store(url)
    recorder = Recorder(f"sqlite:///file:{tmp_path}/calls.db?mode=ro&uri=true")
    recorder.record(make_call(id="waits"))
    assert not recorder.flush(0.5)
    assert recorder.stats().spooled == 1
    assert recover(store, url) == 0
    recorder.close()
    assert recover(store, url) == 1
    store.close()
