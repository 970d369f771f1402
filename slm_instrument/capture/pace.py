"""How fast the writer works: gently while it keeps up, in bulk when it falls behind, to disk when it falls far behind.

A call may be lost to ``kill -9`` only in the first 200 ms after it ended. In that time it waits for its batch
(:data:`LINGER_S`), is made a record of and written; the rest is reserve for a slow disk. Where the store cannot follow,
the calls go to the spool, which takes them several times faster.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeVar

from slm_instrument.capture.jobs import Record

LINGER_S = 0.08  # from a call to its batch
BATCH = 200  # calls from which on the writer is in a hurry
OVERDUE_S = 0.13  # what has waited for so long goes to the spool instead of the store

_STRETCH_S = 0.05  # how long writing one batch should take
BULK = (256, 128)  # calls in a batch: few sizes, for which statements are ready; larger ones are no faster
_AT_A_STRETCH = 3  # calls, of some 50 us each, between two yields
T = TypeVar("T")

_YIELD_S = 50e-6  # what other threads get then, while there is no hurry
_FOUGHT_OVER_S = 2e-3  # a yield that took so long: another thread computes, and every further one would cost 5 ms


class Pace:
    """Keeps the time for a writer."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()  # when it was, and how many calls had come by then
        self._per_call_s = _STRETCH_S / BULK[0]

    def note(self, taken: int, queued: int) -> None:
        """Note how far things are: so many calls taken since the beginning, so many waiting now."""
        marks = self._marks
        while marks and marks[0][1] <= taken:
            marks.popleft()
        if not marks or marks[-1][1] < taken + queued:
            marks.append((time.monotonic(), taken + queued))

    def linger(self) -> float:
        """For how many seconds more the oldest waiting call may wait for others to join it in a batch."""
        return max(0.0, LINGER_S - self._waited())

    def overdue(self, queued: int) -> bool:
        """Whether calls have waited too long to be written one batch after the other."""
        return queued > BATCH and self._waited() > OVERDUE_S

    def _waited(self) -> float:
        return time.monotonic() - self._marks[0][0] if self._marks else 0.0

    def batch(self, queued: int) -> int:
        """How many calls to write next."""
        return BATCH if queued < BATCH else self.bulk

    @property
    def bulk(self) -> int:
        """How many calls can be written at a stretch."""
        return next((size for size in BULK if size * self._per_call_s <= _STRETCH_S), BULK[-1])

    def wrote(self, calls: int, seconds: float) -> None:
        """Learn from a batch how fast it goes."""
        self._per_call_s += 0.2 * (seconds / max(calls, 1) - self._per_call_s)


class Gently(list[Record]):
    """Calls that are looked at one by one, other threads being let in between.

    The writer needs the interpreter lock for some 50 us a call. A hundred calls at a stretch are what an agent's thread
    would notice; a few at a time are not.
    """

    def __iter__(self) -> Iterator[Record]:
        return gently(super().__iter__())


def gently(items: Iterable[T]) -> Iterator[T]:
    """The items, other threads being let in between."""
    give_way = True
    for at, item in enumerate(items, 1):
        yield item
        if give_way and at % _AT_A_STRETCH == 0:
            give_way = _yielded()


def _yielded() -> bool:
    """Let other threads in; False when one of them computes all the time, so that yielding gains nothing."""
    started = time.perf_counter()
    time.sleep(_YIELD_S)
    return time.perf_counter() - started < _FOUGHT_OVER_S
