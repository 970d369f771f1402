"""What a long job says of itself while it runs: data, so that a terminal, a log or a test can show it its own way."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a stage of a job is: ``done`` of ``total`` steps, and the seconds it will still take, once known."""

    stage: str
    done: int
    total: int
    eta_s: float | None = None


Listener = Callable[[Progress], None]


class Stage:
    """Counts the steps of one stage and tells a listener, with the time left at the pace so far."""

    def __init__(self, name: str, total: int, listener: Listener | None) -> None:
        self._name, self._total, self._listener = name, total, listener
        self._done = 0
        self._started = time.monotonic()
        self._tell(None)

    def step(self, count: int = 1) -> None:
        """Count further steps as done."""
        self.reach(self._done + count)

    def reach(self, done: int) -> None:
        """So many steps are done, of all."""
        self._done = done
        elapsed = time.monotonic() - self._started
        self._tell(elapsed / done * max(0, self._total - done) if done else None)

    def finish(self) -> None:
        """Count all steps as done, as when a job stops early."""
        if self._done < self._total:
            self._done = self._total
            self._tell(0.0)

    def _tell(self, eta_s: float | None) -> None:
        if self._listener is not None:
            self._listener(Progress(self._name, self._done, self._total, eta_s))
