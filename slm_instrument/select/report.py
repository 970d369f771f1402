"""The catalogue and a choice, as tables for a terminal and as plain values for JSON."""

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from slm_instrument.analyze.report.fitted import Column, Fitted
from slm_instrument.select.catalogue import Catalogue, Model
from slm_instrument.select.choose import Candidate, Choice
from slm_instrument.select.cost import MEGABYTE
from slm_instrument.select.machine import Machine

NOTHING = "-"


def catalogue_table(models: Catalogue) -> RenderableType:
    """All models, one a row."""
    rows = models.models
    return Fitted(
        [
            Column("model", [model.name for model in rows], 0, "left", least=39),
            Column("kind", [model.family for model in rows], 4, "left"),
            Column("parameters", [size(model.parameters) for model in rows], 1),
            Column("context", [f"{model.context:,}" for model in rows], 3),
            Column("licence", [model.licence or NOTHING for model in rows], 1, "left"),
            Column("asks", [models.licence(model).kind.value for model in rows], 2, "left"),
            Column("export", [model.export for model in rows], 5, "left"),
            Column("languages", [" ".join(model.languages) or NOTHING for model in rows], 6, "left"),
        ],
        caption="limits of licences, sources and notes: --json, docs/models.md",
    )


def choice_table(choice: Choice) -> RenderableType:
    """The candidates, one a row in the order in which to try them, and below them what was rejected."""
    rows = choice.candidates
    parts: list[RenderableType] = [Text(_task_line(choice)), Text(_machine_line(choice.machine)), Text()]
    if rows:
        parts.append(_candidates_table(choice))
    else:
        parts.append(Text("No model is worth trying."))
    if choice.rejected:
        parts += [Text(), _rejected_table(choice)]
    return Group(*parts)


def catalogue_to_json(models: Catalogue) -> dict[str, Any]:
    """All that the catalogue says."""
    return {"models": [_model_to_json(model, models) for model in models.models]}


def choice_to_json(choice: Choice) -> dict[str, Any]:
    """All that was found and decided."""
    facts, machine, policy = choice.facts, choice.machine, choice.policy
    return {
        "task": {
            "name": facts.task,
            "kind": facts.kind.value,
            "calls": facts.calls,
            "inputs": facts.inputs,
            "recurring": facts.recurring,
            "closed": facts.closed,
            "prompt_tokens": {"p50": facts.prompt(0.5), "p90": facts.prompt(0.9), "p99": facts.prompt(0.99)},
            "answer_tokens": {"p50": facts.answer(0.5), "p90": facts.answer(0.9), "p99": facts.answer(0.99)},
            "latency_ms": facts.latency_ms,
        },
        "machine": {
            "cores": machine.cores,
            "free_memory_bytes": machine.free_memory,
            "core_gflops": machine.speed.gflops,
            "core_gigabytes_per_second": machine.speed.gigabytes,
            "accelerator": machine.accelerator,
        },
        "policy": {
            "licences": sorted(policy.licences),
            "memory_bytes": policy.memory,
            "latency_ms": policy.latency_ms,
            "budget_minutes": policy.minutes,
            "precision": policy.precision,
        },
        "candidates": [_candidate_to_json(each) for each in choice.candidates],
        "rejected": [{"student": each.student, "model": each.model, "reason": each.reason} for each in choice.rejected],
    }


def size(parameters: int) -> str:
    """A number of parameters to read."""
    return f"{parameters / 1e9:.2f}B" if parameters >= 999_500_000 else f"{parameters / 1e6:.0f}M"


def _candidates_table(choice: Choice) -> RenderableType:
    rows = choice.candidates
    return Fitted(
        [
            Column("student", [each.student for each in rows], 0, "left"),
            Column("of", [each.model.name for each in rows], 0, "left", least=39),
            Column("ms a call", [f"{each.cost.answer_ms:,.1f}" for each in rows], 1),
            Column("memory", [_mb(each.cost.memory) for each in rows], 2),
            Column("training", [_minutes(each, choice.machine) for each in rows], 1),
            Column("parameters", [size(each.model.parameters) for each in rows], 4),
            Column("licence", [each.model.licence or NOTHING for each in rows], 3, "left"),
            Column("export", [each.model.export for each in rows], 5, "left"),
            Column("from", [each.place.name for each in rows], 3, "left"),
        ],
        caption="predicted from a probe of this machine, good to a factor of two; to be tried in this order",
    )


def _rejected_table(choice: Choice) -> RenderableType:
    """What was rejected, one reason a row."""
    students: dict[str, dict[str, None]] = {}  # by reason; dicts keep the order
    models: dict[str, dict[str, None]] = {}
    for each in choice.rejected:
        students.setdefault(each.reason, {})[each.student or "any"] = None
        models.setdefault(each.reason, {})[each.model or "any model"] = None
    return Fitted(
        [
            Column("not tried", [", ".join(names) for names in students.values()], 0, "left"),
            Column("of", [", ".join(names) for names in models.values()], 0, "left", least=39),
            Column("because", list(students), 0, "left", least=39),
        ],
        vertical="top",
    )


def _task_line(choice: Choice) -> str:
    facts = choice.facts
    return (
        f"{facts.task}: {facts.kind.value.replace('_', ' ')}, {facts.inputs:,} different inputs, "
        f"{facts.recurring:.0%} with an answer that recurs; prompts (what varies in them) {facts.prompt(0.5):,} tokens "
        f"at the median and {facts.prompt(0.99):,} at the 99th percentile, answers {facts.answer(0.5):,} and "
        f"{facts.answer(0.99):,}"
    )


def _machine_line(machine: Machine) -> str:
    free = "" if machine.free_memory is None else f", {machine.free_memory / 1e9:,.1f} GB free"
    return (
        f"this machine: {machine.cores} cores of {machine.speed.gflops:,.0f} GFLOP/s and "
        f"{machine.speed.gigabytes:,.0f} GB/s{free}, {machine.accelerator or 'no GPU'}"
    )


def _minutes(candidate: Candidate, machine: Machine) -> str:
    minutes = candidate.cost.training_minutes
    if not minutes:
        return "none"
    if machine.accelerator:
        return NOTHING
    return "under 1 min" if minutes < 1 else f"{minutes:,.0f} min"


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:,.0f} MB"


def _candidate_to_json(candidate: Candidate) -> dict[str, Any]:
    cost = candidate.cost
    return {
        "student": candidate.student,
        "model": candidate.model.name,
        "answer_ms": cost.answer_ms,
        "memory_bytes": cost.memory,
        "training_minutes": cost.training_minutes,
        "training_memory_bytes": cost.training_memory,
        "place": candidate.place.name,
        "here": candidate.place.here,
    }


def _model_to_json(model: Model, models: Catalogue) -> dict[str, Any]:
    licence = models.licence(model)
    return {
        "name": model.name,
        "family": model.family,
        "parameters": model.parameters,
        "context": model.context,
        "hidden": model.hidden,
        "layers": model.layers,
        "vocabulary": model.vocabulary,
        "languages": list(model.languages),
        "licence": model.licence or None,
        "licence_kind": licence.kind.value,
        "licence_limits": licence.limits,
        "licence_source": model.licence_source,
        "licence_basis": model.licence_basis,
        "figures_source": model.figures,
        "figures_basis": model.figures_basis,
        "seen": None if model.seen is None else model.seen.isoformat(),
        "url": model.url,
        "package": model.package,
        "path": model.path,
        "export": model.export,
        "note": model.note,
    }
