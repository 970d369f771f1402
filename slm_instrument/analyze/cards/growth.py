"""Whether a task grows or fades, from the times of its calls."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from slm_instrument.analyze.corpus import Floats

MIN_TIMED = 10  # calls with a time; growth of fewer is chance
MIN_SPAN = 3_600.0  # seconds; what happens within an hour is one run of the agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """When a task was seen, and how its calls became more or fewer.

    ``growth`` is how many times as many calls the second half of its time saw as the first; None where too few calls
    have times, or all lie within an hour.
    """

    first_at: datetime | None = None
    last_at: datetime | None = None
    growth: float | None = None


def growth_of(times: Floats) -> Growth:
    """The growth of a task.

    Args:
        times: when its calls started, Unix seconds, in any order; ``nan`` is unknown.
    """
    times = times[np.isfinite(times)]
    if not len(times):
        return Growth()
    first, last = float(times.min()), float(times.max())
    return Growth(
        first_at=datetime.fromtimestamp(first, UTC),
        last_at=datetime.fromtimestamp(last, UTC),
        growth=_growth(times, first, last),
    )


def _growth(times: Floats, first: float, last: float) -> float | None:
    if len(times) < MIN_TIMED or last - first < MIN_SPAN:
        return None
    early = int((times < (first + last) / 2).sum())
    return (len(times) - early) / early
