"""Whether a task grows or fades, from the times of its calls."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from slm_instrument.analyze.corpus import Floats

MIN_TIMED = 10  # calls with a time; growth of fewer is chance
MIN_SPAN = 3_600.0  # seconds; what happens within an hour is one run of the agent
DAY = 86_400.0  # seconds
RECENT = 7 * DAY  # a week has all its weekdays


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """When a task was seen, and how its calls became more or fewer.

    ``growth`` is how many times as many calls the second half of its time saw as the first; None where too few calls
    have times, or all lie within an hour. ``per_day`` is how many calls it has a day of late: in the last week of the
    log, or in all of a shorter one; None where the log is shorter than a day.
    """

    first_at: datetime | None = None
    last_at: datetime | None = None
    growth: float | None = None
    per_day: float | None = None


def growth_of(times: Floats, *, log_start: float | None = None, log_end: float | None = None) -> Growth:
    """The growth of a task.

    Args:
        times: when its calls started, Unix seconds, in any order; ``nan`` is unknown.
        log_start: the first time of any task's call; by default of this task's.
        log_end: the last one. A task that nobody calls any more has none a day of late.
    """
    times = times[np.isfinite(times)]
    if not len(times):
        return Growth()
    first, last = float(times.min()), float(times.max())
    start, end = first if log_start is None else log_start, last if log_end is None else log_end
    return Growth(
        first_at=datetime.fromtimestamp(first, UTC),
        last_at=datetime.fromtimestamp(last, UTC),
        growth=_growth(times, first, last),
        per_day=_per_day(times, start, end),
    )


def _growth(times: Floats, first: float, last: float) -> float | None:
    if len(times) < MIN_TIMED or last - first < MIN_SPAN:
        return None
    early = int((times < (first + last) / 2).sum())
    return (len(times) - early) / early


def _per_day(times: Floats, start: float, end: float) -> float | None:
    window = min(RECENT, end - start)
    return int((times >= end - window).sum()) * DAY / window if window >= DAY else None
