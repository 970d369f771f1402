"""The ladder: students from the cheapest family to the dearest, until one is good enough.

Every certificate that is asked of the calibration calls may be wrong with some small probability. So that the promise
holds for whichever student is chosen in the end, that probability is shared out over the attempts (a union bound): most
of it to the first, and a fixed part of what is left to each further one.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from slm_instrument.errors import ConfigError, ExportError, InputError, MissingExtraError, NotEnoughDataError
from slm_instrument.store.base import Verdict
from slm_instrument.train.family import Family, Job
from slm_instrument.train.judging import Judged, Promise, judge

logger = logging.getLogger("slm_instrument")

ENOUGH_COVERAGE = 0.8  # a certified student that answers so many calls is not worth a dearer one
_FIRST_SHARE = 0.8  # of the error that may still be spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One family that was tried, or the reason why it was not. Times are seconds; figures are on calibration calls."""

    student: str
    reason: str = ""
    verdict: Verdict | None = None
    coverage: float | None = None
    agreement: float | None = None
    agreement_low: float | None = None
    validation_agreement: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A family that may be tried: with which base model (None: its own choice), or why it is passed over."""

    family: Family
    base: str | None = None
    objection: str | None = None


@dataclass(frozen=True, slots=True)
class Climb:
    """The best student that was found, and all rungs that led to it."""

    best: Judged
    rungs: Sequence[Rung]


def climb(steps: Iterable[Step], job: Job, promise: Promise, *, alone: bool = False) -> Climb:
    """Try families in order and stop at the first whose student is certified for most calls.

    Args:
        steps: cheapest first; the next one is only taken when it is tried.
        job: the student to make.
        promise: what to certify.
        alone: the user named the one family: its error is the user's, and it may spend all of the promise's error.

    Raises:
        NotEnoughDataError: no family could make a student; the text gives each one's reason.
        ConfigError, InputError, ExportError, MissingExtraError: as the family says, where it is alone.
    """
    rungs: list[Rung] = []
    best: Judged | None = None
    attempts = 0
    for step in steps:
        share = 1.0 if alone else _FIRST_SHARE * (1 - _FIRST_SHARE) ** attempts
        rung, judged = _tried(step, job, _spending(promise, share), alone)
        rungs.append(rung)
        if judged is None:
            continue
        attempts += judged.attempted
        if best is None or _rank(judged) > _rank(best):
            best = judged
        if judged.certified and judged.certificate.coverage >= ENOUGH_COVERAGE:
            break
    if best is None:
        reasons = "; ".join(f"{rung.student}: {rung.reason}" for rung in rungs)
        raise NotEnoughDataError(f"no student can be made for task {job.task.name!r}: {reasons}")
    return Climb(best, rungs)


def _tried(step: Step, job: Job, promise: Promise, alone: bool) -> tuple[Rung, Judged | None]:
    family = step.family
    job = replace(job, workspace=job.workspace / family.name, base=step.base)
    started = time.monotonic()
    job.workspace.mkdir()
    try:
        objection = step.objection or family.objection(job)
        if objection is not None:
            if alone:
                raise ConfigError(f"task {job.task.name!r} is not for the {family.name} student: {objection}")
            return Rung(student=family.name, reason=objection), None
        judged = judge(job, family.make(job), promise)
    except (ConfigError, InputError, ExportError, MissingExtraError) as error:
        if alone:
            raise
        logger.warning("slm_instrument: no %s student for %s: %s", family.name, job.task.name, error)
        return Rung(student=family.name, reason=str(error), seconds=time.monotonic() - started), None
    return _rung(family.name, judged, time.monotonic() - started), judged


def _spending(promise: Promise, share: float) -> Promise:
    return replace(promise, confidence=1 - (1 - promise.confidence) * share)


def _rung(name: str, judged: Judged, seconds: float) -> Rung:
    certificate = judged.certificate
    return Rung(
        student=name,
        verdict=certificate.verdict,
        coverage=certificate.coverage if judged.certified else 0.0,
        agreement=certificate.agreement,
        agreement_low=certificate.agreement_low,
        validation_agreement=judged.validation_agreement,
        seconds=seconds,
    )


def _rank(judged: Judged) -> tuple[bool, float, float]:
    """Certified before not, then by what it answers, then by how often it agrees at all."""
    coverage = judged.certificate.coverage if judged.certified else 0.0
    return (judged.certified, coverage, judged.validation_agreement)
