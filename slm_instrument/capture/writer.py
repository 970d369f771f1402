"""The writer thread: takes what callers left in the queue, makes records of it, and has them kept.

Callers only append to a deque and, when the thread sleeps, wake it. The thread waits a moment before it takes a batch,
so that it does not fight the caller for the interpreter lock at the very moment the agent wants to go on.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from slm_instrument.capture.keeper import Keeper
from slm_instrument.capture.stats import RecorderStats
from slm_instrument.records import Call

logger = logging.getLogger("slm_instrument")

LINGER_S = 0.05  # from a call to its batch: with the writing itself, under the 200 ms that a kill may cost
BATCH = 50  # calls in a transaction; larger ones are no faster, and hold the interpreter lock for longer
_YIELD_S = 50e-6  # left to other threads after each call, as long as batches are not full
_IDLE_S = 5.0  # how often a sleeping writer looks around, should a wake-up be missed

Job = Call | Callable[[], Call]


@dataclass(frozen=True, slots=True)
class _Flush:
    """Someone waits until so many jobs have been taken and everything taken is in the store."""

    target: int
    done: threading.Event = field(default_factory=threading.Event)
    complete: list[bool] = field(default_factory=list[bool])


class Writer:
    """A bounded queue and the thread that empties it. No method raises.

    Args:
        keeper: Who keeps the calls.
        queue: How many may wait in memory. When it is full each further caller moves the oldest one to the spool, which
            costs it some tens of microseconds, and loses nothing.
        app: The application's name, for calls that bring none.
        on_start: Called whenever the thread is started, in this process or in a forked child.
    """

    def __init__(
        self, keeper: Keeper, *, queue: int, app: str | None = None, on_start: Callable[[], None] = lambda: None
    ) -> None:
        self._keeper = keeper
        self._limit = queue
        self._app = app
        self._on_start = on_start
        self._reset()

    def _reset(self) -> None:
        self._queue: deque[Job] = deque()
        self._lock = threading.Lock()  # guards taking, starting and the flushes; never held while the store works
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._running = self._idle = self._closing = self._closed = False
        self._flushes: list[_Flush] = []
        self._held: list[Call] = []  # the thread's batch, until it is kept: if the thread dies, the next one goes on
        self._taken = self._open_batches = self._lost_at_flush = 0

    def put(self, job: Job) -> None:
        """Leave a call, or what makes one, for the thread."""
        if len(self._queue) >= self._limit:
            self._move_oldest_to_spool()
        self._queue.append(job)
        if not self._running:
            self._start()
        elif self._idle:
            self._wake.set()

    def flush(self, timeout: float | None) -> bool:
        """Wait until everything left before is in the store; False when it is not, or when a call was lost."""
        if threading.current_thread() is self._thread:
            return False  # a build function that flushes would wait for itself
        with self._lock:
            flush = _Flush(self._taken + len(self._queue))
            self._flushes.append(flush)
        self._keeper.hurry()
        self._start()
        self._wake.set()
        if self._running:
            flush.done.wait(timeout)
        else:
            self._answer_flushes()
        with self._lock:
            if flush in self._flushes:
                self._flushes.remove(flush)
        return any(flush.complete)

    def stats(self) -> RecorderStats:
        """The counts of this moment."""
        keeper = self._keeper
        with self._lock:
            given = self._taken + keeper.recovered
            left = len(self._queue)
        written, spooled, dropped, errors = keeper.written, keeper.waiting, keeper.dropped, keeper.rejected
        settled = written + spooled + dropped + errors
        return RecorderStats(
            submitted=max(given, settled) + left,
            queued=max(given - settled, 0) + left,
            written=written,
            spooled=spooled,
            dropped=dropped,
            errors=errors,
            recovered=keeper.recovered,
        )

    def stop(self) -> None:
        """Let the thread end when it has put everything somewhere; does not wait for it."""
        self._closing = True
        self._wake.set()

    def close(self, timeout: float) -> None:
        """Put everything in the store, or else in the spool, within about the time; say what was not written."""
        if self._closed:
            return
        if self._queue or self._held:
            self._start()
        self.stop()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        if self._running:  # the store hangs; should it take its batch after all, it will know the ids later
            self._spool_all()
        elif self._queue or self._held:  # no thread is to be had: the interpreter is ending
            self._run()
        self._closed = True
        self._keeper.say_what_is_left()

    def after_fork(self) -> None:
        """In a forked child: begin anew with nothing queued; what was queued is the parent's to write."""
        self._keeper = self._keeper.after_fork()
        self._reset()

    # The thread's side.

    def _start(self) -> None:
        if self._closing:
            self._refuse_all()
            return
        with self._lock:
            if self._running:
                return
            thread = threading.Thread(target=self._run, name="slm_instrument-writer", daemon=True)
            self._thread, self._running = thread, True
        try:
            self._on_start()
            thread.start()
        except Exception:  # no thread is to be had, as when the interpreter is ending: close() does the work
            self._running = False

    def _run(self) -> None:
        try:
            self._keeper.adopt()
            while not self._closing or self._queue or self._held:
                self._wait()
                self._work()
            self._drain_at_end()
            self._keeper.close()
        except BaseException:
            # Only what no one foresaw comes here; the next call starts a new thread.
            logger.warning("slm_instrument: the writer stopped; it is started again", exc_info=True)
        finally:
            self._running = False

    def _wait(self) -> None:
        due = self._keeper.due_in(held=bool(self._held))
        if self._closing or due == 0:
            return
        if self._held or not self._queue:
            if due is None and self._flushes:
                return
            self._idle = not self._held
            if self._held or not self._queue:  # looked at again: a caller may not have seen that we were to sleep
                self._wake.wait(_IDLE_S if due is None else due)
            self._idle = False
            self._wake.clear()
        if len(self._queue) < BATCH and not self._closing and not self._flushes:
            self._wake.wait(LINGER_S)
            self._wake.clear()

    def _work(self) -> None:
        self._held = self._held or self._take(BATCH)
        if self._held and self._keeper.keep(self._held):
            self._release()
        if self._held and self._closing:
            self._keeper.drop(self._held)
            self._release()
        if self._keeper.due_in() == 0:
            self._keeper.drain()
        self._answer_flushes()

    def _release(self) -> None:
        self._held = []
        self._settled()

    def _take(self, limit: int) -> list[Call]:
        """Take jobs out of the queue and make calls of them; a batch is open until :meth:`_settled`."""
        with self._lock:
            jobs = [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]
            self._taken += len(jobs)
            self._open_batches += 1
        calls: list[Call] = []
        for job in jobs:
            call = self._call(job)
            if call is not None:
                calls.append(call)
            if 1 < len(jobs) < BATCH and not self._closing and not self._flushes:
                time.sleep(_YIELD_S)
        if not calls:
            self._settled()
        return calls

    def _settled(self) -> None:
        with self._lock:
            self._open_batches -= 1

    def _call(self, job: Any) -> Call | None:
        try:
            call = job if isinstance(job, Call) else job()
            if not isinstance(call, Call):
                raise TypeError(f"{type(call).__name__} is no Call")
            return replace(call, app=self._app) if call.app is None and self._app is not None else call
        except BaseException as e:  # whatever it is, SystemExit too: it must not end the thread
            self._keeper.reject(f"{type(e).__name__}: {_text(e)}")
            return None

    def _answer_flushes(self) -> None:
        with self._lock:
            if not self._flushes or self._open_batches or self._keeper.waiting:
                return
            ready = [flush for flush in self._flushes if flush.target <= self._taken]
            lost = self._keeper.lost
            for flush in ready:
                flush.complete.append(lost == self._lost_at_flush)
                flush.done.set()
                self._flushes.remove(flush)
            if ready:
                self._lost_at_flush = lost

    def _move_oldest_to_spool(self) -> None:
        self._spill(self._take(1))

    def _spool_all(self) -> None:
        self._spill(self._held)
        while self._queue:
            self._spill(self._take(BATCH))

    def _spill(self, calls: list[Call]) -> None:
        if calls:
            if not self._keeper.spill(calls):
                self._keeper.drop(calls)
            self._settled()

    def _drain_at_end(self) -> None:
        self._keeper.hurry()
        while self._keeper.waiting and self._keeper.drain():
            pass
        self._answer_flushes()

    def _refuse_all(self) -> None:
        if not self._closed:
            return  # close() takes them
        with self._lock:
            late = len(self._queue)
            self._queue.clear()
            self._taken += late
        if late:
            self._keeper.refuse(late)


def _text(error: BaseException) -> str:
    """The first line only: what follows it often quotes the data, which is nothing for a log."""
    try:
        return str(error).partition("\n")[0][:200]
    except BaseException:
        return "(no text)"
