"""A task's students as the store knows them, and which of them serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slm_instrument.runtime.flags import Setting
from slm_instrument.runtime.standing import Standing, Standings, standings
from slm_instrument.runtime.store_flags import Stage
from slm_instrument.store import BundleRecord, Flag, Mode, Verdict


@dataclass(frozen=True, slots=True)
class Student:
    """A student that was made, as :mod:`slm_instrument.runtime.standing` wants it."""

    record: BundleRecord

    @property
    def bundle_id(self) -> str:
        """Its bundle."""
        return self.record.id

    def was_there(self, at: datetime | None) -> bool:
        """Whether it had been made at a time."""
        return at is None or self.record.created_at <= at


def setting_of(flag: Flag | None, *, killed: bool = False) -> Setting:
    """What the store says of a task; off where it says nothing, and while the kill switch is thrown."""
    if killed or flag is None or flag.mode is Mode.OFF:
        return Setting(Mode.OFF)
    return Setting(flag.mode, flag.rate, "store", flag.set_at)


def students_in_use(
    bundles: Sequence[BundleRecord], setting: Setting, stages: Mapping[str, Stage]
) -> Standings[Student]:
    """The student that serves and those beside it.

    Where none may serve, because none is certified or each was withdrawn, it is the newest that is not retired, in off.

    Args:
        bundles: The task's, the newest first.
        setting: The task's.
        stages: Where evidence has moved students.
    """
    in_service = [Student(each) for each in bundles if each.retired_at is None]
    certified = [each for each in in_service if each.record.verdict is Verdict.CERTIFIED]
    if certified:
        found = standings(certified, setting, lambda bundle_id: stages.get(bundle_id or ""))
        if found.serving is not None:
            return found
    newest = certified or in_service
    return Standings(Standing(newest[0], Mode.OFF) if newest else None)
