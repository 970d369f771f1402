"""Servers that fork after the recorder was made (gunicorn --preload, celery, multiprocessing), as they really do it."""

import importlib.util
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request

import pytest

from slm_instrument.capture import Recorder
from slm_instrument.store import open_store
from slm_instrument.testing import make_call

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

# Python 3.12 and later warn of any fork with threads about: that is the servers' doing, not ours.
IGNORED = ("-W", "ignore:.*multi-threaded.*:DeprecationWarning")
PROLOGUE = """
import os, signal, sys, threading, time
from slm_instrument.capture import Recorder
from slm_instrument.testing import make_call
url = sys.argv[1]
recorder = Recorder(url)
def record(*names):
    for name in names:
        recorder.record(make_call(id=name))
"""


def start(program, url):
    arguments = [sys.executable, "-W", "error", *IGNORED, "-c", PROLOGUE + program, url]
    return subprocess.Popen(arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run(program, url):
    process = start(program, url)
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


def is_whole(folder):
    connection = sqlite3.connect(folder / "calls.db")
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def test_children_forked_in_the_midst_of_a_transaction_can_write(url, tmp_path):
    # SQLite keeps its locks per process: a child that inherits a connection which was writing finds the database locked
    # for as long as it lives, by a connection that nobody uses any more.
    program = """
going = True
def work():
    while going:
        recorder.record(make_call("x" * 2000)); time.sleep(0.0003)
thread = threading.Thread(target=work); thread.start()
record('first'); recorder.flush(10)
children = []
for n in range(15):
    time.sleep(0.013)
    child = os.fork()
    if child == 0:
        record(f'child {n}')
        os._exit(0 if recorder.flush(3) else 1)
    children.append(child)
codes = [os.waitpid(child, 0)[1] for child in children]
going = False
thread.join()
assert codes == [0] * 15, codes
"""
    assert run(program, url) == (0, "", "")
    assert len([id for id in ids(url) if id.startswith("child")]) == 15
    assert is_whole(tmp_path)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system does not list open files")
def test_a_child_inherits_no_connection_whenever_the_fork_comes(url):
    # While the store is opened, when it is idle, while it writes.
    program = """
def inherited():
    links = [f'/proc/self/fd/{fd}' for fd in os.listdir('/proc/self/fd')]
    names = [os.path.basename(os.readlink(link)) for link in links if os.path.lexists(link)]
    return [name for name in names if '.db' in name and '.spool-' not in name and '.key' not in name]
for n in range(12):
    recorder = Recorder(f'{url}-{n}.db')
    for _ in range(3):
        record('a call')
        time.sleep(n * 0.008)
        child = os.fork()
        if child == 0:
            print(*inherited(), end='', flush=True)
            os._exit(0)
        os.waitpid(child, 0)
"""
    assert run(program, url) == (0, "", "")


def test_a_child_whose_parent_is_killed_and_a_third_process_lose_nothing_of_each_other(url, tmp_path):
    # The lock that tells the first user of an SQLite journal is not inherited: with the parent's connection in its
    # memory the child never takes it, and the next process overwrites what the child commits.
    program = """
record('parent'); recorder.flush(10)
if os.fork() == 0:
    record('child'); recorder.flush(10)
    os.kill(os.getppid(), signal.SIGKILL)
    for n in range(300):
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
    recorder = Recorder(url)
    for n in range(6, 100):
        recorder.record(make_call(id=f"third {n}"))
        time.sleep(0.003)
    process.communicate(timeout=60)  # until the child has ended
    assert recorder.flush(10)
    recorder.close()
    expected = ["parent", "child", *(f"child {n}" for n in range(300)), *(f"third {n}" for n in range(100))]
    assert ids(url) == sorted(expected)
    assert is_whole(tmp_path)


def test_a_child_forked_by_a_thread_records(url):
    program = """
def work():
    child = os.fork()
    if child == 0:
        record('child')
        os._exit(0 if recorder.flush(10) else 1)
    assert os.waitpid(child, 0)[1] == 0
record('parent')
thread = threading.Thread(target=work); thread.start(); thread.join()
"""
    assert run(program, url) == (0, "", "")
    assert ids(url) == ["child", "parent"]


def test_a_worker_that_ends_by_os_exit_loses_its_last_moment_only(url):
    # Celery's prefork pool ends its workers past atexit and past multiprocessing's finalizers.
    program = """
record('parent'); recorder.flush(10)
children = []
for n in range(2):
    child = os.fork()
    if child == 0:
        record(f'worker {n}')
        time.sleep(1)
        os._exit(0)
    children.append(child)
for child in children: os.waitpid(child, 0)
"""
    assert run(program, url) == (0, "", "")
    assert ids(url) == ["parent", "worker 0", "worker 1"]


@pytest.mark.parametrize(
    "method", ["fork", *(pytest.param(name, marks=pytest.mark.slow) for name in ("spawn", "forkserver"))]
)
def test_a_pool_of_processes_loses_nothing(url, tmp_path, method):
    (tmp_path / "agent.py").write_text(
        "import sys\n"
        "from slm_instrument.capture import Recorder\n"
        "from slm_instrument.testing import make_call\n"
        "recorder = None\n"
        "def work(url, name):\n"
        "    global recorder\n"
        "    recorder = recorder or Recorder(url)\n"
        "    recorder.record(make_call(id=name))\n"
    )
    program = f"""
sys.path.insert(0, {str(tmp_path)!r})
import agent
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
if {method!r} == "fork":
    agent.work(url, 'parent')
with ProcessPoolExecutor(2, mp_context=get_context({method!r})) as pool:
    for task in [pool.submit(agent.work, url, f'{{n:02}}') for n in range(20)]:
        task.result()
"""
    assert run(program, url) == (0, "", "")
    assert [id for id in ids(url) if id != "parent"] == [f"{n:02}" for n in range(20)]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(port, path):
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            assert time.monotonic() < deadline, "the server did not answer"
            time.sleep(0.05)


@pytest.mark.skipif(importlib.util.find_spec("gunicorn") is None, reason="gunicorn is not installed")
def test_gunicorn_with_preload(url, tmp_path):
    (tmp_path / "agent_app.py").write_text(
        "import os\n"
        "from slm_instrument.capture import Recorder\n"
        "from slm_instrument.testing import make_call\n"
        f"recorder = Recorder({url!r})\n"
        "recorder.record(make_call(id='preload'))\n"
        "assert recorder.flush(10)\n"
        "def app(environ, start_response):\n"
        "    recorder.record(make_call(id=environ['PATH_INFO']))\n"
        "    start_response('200 OK', [])\n"
        "    return [str(os.getpid()).encode()]\n"
    )
    port = free_port()
    arguments = ["--preload", "--no-control-socket", "--workers", "2"]
    arguments += ["--bind", f"127.0.0.1:{port}", "--chdir", str(tmp_path)]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *arguments, "agent_app:app"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        # Until both have answered: gunicorn loses a SIGTERM that comes between a worker's fork and its signal handlers
        # (benoitc/gunicorn#1910), and such a worker is killed after 30 s. The first alone is soon through with 40.
        answered: list[str] = []
        deadline = time.monotonic() + 30
        while len(answered) < 40 or len(set(answered)) < 2:
            assert time.monotonic() < deadline, "one of the workers did not answer"
            answered.append(get(port, f"{len(answered)}"))
        server.terminate()
        log = server.communicate(timeout=60)[0].decode()
    finally:
        server.kill()
    assert server.returncode == 0, log
    assert log.count("Worker exiting") == 2, log  # of themselves: nobody was killed
    assert str(server.pid) not in answered
    assert ids(url) == sorted(["preload", *(f"/{n}" for n in range(len(answered)))])
    assert "slm_instrument" not in log
