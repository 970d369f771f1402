"""One task, with all that is known of it, for a terminal."""

import json
from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from slm_instrument.analyze.report.contents import answer_text, message_text
from slm_instrument.analyze.report.risks import risks
from slm_instrument.analyze.report.terminal import NOTHING, dollars, percent
from slm_instrument.analyze.report.texts import cut, visible
from slm_instrument.counting import count_of
from slm_instrument.records import Call
from slm_instrument.store.base import Task

INSTRUCTION_CHARS = 1_500
SCHEMA_CHARS = 3_000
MAX_LABELS = 50
CALL_CHARS = 1_500  # of a message of a call that is quoted


def card(task: Task) -> RenderableType:
    """The task's figures, then its instruction, what it answers, what speaks against a student, and examples' ids."""
    figures = Table.grid(padding=(0, 2))
    for what, figure in _figures(task):
        figures.add_row(Text(what, style="dim"), Text(visible(figure)))
    title = Text.assemble((visible(task.name), "bold"), f"  {task.id}")
    return Group(title, figures, *(part for heading, text in _texts(task) if text for part in _part(heading, text)))


def quoted(calls: Iterable[Call]) -> RenderableType:
    """Calls to read: what was asked, and what was answered."""
    return Group(*(part for call in calls for part in _quoted(call)))


def _quoted(call: Call) -> Iterator[RenderableType]:
    yield Text()
    yield Text(f"call {visible(call.id)}", style="bold")
    said = [(message.role, message_text(message)) for message in call.messages] + [("answer", answer_text(call))]
    for role, text in said:
        yield Text(visible(role), style="dim")
        yield Padding(Text(_cut(text, CALL_CHARS)), (0, 0, 0, 2))


def _figures(task: Task) -> Iterator[tuple[str, str]]:
    agents = zip(task.agents, task.agent_calls, strict=False)
    yield "application", task.app or NOTHING
    yield "agents", ", ".join(f"{agent} ({calls:,})" for agent, calls in agents) or NOTHING
    yield "answers", task.kind.value.replace("_", " ")
    yield "calls", f"{task.calls:,}"
    yield "first, last", " to ".join(f"{at:%Y-%m-%d %H:%M}" for at in (task.first_at, task.last_at) if at) or NOTHING
    yield "growth", NOTHING if task.growth is None else f"{task.growth:.1f}x in the second half of the time"
    about = "~" if task.tokens_estimated else ""
    yield (
        "tokens",
        f"{about}{task.input_tokens:,} in ({task.cached_tokens:,} cached), {about}{task.output_tokens:,} out",
    )
    yield "cost", dollars(task.cost_usd)
    yield "latency", NOTHING if task.latency_ms is None else f"{task.latency_ms:,.0f} ms"
    yield "prompts repeated", percent(task.repetition)
    yield "self-agreement", percent(task.self_agreement)
    yield "replaceable", f"{percent(task.replaceable)} (an estimate, from {count_of(task.asked, 'call')})"
    yield "matched", f"{percent(task.matchable)}, by {count_of(len(task.templates), 'template')}"


def _texts(task: Task) -> Iterator[tuple[str, str]]:
    yield "instruction", _cut(task.instruction, INSTRUCTION_CHARS)
    more = len(task.answers) - MAX_LABELS
    yield "labels", visible(", ".join(task.answers[:MAX_LABELS])) + (f", and {more:,} more" if more > 0 else "")
    for name, schema in task.schemas.items():
        text = json.dumps(schema, indent=2, ensure_ascii=False)
        yield f"schema of {visible(name)}" if name else "schema", _cut(text, SCHEMA_CHARS)
    yield "risks", "\n".join(risks(task))
    yield "typical calls", visible("\n".join(task.typical))
    yield "unusual calls", visible("\n".join(task.unusual))


def _part(heading: str, text: str) -> tuple[RenderableType, ...]:
    return Text(), Text(heading, style="bold"), Padding(Text(text), (0, 0, 0, 2))


def _cut(text: str, limit: int) -> str:
    shown = cut(text, limit)
    if isinstance(shown, str):
        return shown
    begins, left_out, ends = shown
    return f"{begins} [... {left_out:,} characters ...] {ends}"
