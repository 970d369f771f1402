"""Makers of calls, and a store that fails as told."""

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from slm_instrument.errors import StoreError
from slm_instrument.records import Call, Message, Outcome
from slm_instrument.store import Store

SYSTEM = "You sort customer messages. Answer with one word: billing, shipping or other."


def make_call(text: str = "Where is my parcel?", answer: str = "shipping", **fields: Any) -> Call:
    """A plausible call of a small agent; ``fields`` are set on it as they are."""
    prompt = (Message("system", SYSTEM), Message("user", text))
    made: dict[str, Any] = {"agent": "triage", "model": "gpt-4o-mini", "messages": prompt}
    made["response"] = Message("assistant", answer)
    return Call(**(made | fields))


class FlakyStore:
    """A store that can be made to fail, to refuse calls, or to hang, around one that works.

    Only :meth:`add_calls` and :meth:`add_outcomes` are touched. ``batches`` counts the attempts.

    Args:
        store: What does the work.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._answers = threading.Event()
        self._answers.set()
        self.down = False  # every write raises StoreError
        self.refused: set[str] = set()  # ids of calls that raise ValueError, alone or in a batch
        self.batches = 0

    def add_calls(self, calls: Sequence[Call]) -> int:
        """Write calls, or fail as told."""
        self._attempt()
        for call in calls:
            if call.id in self.refused:
                raise ValueError(f"{call.id} is refused")
        return self._store.add_calls(calls)

    def add_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Write outcomes, or fail as told."""
        self._attempt()
        self._store.add_outcomes(outcomes)

    def _attempt(self) -> None:
        self.batches += 1
        self._answers.wait()
        if self.down:
            raise StoreError("the store is down")

    @contextmanager
    def hanging(self) -> Generator[None]:
        """Writes wait, without an error, until the block is left."""
        self._answers.clear()
        try:
            yield
        finally:
            self._answers.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
