import os
import sys
import threading
from concurrent.futures import wait

import pytest

from slm_instrument.runtime.deadline import Workers


@pytest.fixture
def workers():
    workers = Workers(2, "test")
    yield workers
    workers.close()


def test_results_and_errors_reach_the_waiter(workers):
    assert workers.submit(lambda: 42).result(10) == 42
    with pytest.raises(ZeroDivisionError):
        workers.submit(lambda: 1 // 0).result(10)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_what_would_end_a_thread_ends_neither_worker_nor_waiter(workers, error):
    def leave():
        raise error

    for _ in range(5):
        with pytest.raises(RuntimeError, match=type(error).__name__):
            workers.submit(leave).result(10)
    assert workers.submit(lambda: 42).result(10) == 42


def test_no_more_threads_than_allowed_and_none_before_there_is_work():
    workers = Workers(2, "counted")
    running, most, lock, go_on = 0, 0, threading.Lock(), threading.Event()

    def work():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(10)
        with lock:
            running -= 1

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("slm-instrument-counted")]
    futures = [workers.submit(work) for _ in range(10)]
    go_on.set()
    done, waiting = wait(futures, 10)
    assert (len(done), len(waiting)) == (10, 0)
    assert most <= 2
    workers.close()


def test_one_idle_thread_is_used_again(workers):
    names = {workers.submit(lambda: threading.current_thread().name).result(10) for _ in range(1)}
    for _ in range(50):
        names.add(workers.submit(lambda: threading.current_thread().name).result(10))
    assert 1 <= len(names) <= 2


def test_work_that_is_cancelled_while_it_waits_never_runs(workers):
    go_on, ran = threading.Event(), []
    blocking = [workers.submit(lambda: go_on.wait(10)) for _ in range(2)]
    waiting = workers.submit(lambda: ran.append(1))
    assert waiting.cancel()
    go_on.set()
    wait(blocking, 10)
    assert workers.submit(lambda: 42).result(10) == 42
    assert ran == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_forked_child_has_workers_of_its_own(workers):
    assert workers.submit(lambda: 1).result(10) == 1
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if workers.submit(lambda: 2).result(10) == 2 else 1
        finally:
            sys.stdout.flush()
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
