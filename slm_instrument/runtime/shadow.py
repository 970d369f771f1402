"""Shadow: students compared with their teachers in the background, never on the agent's time."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, Full, Queue

from slm_instrument.forking import reset_in_child
from slm_instrument.records import Call, Message
from slm_instrument.runtime.counts import ComparisonWay
from slm_instrument.runtime.masking import Asked
from slm_instrument.runtime.rules import Rules
from slm_instrument.runtime.serving import Servable, describe
from slm_instrument.runtime.student import Prediction
from slm_instrument.runtime.validity import flaw
from slm_instrument.store import Mode, Observation, Store

QUEUE = 1_000  # comparisons that may wait; at 2 ms each that is two seconds' worth
_BATCH = 50
_STUDENT_S = 10.0  # nobody waits for a comparison, but one that hangs must not stop the others

_log = logging.getLogger("slm_instrument.runtime")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One call to be compared: who is to answer it, and what the teacher said."""

    servable: Servable
    asked: Callable[[], Asked]
    call: Call
    mode: Mode
    teacher: Message
    teacher_ms: float | None
    call_id: str | None


class Shadow:
    """Runs the student on calls that the LLM has answered and writes down whether they agree.

    One daemon thread, started with the first call. The queue is bounded: when it is full, comparisons are dropped and
    counted, because evidence may be thinned out but an agent may not be slowed down.

    Args:
        open_store: Gives the store.
        capacity: Comparisons that may wait.
        rules: What students may not answer: that is no evidence, as it would not have been used.
        written: Called after comparisons were written, on the thread that wrote them.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        *,
        capacity: int = QUEUE,
        rules: Rules | None = None,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        self._open_store = open_store
        self._rules = rules or Rules()
        self._written = written
        self._capacity = capacity
        self._stop = threading.Event()
        self._complained = False
        self.observed = 0
        self.dropped = 0
        self._ways: dict[ComparisonWay, list[float]] = {}
        self.reset()
        reset_in_child(self)

    def submit(self, comparison: Comparison) -> None:
        """Queue a comparison, or drop and count it."""
        try:
            self._queue.put_nowait(comparison)
        except Full:
            self._drop(1, "the queue of comparisons is full")
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything queued is written or dropped; False when that took longer."""
        done = self._queue.all_tasks_done
        with done:
            return done.wait_for(lambda: not self._queue.unfinished_tasks, timeout_s)

    def snapshot(self) -> dict[ComparisonWay, tuple[int, float]]:
        """Comparisons written, and milliseconds that students took for all of them, by how they went."""
        return {way: (int(made), student_ms) for way, (made, student_ms) in list(self._ways.items())}

    def close(self, timeout_s: float) -> None:
        """Write what is queued, as far as the time allows, and stop."""
        if self._thread is not None and self._thread.is_alive():
            self.flush(timeout_s)
            self._stop.set()
            with suppress(Full):
                self._queue.put_nowait(None)  # wakes the thread
            self._thread.join(timeout=1.0)

    def reset(self) -> None:
        """Start with an empty queue, as a forked child must: its parent compares what was in it."""
        self._queue: Queue[Comparison | None] = Queue(maxsize=self._capacity)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def _start(self) -> None:
        with self._lock:
            if not self._stop.is_set() and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="slm-instrument-shadow", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            batch = self._next_batch()
            try:
                rows = [self._compare(comparison) for comparison in batch if comparison is not None]
                self._write([row for row in rows if row is not None])
            finally:
                for _ in batch:
                    self._queue.task_done()

    def _next_batch(self) -> list[Comparison | None]:
        batch = [self._queue.get()]
        with suppress(Empty):
            while len(batch) < _BATCH:
                batch.append(self._queue.get_nowait())
        return batch

    def _compare(self, comparison: Comparison) -> Observation | None:
        servable, started = comparison.servable, time.perf_counter()
        if servable.resting:
            self._drop(1, f"the student of task {servable.task_name} keeps failing")
            return None
        future = servable.submit(comparison.asked)
        try:
            prediction = future.result(_STUDENT_S)
        except Exception as error:  # a student may fail as it likes: there is nothing to compare then
            future.cancel()
            servable.failed(error, started)
            self._drop(1, f"task {servable.task_name}: {describe(error)}")
            return None
        servable.worked()
        student_ms = (time.perf_counter() - started) * 1e3
        try:
            agreed = servable.agrees(prediction.message, comparison.teacher)
        except Exception as error:  # a comparator may be the user's own
            self._drop(1, f"task {servable.task_name}: {describe(error)}")
            return None
        return Observation(
            at=datetime.now(UTC),
            task_id=servable.task_id,
            bundle_id=servable.bundle_id or "",
            mode=comparison.mode,
            accepted=self._usable(comparison.call, prediction),
            agreed=agreed,
            score=prediction.score,
            student_ms=student_ms,
            teacher_ms=comparison.teacher_ms,
            call_id=comparison.call_id,
            trace_id=comparison.call.trace_id,
        )

    def _usable(self, call: Call, prediction: Prediction) -> bool:
        """Whether the answer would have been used."""
        message = prediction.message
        return prediction.accepted and flaw(call, message) is None and self._rules.forbid(message) is None

    def _write(self, observations: list[Observation]) -> None:
        if not observations:
            return
        try:
            self._open_store().add_observations(observations)
        except Exception as error:  # whatever a driver raises, this thread must live
            self._drop(len(observations), str(error))
        else:
            self._count(observations)
            self._complained = False
            self._written()

    def _count(self, observations: list[Observation]) -> None:
        self.observed += len(observations)
        for each in observations:
            way = (each.task_id, each.bundle_id, each.accepted, each.agreed)
            counted = self._ways.setdefault(way, [0, 0.0])
            counted[0] += 1
            counted[1] += each.student_ms

    def _drop(self, count: int, why: str) -> None:
        self.dropped += count
        if not self._complained:
            self._complained = True
            _log.warning("comparisons of students are being dropped: %s", why)
