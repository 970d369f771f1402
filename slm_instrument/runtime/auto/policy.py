"""When evidence moves a student: up from shadow to canary to on, and back."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from slm_instrument.runtime.auto.evidence import bounds, e_value, log_over, log_under
from slm_instrument.runtime.auto.trial import SERVING, Trial
from slm_instrument.store import Mode

_LEAST_ERROR = 1e-4  # of a target: one of 1.0 would be missed at the first disagreement, for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How much evidence a move takes.

    Errors are probabilities over the whole life of a student, however often its comparisons are looked at and however
    often it is taken back: attempt ``n`` may use a share of ``2**-n`` of them.

    Attributes:
        error: A student whose agreement is the target or less gets to ``on``.
        canary_error: One whose agreement is the canary's bar or less gets to canary.
        canary_slack: How many more disagreements than the target allows the canary's bar allows: with 0.5 and a target
            of 0.95 the bar is 0.925.
        withdrawal_error: A student whose agreement is the target or more is withdrawn from shadow.
        alarm_on: Disagreements that one just at the target has, in expectation, before it is taken back from ``on``
            without a reason: 250 are 5,000 comparisons at a target of 0.95.
        alarm_canary: The same in canary, where comparisons are many and answers that are used few.
        least: Comparisons in a stage before a student leaves it upwards, or is withdrawn from shadow: an hour's trouble
            decides nothing that lasts.
        attempts: As many times it may be taken back in auto; the last time it is withdrawn.
        confidence: Of the bounds that are told.
    """

    error: float = 0.05
    canary_error: float = 0.05
    canary_slack: float = 0.5
    withdrawal_error: float = 0.03
    alarm_on: float = 250.0
    alarm_canary: float = 2_500.0
    least: int = 100
    attempts: int = 3
    confidence: float = 0.95


class Exit(NamedTuple):
    """A way out of a student's stage: where it leads, what has to be shown, and how far the evidence has come.

    ``shows`` is said of the agreement when ``log_e`` has reached ``log_needed`` and no comparisons are ``missing``; it
    is told with the counts of the trial, or with the ``last`` of them.
    """

    after: Mode
    shows: str
    bar: float
    log_e: float
    log_needed: float
    missing: int = 0
    last: bool = False

    @property
    def open(self) -> bool:
        """Whether the student goes there."""
        return self.log_e >= self.log_needed and self.missing <= 0

    def because(self, trial: Trial) -> str:
        """The reason for a move of a student on this trial, for a person."""
        counts = f"{trial.agreed} of {trial.compared}"
        if self.last:
            counts = f"{sum(trial.recent)} of the last {len(trial.recent)}"
        return f"agreement {self.shows} {self.bar:.4g}: {counts} comparisons agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the evidence for a move has come; the move is made when ``e_value`` reaches ``needed``."""

    after: Mode
    bar: float
    e_value: float
    needed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Where a student stands.

    ``compared`` and ``agreed`` are comparisons since it was last taken back, as :class:`Trial` counts them. ``low`` and
    ``high`` bound its agreement, with the policy's confidence at all times together; they are of the whole trial, so
    that a fall shows in ``exits`` first. ``coverage`` is the share of the comparisons that the gate accepted.
    ``attempt`` counts from 1.
    """

    stage: Mode
    attempt: int
    target: float
    compared: int
    agreed: int
    coverage: float | None
    low: float
    high: float
    exits: tuple[Progress, ...]


def next_exit(trial: Trial, policy: Policy) -> Exit | None:
    """The way that a student goes now, or None where the evidence is too little for any: then it stays."""
    return next((way for way in _exits(trial, policy) if way.open), None)


def assess(trial: Trial, policy: Policy) -> Assessment:
    """What there is to say of a student, for a person."""
    low, high = bounds(trial.compared, trial.agreed, confidence=policy.confidence)
    return Assessment(
        stage=trial.stage,
        attempt=trial.attempt,
        target=trial.target,
        compared=trial.compared,
        agreed=trial.agreed,
        coverage=trial.coverage,
        low=low,
        high=high,
        exits=tuple(
            Progress(after=way.after, bar=way.bar, e_value=e_value(way.log_e), needed=e_value(way.log_needed))
            for way in _exits(trial, policy)
        ),
    )


def _exits(trial: Trial, policy: Policy) -> Iterator[Exit]:
    """The ways out of a student's stage, that down first."""
    if trial.stage in SERVING:
        yield _back(trial, policy)
    if trial.mode is not Mode.AUTO:  # what a person has set goes no higher by itself
        return
    if trial.stage is Mode.SHADOW:
        yield _withdrawn(trial, policy)
        yield _up(trial, policy, Mode.CANARY, _canary_bar(trial, policy), policy.canary_error)
    elif trial.stage is Mode.CANARY:
        yield _up(trial, policy, Mode.ON, trial.target, policy.error)


def _up(trial: Trial, policy: Policy, after: Mode, bar: float, error: float) -> Exit:
    return Exit(
        after=after,
        shows="is over",
        bar=bar,
        log_e=log_over(trial.compared, trial.agreed, bar),
        log_needed=trial.attempt * log(2) - log(error),
        missing=policy.least - trial.compared_in_stage,
    )


def _withdrawn(trial: Trial, policy: Policy) -> Exit:
    return Exit(
        after=Mode.OFF,
        shows="is under",
        bar=trial.target,
        log_e=log_under(trial.compared, trial.agreed, trial.target),
        log_needed=trial.attempt * log(2) - log(policy.withdrawal_error),
        missing=policy.least - trial.compared_in_stage,
    )


def _back(trial: Trial, policy: Policy) -> Exit:
    disagreements = policy.alarm_on if trial.stage is Mode.ON else policy.alarm_canary
    last = trial.mode is Mode.AUTO and trial.attempt >= policy.attempts
    return Exit(
        after=Mode.OFF if last else Mode.SHADOW,
        shows="has fallen under",
        bar=trial.target,
        log_e=log(trial.alarm.value) if trial.alarm.value else float("-inf"),
        log_needed=log(disagreements / max(1 - trial.target, _LEAST_ERROR)),
        last=True,
    )


def _canary_bar(trial: Trial, policy: Policy) -> float:
    return max(0.0, 1 - (1 + policy.canary_slack) * (1 - trial.target))
