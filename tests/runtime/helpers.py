"""What tests of a running substitutor have in common."""

import time
from datetime import UTC, datetime

from slm_instrument.store import Flag


def flag(task, mode, rate=1.0):
    """A setting of just now."""
    return Flag(task_id=task, mode=mode, rate=rate, set_at=datetime.now(UTC), set_by="test")


def until(condition, timeout_s=10.0):
    """Wait until something is so."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.005)
