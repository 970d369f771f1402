"""What users of other tools ask of capture, inside one process: each test is one of their complaints, turned round."""

import asyncio
import ctypes
import gc
import os
import random
import resource
import sqlite3
import sys
import threading
import time
from collections import Counter

import pytest

from slm_instrument.capture import Recorder, annotate, annotations
from slm_instrument.records import Message
from slm_instrument.store import open_store
from slm_instrument.testing import make_call

ALLOWED_LAG_S = 0.3  # a machine that is busy with other tests lags by itself; a store that hangs does so for longer


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.01)


def ids(url):
    store = open_store(url)
    found = [call.id for call in store.iter_calls()]
    store.close()
    return found


def writers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("slm_instrument")]


def open_files():
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system does not list open files")


def test_capture_goes_on_when_its_thread_dies_and_nothing_is_lost(flaky):
    class Dies(BaseException):
        pass

    recorder = Recorder(flaky)
    add, deaths = flaky.add_calls, []

    def die_now_and_then(calls):
        if flaky.batches % 2 == 0 and len(deaths) < 10:
            flaky.batches += 1
            deaths.append(len(calls))
            raise Dies
        return add(calls)

    flaky.add_calls = die_now_and_then
    for n in range(200):
        recorder.record(make_call(id=f"{n:03}"))
        time.sleep(0.002)
    assert recorder.flush(10)
    assert deaths
    assert sorted(call.id for call in flaky.iter_calls()) == [f"{n:03}" for n in range(200)]
    recorder.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the thread may die of it
def test_a_thread_killed_at_any_point_is_replaced(url, monkeypatch):
    """As tools do that stop what takes too long: an exception thrown into the thread from outside."""
    # It may strike in a finalizer, where nobody can be told, or a second time in the hook that would tell it.
    for module, hook in ((sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, lambda _: None)
    recorder = Recorder(url)
    for n in range(30):
        recorder.record(make_call(id=f"during {n}"))
        time.sleep(0.01 * random.random())
        for thread in writers():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
    time.sleep(0.1)
    recorder.record(make_call(id="after"))
    wait_until(lambda: "after" in ids(url))
    assert recorder.flush(10) or recorder.flush(10), "the second flush has nothing that was lost before it"
    recorder.close()


@pytest.mark.skipif(sys.platform == "win32", reason="resource is of Unix")
def test_memory_is_bounded_while_the_store_is_down(flaky):
    flaky.down = True
    recorder = Recorder(flaky, queue=200, spool_bytes=1_000_000)
    draw = random.Random(0)

    def record(count):
        for _ in range(count):
            recorder.record(make_call(draw.randbytes(10_000).hex()))

    record(500)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    record(5_000)  # 100 MB
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    stats = recorder.stats()
    assert grown_kb < 30_000
    assert stats.submitted == 5_500 == stats.queued + stats.spooled + stats.dropped
    recorder.close(0.5)
    assert recorder.stats().submitted == 5_500 == recorder.stats().spooled + recorder.stats().dropped


@needs_proc
@pytest.mark.parametrize("address", ["sqlite:///{}/calls.db", "sqlite:///{}/missing/calls.db"], ids=["up", "down"])
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "dropped"])
def test_recorders_made_and_dropped_leave_no_threads_and_no_files(tmp_path, address, closed):
    url = address.format(tmp_path)
    Recorder(url).close()
    before = open_files()
    for _ in range(15):
        recorder = Recorder(url)
        recorder.record(make_call())
        recorder.flush(0.1)
        if closed:
            recorder.close()
        del recorder
    wait_until(lambda: not writers())
    assert open_files() <= before


def test_a_long_run_holds_no_calls(url):
    def held():
        gc.collect()
        return sum(type(each).__name__ == "Call" for each in gc.get_objects())

    before = held()  # by other tests
    recorder = Recorder(url)
    for _ in range(300):
        recorder.record(make_call())
    assert recorder.flush(10)
    assert held() < before + 100
    recorder.close()


def test_a_dialogue_is_stored_once_and_not_again_with_every_turn(tmp_path):
    def size(turns):
        file = tmp_path / f"{turns}.db"
        draw = random.Random(turns)
        messages = [Message("system", "You talk.")]
        with Recorder(f"sqlite:///{file}") as recorder:
            for n in range(turns):
                messages.append(Message("user", draw.randbytes(1000).hex()))
                answer = Message("assistant", draw.randbytes(1000).hex())
                recorder.record(make_call(id=f"{n}", messages=tuple(messages), response=answer))
                messages.append(answer)
            assert recorder.flush(10)
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return file.stat().st_size

    empty, short, long = size(0), size(25), size(100)
    assert (long - empty) / (short - empty) < 5, "four times the turns are four times the bytes, not sixteen"


def longest_lag(work):
    """Run work on an event loop; how much later than due, in seconds, a task on it was woken at most."""

    async def main():
        lags, done = [], asyncio.Event()

        async def tick():
            while not done.is_set():
                before = time.monotonic()
                await asyncio.sleep(0.001)
                lags.append(time.monotonic() - before - 0.001)

        ticking = asyncio.create_task(tick())
        await work()
        done.set()
        await ticking
        return max(lags)

    return asyncio.run(main())


@pytest.mark.parametrize("queue", [10_000, 50], ids=["in memory", "spilling"])
@pytest.mark.parametrize("hangs", [False, True], ids=["store works", "store hangs"])
def test_the_event_loop_is_never_blocked(flaky, queue, hangs):
    recorder = Recorder(flaky, queue=queue)
    texts = [random.Random(n).randbytes(1000).hex() for n in range(1_000)]

    async def agent(share):
        for text in share:
            recorder.record(make_call(text))
            await asyncio.sleep(0)

    async def work():
        await asyncio.gather(*(agent(texts[n::10]) for n in range(10)))
        await asyncio.sleep(0.5)

    if hangs:
        with flaky.hanging():
            assert longest_lag(work) < ALLOWED_LAG_S
    else:
        assert longest_lag(work) < ALLOWED_LAG_S
    assert recorder.flush(20)
    assert recorder.stats().written == 1_000
    recorder.close()


def test_calls_pending_when_the_event_loop_ends_are_written(url):
    recorder = Recorder(url)

    async def work():
        pending = asyncio.create_task(asyncio.sleep(60))
        pending.add_done_callback(lambda _: recorder.record(make_call(id="cancelled with the loop")))
        recorder.record(make_call(id="last on the loop"))
        await asyncio.sleep(0)

    asyncio.run(work())
    assert recorder.flush(10)
    assert sorted(ids(url)) == ["cancelled with the loop", "last on the loop"]
    recorder.close()


def test_what_is_said_of_a_call_is_what_held_when_it_was_made(url):
    recorder = Recorder(url)
    ready, labels = threading.Event(), {"step": "one"}

    def build():
        ready.wait(10)
        return said.on(make_call(id="one"))

    with annotate(agent="concierge", labels=labels):
        said = annotations()
        recorder.submit(build)
    labels["step"] = "two"
    with annotate(agent="someone else"):
        ready.set()
        assert recorder.flush(10)
    store = open_store(url)
    (call,) = store.iter_calls()
    store.close()
    assert (call.agent, call.labels) == ("triage", {"step": "one"})
    recorder.close()


def test_threads_and_loops_share_one_recorder_and_mix_nothing_up(url):
    recorder = Recorder(url)

    async def one(name):
        with annotate(trace_id=name):
            await asyncio.sleep(random.random() / 100)
            recorder.record(annotations().on(make_call(name)))

    async def many(thread):
        await asyncio.gather(*(one(f"{thread}-{n}") for n in range(25)))

    threads = [threading.Thread(target=lambda n=n: asyncio.run(many(n))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorder.flush(10)
    store = open_store(url)
    found = Counter((call.trace_id, call.messages[-1].content) for call in store.iter_calls())
    store.close()
    assert found == {(f"{t}-{n}", f"{t}-{n}"): 1 for t in range(4) for n in range(25)}
    recorder.close()


def test_recorders_that_make_their_databases_at_once_do_not_mix_them_up(tmp_path):
    # Alembic, which makes the tables, keeps what it is working on in global variables.
    urls = [f"sqlite:///{tmp_path}/{n}.db" for n in range(4)]
    recorders = [Recorder(url) for url in urls]
    for recorder, url in zip(recorders, urls, strict=True):
        recorder.record(make_call(id=url))
    assert [recorder.flush(10) for recorder in recorders] == [True] * 4
    for recorder in recorders:
        recorder.close()
    assert [ids(url) for url in urls] == [[url] for url in urls]
