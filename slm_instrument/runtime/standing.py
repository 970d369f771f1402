"""Which of a task's students serves, in which mode, and which ones wait beside it.

By the task's setting, and by where evidence has moved the students since (:class:`slm_instrument.store.Transition`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from slm_instrument.runtime.flags import Setting
from slm_instrument.runtime.store_flags import Stage
from slm_instrument.store import Mode

_NEVER = datetime.min.replace(tzinfo=UTC)


class Made(Protocol):
    """A student, as far as it matters here."""

    @property
    def bundle_id(self) -> str | None:
        """Its bundle."""
        ...

    def was_there(self, at: datetime | None) -> bool:
        """Whether it had been made, and come, at a time; None: when this process began."""
        ...


S = TypeVar("S", bound=Made)


@dataclass(frozen=True, slots=True)
class Standing(Generic[S]):
    """A student, and the mode that it is in."""

    student: S
    mode: Mode


@dataclass(frozen=True, slots=True)
class Standings(Generic[S]):
    """The student that a task's calls are for, None where each was withdrawn, and those that are compared beside it."""

    serving: Standing[S] | None
    challengers: tuple[Standing[S], ...] = ()


def standings(students: Sequence[S], setting: Setting, stage_of: Callable[[str | None], Stage | None]) -> Standings[S]:
    """Where the students of a task stand.

    Args:
        students: Those that may answer, the newest first, at least one.
        setting: The task's.
        stage_of: Where evidence has moved a student, and when; None where it was never moved.
    """
    if setting.mode is Mode.AUTO:
        return _by_stage(students, stage_of)
    return _by_hand(students, setting, stage_of)


def _by_stage(students: Sequence[S], stage_of: Callable[[str | None], Stage | None]) -> Standings[S]:
    """In auto: the newest student that evidence has put on, and newer ones; older ones have had their time."""
    stages = [Standing(each, _stage(stage_of(each.bundle_id))) for each in students]
    in_use: list[Standing[S]] = []
    for standing in stages:
        if standing.mode is not Mode.OFF:
            in_use.append(standing)
        if standing.mode is Mode.ON:
            break
    if not in_use:
        return Standings(None)
    by_mode = {each.mode: each for each in reversed(in_use)}  # the newest of a mode
    serving = by_mode.get(Mode.ON) or by_mode.get(Mode.CANARY) or in_use[0]
    return Standings(serving, tuple(each for each in in_use if each is not serving))


def _by_hand(students: Sequence[S], setting: Setting, stage_of: Callable[[str | None], Stage | None]) -> Standings[S]:
    """The newest student that has served under this mode, or that was there when it was set; the newest of all waits.

    Of a mode in code or environment: that was there when this process began.
    """
    kept = (each for each in students if each.bundle_id in setting.kept)
    there = (each for each in students if each.was_there(setting.set_at))
    serving = next(kept, None) or next(there, students[-1])
    standing = Standing(serving, _braked(setting, stage_of(serving.bundle_id)))
    waits = serving is not students[0] and standing.mode is not Mode.OFF
    return Standings(standing, (Standing(students[0], Mode.SHADOW),) if waits else ())


def _stage(stage: Stage | None) -> Mode:
    return Mode.SHADOW if stage is None else stage[0]


def _braked(setting: Setting, stage: Stage | None) -> Mode:
    """A mode that was set by hand, unless evidence has taken the student back since.

    Against code and environment, whose time is not known, that holds until there is a new student.
    """
    if setting.mode not in (Mode.CANARY, Mode.ON) or stage is None:
        return setting.mode
    moved_to, at = stage
    taken_back = moved_to in (Mode.OFF, Mode.SHADOW) and at > (setting.set_at or _NEVER)
    return moved_to if taken_back else setting.mode
