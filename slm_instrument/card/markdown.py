"""A card in the form of Hugging Face's model cards: Markdown under a header of YAML.

The header has the fields that the hub reads (licence, base model, tags, results); its values are written as JSON, which
YAML contains. Names come from logs and may hold anything: in the text every character that Markdown or HTML would act
on is escaped.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from slm_instrument.card.facts import Card, Section, one_line
from slm_instrument.card.terminal import plot_text
from slm_instrument.runtime.bundle import Manifest

_ACTING = re.compile(r"([\\`*_{}\[\]<>#|~&!$@]|:(?=//))")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_PIPELINES = {"nearest": "text-classification", "classifier": "text-classification"}


def to_markdown(card: Card, plot: str | None = None) -> str:
    """The card as Markdown.

    Args:
        card: the card.
        plot: the name of a file with the plot, as seen from where the card will lie; drawn in characters when None.
    """
    manifest = card.manifest
    parts = [
        f"---\n{_header(manifest)}---",
        f"# {markdown(manifest.task_name)}",
        f"**{manifest.certificate.verdict}**{markdown(card.verdict.removeprefix(manifest.certificate.verdict))}",
    ]
    if card.retirement is not None:
        parts.insert(2, f"**RETIRED**{markdown(card.retirement.removeprefix('RETIRED'))}")
    for section in card.sections:
        parts += [f"## {section.title}", _table(section)]
        if section.title.startswith("What was shown"):
            parts += _plot(card, plot)
    return "\n\n".join([*parts, "## Limits", _bullets(card.limits)]) + "\n"


def markdown(text: str) -> str:
    """Text as Markdown that shows just it, on one line."""
    return _ACTING.sub(r"\\\1", one_line(text))


def _header(manifest: Manifest) -> str:
    base = manifest.base_model
    fields: dict[str, Any] = {"license": (base.licence or "unknown").lower()}
    if _HUB_ID.fullmatch(base.name):  # a folder would tell of somebody's machine
        fields["base_model"] = base.name
    fields["library_name"] = "slm-instrument"
    fields["pipeline_tag"] = _PIPELINES.get(manifest.family, "text-generation")
    fields["tags"] = ["slm-instrument", "onnx", "distillation", manifest.family]
    fields["model-index"] = [{"name": manifest.id, "results": [_results(manifest)]}]
    return "".join(f"{name}: {_yaml(value)}\n" for name, value in fields.items())


def _results(manifest: Manifest) -> dict[str, Any]:
    test = manifest.test
    metrics = [
        {"type": "accuracy", "name": name, "value": round(value, 4)}
        for name, value in {
            "agreement with the teacher on accepted calls": test.agreement,
            "agreement with the teacher on all calls": test.agreement_all,
            "coverage": test.coverage,
        }.items()
        if value is not None
    ]
    task = _PIPELINES.get(manifest.family, "text-generation")
    dataset = {"type": "private", "name": f"recorded calls of {manifest.task_name}", "split": "test"}
    return {"task": {"type": task}, "dataset": dataset, "metrics": metrics}


def _yaml(value: Any) -> str:
    """One line of JSON, without line ends that YAML knows and JSON does not."""
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


def _table(section: Section) -> str:
    rows = [f"| {markdown(word)} | {markdown(text)} |" for word, text in section.rows]
    return "\n".join(["| | |", "|---|---|", *rows])


def _plot(card: Card, plot: str | None) -> list[str]:
    drawn = plot_text(card)
    if not drawn:
        return []
    if plot is None:
        return [f"```text\n{drawn}\n```"]
    return [f"![Agreement with the teacher by coverage](<{plot.replace('>', '%3E').replace('<', '%3C')}>)"]


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {markdown(line)}" for line in lines)
