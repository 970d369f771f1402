"""When a task's student is due: the rules, each with its reason and its numbers.

A task is looked at when its mode is set to another one than off, or when it is named. It must have as many different
prompts as a training demands, and answers that recur where a student can only repeat them. Then it is due when

=============  =========================================================================================================
unfinished     its last training was killed; or failed, up to three times in a row, then when its calls have doubled,
               when it is named, or when it is to be trained otherwise
retired        its student may not serve any more, as after an erasure
demoted        live comparisons moved its student down, and enough calls have come since to learn from
new calls      as many have come as its last dataset was made of: the calls have doubled. Where its student was FAILED,
               three times as many
drifted        its calls have become others (:mod:`slm_instrument.refine.drift`), and enough have come to learn from
never trained  it has no student
=============  =========================================================================================================

Enough calls to learn from are as many as a first training demands, and a tenth of what was there before. So all
trainings of a task together see less than twice the calls of the last one where calls only double, and at worst, with
drift or a demotion every time, eleven times as many.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from slm_instrument.canonical import AnswerKind
from slm_instrument.curate.split import MOST_CALIBRATION, least_evidence
from slm_instrument.refine.history import History
from slm_instrument.select.choose import LEAST_RECURRING
from slm_instrument.store.base import Mode, Verdict

TARGET, CONFIDENCE = 0.95, 0.95
MOST_TRIES = 3  # of a training that fails, before it waits for more calls
LEAST_NEW = 0.1  # of the calls that were known, for others to be worth a training
_GROWTH = {Verdict.CERTIFIED: 1, Verdict.INSUFFICIENT: 1, Verdict.FAILED: 3}  # new calls, in those known before
_REPEATED = frozenset({AnswerKind.CLOSED_SET, AnswerKind.FREE_TEXT})  # a student cannot build them from the prompt


class Why(StrEnum):
    """Why a student is due; the most urgent first."""

    RETIRED = "retired"
    DEMOTED = "demoted"
    DRIFTED = "drifted"
    UNFINISHED = "unfinished"
    NEW_CALLS = "new calls"
    NEVER_TRAINED = "never trained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Whether a task is due: ``why`` is None where it is not. ``because`` gives the numbers, of either."""

    task_id: str
    task_name: str
    why: Why | None
    because: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for one run.

    ``named`` says that the user named the tasks, ``every`` that tasks count that no mode was ever set for. ``target``
    is the agreement to certify; None leaves it at what the task's last student was made for. ``how`` is a digest of the
    arguments of trainings.
    """

    named: bool = False
    every: bool = False
    target: float | None = None
    how: str = ""

    def judge(self, history: History) -> Due:
        """Whether the task is due."""
        objection = self._objection(history)
        if objection is not None:
            return _due(history, None, objection)
        findings = [finding for rule in self._rules if (finding := rule(history)) is not None]
        for finding in findings:
            if finding.met:
                return _due(history, finding.why, finding.because)
        return _due(history, None, "; ".join(finding.because for finding in findings))

    def asks_for_drift(self, history: History) -> bool:
        """Whether drift would make it due, so that it is worth the time to look for it."""
        bundle = history.bundle
        return (
            bundle is not None
            and bundle.verdict is Verdict.CERTIFIED
            and history.recognised != ()
            and history.new >= self._enough(history)
            and self._objection(history) is None
            and self.judge(history).why is None
        )

    def _objection(self, history: History) -> str | None:
        objections = (self._unwanted, self._too_few, _never_recurring, self._has_failed)
        return next(filter(None, (objection(history) for objection in objections)), None)

    @property
    def _rules(self) -> "tuple[Callable[[History], _Finding | None], ...]":
        return (_never_trained, _unfinished, _retired, self._demoted, _drifted, _grown)

    def _enough(self, history: History) -> int:
        """How many new calls are worth a training that their number alone does not ask for."""
        return max(self._needed(history), math.ceil(LEAST_NEW * history.known))

    def _needed(self, history: History) -> int:
        return math.ceil(least_evidence(self.target or history.target or TARGET, CONFIDENCE) / MOST_CALIBRATION)

    def _unwanted(self, history: History) -> str | None:
        if self.named or history.mode not in (None, Mode.OFF):
            return None
        if history.mode is Mode.OFF:
            return "its mode is off"
        return None if self.every else "no mode was ever set for it (--all takes it in)"

    def _too_few(self, history: History) -> str | None:
        needed = self._needed(history)
        if history.prompts >= needed:
            return None
        return f"{history.prompts:,} different prompts, a training takes {needed:,}"

    def _demoted(self, history: History) -> "_Finding | None":
        moved = history.demotion
        if moved is None:
            return None
        what = f"new calls since it went {moved.before} -> {moved.after} at {moved.at:%Y-%m-%d %H:%M}"
        return _counted(Why.DEMOTED, history.since_demotion, self._enough(history), what)

    def _has_failed(self, history: History) -> str | None:
        attempt = history.attempt
        if self.named or attempt is None or attempt.error is None or attempt.how != self.how:
            return None
        if history.usable >= 2 * attempt.usable or (attempt.times < MOST_TRIES and not attempt.hopeless):
            return None
        return f"its training failed ({attempt.error}); {history.usable:,} of {2 * attempt.usable:,} calls for another"


@dataclass(frozen=True, slots=True)
class _Finding:
    """What a rule says: whether it is met, and its numbers."""

    why: Why
    met: bool
    because: str


def _counted(why: Why, calls: int, least: int, what: str) -> _Finding:
    met = calls >= least
    return _Finding(why, met, f"{calls:,} {what}" if met else f"{calls:,} of {least:,} {what}")


def _due(history: History, why: Why | None, because: str) -> Due:
    return Due(task_id=history.task.id, task_name=history.task.name, why=why, because=because)


def _never_recurring(history: History) -> str | None:
    """The estimate is of repeated answers, so it says nothing of those that a student builds from the prompt."""
    task = history.task
    if history.bundle is not None or task.kind not in _REPEATED or task.replaceable >= LEAST_RECURRING:
        return None
    kind = task.kind.value.replace("_", " ")
    return f"{task.replaceable:.0%} of its calls look replaceable, and {kind} answers take {LEAST_RECURRING:.0%}"


def _unfinished(history: History) -> _Finding | None:
    attempt = history.attempt
    if attempt is None and not history.unfinished:
        return None
    failed = attempt is not None and attempt.error is not None
    return _Finding(Why.UNFINISHED, True, f"its last training {'failed' if failed else 'was broken off'}")


def _retired(history: History) -> _Finding | None:
    bundle = history.bundle
    if bundle is None or bundle.retired_at is None:
        return None
    return _Finding(Why.RETIRED, True, f"its student may not serve any more: {bundle.retired_because}")


def _drifted(history: History) -> _Finding | None:
    if history.drift is None:
        return None
    return _Finding(Why.DRIFTED, True, f"{history.drift}; {history.new:,} new calls")


def _grown(history: History) -> _Finding | None:
    bundle = history.bundle
    if bundle is None:
        return None
    least = max(1, _GROWTH[bundle.verdict] * history.known)
    since = "" if bundle.verdict is Verdict.CERTIFIED else f" since a student that was {bundle.verdict}"
    return _counted(Why.NEW_CALLS, history.new, least, f"new calls{since}")


def _never_trained(history: History) -> _Finding | None:
    if history.bundle is not None or history.attempt is not None or history.unfinished:
        return None
    numbers = f"{history.usable:,} usable calls, {history.task.replaceable:.0%} look replaceable"
    return _Finding(Why.NEVER_TRAINED, True, numbers)
