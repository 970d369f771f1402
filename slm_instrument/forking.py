"""Forked children: a pre-forking server loads the agent once and forks; no thread and no held lock survives that.

Python's own hooks see to most of it. A fork by C code calls none of them, as uWSGI's with its default options: such a
child finds out by itself, see :func:`catch_up_with_fork`.
"""

import logging
import mmap
import os
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

logger = logging.getLogger("slm_instrument")

T = TypeVar("T")

_WIPE_ON_FORK = 18  # Linux's MADV_WIPEONFORK, which mmap has no name for


class Resettable(Protocol):
    """Something with threads or locks."""

    def reset(self) -> None:
        """Forget threads and whatever waited for them, and make new locks."""
        ...


class Pausable(Protocol):
    """Something that must be at rest in the moment of a fork."""

    def before_fork(self) -> None:
        """Come to rest, within a second or two; called in the parent by the thread that forks."""
        ...

    def after_fork(self, *, child: bool) -> None:
        """Go on; called on both sides."""
        ...


_resettable: "weakref.WeakSet[Resettable]" = weakref.WeakSet()
_pausable: "weakref.WeakSet[Pausable]" = weakref.WeakSet()


def reset_in_child(thing: Resettable) -> None:
    """Have the thing reset in every child forked from here on, for as long as it lives."""
    _resettable.add(thing)


def pause_at_fork(thing: Pausable) -> None:
    """Have the thing at rest whenever the process forks, for as long as it lives."""
    _pausable.add(thing)


def catch_up_with_fork() -> None:
    """Do what the hooks do, in a child forked past them; else nothing.

    To be called before anything relies on a thread or waits for a lock. It takes a tenth of a microsecond on Linux, and
    a system call elsewhere.
    """
    if _home.is_left():
        # Threads made in the child may come at the same time. A lock that they share must be of this process, too.
        with _catching_up.setdefault(os.getpid(), threading.RLock()):
            if _home.is_left():
                _after_in_child()


class _Home:
    """Tells whether this is still the process that it was entered in."""

    def __init__(self) -> None:
        self._page = _wiped_in_children()
        self.enter()

    def enter(self) -> None:
        """From here on this process is the one."""
        self._pid = os.getpid()
        if self._page is not None:
            self._page[0] = 1

    def is_left(self) -> bool:
        """Whether this is a child of that process."""
        return not self._page[0] if self._page is not None else os.getpid() != self._pid


def _wiped_in_children() -> mmap.mmap | None:
    """Memory that the kernel fills with zeros in forked children: looking there costs a tenth of asking for the pid."""
    if sys.platform != "linux":
        return None
    page = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    try:
        page.madvise(_WIPE_ON_FORK)
    except OSError:  # before Linux 4.14
        return None
    try:
        page.madvise(-1)
    except OSError:
        return page
    return None  # an emulator that takes any advice and follows none


_home = _Home()
_catching_up: dict[int, threading.RLock] = {}  # by process
_paused: list[Pausable] = []
_forking = threading.RLock()  # one thread at a time: a second would take for paused what the first still waits for


def _before() -> None:
    catch_up_with_fork()
    _forking.acquire()
    # Waiting for one thing, such as a store being opened, may bring up another, the store: until nothing new comes.
    while waiting := [thing for thing in all_now(_pausable) if not any(thing is each for each in _paused)]:
        _paused.extend(waiting)
        for thing in waiting:
            thing.before_fork()


def _after_in_parent() -> None:
    try:
        while _paused:
            _paused.pop().after_fork(child=False)
    finally:
        _forking.release()


def _after_in_child() -> None:
    global _forking
    _forking = threading.RLock()
    for pausable in all_now(_pausable):
        _attempt(partial(pausable.after_fork, child=True))
    _paused.clear()
    for thing in all_now(_resettable):
        _attempt(thing.reset)
    _home.enter()


def _attempt(step: Callable[[], None]) -> None:
    try:
        step()
    except Exception:  # the others must be seen to, and a caller may be the agent
        logger.warning("slm_instrument: something could not be renewed in a forked child", exc_info=True)


def all_now(things: "weakref.WeakSet[T]") -> list[T]:
    """The things, whatever other threads add meanwhile."""
    while True:
        try:
            return list(things)
        except RuntimeError:
            continue


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
