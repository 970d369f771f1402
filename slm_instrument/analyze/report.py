"""An analysis for people, as tables, and for programs, as plain values."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from slm_instrument.analyze.result import Analysis, Share
from slm_instrument.store.base import Task

MAX_TASKS = 50  # in a table; --json has all
NOTHING = "-"  # where there is no figure


def render_table(analysis: Analysis) -> RenderableType:
    """The tasks, the agents with their replaceable shares, and what is in no task."""
    if not analysis.tasks:
        return Text(f"{_calls_line(analysis)}. No task was found: too few calls are of one kind.")
    return Group(tasks_table(analysis.tasks), Text(), _agents_table(analysis), Text(), Text(_calls_line(analysis)))


def tasks_table(tasks: Sequence[Task]) -> RenderableType:
    """Tasks, one a row."""
    if not tasks:
        return Text("no tasks; run: slm-instrument analyze")
    table = _table("task", "id", "answers", caption=_more(len(tasks)))
    for heading in ("calls", "tokens", "cost", "latency", "repeated", "self-agr.", "replaceable", "matched"):
        table.add_column(heading, justify="right", no_wrap=True)
    for task in tasks[:MAX_TASKS]:
        table.add_row(
            task.name,
            task.id,
            _answers(task),
            f"{task.calls:,}",
            f"{'~' if task.tokens_estimated else ''}{task.tokens:,}",
            _dollars(task.cost_usd),
            NOTHING if task.latency_ms is None else f"{task.latency_ms:,.0f} ms",
            _percent(task.repetition),
            _percent(task.self_agreement),
            _percent(task.replaceable),
            _percent(task.matchable),
        )
    return table


def to_json(analysis: Analysis) -> dict[str, Any]:
    """The analysis as plain values; the keys are fixed."""
    return {
        "analysis": analysis.id,
        "calls": analysis.calls,
        "unassigned": analysis.unassigned,
        "failed": analysis.failed,
        "student": analysis.student,
        "human": analysis.human,
        "total": _share_to_json(analysis.total),
        "agents": [{"agent": share.agent, **_share_to_json(share)} for share in analysis.agents],
        **tasks_to_json(analysis.tasks),
    }


def tasks_to_json(tasks: Iterable[Task]) -> dict[str, Any]:
    """Tasks as plain values, without their templates; the keys are fixed."""
    return {"tasks": [_task_to_json(task) for task in tasks]}


def _task_to_json(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "name": task.name,
        "kind": task.kind.value,
        "app": task.app,
        "agents": list(task.agents),
        "calls": task.calls,
        "tokens": task.tokens,
        "input_tokens": task.input_tokens,
        "output_tokens": task.output_tokens,
        "tokens_estimated": task.tokens_estimated,
        "cost_usd": task.cost_usd,
        "latency_ms": task.latency_ms,
        "repetition": task.repetition,
        "self_agreement": task.self_agreement,
        "replaceable": task.replaceable,
        "matchable": task.matchable,
        "templates": len(task.templates),
        "answers": list(task.answers),
    }


def _share_to_json(share: Share) -> dict[str, Any]:
    return {
        "calls": share.calls,
        "tokens": share.tokens,
        "cost_usd": share.cost_usd,
        "replaceable_calls": share.replaceable_calls,
        "replaceable_tokens": share.replaceable_tokens,
        "replaceable_cost": share.replaceable_cost,
    }


def _agents_table(analysis: Analysis) -> Table:
    table = _table("agent", caption=_more(len(analysis.agents)))
    for heading in ("calls", "tokens", "cost", "replaceable: calls", "tokens", "cost"):
        table.add_column(heading, justify="right", no_wrap=True)
    for share in analysis.agents[:MAX_TASKS]:
        table.add_row(share.agent or "(no name)", *_share_cells(share))
    if len(analysis.agents) > 1:
        table.add_section()
        table.add_row("all", *_share_cells(analysis.total))
    return table


def _share_cells(share: Share) -> list[str]:
    return [
        f"{share.calls:,}",
        f"{share.tokens:,}",
        _dollars(share.cost_usd),
        _percent(share.replaceable_calls),
        _percent(share.replaceable_tokens),
        _percent(share.replaceable_cost),
    ]


def _calls_line(analysis: Analysis) -> str:
    parts = [f"{analysis.calls:,} calls", f"{len(analysis.tasks):,} tasks", f"{analysis.unassigned:,} calls in no task"]
    others = {
        "failed": analysis.failed,
        "answered by students": analysis.student,
        "with people": analysis.human,
    }
    return ", ".join(parts + [f"{count:,} {what}" for what, count in others.items() if count])


def _table(*headings: str, caption: str | None) -> Table:
    return Table(*headings, caption=caption, header_style="bold", show_edge=False, pad_edge=False)


def _more(count: int) -> str | None:
    return f"and {count - MAX_TASKS:,} more (--json shows all)" if count > MAX_TASKS else None


def _answers(task: Task) -> str:
    return f"{len(task.answers)} labels" if task.answers else task.kind.value.replace("_", " ")


def _dollars(cost: float | None) -> str:
    return NOTHING if cost is None else f"${cost:,.2f}" if cost >= 0.01 or cost == 0 else f"${cost:.4f}"


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.0%}"
