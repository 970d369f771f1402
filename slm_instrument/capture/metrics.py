"""The recorder's own measurements, as OpenTelemetry metrics.

They cost nothing until the application sets a meter provider, at any time, and are then read when it exports. Without
``opentelemetry-api`` there are none.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Protocol

from slm_instrument.capture.jobs import Record
from slm_instrument.capture.stats import RecorderStats
from slm_instrument.metering import Instrument, Metered, Point
from slm_instrument.records import Call

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

RECORDER = "slm_instrument.recorder"
"""The attribute that tells the recorders of a process from each other: their numbers, from 1."""

_PREFIX = "slm_instrument.recorder."
_COUNTERS = {
    "submitted": "Calls given to the recorder.",
    "written": "Calls in the store.",
    "dropped": "Calls that could be kept nowhere.",
    "errors": "Calls of which no record could be made.",
}
_GAUGES = {"queue": ("queued", "Calls that wait in memory."), "spooled": ("spooled", "Calls that wait on disk.")}


class Observed(Protocol):
    """What is measured: a recorder."""

    def stats(self) -> RecorderStats:
        """What became of the calls so far."""
        ...

    def lag(self) -> float | None:
        """Seconds from a call's end to its commit, of the latest batch; None before the first."""
        ...


def add_instruments(meter: "Meter") -> None:
    """Make the instruments, which measure all recorders; once for a meter."""
    for name, description in _COUNTERS.items():
        meter.create_observable_counter(_PREFIX + name, [_counted(name)], "{call}", description)
    for name, (count, description) in _GAUGES.items():
        meter.create_observable_gauge(_PREFIX + name, [_counted(count)], "{call}", description)
    text = "From a call's end to its commit, the longest of the latest batch."
    meter.create_observable_gauge(_PREFIX + "lag", [_metered.each(_lag)], "s", text)


def lag_of(calls: Sequence[Record]) -> float | None:
    """The longest time in seconds from the end of one of some calls to now; None when no call tells its time."""
    ends = [at for call in calls if isinstance(call, Call) and (at := _ended_at(call)) is not None]
    return max(0.0, time.time() - min(ends)) if ends else None


def _ended_at(call: Call) -> float | None:
    """Seconds since 1970, reckoned in floats: a date has bounds, and no lag may cost a call."""
    if call.started_at is None:
        return None
    started_at = call.started_at if call.started_at.tzinfo else call.started_at.replace(tzinfo=UTC)
    return started_at.timestamp() + (call.duration_ms or 0.0) / 1000


def _counted(name: str) -> Instrument:
    return _metered.each(lambda recorder: [(getattr(recorder.stats(), name), {})])


def _lag(recorder: Observed) -> Iterable[Point]:
    lag = recorder.lag()
    return [] if lag is None else [(lag, {})]


_metered: Metered[Observed] = Metered(RECORDER, add_instruments)
observe, number_of = _metered.observe, _metered.number_of
