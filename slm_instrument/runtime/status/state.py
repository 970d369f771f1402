"""What is said of a task: the state, and the same as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from slm_instrument.runtime.status.savings import Money
from slm_instrument.store import Mode, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentStatus:
    """A student in use, and how it agrees with the LLM on live calls.

    ``stage`` is the mode that it is in, whatever the task's is. ``target`` is the agreement that it was certified for;
    None where its bundle cannot be read from here. ``compared`` are comparisons that its gate accepted, at most one of
    a trace, ``agreement`` the share of these in which it agreed with the LLM. ``agreement_low`` and ``agreement_high``
    are an interval for that at 95 %, which holds however often one looks.
    """

    bundle: str
    verdict: Verdict
    stage: Mode
    target: float | None
    compared: int
    agreement: float | None
    agreement_low: float | None
    agreement_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The last time that evidence moved a student of a task."""

    at: datetime
    bundle: str
    before: Mode
    after: Mode
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """One task's state, as far as the store tells: what environment and code of a process say over it is not in it.

    ``mode`` is what the store's flag says, off while the kill switch is thrown; ``rate`` the share of the traces that
    students may answer, None where the mode has none. ``student`` is the one that serves, or the newest where none may;
    ``challengers`` are others that are compared beside it. Where agents have been seen with students of the task, these
    are of them; ``not_deployed`` are the certified ones, newer or the same, that no agent has been seen with.

    ``llm_calls`` are counted as of the last analysis, ``slm_calls`` as of now. ``llm_ms`` and ``slm_ms`` are median
    durations in milliseconds. ``decisions`` counts the task's calls by the reason that they were decided for. ``asked``
    are those that were meant for a student, ``coverage`` is the share of them that it answered, ``fallbacks`` are the
    others. ``audited`` were left to the LLM to be compared; ``comparisons`` are all that were made, whatever the gate
    said. ``drift`` says how the task's calls are missing of late, None where they are not.
    """

    id: str
    name: str
    mode: Mode
    rate: float | None
    student: StudentStatus | None
    challengers: Sequence[StudentStatus]
    not_deployed: Sequence[str]
    moved: Moved | None
    llm_calls: int
    slm_calls: int
    llm_ms: float | None
    slm_ms: float | None
    decisions: Mapping[str, int]
    asked: int
    coverage: float | None
    fallbacks: int
    audited: int
    comparisons: int
    drift: str | None
    money: Money

    @property
    def stage(self) -> Mode:
        """What the mode comes to: in auto what evidence says, off where no student may serve."""
        return Mode.OFF if self.student is None else self.student.stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Every task's state, most calls first.

    ``since`` is from when calls, decisions and comparisons are counted; None for all. ``unmatched`` calls were of no
    task that has a student.
    """

    at: datetime
    since: datetime | None
    killed: bool
    unmatched: int
    tasks: Sequence[TaskStatus]

    @property
    def saved_usd(self) -> float | None:
        """What the students of all tasks have saved, where prices are known; None where none is."""
        known = [task.money.saved_usd for task in self.tasks if task.money.saved_usd is not None]
        return sum(known) if known else None


def to_json(state: Status) -> dict[str, Any]:
    """The state as plain JSON values."""
    return {
        "at": state.at.isoformat(),
        "since": state.since.isoformat() if state.since is not None else None,
        "killed": state.killed,
        "unmatched": state.unmatched,
        "saved_usd": state.saved_usd,
        "tasks": [_task(task) for task in state.tasks],
    }


def _task(task: TaskStatus) -> dict[str, Any]:
    """A task, what is known of its student and the money on the same level as the rest."""
    values = asdict(task)
    student, money = values.pop("student"), values.pop("money")
    if task.moved is not None:
        values["moved"]["at"] = task.moved.at.isoformat()
    nobody = dict.fromkeys(field.name for field in fields(StudentStatus)) | {"compared": 0}
    return {**values, **(student or nobody), **money, "stage": task.stage}
