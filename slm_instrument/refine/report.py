"""What a refinement hands back: every task with whether it was due, and what became of it; as a table and as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from slm_instrument.refine.due import Due
from slm_instrument.store.base import Mode, Verdict
from slm_instrument.train.result import TrainResult

NOTHING = "-"  # where there is no figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of a training: a student, or an error. ``seconds`` is how long it took.

    ``coverage``, ``agreement`` and its lower bound are those of the certificate, on held-out calls.
    """

    task_id: str
    seconds: float
    student: str | None = None
    bundle_id: str | None = None
    verdict: Verdict | None = None
    coverage: float | None = None
    agreement: float | None = None
    agreement_low: float | None = None
    error: str | None = None

    @classmethod
    def of(cls, result: TrainResult) -> "Made":
        """A student."""
        certificate = result.certificate
        return cls(
            task_id=result.task_id,
            seconds=result.seconds,
            student=result.student,
            bundle_id=result.bundle_id,
            verdict=result.verdict,
            coverage=certificate.coverage if result.verdict is Verdict.CERTIFIED else 0.0,
            agreement=certificate.agreement,
            agreement_low=certificate.agreement_low,
        )

    @classmethod
    def failed(cls, task_id: str, error: str, seconds: float) -> "Made":
        """No student."""
        return cls(task_id=task_id, seconds=seconds, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refined:
    """A task, whether it was due, and what came of it; ``made`` is None where nothing was trained.

    ``mode`` is the task's, None where nobody ever set one; ``served`` says that a student may answer already.
    """

    due: Due
    mode: Mode | None = None
    served: bool = False
    made: Made | None = None

    @property
    def verdict(self) -> Verdict | None:
        """Of the new student."""
        return self.made.verdict if self.made else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refinement:
    """A run. ``busy``: another one is at work on the store, so nothing was done.

    ``tasks`` are those that were asked for, most calls first. ``analysed`` calls were new to the analysis; a dry run
    leaves ``pending`` ones for it.
    """

    tasks: tuple[Refined, ...] = ()
    analysed: int = 0
    pending: int = 0
    busy: bool = False
    dry_run: bool = False

    @property
    def failures(self) -> int:
        """How many trainings ended in an error."""
        return sum(each.made is not None and each.made.error is not None for each in self.tasks)

    @property
    def next_steps(self) -> list[str]:
        """What there is for somebody to do, as sentences."""
        return [_next(each) for each in self.tasks if each.verdict is Verdict.CERTIFIED]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "busy": self.busy,
            "dry_run": self.dry_run,
            "analysed": self.analysed,
            "pending": self.pending,
            "failures": self.failures,
            "tasks": [_plain(each) for each in self.tasks],
            "next": self.next_steps,
        }

    def summary(self) -> RenderableType:
        """A table for people, and what to do next."""
        if self.busy:
            return Text("another refinement is at work on this store; nothing was done")
        return Group(*([_table(self)] if self.tasks else []), *map(Text, self._remarks()))

    def _remarks(self) -> Iterator[str]:
        if not self.tasks and not self.pending:
            yield "no tasks; record calls, or put some in with: slm-instrument import FILE"
        elif not any(each.due.why for each in self.tasks):
            yield "nothing is due"
        if self.pending:
            yield f"{self.pending:,} calls are not analysed yet, which may make more due"
        yield from self.next_steps


def _plain(each: Refined) -> dict[str, Any]:
    due, made = each.due, each.made
    return {
        "task_id": due.task_id,
        "name": due.task_name,
        "mode": each.mode,
        "due": due.why is not None,
        "why": due.why,
        "because": due.because,
        "student": made.student if made else None,
        "bundle": made.bundle_id if made else None,
        "verdict": made.verdict if made else None,
        "coverage": made.coverage if made else None,
        "agreement": made.agreement if made else None,
        "agreement_low": made.agreement_low if made else None,
        "seconds": round(made.seconds, 1) if made else None,
        "error": made.error if made else None,
    }


def _next(each: Refined) -> str:
    name, mode = each.due.task_name, each.mode
    set_to = f"slm-instrument flags set '{name}' --mode"
    if mode is Mode.AUTO:
        return f"{name}: its new student is compared in shadow; evidence moves it on"
    if mode in (None, Mode.OFF):
        return f"{name}: to let evidence move its new student, run: {set_to} auto"
    if mode is Mode.SHADOW:
        return f"{name}: its new student is compared in shadow; to let evidence move it on, run: {set_to} auto"
    if each.served:
        return f"{name}: its new student is compared in shadow; to put it in place of the old one, run: {set_to} {mode}"
    return f"{name}: its new student is the first, and answers calls from now on (mode {mode})"


def _table(refinement: Refinement) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("task", "due", "because"):
        table.add_column(heading, overflow="fold")
    if not refinement.dry_run:
        for heading in ("student", "verdict"):
            table.add_column(heading, overflow="fold")
        for heading in ("coverage", "agreement", "seconds"):
            table.add_column(heading, justify="right")
    for each in refinement.tasks:
        cells = [each.due.task_name, each.due.why or "no", each.due.because]
        table.add_row(*map(Text, cells if refinement.dry_run else [*cells, *_figures(each)]))
    return table


def _figures(each: Refined) -> list[str]:
    made = each.made
    if made is None:
        return [NOTHING, "left for the next run" if each.due.why else NOTHING, NOTHING, NOTHING, NOTHING]
    verdict = "failed" if made.error is not None else str(made.verdict)
    return [made.student or NOTHING, verdict, _share(made.coverage), _share(made.agreement), f"{made.seconds:.0f}"]


def _share(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.1%}"
