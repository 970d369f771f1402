"""Calls and tasks as the page holds them: plain values, their texts by number."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from slm_instrument.analyze.report.plain import task_to_json
from slm_instrument.analyze.report.texts import Shown, Texts, cut, fair_limit, visible
from slm_instrument.records import Call, Message
from slm_instrument.store.base import Task
from slm_instrument.template import Pattern, Piece, Template

MAX_MESSAGES = 40  # of a prompt; the first few, and the newest
FIRST_MESSAGES = 4
MAX_VARIANTS = 12
MAX_LABELS = 200
NAME_CHARS = 200
LABEL_CHARS = 200
INSTRUCTION_CHARS = 3_000
SCHEMA_CHARS = 6_000
PIECE_CHARS = 1_500  # of a static text of a template
PIECES = 60  # of a place of a template
BRIEF_CHARS = 600  # of what varies in a call and of its answer, for the calls that are only dots


def whole_call(call: Call, texts: Texts, budget: int) -> dict[str, Any]:
    """A call to read: its messages and its answer, in about ``budget`` characters."""
    messages = list(call.messages)
    skipped = max(0, len(messages) - MAX_MESSAGES)
    if skipped:
        messages[FIRST_MESSAGES : FIRST_MESSAGES + skipped] = []
    said = [*(message_text(message) for message in messages), answer_text(call)]
    limit = fair_limit([len(text) for text in said], budget)
    numbers = [texts.add(text, limit) for text in said]
    return {
        "messages": [[visible(m.role)[:NAME_CHARS], number] for m, number in zip(messages, numbers, strict=False)],
        "skipped": skipped,
        "said": numbers[-1],
        "tools": [visible(tool.name)[:NAME_CHARS] for tool in call.tools],
    }


def brief_call(call: Call, varies: str, texts: Texts) -> dict[str, Any]:
    """A call in short: where it comes from, what varies in its prompt, and its answer."""
    return {
        "id": visible(call.id)[:NAME_CHARS],
        "agent": named(call.agent),
        "model": named(call.model),
        "at": None if call.started_at is None else call.started_at.isoformat(timespec="seconds"),
        "latency_ms": call.duration_ms,
        "varies": texts.add(varies, BRIEF_CHARS),
        "answer": texts.add(answer_text(call), BRIEF_CHARS),
    }


def task_card(task: Task, trend: Sequence[int] | None, saving: Mapping[str, Any] | None) -> dict[str, Any]:
    """A task with all that is known of it."""
    variants = sorted(
        zip(task.templates, [*task.variant_calls, *[None] * len(task.templates)], strict=False),
        key=lambda variant: -(variant[1] or 0),
    )
    return {
        **task_to_json(task),
        "name": visible(task.name)[:NAME_CHARS],
        "app": named(task.app),
        "agents": [named(agent) for agent in task.agents],
        "instruction": cut(task.instruction, INSTRUCTION_CHARS),
        "answers": [cut(answer, LABEL_CHARS) for answer in task.answers[:MAX_LABELS]],
        "labels": len(task.answers),
        "schemas": {visible(name): cut(_pretty(schema), SCHEMA_CHARS) for name, schema in task.schemas.items()},
        "variants": [{"calls": calls, **_places(template)} for template, calls in variants[:MAX_VARIANTS]],
        "trend": trend,
        "saving": saving,
    }


def named(name: str | None) -> str | None:
    """The name of an application, agent or model, as it may be shown."""
    return None if name is None else visible(name)[:NAME_CHARS]


def message_text(message: Message) -> str:
    """The message's text and the tools that it calls."""
    calls = [f"{call.name}({call.arguments})" for call in message.tool_calls]
    return "\n".join([message.text, *calls] if message.text else calls)


def answer_text(call: Call) -> str:
    """What was answered; empty where nothing was."""
    return "" if call.response is None else message_text(call.response)


def _places(template: Template) -> dict[str, Any]:
    places: Mapping[str, Pattern] = {"system": template.system, "first": template.first, "last": template.last}
    return {
        "places": {
            place: [_piece(piece) for piece in pattern.pieces[:PIECES]]
            for place, pattern in places.items()
            if pattern.pieces != ("",)
        },
        "tools": [visible(tool)[:NAME_CHARS] for tool in template.tools],
    }


def _piece(piece: Piece) -> Shown | int | None:
    """A static text, or a slot as JSON says it: None for any text, a number for a number."""
    return cut(piece, PIECE_CHARS) if isinstance(piece, str) else piece


def _pretty(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False)
