"""Forked children: a pre-forking server loads the agent once and forks; no thread and no held lock survives that."""

import os
import weakref
from typing import Protocol


class Resettable(Protocol):
    """Something with threads or locks."""

    def reset(self) -> None:
        """Forget threads and whatever waited for them, and make new locks."""
        ...


_all: "weakref.WeakSet[Resettable]" = weakref.WeakSet()


def reset_in_child(thing: Resettable) -> None:
    """Have the thing reset in every child forked from here on, for as long as it lives."""
    _all.add(thing)


def _reset_all() -> None:
    for thing in list(_all):
        thing.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
