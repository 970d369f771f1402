"""Store or spool: keeps calls in the store while it can be written, on disk while it cannot, and says so once."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from slm_instrument.capture.jobs import Record
from slm_instrument.capture.metrics import lag_of
from slm_instrument.capture.sink import Sink, is_locked
from slm_instrument.capture.spool import Spool
from slm_instrument.errors import StoreError

logger = logging.getLogger("slm_instrument")

_FIRST_PAUSE_S = 0.1  # between attempts on a store that is down; doubles
_LONGEST_PAUSE_S = 5.0
_LOCKED_S = 5.0  # for so long another process may hold the lock before it is worth a word: writers take turns
_OPENING_S = 0.02  # how often it is looked whether the store is open
_FAR_BEHIND = 2_000  # calls in the spool of a store that is well, from which on order gives way to catching up
_DRAIN = 500  # calls a transaction when the spool is emptied


class Keeper:
    """Settles every call it is given: ``written``, waiting in the spool, ``rejected`` by the store, or ``dropped``.

    :meth:`keep` and :meth:`drain` are the writer thread's; :meth:`spill` and the counts may be used from any thread.
    No method raises.
    """

    def __init__(self, sink: Sink, spool: Spool) -> None:
        self._sink = sink
        self._spool = spool
        self._lock = threading.RLock()  # reentrant: a signal handler or a finalizer may record
        self._down = False
        self._outage = False  # what waits in the spool waits for a store that could not take it
        self._failing_since: float | None = None
        self._retry_at = 0.0
        self._pause = 0.0
        self._said: set[str] = set()
        self._ended = False
        self.lag: float | None = None  # seconds from a call's end to its commit, of the latest batch
        self.written = self.dropped = self.rejected = self.recovered = self.spilled = 0

    @property
    def waiting(self) -> int:
        """How many calls wait in the spool."""
        return self._spool.waiting

    @property
    def lost(self) -> int:
        """How many calls are neither in the store nor on their way to it."""
        return self.dropped + self.rejected

    @property
    def in_order(self) -> bool:
        """Whether calls must go to the spool, behind those that wait there, so that they are written oldest first.

        Not when the store is well and very many wait, because the writer fell behind: with all calls taking the detour,
        it would never catch up.
        """
        waiting = self.waiting
        self._outage = self._outage and waiting > 0
        return self._outage or 0 < waiting < _FAR_BEHIND

    def adopt(self) -> None:
        """Take over what earlier processes could not write."""
        found = self._spool.adopt()
        if found:
            self._outage = True
            self._add("recovered", found)
            logger.info("slm_instrument: %d calls of an earlier process wait in the spool and are written now", found)

    def keep(self, calls: Sequence[Record]) -> bool:
        """Put calls in the store, or on disk behind those that wait; False when neither can be written now."""
        if not self.in_order and self._sink.ready():
            if self._write(calls):
                return True
            self._outage = True
        return self.spill(calls)

    def spill(self, calls: Sequence[Record]) -> bool:
        """Put calls on disk, to be written later; False when that cannot be written either."""
        try:
            self._spool.append(calls)
        except Exception as e:
            self._say_once("spool", "no spool can be written, delayed calls wait in memory (%s)", e)
            return False
        self._add("spilled", len(calls))
        return True

    def drop(self, calls: Sequence[Record]) -> None:
        """Count calls for which there is no place left."""
        self._add("dropped", len(calls))
        self._say_once("dropped", "%d calls were lost for want of a place, further ones are only counted", len(calls))

    def drain(self, limit: int = _DRAIN) -> bool:
        """Write some of the calls that wait, oldest first; returns whether any were written."""
        if not self._sink.ready():
            return False
        damaged = self._spool.damaged
        calls = self._spool.oldest(limit)
        drained = bool(calls) and self._write(calls, self._spool.settle)
        if self._spool.damaged > damaged:
            self.reject("a line of the spool was torn by a crash", self._spool.damaged - damaged)
        return drained

    def due_in(self, *, held: bool = False) -> float | None:
        """Seconds until the store should be tried again, or None when nothing waits for it (or is held in memory)."""
        if not held and not self.waiting:
            return None
        return max(0.0, self._retry_at - time.monotonic(), _OPENING_S if self._sink.opening else 0.0)

    def drain_at_end(self) -> None:
        """Write what waits, unless the store cannot be written now."""
        self.hurry()
        while self.waiting and (self.drain() or self._sink.opening):
            self._sink.wait()

    def hurry(self) -> None:
        """Let the next attempt be made at once."""
        self._retry_at = 0.0

    def close(self, *, store: bool = True) -> None:
        """Close the store and the spool, and have the last word: what waits, and where; what is lost.

        Args:
            store: False when a write hangs: closing would wait for it. Its thread closes the store when it returns.
        """
        if store:
            self._close_store()
        if not self._ended:  # else a call came while the thread ended, and the store was opened for it once more
            self._ended = True
            self._say_what_is_left()
        self._spool.close()

    def _close_store(self) -> None:
        try:
            self._sink.close()
        except Exception as e:
            logger.warning("slm_instrument: closing the store failed: %s", e)

    def _say_what_is_left(self) -> None:
        if self.waiting:
            logger.warning(
                "slm_instrument: the store could not be written: %d calls wait in %s for the next process that records "
                "to it",
                self.waiting,
                self._spool.path,
            )
        if self.lost:
            logger.warning(
                "slm_instrument: %d calls were lost (%d for want of a place, %d could not be recorded)",
                self.lost,
                self.dropped,
                self.rejected,
            )

    def refuse(self, calls: int) -> None:
        """Count calls that came after the end."""
        self._add("dropped", calls)
        self._say_once("refused", "the recorder is closed: %d call(s) and all further ones are not recorded", calls)

    def reject(self, reason: object, calls: int = 1) -> None:
        """Count calls of which no record can be made."""
        self._add("rejected", calls)
        self._say_once("rejected", "a call could not be recorded (further ones are only counted): %s", reason)

    def after_fork(self) -> "Keeper":
        """The same for a forked child, with its own connections and files."""
        self._spool.forget()
        return Keeper(self._sink, self._spool)

    def _write(self, calls: Sequence[Record], settle: Callable[[], None] = lambda: None) -> bool:
        if time.monotonic() < self._retry_at:
            return False
        try:
            rejected = self._sink.add(calls)
        except Exception as e:
            self._went_down(e, len(calls))
            return False
        self._came_up()
        settle()  # first: no call is to be counted in two places
        lag = lag_of(calls)
        self.lag = self.lag if lag is None else lag
        self._add("written", len(calls) - len(rejected))
        if rejected:
            call, reason = rejected[0]
            self.reject(f"{call.id} is refused by the store ({type(reason).__name__})", len(rejected))
        return True

    def _went_down(self, error: Exception, waiting: int) -> None:
        now = time.monotonic()
        locked = is_locked(error)
        self._pause = _FIRST_PAUSE_S if locked else min(self._pause * 2, _LONGEST_PAUSE_S) or _FIRST_PAUSE_S
        self._retry_at = now + self._pause
        self._failing_since = self._failing_since or now
        if not self._down and (not locked or now - self._failing_since > _LOCKED_S):
            self._down = True
            reason = error if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"
            logger.warning("slm_instrument: store not writable: calls are delayed, %d waiting (%s)", waiting, reason)

    def _came_up(self) -> None:
        self._pause = self._retry_at = 0.0
        self._failing_since = None
        if self._down:
            self._down = False
            logger.warning("slm_instrument: store writable again: %d delayed calls are written now", self.waiting)

    def _add(self, count: str, by: int) -> None:
        with self._lock:
            setattr(self, count, getattr(self, count) + by)

    def _say_once(self, what: str, text: str, detail: object) -> None:
        with self._lock:
            if what in self._said:
                return
            self._said.add(what)
        logger.warning(f"slm_instrument: {text}", detail)
