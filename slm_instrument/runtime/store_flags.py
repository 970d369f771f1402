"""The store's flags, where evidence has moved students and which are retired, as this process knows them.

Read in the background.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from slm_instrument.errors import SlmInstrumentError
from slm_instrument.forking import catch_up_with_fork, reset_in_child
from slm_instrument.runtime.incumbents import Incumbents, incumbents, kept_under
from slm_instrument.store import KILL_SWITCH, Flag, Mode, Store

REFRESH_S = 0.4  # two readings within the second in which a kill switch must work
TRUSTED_S = 60.0  # how long the last known flags hold while the store cannot be read

Stage = tuple[Mode, datetime]  # what a student was moved to last, and when

_log = logging.getLogger("slm_instrument.runtime")


class StoreFlags:
    """Reads the flags about twice a second on a thread of its own.

    While the store cannot be read the last known flags stay for ``trusted_s`` seconds; then every task that the store
    set is off, until it can be read again. A kill switch that was thrown stays thrown, and who is retired stays so.
    Both are logged once.

    Args:
        open_store: Gives the store; called on the background thread, again and again while it raises.
        refresh_s: Seconds between two readings.
        trusted_s: Seconds that the last known flags hold.
    """

    def __init__(
        self, open_store: Callable[[], Store], *, refresh_s: float = REFRESH_S, trusted_s: float = TRUSTED_S
    ) -> None:
        self._open_store = open_store
        self._refresh_s = refresh_s
        self._trusted_s = trusted_s
        self._flags: Mapping[str, Flag] = {}
        self._stages: Mapping[str, Stage] = {}
        self._retired: Mapping[str, str] = {}
        self._incumbents: Mapping[str, Incumbents] | None = None
        self._read_at = time.monotonic()
        self.failing = False  # whether the last reading failed
        self._expired = False
        self._closed = False
        self.reset()
        reset_in_child(self)
        self._thread = self._start()

    @property
    def killed(self) -> bool:
        """Whether the kill switch was thrown when the store was last read."""
        self._keep_reading()
        switch = self._flags.get(KILL_SWITCH)
        return switch is not None and switch.mode is Mode.OFF

    def current(self) -> Mapping[str, Flag]:
        """The flags by task id; empty when the last reading is too old to be trusted."""
        return {} if self._stale else self._flags

    def stages(self) -> Mapping[str, Stage]:
        """Where evidence has moved students, by bundle.

        When the last reading is too old to be trusted, only of those that were taken back: they stay so.
        """
        if not self._stale:
            return self._stages
        return {bundle: stage for bundle, stage in self._stages.items() if stage[0] in (Mode.OFF, Mode.SHADOW)}

    def kept(self, flag: Flag) -> frozenset[str]:
        """The students that had served under a flag before this process read the store first.

        Who serves after that, this process knows by itself: it sees students come.
        """
        return kept_under(flag, self._incumbents or {})

    def refresh(self) -> None:
        """Have them read at once: this process has just changed something."""
        self._wake.set()

    @property
    def retired(self) -> Mapping[str, str]:
        """Why students may not serve any more, by bundle."""
        return self._retired

    def why_retired(self, bundle_id: str | None) -> str | None:
        """Why a student may not serve any more, or None."""
        return self._retired.get(bundle_id) if bundle_id is not None else None

    def wait(self, timeout_s: float) -> bool:
        """Wait for the first attempt to read; False when it took longer."""
        return self._first.wait(timeout_s)

    def close(self) -> None:
        """Stop reading."""
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    def reset(self) -> None:
        """Make new locks, as a forked child must; whoever asks first starts the thread again."""
        self._first = threading.Event()
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def _stale(self) -> bool:
        return time.monotonic() - self._read_at > self._trusted_s

    def _keep_reading(self) -> None:
        catch_up_with_fork()
        if not self._reads() and not self._closed:
            with self._starting:
                if not self._reads():
                    self._thread = self._start()

    def _reads(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="slm-instrument-flags", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        while not self._closed:
            self._read()
            self._first.set()
            self._wake.wait(self._refresh_s)
            self._wake.clear()

    def _read(self) -> None:
        try:
            store = self._open_store()
            flags = store.flags()
            if self._incumbents is None:  # before the flags: no call may see these without it
                self._incumbents = incumbents(store, flags)
            self._flags = flags
            self._stages = store.stages()
            self._retired = store.retired_bundles()
        except Exception as error:  # whatever a driver raises, this thread must live
            self._failed(error)
            return
        self._read_at = time.monotonic()
        if self.failing:
            _log.warning("flags are read from the store again")
            self.failing = self._expired = False

    def _failed(self, error: Exception) -> None:
        what = str(error) if isinstance(error, SlmInstrumentError) else repr(error)
        if not self.failing:
            self.failing = True
            _log.warning("flags cannot be read; the last known hold for %g s: %s", self._trusted_s, what)
        if not self._expired and time.monotonic() - self._read_at > self._trusted_s:
            self._expired = True
            _log.warning("flags could not be read for %g s: tasks set by the store are off", self._trusted_s)
