"""The students of one task, and which of them has its turn with a call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from slm_instrument.records import Call
from slm_instrument.runtime.decision import Reason
from slm_instrument.runtime.flags import CANARY_RATE, Setting, sampled
from slm_instrument.runtime.serving import Servable
from slm_instrument.runtime.store_flags import Stage
from slm_instrument.store import Mode

Standing = tuple[Servable, Mode]  # a student, and the mode that it is in

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is to answer a call: the student when ``reason`` is None, else the LLM.

    ``mode`` is what the student is in. ``compared`` are the students whose answer is wanted beside the LLM's, each with
    the mode that it is in.
    """

    servable: Servable
    mode: Mode
    reason: Reason | None = None
    compared: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineup:
    """A task's students, the best first: those that may answer, the newest of them, or else one that says why not."""

    servables: tuple[Servable, ...]

    @property
    def first(self) -> Servable:
        """The best."""
        return self.servables[0]

    @property
    def task_id(self) -> str:
        """The task's id."""
        return self.first.task_id

    @property
    def task_name(self) -> str:
        """The task's name."""
        return self.first.task_name

    def in_service(self, retired: Mapping[str, str]) -> "Lineup":
        """Without students that were retired since they were read; all of them, where nothing else is left."""
        if not retired:
            return self
        serving = tuple(each for each in self.servables if each.bundle_id not in retired)
        return Lineup(serving) if serving else self

    def turn(self, call: Call, setting: Setting, stage_of: Callable[[str | None], Stage | None]) -> Turn:
        """Whose turn a call is, under a setting that is not off."""
        if self.first.unusable is not None:
            return Turn(self.first, setting.mode)
        trace = call.trace_id or call.id
        if setting.mode is Mode.AUTO:
            return self._by_stage(trace, setting, stage_of)
        serving, challenger = self._by_hand(setting)
        mode = _braked(setting, stage_of(serving.bundle_id))
        compared = ((serving, mode),) if challenger is None else ((serving, mode), (challenger, Mode.SHADOW))
        return _turn(serving, mode, trace, setting.rate, compared)

    def in_use(self, setting: Setting) -> tuple[Servable, ...]:
        """The students that a setting may put calls to, so that evidence on them matters."""
        if setting.mode is Mode.OFF or self.first.unusable is not None:
            return ()
        return self.servables if setting.mode is Mode.AUTO else (self._by_hand(setting)[0],)

    def _by_hand(self, setting: Setting) -> tuple[Servable, Servable | None]:
        """The newest student that was there when the mode was set, and a newer one that waits beside it.

        Of a mode in code or environment: that was there when this process began.
        """
        there = next((each for each in self.servables if _was_there(each, setting.set_at)), None)
        serving = there or self.servables[-1]
        return serving, None if serving is self.first else self.first

    def _by_stage(self, trace: str, setting: Setting, stage_of: Callable[[str | None], Stage | None]) -> Turn:
        """In auto: the newest student that evidence has put on, one in canary before it, and a newer one in shadow."""
        stages = [(each, _stage(stage_of(each.bundle_id))) for each in self.servables]
        newer, on = _until_on([standing for standing in stages if standing[1] is not Mode.OFF])
        compared = tuple(newer) if on is None else (*newer, (on, Mode.ON))
        if not compared:
            return Turn(self.first, Mode.OFF, Reason.DISABLED)
        canary = next((each for each, mode in newer if mode is Mode.CANARY), None)
        if canary is not None and (on is None or sampled(trace, CANARY_RATE)):
            return _turn(canary, Mode.CANARY, trace, CANARY_RATE, compared)
        if on is not None:
            return _turn(on, Mode.ON, trace, setting.rate, compared)
        return Turn(newer[0][0], Mode.SHADOW, Reason.SHADOW, compared)


def _was_there(servable: Servable, at: datetime | None) -> bool:
    if at is None:
        return servable.from_the_start
    return servable.created_at is None or servable.created_at <= at


def _turn(servable: Servable, mode: Mode, trace: str, rate: float, compared: tuple[Standing, ...]) -> Turn:
    if mode is Mode.OFF:
        return Turn(servable, mode, Reason.DISABLED)
    if mode is Mode.SHADOW:
        return Turn(servable, mode, Reason.SHADOW, compared)
    if not sampled(trace, rate):
        return Turn(servable, mode, Reason.NOT_SAMPLED if mode is Mode.CANARY else Reason.AUDIT, compared)
    return Turn(servable, mode)


def _until_on(stages: list[Standing]) -> tuple[list[Standing], Servable | None]:
    """Students from the newest down to the first that is on, and that one; older ones have had their time."""
    for at, (servable, mode) in enumerate(stages):
        if mode is Mode.ON:
            return stages[:at], servable
    return stages, None


def _stage(stage: Stage | None) -> Mode:
    return Mode.SHADOW if stage is None else stage[0]


def _braked(setting: Setting, stage: Stage | None) -> Mode:
    """A mode that was set by hand, unless evidence has taken the student back since.

    Against code and environment, that holds until there is a new student.
    """
    if setting.mode is Mode.SHADOW or stage is None:
        return setting.mode
    moved_to, at = stage
    taken_back = moved_to in (Mode.OFF, Mode.SHADOW) and at > (setting.set_at or _NEVER)
    return moved_to if taken_back else setting.mode
