"""The recorder's own measurements, as OpenTelemetry metrics.

They cost nothing until the application sets a meter provider, at any time, and are then read when it exports. Without
``opentelemetry-api`` there are none.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary, ref

from slm_instrument.capture.jobs import Record
from slm_instrument.capture.stats import RecorderStats
from slm_instrument.records import Call

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation

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


_observed: WeakKeyDictionary[Observed, str] = WeakKeyDictionary()
_numbers = itertools.count(1)
_metered = False


def observe(recorder: Observed) -> Callable[[], None]:
    """Measure a recorder as long as it lives, which this does not prolong.

    Returns:
        What ends it.
    """
    global _metered
    _observed[recorder] = str(next(_numbers))
    if not _metered:
        _metered = True
        with suppress(ImportError):  # without opentelemetry-api there are no metrics
            from opentelemetry.metrics import get_meter

            add_instruments(get_meter("slm_instrument"))
    reference = ref(recorder)

    def end() -> None:
        observed = reference()
        if observed is not None:
            _observed.pop(observed, None)

    return end


def add_instruments(meter: "Meter") -> None:
    """Make the instruments, which measure all recorders; once for a meter."""
    for name, description in _COUNTERS.items():
        meter.create_observable_counter(_PREFIX + name, [_counted(name)], "{call}", description)
    for name, (count, description) in _GAUGES.items():
        meter.create_observable_gauge(_PREFIX + name, [_counted(count)], "{call}", description)
    text = "From a call's end to its commit, the longest of the latest batch."
    meter.create_observable_gauge(_PREFIX + "lag", [_each(lambda recorder: recorder.lag())], "s", text)


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


def _counted(name: str) -> "Callable[[CallbackOptions], Iterable[Observation]]":
    return _each(lambda recorder: getattr(recorder.stats(), name))


def _each(measure: Callable[[Observed], float | None]) -> "Callable[[CallbackOptions], Iterable[Observation]]":
    def callback(options: "CallbackOptions") -> "Iterable[Observation]":
        from opentelemetry.metrics import Observation

        for recorder, number in list(_observed.items()):
            value = measure(recorder)
            if value is not None:
                yield Observation(value, {RECORDER: number})

    return callback
