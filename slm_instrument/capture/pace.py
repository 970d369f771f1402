"""How fast the writer works: gently while it keeps up, in bulk when it falls behind, to disk when it falls far behind.

A call may be lost to ``kill -9`` only in the first 200 ms after it ended. In that time it waits for its batch
(:data:`LINGER_S`), is made a record of and written; the rest is reserve for a slow disk. Where the store cannot follow,
the calls go to the spool, which takes them several times faster.
"""

import time
from collections.abc import Iterator

from slm_instrument.records import Call

LINGER_S = 0.05  # from a call to its batch
BATCH = 50  # calls from which on the writer is in a hurry
BULK = 250  # calls in a transaction then; larger ones are no faster
OVERDUE_S = 0.1  # what has waited for so long goes to the spool instead of the store

_YIELD_S = 50e-6  # what other threads get after each call while there is no hurry
_FOUGHT_OVER_S = 2e-3  # a yield that took so long: another thread computes, and every further one would cost 5 ms


class Pace:
    """Keeps the time for a writer. ``taken`` and ``queued`` are counts of calls: taken so far, and waiting now."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._target = 0  # all calls up to this one were there at `_since`

    def overdue(self, taken: int, queued: int) -> bool:
        """Whether calls have waited too long to be written one batch after the other."""
        now = time.monotonic()
        if taken >= self._target:
            self._since, self._target = now, taken + queued
        return queued > BATCH and now - self._since > OVERDUE_S

    @staticmethod
    def hurried(queued: int) -> bool:
        """Whether there is more to do than a gentle batch."""
        return queued >= BATCH


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
