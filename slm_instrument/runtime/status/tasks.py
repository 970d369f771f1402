"""The state of every task, as the store tells it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from slm_instrument.config import CORE_HOUR_USD
from slm_instrument.errors import BundleError
from slm_instrument.records import SERVED_BY_LLM, SERVED_BY_SLM
from slm_instrument.runtime.auto.drift import DAYS, match_drift
from slm_instrument.runtime.auto.evidence import bounds
from slm_instrument.runtime.decision import Reason
from slm_instrument.runtime.incumbents import Incumbents, incumbents
from slm_instrument.runtime.manifest import MANIFEST, decode_manifest
from slm_instrument.runtime.standing import Standing
from slm_instrument.runtime.status.savings import money
from slm_instrument.runtime.status.state import Moved, Status, StudentStatus, TaskStatus
from slm_instrument.runtime.status.students import (
    Deployed,
    Student,
    not_deployed,
    seen_by_agents,
    setting_of,
    students_in_use,
)
from slm_instrument.runtime.store_flags import Stage
from slm_instrument.store import (
    KILL_SWITCH,
    BundleRecord,
    Compared,
    Flag,
    Mode,
    Served,
    Store,
    Tally,
    Task,
    Transition,
)

BY_CHOICE = frozenset({Reason.DISABLED, Reason.SHADOW, Reason.NOT_SAMPLED, Reason.AUDIT})
"""Why calls are left to the LLM that were never meant for the student."""

_DRIFT = timedelta(days=DAYS + 2)  # the last 24 hours, and whole days before them
_RATED = (Mode.CANARY, Mode.ON, Mode.AUTO)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the store holds, of all tasks or of one."""

    flags: Mapping[str, Flag]
    stages: Mapping[str, Stage]
    moves: Sequence[Transition]
    bundles: Sequence[BundleRecord]
    decided: Sequence[Tally]
    compared: Sequence[Compared]
    served: Sequence[Served]
    hourly: Sequence[Tally]  # of the last days, and of all tasks: calls that match none tell of those that did
    incumbents: Mapping[str, Incumbents]
    deployed: Collection[str]  # bundles that agents have been seen with, at any time

    @property
    def killed(self) -> bool:
        return KILL_SWITCH in self.flags and self.flags[KILL_SWITCH].mode is Mode.OFF

    def of(self, task_id: str) -> "_Seen":
        """What is of one task."""
        bundles = [each for each in self.bundles if each.task_id == task_id]
        # By the bundle, not by the assignment: calls answered since the last analysis are not assigned yet.
        students = {SERVED_BY_SLM + each.id for each in bundles}
        by_llm = [each for each in self.served if each.task_id == task_id and each.served_by == SERVED_BY_LLM]
        return _Seen(
            self.flags,
            self.stages,
            [each for each in self.moves if each.task_id == task_id],
            bundles,
            [each for each in self.decided if each.task_id == task_id],
            [each for each in self.compared if each.task_id == task_id],
            by_llm + [each for each in self.served if each.served_by in students],
            self.hourly,
            self.incumbents,
            self.deployed,
        )


def status(store: Store, *, since: datetime | None = None, core_hour_usd: float = CORE_HOUR_USD) -> Status:
    """The state of every task.

    Args:
        store: Where calls, decisions and comparisons are counted; none of them is read one by one.
        since: From when they are counted, rounded down to the hour; None for all.
        core_hour_usd: What an hour of a CPU core costs.
    """
    if since is not None:  # decisions are counted by the hour, and all figures should be of the same time
        since = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    flags, moves, bundles, decided = store.flags(), store.transitions(), store.bundles(), store.decided(since=since)
    seen = _Seen(
        flags,
        store.stages(),
        moves,
        bundles,
        decided,
        store.compared(since=since),
        store.served(since=since),
        store.tallies(since=datetime.now(UTC) - _DRIFT),
        incumbents(store, flags),
        seen_by_agents(store, bundles, moves, decided if since is None else store.decided()),
    )
    return Status(
        at=datetime.now(UTC),
        since=since,
        killed=seen.killed,
        unmatched=sum(each.calls for each in seen.decided if not each.task_id and each.reason == Reason.NO_MATCH),
        tasks=[_status(task, seen.of(task.id), core_hour_usd) for task in store.tasks()],
    )


def _status(task: Task, seen: _Seen, core_hour_usd: float) -> TaskStatus:
    setting = setting_of(seen.flags.get(task.id), killed=seen.killed, known=seen.incumbents)
    deployed = Deployed(seen.deployed, [each for each in seen.hourly if each.task_id == task.id])
    in_use = students_in_use(seen.bundles, setting, seen.stages, deployed)
    decisions = Counter[str]()
    for tally in seen.decided:
        decisions[tally.reason] += tally.calls
    asked = decisions.total() - sum(decisions[reason] for reason in BY_CHOICE)
    tallied = decisions[Reason.SUBSTITUTED]
    llm = next((each for each in seen.served if each.served_by == SERVED_BY_LLM), None)
    slm = [each for each in seen.served if each.served_by != SERVED_BY_LLM]
    slm_ms = max(slm, key=lambda each: each.calls).duration_ms if slm else None
    recorded = sum(each.calls for each in slm)
    # A process without a recorder records none of them, one that was killed has not tallied its last.
    slm_calls = max(recorded, tallied)
    drift = match_drift(task.id, seen.hourly)
    return TaskStatus(
        id=task.id,
        name=task.name,
        mode=setting.mode,
        rate=setting.rate if setting.mode in _RATED else None,
        student=_student(in_use.serving, seen) if in_use.serving is not None else None,
        challengers=[_student(each, seen) for each in in_use.challengers],
        not_deployed=not_deployed(seen.bundles, in_use.serving.student if in_use.serving else None, deployed),
        moved=_moved(seen.moves[-1]) if seen.moves else None,
        llm_calls=llm.calls if llm is not None else 0,
        slm_calls=slm_calls,
        llm_ms=llm.duration_ms if llm is not None else None,
        slm_ms=slm_ms,
        decisions=dict(sorted(decisions.items())),
        asked=asked,
        coverage=tallied / asked if asked else None,
        fallbacks=asked - tallied,
        audited=decisions[Reason.AUDIT],
        comparisons=sum(each.comparisons for each in seen.compared),
        drift=drift.sentence if drift.found else None,
        money=money(
            task,
            answered=slm_calls,
            untallied_ms=(slm_calls - tallied) * (slm_ms or 0.0),
            decided=seen.decided,
            compared=seen.compared,
            core_hour_usd=core_hour_usd,
        ),
    )


def _student(standing: Standing[Student], seen: _Seen) -> StudentStatus:
    bundle = standing.student.record
    counted = next((each for each in seen.compared if each.bundle_id == bundle.id), None)
    compared, agreed = (counted.accepted, counted.agreed) if counted is not None else (0, 0)
    low, high = bounds(compared, agreed) if compared else (None, None)
    return StudentStatus(
        bundle=bundle.id,
        verdict=bundle.verdict,
        stage=standing.mode,
        target=_target(bundle.path),
        compared=compared,
        agreement=agreed / compared if compared else None,
        agreement_low=low,
        agreement_high=high,
    )


@lru_cache(maxsize=1_000)  # a bundle does not change, and is asked for every two seconds
def _target(path: str) -> float | None:
    """The agreement that a bundle was certified for; None where it is not on this machine, or broken."""
    with suppress(OSError, BundleError):
        return decode_manifest((Path(path) / MANIFEST).read_bytes()).certificate.target
    return None


def _moved(transition: Transition) -> Moved:
    return Moved(
        at=transition.at,
        bundle=transition.bundle_id,
        before=transition.before,
        after=transition.after,
        because=transition.because,
    )
