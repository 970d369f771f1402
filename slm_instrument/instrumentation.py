"""One line at start-up that turns on every integration that is installed, and what undoes it.

An integration is an entry point of the group :data:`GROUP`. Its name is the module of the library that it records, and
its object a function that takes a :class:`~slm_instrument.capture.Recorder`, starts recording and returns what ends
that. It is loaded when the application imports the library, so that a process without it pays nothing.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from wrapt import register_post_import_hook

from slm_instrument.capture import Recorder

GROUP = "slm_instrument.integrations"

logger = logging.getLogger("slm_instrument")


class Instrumentation:
    """What :func:`instrument` turned on. As a context manager it is undone at the block's end.

    Attributes:
        recorder: Where calls go; None where the environment's settings mean nothing, so that nothing is recorded.
    """

    def __init__(self, recorder: Recorder | None, *, owned: bool) -> None:
        self.recorder = recorder
        self._owned = owned
        self._lock = threading.RLock()
        self._undo: dict[str, Callable[[], None]] = {}
        self._ended = False

    @property
    def active(self) -> tuple[str, ...]:
        """The libraries that are recorded now; one that the application has not imported yet comes later."""
        with self._lock:
            return tuple(sorted(self._undo))

    def undo(self) -> None:
        """Stop recording, put everything back as it was, and close the recorder unless it was given."""
        global _current
        with _guard:
            if _current is self:
                _current = None
        with self._lock:
            self._ended = True
            undo, self._undo = self._undo, {}
        for library, each in undo.items():
            _turn_off(library, each)
        if self._owned and self.recorder is not None:
            self.recorder.close()

    def turn_on(self, integration: EntryPoint, _library: Any = None) -> None:
        """Start recording a library, which has been imported just now. Never raises."""
        library = integration.name
        with self._lock:
            if self._ended or library in self._undo:
                return
        try:  # without the lock: this imports, and another thread may hold a module while it waits for the lock
            undo = integration.load()(self.recorder)
        except Exception:  # a library of another version, say: the application must start all the same
            logger.warning("slm_instrument: %s cannot be recorded", library, exc_info=True)
            return
        with self._lock:
            if not self._ended:
                self._undo[library] = undo
                return
        _turn_off(library, undo)

    def __enter__(self) -> "Instrumentation":
        return self

    def __exit__(self, *_: object) -> None:
        self.undo()


def _turn_off(library: str, undo: Callable[[], None]) -> None:
    try:
        undo()
    except Exception:
        logger.warning("slm_instrument: turning off the recording of %s failed", library, exc_info=True)


def _recorder(address: str | None) -> Recorder | None:
    """The recorder at an address; one by the environment is None where that means nothing."""
    try:
        return Recorder(address)
    except Exception as error:  # a missing driver, a number that is none: nobody has asked for it in the code
        if address is not None:
            raise
        logger.error("slm_instrument: nothing is recorded: %s: %s", type(error).__name__, error)
        return None


_current: Instrumentation | None = None
_guard = threading.RLock()


def instrument(recorder: Recorder | str | None = None, *, only: Iterable[str] | None = None) -> Instrumentation:
    """Record the LLM calls of every supported library that this process imports, before or after.

    >>> with instrument("memory://") as recording:
    ...     recording.active                                              # doctest: +SKIP
    ('langchain_core', 'openai')

    Calling it again while it is on gives what is on. A call that two of the libraries see is recorded once. Where the
    code cannot be edited, ``slm-instrument run COMMAND`` does the same from outside.

    Args:
        recorder: Where calls go: a recorder, or a store's address. Default: a recorder by the environment
            (:mod:`slm_instrument.config`).
        only: The libraries to record (``langchain_core``, ``openai``, ``opentelemetry.sdk.trace``). Default: all for
            which an integration is installed.

    Raises:
        ConfigError: the address means nothing. Where the environment's means nothing, that is logged as an error and
            nothing is recorded: the application must start all the same.
    """
    global _current
    with _guard:
        if _current is not None:
            return _current
        made = recorder if isinstance(recorder, Recorder) else _recorder(recorder)
        recording = Instrumentation(made, owned=made is not recorder)
        if made is None:
            return recording
        _current = recording
    wanted = None if only is None else frozenset(only)
    for integration in entry_points(group=GROUP):
        if wanted is None or integration.name in wanted:
            register_post_import_hook(partial(recording.turn_on, integration), integration.name)
    return recording
