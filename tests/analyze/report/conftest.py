"""A small analysed store, with texts that would do harm if anything took them for more than texts."""

import hashlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from slm_instrument.analyze.result import Analysis, Share
from slm_instrument.canonical import AnswerKind
from slm_instrument.records import Call, Message, ToolCall, ToolSpec
from slm_instrument.store import AnalysisRecord, Note, Task, open_store
from slm_instrument.template import SLOT, Pattern, Template

HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> --> ]]> \u2028 \u202e \x00 &lt;"
START = datetime(2026, 5, 1, tzinfo=UTC)


def a_task(**fields):
    return Task(
        **{
            "id": "a1",
            "name": "sort-mail",
            "kind": AnswerKind.CLOSED_SET,
            "answers": ("yes", "no"),
            "calls": 200,
            "matchable": 1.0,
            **fields,
        }
    )


def a_share(**fields):
    return Share(
        **{
            "agent": None,
            "calls": 10,
            "tokens": 100,
            "cost_usd": None,
            "replaceable_calls": 0.5,
            "replaceable_tokens": 0.4,
            "replaceable_cost": None,
            **fields,
        }
    )


def an_analysis(tasks, **fields):
    return Analysis(
        **{
            "id": "run",
            "tasks": tuple(tasks),
            "calls": 12,
            "unassigned": 2,
            "failed": 0,
            "student": 0,
            "human": 0,
            "total": a_share(),
            "agents": (a_share(agent="clerk"),),
            **fields,
        }
    )


class Embedder:
    """Vectors that are equal for equal texts and else have nothing to do with them."""

    name = "digest"

    def __call__(self, texts):
        vectors = np.array([list(hashlib.sha256(text.encode()).digest()) for text in texts], dtype=np.float32) - 127.5
        return vectors.reshape(len(texts), 32) / np.maximum(1e-9, np.linalg.norm(vectors, axis=-1, keepdims=True))


@pytest.fixture(scope="session")
def made():
    return SimpleNamespace(task=a_task, share=a_share, analysis=an_analysis, start=START, hostile=HOSTILE)


@pytest.fixture
def embed():
    return Embedder()


@pytest.fixture
def analysed():
    """A store and its analysis: twelve calls of a task, of which three have hostile texts, and two of no task."""
    store = open_store("memory://")
    calls = [_call(number) for number in range(14)]
    store.add_calls(calls)
    task = a_task(
        name=f"sort {HOSTILE}",
        app="post",
        agents=("clerk", "boss"),
        agent_calls=(11, 1),
        templates=(
            Template(Pattern(("Sort the mail. ", SLOT)), Pattern(("",)), Pattern(("Mail: ", SLOT)), ("route",)),
        ),
        variant_calls=(12,),
        instruction=f"Sort the mail. {HOSTILE}",
        calls=12,
        asked=4,
        replaceable=0.5,
        answers=("yes", HOSTILE),
        schemas={"route": {"type": "object", "properties": {HOSTILE: {"type": "string"}}}},
        typical=("c0", "c1"),
        unusual=("c2", "gone"),
        first_at=START,
        last_at=START + timedelta(hours=11),
        growth=1.0,
    )
    notes = [
        Note(
            call_id=call.id,
            task_id="a1" if number < 12 else None,
            prompt=number,
            answer=1,
            kind=AnswerKind.SHORT_TEXT,
            input_tokens=10,
            output_tokens=1,
            cost_usd=0.5 if number % 2 else None,
        )
        for number, call in enumerate(calls)
    ]
    store.save_analysis(AnalysisRecord(id="run", started_at=START, calls=14), [task], notes)
    yield SimpleNamespace(store=store, analysis=an_analysis(store.tasks(), calls=14), task=task)
    store.close()


def _call(number):
    text = [HOSTILE, "x" * 1_000_000, "שלום \u200f א lone \ud83d"][number] if number < 3 else f"letter number {number}"
    return Call(
        id=f"c{number}",
        trace_id=f"t{number}",
        app="post",
        agent="boss" if number == 3 else "clerk",
        started_at=START + timedelta(hours=number),
        messages=(Message("system", f"Sort the mail. {HOSTILE}"), Message("user", f"Mail: {text}")),
        tools=(ToolSpec("route"),),
        response=Message("assistant", "yes", (ToolCall("route", '{"to": "</script>"}'),)),
    )
