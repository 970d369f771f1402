"""What callers leave for the writer: a call, or what will make one."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from slm_instrument.records import Call

Job = Call | Callable[[], Call]


def call_of(job: Any) -> Call:
    """The call. Raises whatever the caller's code raises.

    Raises:
        TypeError: it is no call.
    """
    call = job if isinstance(job, Call) else job()
    if not isinstance(call, Call):
        raise TypeError(f"{type(call).__name__} is no Call")
    return call


def take_left(queue: deque[Job], limit: int) -> list[Job]:
    """The oldest jobs, taken out; fewer than there seemed to be, when someone else takes some meanwhile."""
    jobs: list[Job] = []
    with suppress(IndexError):
        while len(jobs) < limit:
            jobs.append(queue.popleft())
    return jobs
