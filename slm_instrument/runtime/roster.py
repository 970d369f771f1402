"""The students of a models folder that is looked at again and again: they come, go and are retired while agents run."""

import logging
from collections.abc import Hashable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from slm_instrument.redaction.policy import Policies
from slm_instrument.runtime.fleet import Fleet, LoadStudent
from slm_instrument.runtime.residency import Residency

REREAD_EVERY_S = 2.0

_log = logging.getLogger("slm_instrument.runtime")


class Roster:
    """Has the fleet that is in service now.

    Args:
        models: Folder of bundles.
        load_student: Makes a student of a bundle.
        policies: What this process redacts.
        max_memory_mb: What loaded students may take together, see :class:`.residency.Residency`.
    """

    def __init__(
        self, models: Path, *, load_student: LoadStudent, policies: Policies, max_memory_mb: float | None
    ) -> None:
        self._models = models.absolute()
        self._load_student = load_student
        self._policies = policies
        self._residency = Residency(max_memory_mb)
        self._signature: Hashable = signature(self._models)
        self._looked_at = datetime.now(UTC)
        self.fleet = self._read(None)

    def reread(self) -> None:
        """Take in what has changed in the folder; calls under way keep the students that they have."""
        now, seen = datetime.now(UTC), signature(self._models)
        if seen == self._signature:
            self._looked_at = now
            return
        before = self.fleet
        # Counted from the last look: a flag that is set right after copying is set for what was copied.
        self.fleet, self._signature, self._looked_at = self._read(before), seen, now
        before.close(but=self.fleet)
        students, tasks = len(self.fleet.every_servable), len(self.fleet.lineups)
        _log.info("%s has changed: %d students for %d tasks", self._models, students, tasks)

    def close(self) -> None:
        """Let all worker threads end."""
        self.fleet.close()

    def _read(self, known: Fleet | None) -> Fleet:
        fleet = Fleet.load(
            self._models,
            load_student=self._load_student,
            policies=self._policies,
            known=known,
            looked_at=self._looked_at,
        )
        self._residency.watch(fleet.every_servable)
        return fleet


def signature(models: Path) -> Hashable:
    """What changes when a bundle in the folder does: names, sizes and times of its files. Reads no file."""
    found: list[tuple[str, int, int]] = []
    with suppress(OSError):
        for path in (models, *models.iterdir()):
            if path.is_dir() and not (path != models and path.name.startswith(".")):
                found.append((str(path), 0, 0))  # an empty folder is a broken bundle; one that is gone is none
                found.extend(_files(path))
    return tuple(sorted(found))


def _files(folder: Path) -> list[tuple[str, int, int]]:
    files: list[tuple[str, int, int]] = []
    with suppress(OSError):
        for file in folder.iterdir():
            if file.is_file():
                about = file.stat()
                files.append((str(file), about.st_size, about.st_mtime_ns))
    return files
