"""What happens to writers when their process ends or forks."""

import atexit
import multiprocessing
import os
import sys
import time
from importlib import import_module
from weakref import WeakSet

from slm_instrument.capture.writer import Writer

EXIT_TIMEOUT_S = 5.0  # all recorders of a process together; then what is left goes to the spool

_writers: WeakSet[Writer] = WeakSet()
_finalized = False


def register(writer: Writer) -> None:
    """Close the writer when the process ends, and renew it in a forked child."""
    _writers.add(writer)


def writing_begins() -> None:
    """See to the end of a child of multiprocessing, or of Celery's billiard.

    It leaves by ``os._exit``, past atexit, but runs its finalizers. To be called when the process records its first
    call: right after the fork multiprocessing is not set up yet, and billiard clears its finalizers.
    """
    global _finalized
    if _finalized:
        return
    _finalized = True
    if "multiprocessing.process" in sys.modules and multiprocessing.parent_process() is not None:
        from multiprocessing import util

        util.Finalize(None, _close_all, exitpriority=0)
    if "billiard.process" in sys.modules:
        import_module("billiard.util").Finalize(None, _close_all, exitpriority=0)


def _close_all() -> None:
    deadline = time.monotonic() + EXIT_TIMEOUT_S
    for writer in list(_writers):
        writer.close(max(0.1, deadline - time.monotonic()))


def _renew_all() -> None:
    global _finalized
    _finalized = False
    for writer in list(_writers):
        writer.after_fork()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
