"""Counts of decisions, brought to the store now and then, where ``slm-instrument status`` finds them."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from slm_instrument.forking import reset_in_child
from slm_instrument.runtime.counts import Counts, Way
from slm_instrument.store import Store, Tally

EVERY_S = 10.0


class Tallying:
    """Writes what has been counted since the last time; what cannot be written is written with the next."""

    def __init__(self, counts: Counts, open_store: Callable[[], Store]) -> None:
        self._counts = counts
        self._open_store = open_store
        self._written: dict[Way, tuple[int, float]] = {}
        self._lock = threading.Lock()
        reset_in_child(self)

    def write(self) -> None:
        """Write.

        Raises:
            SlmInstrumentError: the store cannot be written.
        """
        with self._lock:
            counted = self._counts.snapshot()
            tallies = [tally for way, counts in counted.items() if (tally := self._since(way, *counts)) is not None]
            if tallies:
                self._open_store().add_tallies(tallies)
                self._written = counted

    def reset(self) -> None:
        """Leave to the parent what it has counted, as a forked child must."""
        self._lock = threading.Lock()
        self._written = self._counts.snapshot()

    def _since(self, way: Way, calls: int, student_ms: float) -> Tally | None:
        calls_before, ms_before = self._written.get(way, (0, 0.0))
        if calls <= calls_before:
            return None
        task_id, bundle_id, mode, reason = way
        return Tally(
            hour=datetime.now(UTC).replace(minute=0, second=0, microsecond=0),
            task_id=task_id,
            bundle_id=bundle_id,
            mode=mode,
            reason=reason,
            calls=calls - calls_before,
            student_ms=student_ms - ms_before,
        )
