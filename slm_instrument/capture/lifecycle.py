"""What happens to writers when their process ends."""

import atexit
import multiprocessing
import os
import sys
import time
from importlib import import_module
from weakref import WeakSet

from slm_instrument.capture.writer import Writer
from slm_instrument.forking import all_now

EXIT_TIMEOUT_S = 5.0  # all recorders of a process together; then what is left goes to the spool

_writers: WeakSet[Writer] = WeakSet()
_finalized: int | None = None  # the process in which it was seen to


def register(writer: Writer) -> None:
    """Close the writer when the process ends."""
    _writers.add(writer)


def writing_begins() -> None:
    """See to the end of a child of multiprocessing, or of Celery's billiard.

    It leaves by ``os._exit``, past atexit, but runs its finalizers. To be called when the process records its first
    call: right after the fork multiprocessing is not set up yet, and billiard clears its finalizers.
    """
    global _finalized
    if _finalized == os.getpid():
        return
    _finalized = os.getpid()
    if "multiprocessing.process" in sys.modules and multiprocessing.parent_process() is not None:
        from multiprocessing import util

        util.Finalize(None, _close_all, exitpriority=0)
    if "billiard.process" in sys.modules:
        import_module("billiard.util").Finalize(None, _close_all, exitpriority=0)


def _close_all() -> None:
    deadline = time.monotonic() + EXIT_TIMEOUT_S
    for writer in all_now(_writers):
        writer.close(max(0.1, deadline - time.monotonic()))


atexit.register(_close_all)
