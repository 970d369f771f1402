"""The table that the demo ends with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rich.table import Table

from examples.support_desk.llm import Llm
from slm_instrument import Call
from slm_instrument.records import SERVED_BY_SLM
from slm_instrument.runtime.replay import ReplayReport, TaskFigures
from slm_instrument.store import Task
from slm_instrument.template import Prompt, best_match


@dataclass(frozen=True, slots=True)
class Row:
    """One task in the run with students switched on. Agreement is from the dry run before it."""

    task: Task
    by_llm: Sequence[Call]
    by_student: Sequence[Call]
    figures: TaskFigures | None
    reason: str | None

    @property
    def calls(self) -> int:
        """Its calls, whoever answered them."""
        return len(self.by_llm) + len(self.by_student)

    @property
    def saved_usd(self) -> float | None:
        """What the student's calls would have cost at the LLM, by the recorded calls' average."""
        return None if self.task.cost_usd is None else self.task.cost_usd / self.task.calls * len(self.by_student)


def summary(
    tasks: Sequence[Task], calls: Sequence[Call], report: ReplayReport, reasons: Mapping[str, str], llm: Llm
) -> Table:
    """Per task: calls, answered by the student, agreement, median latency of both, cost saved."""
    rows = [_row(task, calls, tasks, report, reasons) for task in tasks]
    table = Table(header_style="bold", caption=_caption(rows, llm), caption_justify="left")
    table.add_column("task")
    headings = ("calls", "by student", "agreement\n(held out)", f"{llm.title}\nmedian ms", "student\nmedian ms")
    for heading in (*headings, "saved\nUSD"):
        table.add_column(heading, justify="right")
    table.add_column("stays on the LLM because")
    for row in rows:
        table.add_row(row.task.name, *_cells(row), row.reason or "")
    return table


def _row(
    task: Task, calls: Sequence[Call], tasks: Sequence[Task], report: ReplayReport, reasons: Mapping[str, str]
) -> Row:
    own = [call for call in calls if _task_of(call, tasks) is task]
    return Row(
        task=task,
        by_llm=[call for call in own if not call.served_by.startswith(SERVED_BY_SLM)],
        by_student=[call for call in own if call.served_by.startswith(SERVED_BY_SLM)],
        figures=report.tasks.get(task.id),
        reason=reasons.get(task.id),
    )


def _task_of(call: Call, tasks: Sequence[Task]) -> Task | None:
    """The task whose template the call matches, as the runtime decides it."""
    owners = {template: task for task in tasks for template in task.templates}
    match = best_match(owners, Prompt.of_call(call))
    return owners[match[0]] if match else None


def _cells(row: Row) -> list[str]:
    agreement = row.figures.agreement if row.figures and row.by_student else None
    share = f" ({len(row.by_student) / row.calls:.0%})" if row.calls else ""
    return [
        f"{row.calls:,}",
        f"{len(row.by_student):,}{share}",
        "-" if agreement is None else f"{agreement:.1%}",
        _ms(_median(row.by_llm) or row.task.latency_ms),
        _ms(_median(row.by_student)),
        "-" if row.saved_usd is None else f"{row.saved_usd:.4f}",
    ]


def _median(calls: Sequence[Call]) -> float | None:
    took = [call.duration_ms for call in calls if call.duration_ms is not None]
    return median(took) if took else None


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _caption(rows: Sequence[Row], llm: Llm) -> str:
    calls, answered = sum(row.calls for row in rows), sum(len(row.by_student) for row in rows)
    saved = [row.saved_usd for row in rows if row.saved_usd is not None]
    price = f"${sum(saved):.4f} saved at the list price of {llm.model}" if saved else f"no list price of {llm.model}"
    lines = [f"{answered:,} of {calls:,} calls were answered by students; {price}."]
    lines.append(
        "The held-out messages are phrased as none of the recorded ones; a certificate holds for calls like those, "
        "so the agreement here may be below it."
    )
    if llm.scripted:
        lines.append("The stand-in itself costs nothing, and its latency is a script's on this machine, not an LLM's.")
    return "\n".join(lines)
