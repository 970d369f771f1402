"""The state for a terminal, as much of it as there is room for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from slm_instrument.runtime.decision import Reason
from slm_instrument.runtime.status.state import Status, StudentStatus, TaskStatus
from slm_instrument.runtime.status.tasks import BY_CHOICE
from slm_instrument.store import Mode, Verdict

_UNLIMITED = 10_000  # columns, to ask how wide a table would be
_NEWS = timedelta(days=1)  # how long a move is worth a line, unless a student was taken back
_LEAST_NAME = 16  # characters a line of a task's name


class _Row(NamedTuple):
    """A line of the table: a task with the student that serves it, or a challenger, of which less is known."""

    task: TaskStatus
    student: StudentStatus | None
    challenges: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    """A column, and what it says of a row; ``rank`` tells which ones go first where there is no room for all."""

    heading: str
    rank: int
    cell: Callable[[_Row], str]
    of_task: bool = False  # says nothing of a challenger
    justify_right: bool = True


class StatusTable:
    """The tasks as a table, the most telling columns first where the terminal is narrow, and remarks beneath it."""

    def __init__(self, state: Status) -> None:
        self._state = state
        self._rows = list(_rows(state.tasks))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Called by rich, which knows the width."""
        width = options.max_width
        columns = list(_COLUMNS)
        table = self._table(columns, width)
        while len(columns) > 1 and _width(table, console, options) > width:
            columns.remove(max(columns, key=lambda column: column.rank))
            table = self._table(columns, width)
        yield table
        yield Text()
        for remark in _remarks(self._state):
            yield Text(remark)

    def _table(self, columns: Sequence[_Column], width: int) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            longest = max(_LEAST_NAME, width // 4) if column.heading == "task" else None
            justify = "right" if column.justify_right else "left"
            table.add_column(column.heading, justify=justify, overflow="fold", max_width=longest)
        for row in self._rows:
            cells = ("" if column.of_task and row.challenges else column.cell(row) for column in columns)
            table.add_row(*map(Text, cells), style="dim" if row.challenges else None)
        return table


def _width(table: Table, console: Console, options: ConsoleOptions) -> int:
    return Measurement.get(console, options.update(max_width=_UNLIMITED), table).maximum


def _rows(tasks: Sequence[TaskStatus]) -> Iterator[_Row]:
    for task in tasks:
        yield _Row(task, task.student)
        for challenger in task.challengers:
            yield _Row(task, challenger, challenges=True)


def _name(row: _Row) -> str:
    """Of a challenger the end of its bundle's id, which tells it from others where there is no room for the whole."""
    if not row.challenges:
        return row.task.name
    return f"+ challenger {row.student.bundle[-6:]}" if row.student is not None else "+ challenger"


def _mode(row: _Row) -> str:
    task = row.task
    if row.challenges:
        return row.student.stage if row.student is not None else ""
    if task.stage is task.mode:
        return task.mode
    return f"{task.mode}: {task.stage}"


def _interval(row: _Row) -> str:
    student = row.student
    if student is None or student.agreement_low is None or student.agreement_high is None:
        return "-"
    return f"{student.agreement_low:.3f}-{student.agreement_high:.3f}"


def _fallbacks(row: _Row) -> str:
    counted = {
        reason: calls
        for reason, calls in row.task.decisions.items()
        if reason != Reason.SUBSTITUTED and reason not in BY_CHOICE
    }
    most_first = sorted(counted.items(), key=lambda item: -item[1])
    return ", ".join(f"{reason.lower().replace('_', ' ')} {calls:,}" for reason, calls in most_first) or "-"


def _number(value: float | None, form: str = "{:.3f}") -> str:
    return "-" if value is None else form.format(value)


def _usd(value: float | None) -> str:
    if value is None:
        return "-"
    sign, amount = "-" if value < 0 else "", abs(value)
    return f"{sign}${amount:,.2f}" if amount >= 1 or not amount else f"{sign}${amount:.4f}"


_COLUMNS = (
    _Column("task", 0, _name, justify_right=False),
    _Column("mode", 1, _mode, justify_right=False),
    _Column("student", 15, lambda row: row.student.bundle if row.student else "-", justify_right=False),
    _Column("verdict", 16, lambda row: row.student.verdict if row.student else "-", justify_right=False),
    _Column("by LLM", 6, lambda row: f"{row.task.llm_calls:,}", of_task=True),
    _Column("by student", 3, lambda row: f"{row.task.slm_calls:,}", of_task=True),
    _Column("coverage", 4, lambda row: _number(row.task.coverage, "{:.0%}"), of_task=True),
    _Column("agreement", 2, lambda row: _number(row.student and row.student.agreement)),
    _Column("interval", 7, _interval),
    _Column("target", 9, lambda row: _number(row.student and row.student.target, "{:.2f}")),
    _Column("compared", 10, lambda row: f"{row.student.compared:,}" if row.student else "0"),
    _Column("LLM ms", 14, lambda row: _number(row.task.llm_ms, "{:,.0f}"), of_task=True),
    _Column("student ms", 12, lambda row: _number(row.task.slm_ms, "{:,.1f}"), of_task=True),
    _Column("saved", 5, lambda row: _usd(row.task.money.saved_usd), of_task=True),
    _Column("audited", 13, lambda row: f"{row.task.audited:,}", of_task=True),
    _Column("fallbacks", 8, lambda row: f"{row.task.fallbacks:,}", of_task=True),
    _Column("why", 11, _fallbacks, of_task=True, justify_right=False),
)


def _remarks(state: Status) -> Iterator[str]:
    """What the table has no place for, and somebody who is on call should see."""
    if state.killed:
        yield "killed: substitution is stopped for all tasks (`flags revive` takes it back)"
    for task in state.tasks:
        if (remark := _remark(task, state.at)) is not None:
            yield f"{task.name}: {remark}"
        if task.not_deployed and task.mode is not Mode.OFF:
            yield f"{task.name}: not deployed, as far as agents have told: {', '.join(task.not_deployed)}"
        if task.drift is not None:
            yield f"{task.name}: {task.drift}"
    if state.unmatched:
        yield f"{state.unmatched:,} calls were of no task that has a student"
    if state.saved_usd is not None:
        student_usd = sum(task.money.student_usd for task in state.tasks)
        yield f"saved {_usd(state.saved_usd)} in all, after {_usd(student_usd)} for the students' compute"
    if state.since is not None:
        yield f"counted since {state.since:%Y-%m-%d %H:%M} UTC"


def _remark(task: TaskStatus, now: datetime) -> str | None:
    if task.mode is Mode.OFF:
        return None
    if task.student is None or task.student.verdict is not Verdict.CERTIFIED:
        return "no certified student, the LLM answers"
    moved = task.moved
    if moved is None:
        return None
    taken_back = moved.after in (Mode.OFF, Mode.SHADOW) and moved.after is task.stage
    if not taken_back and now - moved.at > _NEWS:
        return None
    return f"moved from {moved.before} to {moved.after} on {moved.at:%Y-%m-%d %H:%M} UTC, {moved.because}"
