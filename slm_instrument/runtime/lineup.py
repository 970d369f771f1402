"""The students of one task, and which of them has its turn with a call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slm_instrument.records import Call
from slm_instrument.runtime.decision import Reason
from slm_instrument.runtime.flags import CANARY_RATE, Setting, sampled
from slm_instrument.runtime.serving import Servable
from slm_instrument.runtime.standing import Standing, Standings, standings
from slm_instrument.runtime.store_flags import Stage
from slm_instrument.store import Mode

StageOf = Callable[[str | None], Stage | None]


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is to answer a call: the student when ``reason`` is None, else the LLM.

    ``mode`` is what the student is in. ``compared`` are the students whose answer is wanted beside the LLM's, each with
    the mode that it is in.
    """

    servable: Servable
    mode: Mode
    reason: Reason | None = None
    compared: tuple[Standing[Servable], ...] = ()


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

    def in_use(self, setting: Setting, stage_of: StageOf) -> tuple[Servable, ...]:
        """The students that calls may be put to or that are compared, so that evidence on them matters."""
        if setting.mode is Mode.OFF or self.first.unusable is not None:
            return ()
        return tuple(each.student for each in _all_of(standings(self.servables, setting, stage_of)))

    def watched(self, setting: Setting, stage_of: StageOf) -> tuple[Servable, ...]:
        """The students that evidence may move: in auto all that are in use, by hand the one that serves."""
        in_use = self.in_use(setting, stage_of)
        return in_use if setting.mode is Mode.AUTO else in_use[:1]

    def turn(self, call: Call, setting: Setting, stage_of: StageOf) -> Turn:
        """Whose turn a call is, under a setting that is not off."""
        if self.first.unusable is not None:
            return Turn(self.first, setting.mode)
        found = standings(self.servables, setting, stage_of)
        trace = call.trace_id or call.id
        on_trial = _in_canary(found)
        if on_trial is not None and sampled(trace, CANARY_RATE):
            return Turn(on_trial.student, Mode.CANARY)
        serving = found.serving
        if serving is None or serving.mode is Mode.OFF:
            return Turn(self.first if serving is None else serving.student, Mode.OFF, Reason.DISABLED)
        reason = _left_to_the_llm(serving.mode, trace, _rate(serving.mode, setting))
        return Turn(serving.student, serving.mode, reason, () if reason is None else _all_of(found))


def _left_to_the_llm(mode: Mode, trace: str, rate: float) -> Reason | None:
    if mode is Mode.SHADOW:
        return Reason.SHADOW
    if sampled(trace, rate):
        return None
    return Reason.NOT_SAMPLED if mode is Mode.CANARY else Reason.AUDIT


def _rate(mode: Mode, setting: Setting) -> float:
    return CANARY_RATE if setting.mode is Mode.AUTO and mode is Mode.CANARY else setting.rate


def _in_canary(found: Standings[Servable]) -> Standing[Servable] | None:
    """A newer student that has its share of the traces beside the one that serves."""
    return next((each for each in found.challengers if each.mode is Mode.CANARY), None)


def _all_of(found: Standings[Servable]) -> tuple[Standing[Servable], ...]:
    return (found.serving, *found.challengers) if found.serving is not None else ()
