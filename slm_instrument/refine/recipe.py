"""The steps of a refinement."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slm_instrument.analyze import analyze, check_installed
from slm_instrument.analyze.embed import Embedder, SentenceEncoder
from slm_instrument.config import current_user
from slm_instrument.errors import (
    ConfigError,
    MissingExtraError,
    NotEnoughDataError,
    SlmInstrumentError,
    TermsError,
)
from slm_instrument.progress import Listener
from slm_instrument.refine.attempts import Attempts
from slm_instrument.refine.drift import drifts
from slm_instrument.refine.due import Due, Rules, Why
from slm_instrument.refine.history import History, read_histories
from slm_instrument.refine.lock import held
from slm_instrument.refine.report import Made, Refined, Refinement
from slm_instrument.refine.training import Training
from slm_instrument.store.base import AuditRecord, Task
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Selection

logger = logging.getLogger("slm_instrument")

_URGENCY = list(Why)
_SAME_AGAIN = (NotEnoughDataError, TermsError, ConfigError)  # with the same calls and arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is ordered: see :func:`slm_instrument.refine.refine`."""

    models: Path
    tasks: tuple[str, ...]
    every: bool
    most: int | None
    training: Training
    embedder: Embedder | None
    listener: Listener | None

    @property
    def rules(self) -> Rules:
        """The rules by which tasks are due."""
        return Rules(named=bool(self.tasks), every=self.every, target=self.training.target, how=self.training.digest)


def run(store: Store, order: Order, *, dry_run: bool) -> Refinement:
    """Refine what is due, or only say what that is."""
    check_installed()
    embed = order.embedder or SentenceEncoder()
    if dry_run:
        judged = _judged(store, order, Attempts(order.models), embed)
        pending = store.count_calls(Selection(pending=True))
        return Refinement(tasks=_reported(judged, {}), pending=pending, dry_run=True)
    with held(store, order.models) as ours:
        if not ours:
            return Refinement(busy=True)
        analysed = _analysed(store, embed, order.listener)
        attempts = Attempts(order.models)
        judged = _judged(store, order, attempts, embed)
        made = {made.task_id: made for made in _trainings(store, judged, order, attempts)}
        return Refinement(tasks=_reported(judged, made), analysed=analysed)


def _analysed(store: Store, embed: Embedder, listener: Listener | None) -> int:
    """How many calls were read that no analysis had seen; what it is to find is as it was the last time."""
    if not store.count_calls():
        return 0
    before = store.last_settings()
    analysis = analyze(
        store,
        embedder=embed,
        min_calls=before.get("min_calls", 5),
        granularity=before.get("granularity", "normal"),
        progress=listener,
    )
    return analysis.new


def _judged(store: Store, order: Order, attempts: Attempts, embed: Embedder) -> list[tuple[Due, History]]:
    """What is due, and what is not, of the tasks that were asked for; most calls first."""
    rules = order.rules
    histories = read_histories(store, _wanted(store, order.tasks), attempts)
    found = drifts(store, [each for each in histories if rules.asks_for_drift(each)], embed)
    histories = [replace(each, drift=found.get(each.task.id)) for each in histories]
    return [(rules.judge(each), each) for each in histories]


def _wanted(store: Store, named: Sequence[str]) -> list[Task]:
    if not named:
        return store.tasks()
    return list({task.id: task for task in map(store.find_task, named)}.values())


def _trainings(store: Store, judged: Sequence[tuple[Due, History]], order: Order, attempts: Attempts) -> Iterator[Made]:
    """Train what is due, the most urgent first; what was killed before comes last, or it might keep others waiting."""

    def rank(each: tuple[Due, History]) -> tuple[int, int]:
        due, history = each
        return (history.attempt.times if history.attempt else 0, _URGENCY.index(due.why) if due.why else 0)

    for due, history in sorted((each for each in judged if each[0].why is not None), key=rank)[: order.most]:
        made = _made(store, history, order, attempts)
        _note(store, due, made)
        yield made


def _made(store: Store, history: History, order: Order, attempts: Attempts) -> Made:
    """Train one student; whatever goes wrong with it is its own affair."""
    task, started = history.task, time.monotonic()
    attempts.begin(task.id, history.usable, order.training.digest)
    try:
        result = order.training.run(store, history, order.models, order.listener)
    except MissingExtraError:
        raise  # the same for every task
    except Exception as error:
        known = isinstance(error, SlmInstrumentError)
        line = " ".join(str(error).split()) if known else f"unexpected {type(error).__name__}"
        logger.warning("slm_instrument: no student for %s: %s", task.name, line if known else f"{line}: {error}")
        logger.debug("slm_instrument: the training of %s failed", task.name, exc_info=True)
        # What torch and its kin say may quote a call, so of that only the kind is kept.
        attempts.fail(task.id, line, hopeless=isinstance(error, _SAME_AGAIN))
        return Made.failed(task.id, line, time.monotonic() - started)
    attempts.end(task.id)
    return Made.of(result)


def _reported(judged: Sequence[tuple[Due, History]], made: Mapping[str, Made]) -> tuple[Refined, ...]:
    return tuple(
        Refined(due=due, mode=history.mode, served=history.served, made=made.get(due.task_id))
        for due, history in judged
    )


def _note(store: Store, due: Due, made: Made) -> None:
    """Write what became of a training into the audit log."""
    detail: dict[str, Any] = {"why": due.why, "because": due.because}
    if made.error is None:
        detail |= {"bundle": made.bundle_id, "student": made.student, "verdict": made.verdict}
        detail |= {"coverage": made.coverage, "agreement": made.agreement}
    else:
        detail |= {"error": made.error}
    record = AuditRecord(at=datetime.now(UTC), who=current_user(), action="refine", subject=due.task_id, detail=detail)
    store.add_audit(record)
