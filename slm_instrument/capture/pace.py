"""How fast the writer works: gently while it keeps up, in bulk when it falls behind, to disk when it falls far behind.

A call may be lost to ``kill -9`` only in the first 200 ms after it ended. In that time it waits for its batch
(:data:`LINGER_S`), is made a record of and written; the rest is reserve for a slow disk. Where the store cannot follow,
the calls go to the spool, which takes them several times faster.
"""

import time
from collections import deque
from collections.abc import Iterator

from slm_instrument.records import Call

LINGER_S = 0.05  # from a call to its batch
BATCH = 50  # calls from which on the writer is in a hurry
OVERDUE_S = 0.06  # what has waited for so long goes to the spool instead of the store

_STRETCH_S = 0.03  # how long writing one batch should take
_BULK = (25, 250)  # calls in a batch, at least and at most; larger ones are no faster
_YIELD_S = 50e-6  # what other threads get after each call while there is no hurry
_FOUGHT_OVER_S = 2e-3  # a yield that took so long: another thread computes, and every further one would cost 5 ms


class Pace:
    """Keeps the time for a writer. ``taken`` and ``queued`` are counts of calls: taken so far, and waiting now."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()  # when it was, and how many calls had come by then
        self._per_call_s = _STRETCH_S / _BULK[1]

    def overdue(self, taken: int, queued: int) -> bool:
        """Whether calls have waited too long to be written one batch after the other."""
        now = time.monotonic()
        marks = self._marks
        while marks and marks[0][1] <= taken:
            marks.popleft()
        if not marks or marks[-1][1] < taken + queued:
            marks.append((now, taken + queued))
        return queued > BATCH and now - marks[0][0] > OVERDUE_S

    def batch(self, queued: int) -> int:
        """How many calls to write next."""
        return BATCH if queued < BATCH else self.bulk

    @property
    def bulk(self) -> int:
        """How many calls can be written at a stretch."""
        fewest, most = _BULK
        return max(fewest, min(most, int(_STRETCH_S / self._per_call_s)))

    def wrote(self, calls: int, seconds: float) -> None:
        """Learn from a batch how fast it goes."""
        self._per_call_s += 0.2 * (seconds / max(calls, 1) - self._per_call_s)


class Gently(list[Call]):
    """Calls that are looked at one by one, other threads being let in between.

    The writer needs the interpreter lock for some 50 us a call. Fifty calls at a stretch are what an agent's thread
    would notice; fifty stretches with pauses are not.
    """

    def __iter__(self) -> Iterator[Call]:
        give_way = len(self) > 1
        for call in super().__iter__():
            yield call
            give_way = give_way and yielded()


def yielded() -> bool:
    """Let other threads in; False when one of them computes all the time, so that yielding gains nothing."""
    started = time.perf_counter()
    time.sleep(_YIELD_S)
    return time.perf_counter() - started < _FOUGHT_OVER_S
