"""Calls, tasks and small helpers for tests of a store."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from slm_instrument.canonical import AnswerKind
from slm_instrument.records import Call, Message, ToolCall, ToolSpec, Usage, new_id
from slm_instrument.store import AnalysisRecord, Note, Store, Task
from slm_instrument.template import SLOT, Pattern, Template

NOW = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)

FULL = Call(
    id="c1",
    trace_id="t1",
    parent_id="p1",
    call_index=3,
    app="shop",
    agent="router",
    provider="openai",
    model="gpt-4o-mini",
    operation="chat",
    framework="langchain",
    started_at=NOW,
    duration_ms=12.5,
    time_to_first_token_ms=3.25,
    messages=(
        Message("system", "You route."),
        Message("user", [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "x"}}]),
        Message("assistant", None, (ToolCall("look", '{"a": 1}', "id1"),)),
        Message("tool", "found", tool_call_id="id1", name="look"),
    ),
    tools=(ToolSpec("look", "Looks.", {"type": "object", "properties": {"z": {}, "a": {}}}),),
    response_format={"type": "json_object"},
    params={"temperature": 0.0},
    response=Message("assistant", "done"),
    usage=Usage(10, 2, 4, 1),
    cost_usd=0.001,
    audience="human",
    served_by="slm:b1",
    labels={"gold": "x", "nested": {"b": [1, None], "a": 2}},
)


def dialogue(turns: int, **fields: Any) -> Call:
    """A call whose prompt has that many questions, all but the last answered."""
    messages = [Message("system", "S")]
    for turn in range(turns):
        messages += [Message("user", f"question {turn}"), Message("assistant", f"answer {turn}")]
    return Call(messages=tuple(messages[:-1]), response=messages[-1], **fields)


def asked(text: str, **fields: Any) -> Call:
    """A call of one message."""
    return Call(messages=(Message("user", text),), **fields)


def task(id: str = "t1", **fields: Any) -> Task:
    """A task named ``name-ID``."""
    template = Template(Pattern(("Classify: ", SLOT)), Pattern(()), Pattern((SLOT,)), ("look",), "")
    made: dict[str, Any] = {"name": f"name-{id}", "kind": AnswerKind.CLOSED_SET, "templates": (template,)}
    return Task(id=id, answers=("a", "b"), **(made | fields))


def save_analysis(store: Store, tasks: Sequence[Task], assignments: Sequence[tuple[str, str | None]]) -> None:
    """Have these be the tasks, and these calls be of them."""
    notes = [Note(call_id=call_id, task_id=task_id, prompt=0) for call_id, task_id in assignments]
    store.save_analysis(AnalysisRecord(id=new_id(), started_at=NOW, calls=len(notes)), tasks, notes)


def texts(store: Store) -> list[str]:
    """The text of every message that is read back."""
    return [message.text for call in store.iter_calls() for message in call.messages]


def in_threads(jobs: Sequence[Callable[[], object]]) -> None:
    """Run functions at once; raises what the first of them raised."""
    errors: list[BaseException] = []

    def work(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
