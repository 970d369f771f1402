"""A finished span, in neutral words: what a span processor is handed and what OTLP holds are both turned into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NS_PER_MS = 1_000_000
REDACTED = "__REDACTED__"  # what OpenInference writes where the user chose to hide content


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanEvent:
    """Something that happened during a span: a span event, or a log record with the span's ids, which has a body.

    ``at`` is unix time in nanoseconds.
    """

    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: Any = None
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A finished span. Ids are lower-case hex, times unix nanoseconds, ``scope`` is the name of what instruments.

    ``ancestors`` are the spans around it that are known, the nearest first: they may tell the agent and the user.
    """

    name: str = ""
    scope: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    events: Sequence[SpanEvent] = ()
    trace_id: str | None = None
    span_id: str | None = None
    parent_id: str | None = None
    started_at: int | None = None
    ended_at: int | None = None
    failed: bool = False  # status code ERROR
    status_description: str | None = None
    resource: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ancestors: "Sequence[Span]" = ()
    dropped: int = 0  # attributes that were over the SDK's limit
