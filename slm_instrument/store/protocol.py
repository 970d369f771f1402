"""What a store can do.

A store keeps calls as they were made, the tasks that an analysis found in them, and what became of the tasks.
:class:`Store` is the whole of what the rest of the package uses; :func:`slm_instrument.store.open_store` makes one from
an address.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from slm_instrument.records import Call, Outcome
from slm_instrument.store.base import (
    AnalysisRecord,
    AuditRecord,
    BundleRecord,
    Compared,
    DatasetRecord,
    Flag,
    Mode,
    Observation,
    Served,
    Tally,
    Task,
    Transition,
)
from slm_instrument.store.selecting import EVERY_CALL, Note, Noted, Selection, Span

if TYPE_CHECKING:
    from slm_instrument.redaction.policy import Policies
    from slm_instrument.vault import KeyProvider  # with cryptography, which who asks for a Mode needs not


class Store(Protocol):
    """Where calls and what is made of them are kept. All methods are safe to call from several threads.

    Raises:
        StoreError: from any method, when the store cannot be reached, read or written.
    """

    @property
    def url(self) -> str:
        """The address, a password in it masked."""
        ...

    @property
    def opener(self) -> "Callable[[], Store]":
        """Opens the same store in another process, which finds the key as any process does; it can be pickled."""
        ...

    @property
    def key_provider(self) -> "KeyProvider":
        """What holds the store's master key."""
        ...

    @property
    def policies(self) -> "Policies":
        """What is redacted in which call."""
        ...

    def add_calls(self, calls: Sequence[Call]) -> int:
        """Write calls; one whose id is already there is left as it is. Returns how many were new."""
        ...

    def count_calls(self, where: Selection = EVERY_CALL) -> int:
        """How many calls there are, or how many are selected."""
        ...

    def iter_calls(self, where: Selection = EVERY_CALL, *, batch: int = 500) -> Iterator[Call]:
        """Calls in order of arrival, read in batches: memory does not grow with the store."""
        ...

    def add_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Write what came of calls or traces; one whose id is already there is left as it is."""
        ...

    def known_names(self, names: Collection[str]) -> set[str]:
        """Those of the names that are ids of calls, or of their traces."""
        ...

    def iter_outcomes(self) -> Iterator[Outcome]:
        """What came of calls and traces, in order of arrival; the ids of traces as those of calls are read."""
        ...

    def spans(self, where: Selection = EVERY_CALL, *, size: int) -> list[Span]:
        """The selected calls cut into runs of at most ``size``, in order of arrival."""
        ...

    def save_analysis(self, analysis: AnalysisRecord, tasks: Sequence[Task], notes: Iterable[Note]) -> None:
        """Make these the current tasks, and note what was found of calls, in one transaction.

        What was noted of other calls stays, but where their task is no longer: then they are as if never analysed.
        An analysis may be saved several times, each time with further notes.
        """
        ...

    def last_settings(self) -> dict[str, Any]:
        """The settings of the last analysis; empty where there was none."""
        ...

    def iter_noted(self) -> Iterator[Noted]:
        """What was noted of every call that was analysed, in order of arrival."""
        ...

    def key_of(self, *parts: bytes) -> int:
        """63 bits of a keyed digest: equal for equal values, and no help to who guesses them without the store's key.

        Raises:
            StoreKeyError: there is no key.
        """
        ...

    def tasks(self) -> list[Task]:
        """The current tasks, most calls first."""
        ...

    def find_task(self, id_or_name: str) -> Task:
        """The task of that id, or of that name.

        Raises:
            NotFoundError: none, or several of that name.
        """
        ...

    def iter_assignments(self) -> Iterator[tuple[str, str | None]]:
        """(call id, task id or None) of every call that was analysed, in order of arrival."""
        ...

    def save_dataset(self, dataset: DatasetRecord) -> DatasetRecord:
        """Write a dataset with its lineage; returns it with its version."""
        ...

    def dataset_calls(self, dataset_id: str) -> dict[str, str]:
        """The splits of a dataset's calls, by call; empty where the store does not have it."""
        ...

    def find_dataset(self, task_id: str, version: int | None = None) -> DatasetRecord:
        """The last dataset of a task, or the last of that version.

        Raises:
            NotFoundError: there is none.
        """
        ...

    def save_bundle(self, bundle: BundleRecord) -> None:
        """Write that a student was made."""
        ...

    def bundles(self, *, task_id: str | None = None) -> list[BundleRecord]:
        """Students made, newest first."""
        ...

    def retired_bundles(self) -> dict[str, str]:
        """Why students may not serve any more, by id; the others are not in it. Processes ask this twice a second."""
        ...

    def set_flag(self, flag: Flag) -> None:
        """Set a task's mode and keep the history."""
        ...

    def flags(self) -> dict[str, Flag]:
        """The current flags by task id."""
        ...

    def flag_history(self, task_id: str | None = None) -> list[Flag]:
        """All settings ever made, oldest first."""
        ...

    def add_observations(self, observations: Sequence[Observation]) -> None:
        """Write comparisons of students with their teachers."""
        ...

    def observations(self, *, task_id: str | None = None) -> list[Observation]:
        """Comparisons, oldest first."""
        ...

    def evidence(self, bundle_id: str, *, after: int = 0, limit: int | None = None) -> list[tuple[int, Observation]]:
        """Comparisons of one student after a number, in the order of their numbers; the first ``limit`` of them."""
        ...

    def add_transition(self, transition: Transition) -> bool:
        """Move a student to another mode, on evidence, and write that into the audit log.

        Returns:
            False where the bundle has a transition of that number: another process has seen the same evidence.
        """
        ...

    def transitions(self, *, task_id: str | None = None) -> list[Transition]:
        """Moves of students, oldest first."""
        ...

    def stages(self) -> dict[str, tuple[Mode, datetime]]:
        """Where every student that was ever moved stands, by bundle, and since when; processes ask twice a second."""
        ...

    def add_tallies(self, tallies: Sequence[Tally]) -> None:
        """Add counts of decisions to those of their hour."""
        ...

    def tallies(self, *, since: datetime | None = None) -> list[Tally]:
        """Counts of decisions by the hour, oldest first; ``since``: of hours that began then or later."""
        ...

    def decided(self, *, since: datetime | None = None) -> list[Tally]:
        """The same counts, the hours taken together: ``hour`` is the first of them."""
        ...

    def compared(self, *, since: datetime | None = None) -> list[Compared]:
        """Comparisons by student, of then or later."""
        ...

    def served(self, *, since: datetime | None = None) -> list[Served]:
        """Calls by the task they were assigned to and by who answered them; those that began then or later."""
        ...

    def add_audit(self, record: AuditRecord) -> None:
        """Write down who did what."""
        ...

    def audit(self) -> list[AuditRecord]:
        """Who did what, oldest first."""
        ...

    def close(self) -> None:
        """Give back connections; the store cannot be used after."""
        ...
