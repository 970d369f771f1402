"""The writer thread: takes what callers left in the queue, makes records of it, and has them kept.

Callers only append to a deque and, when the thread sleeps, wake it. The thread waits a moment before it takes a batch,
so that it does not fight the caller for the interpreter lock at the very moment the agent wants to go on.

Callers may be signal handlers or finalizers that interrupt one of these very methods. So the locks are reentrant, what
wakes the thread is a ``SimpleQueue`` (an ``Event`` may be interrupted while it holds a lock), and counts may change
between two lines.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable

from slm_instrument.capture.flushes import Flushes
from slm_instrument.capture.jobs import Job, Record, record_of, take_left
from slm_instrument.capture.keeper import Keeper
from slm_instrument.capture.pace import BATCH, Gently, Pace, gently
from slm_instrument.capture.stats import RecorderStats
from slm_instrument.forking import catch_up_with_fork, reset_in_child

logger = logging.getLogger("slm_instrument")

_IDLE_S = 5.0  # how often a sleeping writer looks around, should a wake-up be missed
_SPOOLED = 256  # calls put into the spool at a time
_FIRST_PAUSE_S = 0.1  # after a failure that no one foresaw; doubles
_ADOPT_S = 60.0  # how often it looks for what killed processes left


class Writer:
    """A bounded queue and the thread that empties it. No method raises.

    Args:
        keeper: Who keeps the calls.
        limit: How many may wait in memory. When it is full each further caller moves the oldest one to the spool, which
            costs it some tens of microseconds, and loses nothing.
        finish: What is done to every call, on the thread, before it is kept; may raise.
        on_start: Called whenever the thread is started, in this process or in a forked child.
    """

    def __init__(
        self,
        keeper: Keeper,
        *,
        limit: int,
        finish: Callable[[Record], Record],
        on_start: Callable[[], None] = lambda: None,
    ) -> None:
        self._keeper = keeper
        self._limit = limit
        self._finish = finish
        self._on_start = on_start
        self._begin()
        reset_in_child(self)

    def _begin(self) -> None:
        self._queue: deque[Job] = deque()
        self._lock = threading.RLock()  # guards taking, starting and the flushes; never held while the store works
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._running = self._idle = self._closing = self._closed = False
        self._flushes = Flushes()
        self._held: list[Record] = []  # the thread's batch, until it is kept: if the thread dies, the next one goes on
        self._taken = self._open_batches = 0
        self._pace = Pace()

    def put(self, job: Job) -> None:
        """Leave a call, or what makes one, for the thread."""
        catch_up_with_fork()
        if len(self._queue) >= self._limit:
            self._spill(self._take(1))
        self._queue.append(job)
        if not self._running or self._closed:
            self._start()
        elif self._idle:
            self._wake.put(None)

    def flush(self, timeout: float | None) -> bool:
        """Wait until everything left before is in the store; False when it is not, or when a call was lost."""
        catch_up_with_fork()
        if threading.current_thread() is self._thread:
            return False  # a build function that flushes would wait for itself
        with self._lock:
            flush = self._flushes.add(self._taken + len(self._queue))
        self._keeper.hurry()
        self._start()
        self._wake.put(None)
        if self._running and not self._closed:
            flush.done.wait(timeout)
        else:
            self._answer_flushes()
        with self._lock:
            self._flushes.give_up(flush)
        return flush.complete

    def stats(self) -> RecorderStats:
        """The counts of this moment."""
        catch_up_with_fork()
        keeper = self._keeper
        # Calls move on meanwhile: where they come from is looked at after where they go to, or some would count twice.
        written, dropped, errors, spooled = keeper.written, keeper.dropped, keeper.rejected, keeper.waiting
        settled = written + spooled + dropped + errors
        with self._lock:
            given, left = self._taken + keeper.recovered, len(self._queue)
        return RecorderStats(
            submitted=max(given, settled) + left,
            queued=max(given - settled, 0) + left,
            written=written,
            spooled=spooled,
            dropped=dropped,
            errors=errors,
            recovered=keeper.recovered,
            spilled=keeper.spilled,
        )

    @property
    def lag(self) -> float | None:
        """Seconds from a call's end to its commit, of the latest batch."""
        return self._keeper.lag

    def stop(self) -> None:
        """Let the thread end when it has put everything somewhere; does not wait for it."""
        self._closing = True
        self._wake.put(None)

    def close(self, timeout: float) -> None:
        """Put everything in the store, or else in the spool, within about the time; say what was not written."""
        catch_up_with_fork()
        if self._closed:
            return
        if self._queue or self._held:
            self._start()
        self.stop()
        thread = self._thread
        try:
            if thread is not None and thread is not threading.current_thread():
                thread.join(timeout)
        finally:  # also when Ctrl-C ends the waiting
            hangs = self._running
            if hangs:  # the store; should it take its batch after all, it will know the ids later
                self._spool_all()
            elif self._queue or self._held:  # no thread is to be had: the interpreter is ending
                self._work_on()
            self._closed = True
            self._refuse_all()  # what came between the last look at the queue and now
            self._end_flushes()
            self._keeper.close(store=not hangs)

    def reset(self) -> None:
        """In a forked child: begin anew with nothing queued; what was queued is the parent's to write."""
        self._keeper = self._keeper.after_fork()
        self._begin()

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
            self._thread, self._running = None, False

    def _run(self) -> None:
        pause = _FIRST_PAUSE_S
        try:
            while True:
                try:
                    return self._work_on()
                except BaseException:  # what no one foresaw must not be the end of recording
                    logger.warning("slm_instrument: the writer failed; it goes on in %g s", pause, exc_info=True)
                    time.sleep(pause)
                    pause = min(pause * 2, _IDLE_S)
        finally:
            self._running = False
            if self._closing:
                self._end_flushes()

    def _work_on(self) -> None:
        adopt_at = 0.0
        while not self._closing or self._queue or self._held:
            if time.monotonic() >= adopt_at:
                self._keeper.adopt()
                adopt_at = time.monotonic() + _ADOPT_S
            self._wait()
            self._work()
        if not self._closed:  # else close() gave up on this thread, and all is in the spool
            self._keeper.drain_at_end()
        self._answer_flushes()
        self._keeper.close()

    def _wait(self) -> None:
        due = self._keeper.due_in(held=bool(self._held))
        if self._closing or due == 0:
            return
        if self._held or not self._queue:
            if due is None and self._flushes:
                return
            self._idle = not self._held
            if self._held or not self._queue:  # looked at again: a caller may not have seen that we were to sleep
                self._sleep(_IDLE_S if due is None else due)
            self._idle = False
        if len(self._queue) < BATCH and not self._closing and not self._flushes:
            self._pace.note(self._taken, len(self._queue))
            self._sleep(self._pace.linger())

    def _sleep(self, seconds: float) -> None:
        try:
            self._wake.get(timeout=seconds)
            while True:  # several callers may have seen the thread asleep
                self._wake.get_nowait()
        except queue.Empty:
            return

    def _work(self) -> None:
        self._pace.note(self._taken, len(self._queue))
        if self._pace.overdue(len(self._queue)) or self._keeper.in_order:
            self._spool_queue()
        if self._keeper.due_in() == 0 and (len(self._queue) < BATCH or self._flushes):
            self._keeper.drain(self._pace.bulk)
        if not self._keeper.waiting or len(self._queue) >= BATCH or self._closing or self._held:
            self._keep_batch()
        self._answer_flushes()

    def _keep_batch(self) -> None:
        self._held = self._held or self._take(self._pace.batch(len(self._queue)))
        started, calls = time.monotonic(), len(self._held)
        if self._held and self._keeper.keep(self._held):
            self._release()
            self._pace.wrote(calls, time.monotonic() - started)
        if self._held and self._closing:
            self._keeper.drop(self._held)
            self._release()

    def _release(self) -> None:
        self._held = []
        self._settled()

    def _take(self, limit: int) -> list[Record]:
        """Take jobs out of the queue and make calls of them; a batch is open until :meth:`_settled`."""
        with self._lock:
            jobs = take_left(self._queue, limit)
            self._taken += len(jobs)
            self._open_batches += 1
        gentle = len(jobs) < BATCH and not self._closing and not self._flushes
        made = map(self._call, gently(jobs) if gentle else jobs)
        calls = (Gently if gentle else list)(call for call in made if call is not None)
        if not calls:
            self._settled()
        return calls

    def _settled(self) -> None:
        with self._lock:
            self._open_batches -= 1

    def _call(self, job: Job) -> Record | None:
        try:
            return self._finish(record_of(job))
        except BaseException as e:  # whatever it is, SystemExit too: it must not end the thread
            self._keeper.reject(type(e).__name__)  # its text may quote a prompt
            return None

    def _answer_flushes(self) -> None:
        with self._lock:
            if self._flushes and not self._open_batches and not self._keeper.waiting:
                self._flushes.answer(self._taken, self._keeper.lost)

    def _end_flushes(self) -> None:
        self._answer_flushes()
        with self._lock:
            self._flushes.end()

    def _spool_queue(self) -> None:
        """Put what is queued now on disk, behind what waits there; what cannot be put there is held in memory."""
        for _ in range(0, len(self._queue), _SPOOLED):
            if self._held:
                return
            self._held = self._take(_SPOOLED)
            if self._held and self._keeper.spill(self._held):
                self._release()

    def _spool_all(self) -> None:
        self._spill(self._held)
        while self._queue:
            self._spill(self._take(_SPOOLED))

    def _spill(self, calls: list[Record]) -> None:
        if calls:
            if not self._keeper.spill(calls):
                self._keeper.drop(calls)
            self._settled()

    def _refuse_all(self) -> None:
        if not self._closed:
            return  # close() takes them
        with self._lock:
            late = len(take_left(self._queue, len(self._queue)))
            self._taken += late
        if late:
            self._keeper.refuse(late)
