"""Trainings that were begun and have not ended well, kept in the models folder.

A killed run can say nothing, so each training is noted before it begins and crossed out when its student is written.
What is left was killed, or ended in an error, which is noted then. It lies in a file and not in the store, because it
is of what this folder and this machine could do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from slm_instrument.errors import InputError

ATTEMPTS = ".refine.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A task's trainings since its last student was written.

    ``times`` says how many were begun, the last of them ``at`` that time, with so many ``usable`` calls and ``how``, a
    digest of its arguments. ``error`` is how it ended, None where it was killed; ``hopeless`` says that the same calls
    and arguments will bring it again.
    """

    at: datetime
    times: int
    usable: int
    how: str
    error: str | None = None
    hopeless: bool = False


class Attempts:
    """The attempts of a models folder, by task id."""

    def __init__(self, models: Path) -> None:
        self._file = models / ATTEMPTS
        self._known = _read(self._file)

    def of(self, task_id: str) -> Attempt | None:
        """The task's, where its last training did not end well."""
        return self._known.get(task_id)

    def begin(self, task_id: str, usable: int, how: str) -> None:
        """A training begins, with so many usable calls and arguments of that digest.

        Raises:
            InputError: the folder cannot be written.
        """
        before = self.of(task_id)
        times = 1 + (before.times if before else 0)
        self._write({task_id: Attempt(at=datetime.now(UTC), times=times, usable=usable, how=how)})

    def fail(self, task_id: str, error: str, *, hopeless: bool) -> None:
        """The training ended in an error."""
        self._write({task_id: replace(self._known[task_id], error=error, hopeless=hopeless)})

    def end(self, task_id: str) -> None:
        """The training ended with a student."""
        del self._known[task_id]
        self._write({})

    def _write(self, changed: Mapping[str, Attempt]) -> None:
        self._known |= changed
        aside = self._file.with_name(f"{ATTEMPTS}.new")
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(msgspec.json.format(msgspec.json.encode(self._known), indent=2) + b"\n")
            aside.replace(self._file)
        except OSError as error:
            raise InputError(f"{self._file} cannot be written: {error.strerror or error}") from error


def _read(file: Path) -> dict[str, Attempt]:
    """What the file says; nothing where it was damaged: then a training is tried once more than it had to be."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Attempt])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
