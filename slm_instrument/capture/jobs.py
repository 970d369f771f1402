"""What callers leave for the writer: a call or what came of one, or what will make one."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from slm_instrument.records import Call, Outcome

Record = Call | Outcome  # both are kept in the same way, and counted as calls
Job = Record | Callable[[], Record]


def record_of(job: Any) -> Record:
    """The record. Raises whatever the caller's code raises.

    Raises:
        TypeError: it is no call.
    """
    record = job if isinstance(job, Record) else job()
    if not isinstance(record, Record):
        raise TypeError(f"{type(record).__name__} is no Call")
    return record


def take_left(queue: deque[Job], limit: int) -> list[Job]:
    """The oldest jobs, taken out; fewer than there seemed to be, when someone else takes some meanwhile."""
    jobs: list[Job] = []
    with suppress(IndexError):
        while len(jobs) < limit:
            jobs.append(queue.popleft())
    return jobs
