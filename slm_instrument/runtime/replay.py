"""Replay: what students would have done with calls that the LLM has answered.

The user's dry run before a flag is switched, and this project's own measure.
"""

import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from slm_instrument.records import SERVED_BY_LLM, Call
from slm_instrument.redaction.settings import read_policies
from slm_instrument.runtime.bounds import agreement_lower_bound
from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.runtime.fleet import Fleet, LoadStudent, Route
from slm_instrument.runtime.rules import Rules
from slm_instrument.runtime.serving import Servable, describe
from slm_instrument.runtime.student import load_student
from slm_instrument.store import Mode

_STEP = math.log(1.01)  # latencies are counted in steps of 1 %: memory does not grow with the calls


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFigures:
    """What was measured, of one task or of all calls.

    ``coverage`` is the share of the matched calls that a student answered, ``agreement`` the share of those answers
    that equal the recorded one, ``agreement_low`` its exact lower bound at 95 % confidence, one-sided (both None when
    nothing was answered). ``p50_ms`` and ``p99_ms`` are milliseconds per matched call on one thread, matching and the
    gate included, within 1 %.
    """

    calls: int
    matched: int
    substituted: int
    agreed: int
    p50_ms: float | None
    p99_ms: float | None

    @property
    def coverage(self) -> float:
        """Answered by a student, of those matched."""
        return self.substituted / self.matched if self.matched else 0.0

    @property
    def agreement(self) -> float | None:
        """Equal to the recorded answer, of those answered."""
        return self.agreed / self.substituted if self.substituted else None

    @property
    def agreement_low(self) -> float | None:
        """Lower bound of the agreement."""
        return agreement_lower_bound(self.agreed, self.substituted) if self.substituted else None

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        return {
            "calls": self.calls,
            "matched": self.matched,
            "substituted": self.substituted,
            "coverage": self.coverage,
            "agreement": self.agreement,
            "agreement_low": self.agreement_low,
            "latency_ms": {"p50": self.p50_ms, "p99": self.p99_ms},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFigures(ReplayFigures):
    """A task's figures; its calls are those that its templates match."""

    name: str

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        return {"name": self.name, **super(TaskFigures, self).to_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport(ReplayFigures):
    """The figures of all calls, and of every task by its id.

    ``skipped`` calls had failed or were answered by a student: there is no LLM's answer to compare with. They are not
    among ``calls``.
    """

    tasks: Mapping[str, TaskFigures]
    skipped: int

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values, in the form that is fixed for the command line."""
        figures = super(ReplayReport, self).to_json()
        latency = figures.pop("latency_ms")
        tasks = {task_id: task.to_json() for task_id, task in self.tasks.items()}
        return {**figures, "tasks": tasks, "latency_ms": latency}


def replay(calls: Iterable[Call], models: str | Path, *, load_student: LoadStudent = load_student) -> ReplayReport:
    """Put recorded calls to the students of a folder of bundles, as if every task were on, and compare the answers.

    Calls are taken one by one, on one thread; memory does not grow with them. A student that fails on a call leaves it
    unanswered, as it would at run time.

    Raises:
        NotFoundError: the folder holds no bundle.
        BundleError: none of its bundles can be read.
        MissingExtraError: a student needs a package that is not installed.
        ConfigError: a student was certified by a comparator that is not there.
    """
    fleet = Fleet.load(models, load_student=load_student, policies=read_policies())
    fleet.require_students(models)
    total, tasks, skipped = _Counts(), {s.task_id: _Counts() for s in fleet.servables}, 0
    for call in calls:
        if call.response is None or call.error is not None or call.served_by != SERVED_BY_LLM:
            skipped += 1
            continue
        started = time.perf_counter()
        decision, servable = _decide(fleet, call)
        took_ms = (time.perf_counter() - started) * 1e3
        agreed = False
        if servable is not None and decision.answer is not None:
            agreed = servable.agrees(decision.answer, call.response, trusted=True)
        total.add(decision, agreed, took_ms)
        if decision.task_id is not None:
            tasks[decision.task_id].add(decision, agreed, took_ms)
    names = {servable.task_id: servable.task_name for servable in fleet.servables}
    return ReplayReport(
        **total.figures(),
        tasks={task_id: TaskFigures(name=names[task_id], **counts.figures()) for task_id, counts in tasks.items()},
        skipped=skipped,
    )


def render_table(report: ReplayReport) -> Table:
    """The report for a terminal."""
    caption = f"{report.skipped:,} calls without an LLM's answer were skipped" if report.skipped else None
    table = Table(box=None, pad_edge=False, header_style="bold", caption=caption, caption_justify="left")
    table.add_column("task", overflow="fold", vertical="bottom")
    for heading in ("calls", "matched", "answered", "coverage", "agreement", "at\nleast", "p50\nms", "p99\nms"):
        table.add_column(heading, justify="right", no_wrap=True, vertical="bottom")  # a figure is never cut
    for task in report.tasks.values():
        table.add_row(task.name, *_cells(task))
    table.add_section()
    table.add_row("all", *_cells(report), style="bold")
    return table


@dataclass(slots=True)
class _Counts:
    calls: int = 0
    matched: int = 0
    substituted: int = 0
    agreed: int = 0
    latencies: Counter[int] = field(default_factory=Counter[int])  # steps of 1 % -> calls

    def add(self, decision: Decision, agreed: bool, took_ms: float) -> None:
        self.calls += 1
        if decision.task_id is None:
            return
        self.matched += 1
        self.latencies[round(math.log(max(took_ms, 1e-6)) / _STEP)] += 1
        if decision.substituted:
            self.substituted += 1
            self.agreed += agreed

    def figures(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "matched": self.matched,
            "substituted": self.substituted,
            "agreed": self.agreed,
            "p50_ms": self._quantile(0.50),
            "p99_ms": self._quantile(0.99),
        }

    def _quantile(self, share: float) -> float | None:
        wanted, seen = math.ceil(share * self.matched), 0
        for step in sorted(self.latencies):
            seen += self.latencies[step]
            if seen >= wanted:
                return math.exp(step * _STEP)
        return None


def _decide(fleet: Fleet, call: Call) -> tuple[Decision, Servable | None]:
    """The decision, and the student that it is about."""
    route = fleet.find(call)
    if isinstance(route, Decision):
        return route, None
    return _put(route, call), route.lineup.first


def _put(route: Route, call: Call) -> Decision:
    servable, started = route.lineup.first, time.perf_counter()
    question = route.to(servable)
    if question is None:
        return servable.decision(Mode.ON, Reason.NO_MATCH, "its prompt is of an older student's template")
    refusal = servable.refusal(call)
    if refusal is not None:
        return servable.decision(Mode.ON, *refusal)
    try:
        prediction = servable.ask(question)
    except Exception as error:  # a fallback at run time, so no answer here
        return servable.decision(Mode.ON, Reason.ERROR, describe(error))
    return servable.judge(call, Mode.ON, prediction, (time.perf_counter() - started) * 1e3, Rules())


def _cells(figures: ReplayFigures) -> list[str]:
    shares = (figures.coverage, figures.agreement, figures.agreement_low)
    latencies = (figures.p50_ms, figures.p99_ms)
    return [
        *(f"{count:,}" for count in (figures.calls, figures.matched, figures.substituted)),
        *("-" if share is None else f"{share:.3f}" for share in shares),
        *("-" if latency is None else f"{latency:.2f}" for latency in latencies),
    ]
