"""Forked children: a pre-forking server loads the agent once and forks; no thread and no held lock survives that."""

import os
import threading
import weakref
from typing import Protocol, TypeVar

T = TypeVar("T")


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


_paused: list[Pausable] = []
_forking = threading.RLock()  # one thread at a time: a second would take for paused what the first still waits for


def _before() -> None:
    _forking.acquire()
    # Waiting for one thing, such as a store being opened, may bring up another, the store: until nothing new comes.
    while waiting := [thing for thing in _all_now(_pausable) if not any(thing is each for each in _paused)]:
        _paused.extend(waiting)
        for thing in waiting:
            thing.before_fork()


def _after_in_parent() -> None:
    try:
        _go_on(child=False)
    finally:
        _forking.release()


def _after_in_child() -> None:
    global _forking
    _forking = threading.RLock()
    _go_on(child=True)
    for thing in _all_now(_resettable):
        thing.reset()


def _all_now(things: "weakref.WeakSet[T]") -> list[T]:
    while True:
        try:
            return list(things)
        except RuntimeError:  # another thread made one meanwhile
            continue


def _go_on(*, child: bool) -> None:
    while _paused:
        _paused.pop().after_fork(child=child)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
