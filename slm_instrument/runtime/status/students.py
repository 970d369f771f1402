"""A task's students as the store knows them, and which of them serves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slm_instrument.runtime.flags import Setting
from slm_instrument.runtime.incumbents import Incumbents, kept_under
from slm_instrument.runtime.standing import Standing, Standings, standings
from slm_instrument.runtime.store_flags import Stage
from slm_instrument.store import BundleRecord, Flag, Mode, Store, Tally, Transition, Verdict


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


@dataclass(frozen=True, slots=True)
class Deployed:
    """Which of a task's students agents have been seen with: the store knows of others that lie in no agent's folder.

    ``seen`` are those that any decision, comparison or move tells of. ``hourly`` are the task's decisions of late.
    """

    seen: Collection[str] = ()
    hourly: Sequence[Tally] = ()

    def busy(self, after: datetime | None) -> Collection[str]:
        """The students of the last hour in which calls were decided, of those that began after a time; empty: none."""
        hours = [each for each in self.hourly if each.bundle_id and (after is None or each.hour >= after)]
        last = max((each.hour for each in hours), default=None)
        return {each.bundle_id for each in hours if each.hour == last}


def seen_by_agents(
    store: Store, bundles: Sequence[BundleRecord], moves: Iterable[Transition], decided: Iterable[Tally]
) -> Collection[str]:
    """The students that agents have been seen with, at any time: one that `train` has left elsewhere is none of them.

    Args:
        store: Comparisons are looked for in it.
        bundles: The students that are asked about.
        moves: All moves.
        decided: All counts of decisions.
    """
    told = {each.bundle_id for each in moves} | {each.bundle_id for each in decided}
    return told | {each.id for each in bundles if each.id not in told and store.evidence(each.id, limit=1)}


def setting_of(flag: Flag | None, *, killed: bool = False, known: Mapping[str, Incumbents] | None = None) -> Setting:
    """What the store says of a task; off where it says nothing, and while the kill switch is thrown.

    Args:
        flag: The task's.
        killed: Whether the kill switch is thrown.
        known: Who has served under the flags, by task.
    """
    if killed or flag is None or flag.mode is Mode.OFF:
        return Setting(Mode.OFF)
    return Setting.of_flag(flag, kept_under(flag, known or {}))


def students_in_use(
    bundles: Sequence[BundleRecord],
    setting: Setting,
    stages: Mapping[str, Stage],
    deployed: Deployed | None = None,
) -> Standings[Student]:
    """The student that serves and those beside it.

    Where none may serve, because none is certified or each was withdrawn, it is the newest that is not retired, in off.
    Where agents have been seen with students of the task, it is one of these.

    Args:
        bundles: The task's, the newest first.
        setting: The task's.
        stages: Where evidence has moved students.
        deployed: What is known of the students that agents have.
    """
    deployed = deployed or Deployed()
    in_service = [Student(each) for each in bundles if each.retired_at is None]
    certified = [each for each in in_service if each.record.verdict is Verdict.CERTIFIED]
    candidates = [each for each in certified if each.bundle_id in deployed.seen] or certified
    if candidates:
        found = _serving(candidates, setting, stages, deployed)
        if found.serving is not None:
            return found
    newest = candidates or in_service
    return Standings(Standing(newest[0], Mode.OFF) if newest else None)


def not_deployed(bundles: Sequence[BundleRecord], serving: Student | None, deployed: Deployed) -> list[str]:
    """Certified students, not older than the one that serves, that no agent has been seen with; the newest first."""
    return [
        each.id
        for each in bundles
        if each.retired_at is None
        and each.verdict is Verdict.CERTIFIED
        and each.id not in deployed.seen
        and (serving is None or each.created_at >= serving.record.created_at)
    ]


def _serving(
    students: Sequence[Student], setting: Setting, stages: Mapping[str, Stage], deployed: Deployed
) -> Standings[Student]:
    """Who serves by the rule, unless it has decided nothing of late and another has: it is in no folder any more."""
    found = standings(students, setting, lambda bundle_id: stages.get(bundle_id or ""))
    changes = [stages[each.bundle_id][1] for each in students if each.bundle_id in stages]
    if setting.set_at is not None:
        changes.append(setting.set_at)
    busy = deployed.busy(max(changes, default=None))  # what was decided before a change tells nothing of after it
    gone = found.serving
    others = [each for each in students if gone is not None and each is not gone.student]
    if gone is None or gone.student.bundle_id in busy or not any(each.bundle_id in busy for each in others):
        return found
    return _serving(others, setting, stages, deployed)
