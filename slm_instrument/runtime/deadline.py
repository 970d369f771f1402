"""Work that may be waited for no longer than a deadline, on a few daemon threads."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from slm_instrument.forking import reset_in_child

T = TypeVar("T")

_Job = tuple[Future[Any], Callable[[], Any]]


class Workers:
    """Runs work on up to ``threads`` threads, started when there is work for them.

    Unlike :class:`concurrent.futures.ThreadPoolExecutor` its threads are daemons, so work that hangs does not keep the
    process from ending, and it goes on working in a forked child.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._threads = threads
        self._name = name
        self._closed = False
        self.reset()
        reset_in_child(self)

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        """Queue the work; cancelling its future before a thread has taken it up keeps it from running."""
        future: Future[T] = Future()
        with self._lock:
            if self._idle == 0 and self._started < self._threads:
                self._start()
            elif self._idle:
                self._idle -= 1
            self._jobs.put((future, work))
            if self._closed:
                self._let_go()
        return future

    def close(self) -> None:
        """Let the threads end when they have done what is queued; one that hangs is left behind.

        Work that comes later, from who does not know yet, is done by a thread that ends with it.
        """
        with self._lock:
            self._closed = True
            self._let_go()

    def reset(self) -> None:
        """Forget all threads and what waits for them, as a forked child must."""
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._started = 0
        self._idle = 0

    def _let_go(self) -> None:
        for _ in range(self._started):
            self._jobs.put(None)
        self._started = self._idle = 0
        self._jobs = SimpleQueue()

    def _start(self) -> None:
        self._started += 1
        name = f"slm-instrument-{self._name}-{self._started}"
        threading.Thread(target=self._run, args=(self._jobs,), name=name, daemon=True).start()

    def _run(self, jobs: "SimpleQueue[_Job | None]") -> None:
        while (job := jobs.get()) is not None:
            _run_one(*job)
            del job  # nothing of a call is held while waiting for the next
            with self._lock:
                if jobs is self._jobs:
                    self._idle += 1


def _run_one(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except Exception as error:  # for the waiter to see
        future.set_exception(error)
    except BaseException as error:  # sys.exit() and panics of Rust code: they must end neither worker nor agent
        wrapped = RuntimeError(f"{type(error).__name__}: {error}")
        wrapped.__cause__ = error
        future.set_exception(wrapped)
    else:
        future.set_result(result)
