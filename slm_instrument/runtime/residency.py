"""How many students may be in memory at once."""

import logging
import threading
from collections.abc import Iterable

from slm_instrument.forking import reset_in_child
from slm_instrument.runtime.serving import Servable

# Memory that a loaded student takes over the size of its files. Measured: an INT8 classifier of 29 MB took 110 MB, 48
# of them ONNX Runtime's, the rest the tokenizer's and the gate's. Large models take less, relative to their size.
_GROWTH = 4.0

_log = logging.getLogger("slm_instrument.runtime")


class Residency:
    """Keeps the loaded students of a process within a limit: who was asked longest ago goes first.

    A student larger than the limit is loaded all the same, alone: its task would have none otherwise.

    Args:
        most_mb: megabytes of memory, as far as the sizes of the files tell; None for no limit.
    """

    def __init__(self, most_mb: float | None) -> None:
        self._most_bytes = None if most_mb is None else most_mb * 1e6
        self._servables: tuple[Servable, ...] = ()
        self.evicted = 0
        self.reset()
        reset_in_child(self)

    def watch(self, servables: Iterable[Servable]) -> None:
        """Look after these students from now on."""
        self._servables = tuple(servables)
        if self._most_bytes is not None:
            for servable in self._servables:
                servable.limit_memory(self._make_room)

    def reset(self) -> None:
        """Make a new lock, as a forked child must."""
        self._lock = threading.Lock()

    def _make_room(self, wanted: Servable) -> None:
        assert self._most_bytes is not None
        with self._lock:
            others = (each for each in self._servables if each.loaded and each is not wanted)
            loaded = sorted(others, key=lambda each: each.asked_at)
            taken = _memory(wanted) + sum(map(_memory, loaded))
            for servable in loaded:
                if taken <= self._most_bytes:
                    return
                servable.unload()
                taken -= _memory(servable)
                self.evicted += 1
                _log.info("student %s of task %s is unloaded to make room", servable.bundle_id, servable.task_name)


def _memory(servable: Servable) -> float:
    return _GROWTH * servable.model_bytes
