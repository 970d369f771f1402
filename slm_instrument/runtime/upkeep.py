"""What is done beside the agent's work every few seconds, on one thread that nobody waits for."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from slm_instrument.forking import reset_in_child
from slm_instrument.runtime.serving import describe

_log = logging.getLogger("slm_instrument.runtime")


@dataclass(slots=True)
class Job:
    """Something to do every so many seconds; what it raises is logged, once in a row."""

    name: str
    every_s: float
    run: Callable[[], object]
    due_at: float = 0.0
    failing: bool = False


class Upkeep:
    """Runs jobs when they are due. The thread is a daemon, starts with the first call, and anew in a forked child."""

    def __init__(self, *jobs: Job) -> None:
        self._jobs = jobs
        self._closed = False
        self.reset()
        reset_in_child(self)

    def keep_running(self) -> None:
        """Start the thread where it does not run; cheap where it does."""
        if self._thread is not None or self._closed:
            return
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="slm-instrument-upkeep", daemon=True)
                self._thread.start()

    def hurry(self, name: str) -> None:
        """Have a job done at once."""
        for job in self._jobs:
            if job.name == name:
                job.due_at = 0.0
        self._wake.set()

    def close(self, timeout_s: float) -> None:
        """Stop; a job that is under way is waited for that long."""
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def reset(self) -> None:
        """Forget the thread, as a forked child must."""
        self._starting = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def _run(self) -> None:
        for job in self._jobs:
            job.due_at = time.monotonic() + job.every_s
        while not self._closed:
            next_at = min(job.due_at for job in self._jobs)
            self._wake.wait(max(0.0, next_at - time.monotonic()))
            self._wake.clear()
            for job in self._jobs:
                if job.due_at <= time.monotonic() and not self._closed:
                    _do(job)


def _do(job: Job) -> None:
    job.due_at = float("inf")  # unless somebody hurries it while it runs
    try:
        job.run()
    except Exception as error:  # a store that is down, a folder that is gone: this thread must live
        if not job.failing:
            _log.warning("%s fails and is tried again: %s", job.name, describe(error))
        job.failing = True
    else:
        job.failing = False
    job.due_at = min(job.due_at, time.monotonic() + job.every_s)
