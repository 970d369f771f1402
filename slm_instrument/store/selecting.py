"""Which calls to read, and what an analysis notes of those that it read."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from slm_instrument.canonical import AnswerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which calls to read: those that meet every condition.

    ``after`` and ``until`` are numbers of arrival, as :meth:`Store.spans` gives them: behind the one, up to the other.
    ``pending`` calls are those that no analysis has read, or one before schema 0003, which noted no figures;
    ``unassigned`` ones were read and are of no task.
    """

    task_id: str | None = None
    apps: tuple[str | None, ...] | None = None
    ids: tuple[str, ...] | None = None
    after: int = 0
    until: int | None = None
    pending: bool = False
    unassigned: bool = False
    since: datetime | None = None  # of the start, or of the arrival where that is not known


EVERY_CALL = Selection()


class Span(NamedTuple):
    """Calls next to each other in order of arrival: behind one number, up to another, and how many."""

    after: int
    until: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the analysis noted of a call: its task, and the figures that would else need its texts again.

    ``prompt`` and ``answer`` are 63 bits of keyed digests, equal for equal prompts and for answers that say the same;
    ``answer`` and ``kind`` are None without an answer. ``variant`` is the number of the task's template that recognises
    the prompt. ``cost_usd`` is as recorded, or by list price.
    """

    call_id: str
    task_id: str | None = None
    variant: int | None = None
    prompt: int | None = None
    answer: int | None = None
    kind: AnswerKind | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    tokens_estimated: bool = False
    cost_usd: float | None = None


class Noted(NamedTuple):
    """A call that was analysed, in figures: its note, and what its row says."""

    call_id: str
    task_id: str | None
    variant: int | None
    prompt: int | None
    answer: int | None
    kind: str | None
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool
    cost_usd: float | None
    app: str | None
    agent: str | None
    trace_id: str | None
    cached_tokens: int | None
    started_at: datetime | None
    duration_ms: float | None
    audience: str
    served_by: str
