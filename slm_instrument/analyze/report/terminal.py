"""An analysis as tables for a terminal of any width."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from slm_instrument.analyze.report import paper
from slm_instrument.analyze.report.fitted import Column, Fitted
from slm_instrument.analyze.report.risks import risks
from slm_instrument.analyze.result import Analysis, Share
from slm_instrument.counting import count_of
from slm_instrument.store.base import Task

if TYPE_CHECKING:
    from slm_instrument.analyze.cards.savings import Saving

MAX_ROWS = 50  # of a table; --json has all
NOTHING = "-"  # where there is no figure

_BESIDE = f"replaceable: an estimate before any training. (paper): its authors' guess, never measured; {paper.URL}"


def render_table(analysis: Analysis, savings: "Mapping[str, Saving] | None" = None) -> RenderableType:
    """The tasks, the agents with their replaceable shares, and what is in no task.

    Args:
        analysis: what was found.
        savings: by task id, what a student would save.
    """
    if not analysis.tasks:
        return Text(f"{_calls_line(analysis)}. No task was found: too few calls are of one kind.")
    lines = Text(f"{_calls_line(analysis)}\n{_BESIDE}")
    return Group(tasks_table(analysis.tasks, savings), Text(), _agents_table(analysis), Text(), lines)


def tasks_table(tasks: Sequence[Task], savings: "Mapping[str, Saving] | None" = None) -> RenderableType:
    """Tasks, one a row, with as many columns as fit."""
    if not tasks:
        return Text("no tasks; run: slm-instrument analyze")
    shown = tasks[:MAX_ROWS]

    def column(heading: str, rank: int, cell: Callable[[Task], str], *, left: bool = False) -> Column:
        return Column(heading, [cell(task) for task in shown], rank, "left" if left else "right")

    columns = [
        Column("task", [task.name for task in shown], 0, "left", least=18),
        column("id", 1, lambda task: task.id, left=True),
        column("answers", 5, _answers, left=True),
        column("calls", 2, lambda task: f"{task.calls:,}"),
        column("tokens", 7, _tokens),
        column("cost", 4, lambda task: dollars(task.cost_usd)),
        column("latency", 10, lambda task: NOTHING if task.latency_ms is None else f"{task.latency_ms:,.0f} ms"),
        column("growth", 11, lambda task: NOTHING if task.growth is None else f"{task.growth:.1f}x"),
        column("repeated", 12, lambda task: percent(task.repetition)),
        column("self-agr.", 9, lambda task: percent(task.self_agreement)),
        column("matched", 8, lambda task: percent(task.matchable)),
        column("replaceable", 3, lambda task: percent(task.replaceable)),
        *_saving_columns(shown, savings or {}),
        column("risk", 6, _risk, left=True),
    ]
    return Fitted([each for each in columns if _says_something(each)], caption=_more(len(tasks)))


def _saving_columns(tasks: Sequence[Task], savings: "Mapping[str, Saving]") -> list[Column]:
    found = [savings.get(task.id) for task in tasks]
    per_month = [NOTHING if saving is None else dollars(saving.per_month_usd) for saving in found]
    on_log = [NOTHING if saving is None else dollars(saving.net_usd) for saving in found]
    monthly = Column("saves a month", per_month, 4)
    return [monthly if _says_something(monthly) else Column("saves", on_log, 4)]


def _says_something(column: Column) -> bool:
    return not column.rank or any(cell != NOTHING for cell in column.cells)


def _agents_table(analysis: Analysis) -> RenderableType:
    """The agents' shares, and below them what the paper's authors hold of others."""
    shown = analysis.agents[:MAX_ROWS]
    shares = [*shown, analysis.total] if len(analysis.agents) > 1 else list(shown)
    names = [share.agent or "(no name)" for share in shown] + ["all"] * (len(shares) - len(shown))
    theirs = [f"{estimate.agent} (paper)" for estimate in paper.ESTIMATES]
    guesses = [percent(estimate.share) for estimate in paper.ESTIMATES]

    def column(heading: str, rank: int, cell: Callable[[Share], str], below: Sequence[str] = ()) -> Column:
        return Column(heading, [*map(cell, shares), *(below or [""] * len(theirs))], rank)

    columns = [
        Column("agent", [*names, *theirs], 0, "left", least=21),
        column("calls", 2, lambda share: f"{share.calls:,}"),
        column("tokens", 5, lambda share: f"{share.tokens:,}"),
        column("cost", 6, lambda share: dollars(share.cost_usd)),
        column("replaceable\ncalls", 1, lambda share: percent(share.replaceable_calls), guesses),
        column("\ntokens", 3, lambda share: percent(share.replaceable_tokens)),
        column("\ncost", 4, lambda share: percent(share.replaceable_cost)),
    ]
    lines = frozenset({len(shown) - 1, len(shares) - 1})
    return Fitted(columns, lines, _more(len(analysis.agents)))


def _calls_line(analysis: Analysis) -> str:
    parts = [count_of(analysis.calls, "call"), count_of(len(analysis.tasks), "task")]
    parts.append(f"{count_of(analysis.unassigned, 'call')} in no task")
    others = {
        "new": analysis.new,
        "failed": analysis.failed,
        "answered by students": analysis.student,
        "with people": analysis.human,
    }
    return ", ".join(parts + [f"{count:,} {what}" for what, count in others.items() if count])


def _more(count: int) -> str | None:
    return f"and {count - MAX_ROWS:,} more (--json shows all)" if count > MAX_ROWS else None


def _answers(task: Task) -> str:
    return count_of(len(task.answers), "label") if task.answers else task.kind.value.replace("_", " ")


def _tokens(task: Task) -> str:
    return f"{'~' if task.tokens_estimated else ''}{task.tokens:,}"


def _risk(task: Task) -> str:
    """The gravest risk, and how many more there are."""
    gravest, *others = risks(task) or (NOTHING,)
    return f"{gravest} +{len(others)}" if others else gravest


def dollars(cost: float | None) -> str:
    """A sum to read; small ones with more digits."""
    if cost is None:
        return NOTHING
    digits = 2 if abs(cost) >= 0.01 or cost == 0 else 4
    return f"{'-' if cost < 0 else ''}${abs(cost):,.{digits}f}"


def percent(share: float | None) -> str:
    """A share, in 0..1, to read."""
    return NOTHING if share is None else f"{share:.0%}"
