"""Which calls the students of a folder have seen before, so that figures on them say little of new calls."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from slm_instrument.records import Call
from slm_instrument.runtime.bundle import Bundle, find_bundles
from slm_instrument.store import Store

_LEARNED = ("training", "validation")  # the other splits certified and tested it


class Seen:
    """Counts those of the calls that pass which are in the dataset of a student.

    Args:
        store: Where the datasets are.
        models: The folder of students.
    """

    def __init__(self, store: Store, models: Path) -> None:
        self._splits: dict[str, set[str]] = {}
        self._untold: list[str] = []
        self._calls = self._learned = self._held_out = 0
        for _, found in find_bundles(models):
            if not isinstance(found, Bundle):
                continue
            of_dataset = store.dataset_calls(found.manifest.lineage.dataset_id)
            if not of_dataset:
                self._untold.append(found.id)
            for call_id, split in of_dataset.items():
                self._splits.setdefault(call_id, set()).add(split)

    def counted(self, calls: Iterable[Call]) -> Iterator[Call]:
        """The calls, each counted as it passes."""
        for call in calls:
            splits = self._splits.get(call.id, ())
            self._calls += 1
            if any(split in _LEARNED for split in splits):
                self._learned += 1
            elif splits:
                self._held_out += 1
            yield call

    def remarks(self) -> Iterator[str]:
        """What has to be said of the figures, a line each."""
        if self._learned or self._held_out:
            yield (
                f"note: {self._learned:,} of the {self._calls:,} calls are among those that a student was trained on, "
                f"{self._held_out:,} among those that certified or tested it; on calls that no student has seen it may "
                "agree less"
            )
        if self._untold:
            yield (
                "note: it cannot be told which of the calls these students were trained on, as their datasets are not "
                f"in this store: {', '.join(sorted(self._untold))}"
            )
