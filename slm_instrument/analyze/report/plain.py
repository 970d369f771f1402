"""An analysis for programs: plain values, ready for JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from slm_instrument.analyze.report.risks import risks
from slm_instrument.analyze.result import Analysis, Share
from slm_instrument.store.base import Task

if TYPE_CHECKING:
    from slm_instrument.analyze.cards.savings import Saving


def to_json(analysis: Analysis, savings: "Mapping[str, Saving] | None" = None) -> dict[str, Any]:
    """The analysis as plain values; the keys are fixed. Tasks have a ``saving`` where savings by task id are given."""
    return {
        "analysis": analysis.id,
        "calls": analysis.calls,
        "new": analysis.new,
        "unassigned": analysis.unassigned,
        "failed": analysis.failed,
        "student": analysis.student,
        "human": analysis.human,
        "total": share_to_json(analysis.total),
        "agents": [{"agent": share.agent, **share_to_json(share)} for share in analysis.agents],
        **tasks_to_json(analysis.tasks, savings),
    }


def tasks_to_json(tasks: Iterable[Task], savings: "Mapping[str, Saving] | None" = None) -> dict[str, Any]:
    """Tasks as plain values, without their templates; the keys are fixed."""
    found = savings or {}
    return {
        "tasks": [
            task_to_json(task) | ({"saving": asdict(found[task.id])} if task.id in found else {}) for task in tasks
        ]
    }


def task_to_json(task: Task) -> dict[str, Any]:
    """One task as plain values."""
    return {
        "id": task.id,
        "name": task.name,
        "kind": task.kind.value,
        "app": task.app,
        "agents": list(task.agents),
        "agent_calls": list(task.agent_calls),
        "instruction": task.instruction,
        "calls": task.calls,
        "tokens": task.tokens,
        "input_tokens": task.input_tokens,
        "output_tokens": task.output_tokens,
        "cached_tokens": task.cached_tokens,
        "tokens_estimated": task.tokens_estimated,
        "cost_usd": task.cost_usd,
        "latency_ms": task.latency_ms,
        "repetition": task.repetition,
        "self_agreement": task.self_agreement,
        "replaceable": task.replaceable,
        "asked": task.asked,
        "matchable": task.matchable,
        "templates": len(task.templates),
        "variant_calls": list(task.variant_calls),
        "answers": list(task.answers),
        "schemas": {name: dict(schema) for name, schema in task.schemas.items()},
        "typical": list(task.typical),
        "unusual": list(task.unusual),
        "first_at": _time(task.first_at),
        "last_at": _time(task.last_at),
        "growth": task.growth,
        "risks": list(risks(task)),
    }


def share_to_json(share: Share) -> dict[str, Any]:
    """What an agent spends, and the replaceable shares of it."""
    return {
        "calls": share.calls,
        "tokens": share.tokens,
        "cost_usd": share.cost_usd,
        "replaceable_calls": share.replaceable_calls,
        "replaceable_tokens": share.replaceable_tokens,
        "replaceable_cost": share.replaceable_cost,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
