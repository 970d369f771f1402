"""Who waits for what: flushes, and the truth about them."""

import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Flush:
    """Someone waits until so many jobs have been taken, and everything taken is in the store."""

    target: int
    done: threading.Event = field(default_factory=threading.Event)
    complete: bool = False


class Flushes:
    """The flushes that wait. The caller holds the writer's lock."""

    def __init__(self) -> None:
        self._waiting: list[Flush] = []
        self._lost = 0  # calls that the flushes answered so far have told of

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, target: int) -> Flush:
        """Wait until ``target`` jobs are settled."""
        flush = Flush(target)
        self._waiting.append(flush)
        return flush

    def give_up(self, flush: Flush) -> None:
        """Wait no longer."""
        if flush in self._waiting:
            self._waiting.remove(flush)

    def end(self) -> None:
        """Tell all who still wait that nothing more is written."""
        for flush in self._waiting:
            flush.done.set()
        self._waiting.clear()

    def answer(self, taken: int, lost: int) -> None:
        """Tell those whose jobs were taken that all is settled, and whether anything was lost since the time before."""
        ready = [flush for flush in self._waiting if flush.target <= taken]
        for flush in ready:
            flush.complete = lost == self._lost
            flush.done.set()
            self._waiting.remove(flush)
        if ready:
            self._lost = lost
