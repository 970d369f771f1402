"""The figures of all calls that were analysed, as columns: what tasks are counted from.

They come from what was noted of each call, so that no text is opened again; a million calls take some 200 MB.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from slm_instrument.analyze.corpus import KINDS, NO_ANSWER, Bools, Floats, Interned, Ints, Role
from slm_instrument.canonical import AnswerKind
from slm_instrument.records import SERVED_BY_SLM
from slm_instrument.store.selecting import Noted

NO_TASK = -1
NO_VARIANT = -1


@dataclass(frozen=True, slots=True)
class Ledger:
    """All analysed calls, by row. ``app``, ``agent`` and ``trace`` number the values of the lists of that name.

    ``task`` is the number of the task, ``NO_TASK`` without one; ``prompt`` and ``answer`` are the keys that were noted.
    """

    ids: list[str]
    apps: list[str | None]
    agents: list[str | None]
    task: Ints
    variant: Ints
    role: Ints
    app: Ints
    agent: Ints
    trace: Ints
    prompt: Ints
    answer: Ints
    kind: Ints
    input_tokens: Ints
    output_tokens: Ints
    cached_tokens: Ints
    tokens_estimated: Bools
    cost_usd: Floats  # nan: unknown, as in the two below
    latency_ms: Floats
    started: Floats  # seconds since 1970

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, role: Role) -> Ints:
        """The rows of that role."""
        return np.flatnonzero(self.role == role)

    def by_task(self, tasks: int) -> list[Ints]:
        """For each task the rows that a teacher answered."""
        rows = self.rows(Role.TEACHER)
        rows = rows[self.task[rows] != NO_TASK]
        ordered = rows[np.argsort(self.task[rows], kind="stable")]
        ends = np.cumsum(np.bincount(self.task[ordered], minlength=tasks))
        return np.split(ordered, ends[:-1]) if tasks else []


_INTEGERS = (
    *("task", "variant", "role", "app", "agent", "trace", "prompt", "answer", "kind"),
    *("input_tokens", "output_tokens", "cached_tokens"),
)
_FLOATS = ("cost_usd", "latency_ms", "started")


def read_ledger(noted: Iterable[Noted], number_of: Mapping[str, int]) -> Ledger:
    """The ledger of all noted calls.

    Args:
        noted: what was noted, in order of arrival.
        number_of: the number of each task, by its id.
    """
    ids: list[str] = []
    integers = {name: array("q") for name in _INTEGERS}
    floats = {name: array("d") for name in _FLOATS}
    estimated = array("b")
    apps, agents, traces = Interned[str | None](), Interned[str | None](), Interned[str]()
    for call in noted:
        ids.append(call.call_id)
        row = (
            NO_TASK if call.task_id is None else number_of[call.task_id],
            NO_VARIANT if call.variant is None else call.variant,
            _role_of(call),
            apps(call.app),
            agents(call.agent),
            traces(call.trace_id or call.call_id),
            call.prompt or 0,
            NO_ANSWER if call.answer is None else call.answer,
            KINDS.index(AnswerKind(call.kind or AnswerKind.FREE_TEXT)),
            call.input_tokens,
            call.output_tokens,
            call.cached_tokens or 0,
        )
        for column, value in zip(integers.values(), row, strict=True):
            column.append(value)
        figures = (call.cost_usd, call.duration_ms, _seconds(call.started_at))
        for column, figure in zip(floats.values(), figures, strict=True):
            column.append(np.nan if figure is None else figure)
        estimated.append(call.tokens_estimated)
    columns: dict[str, Any] = {name: np.array(column, dtype=np.int64) for name, column in integers.items()}
    columns |= {name: np.array(column, dtype=np.float64) for name, column in floats.items()}
    columns["tokens_estimated"] = np.array(estimated, dtype=np.bool_)
    return Ledger(ids=ids, apps=apps.values, agents=agents.values, **columns)


def _role_of(call: Noted) -> Role:
    if call.audience != "agent":
        return Role.HUMAN
    if call.answer is None:
        return Role.FAILED
    return Role.STUDENT if call.served_by.startswith(SERVED_BY_SLM) else Role.TEACHER


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
