"""OTLP JSON: what the OpenTelemetry collector's file exporter writes, and other exports of traces and logs.

A record is an export request, with ``resourceSpans`` or ``resourceLogs``. LLM calls among the spans are told and read
as :mod:`slm_instrument.dialects.spans` does; the messages of some come as log events, before or after their span. Of
LLM spans inside each other, as when a framework and a provider's SDK are both traced, the innermost that holds the
prompt is the call. Agent and user are looked for in the spans around it, as far as they stand in the same record.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from slm_instrument.dialects.shapes import mapping
from slm_instrument.dialects.spans import (
    DETAILS,
    Span,
    SpanEvent,
    has_answer,
    has_prompt,
    is_call,
    is_tool_or_agent,
    read_span,
)
from slm_instrument.errors import InputError
from slm_instrument.interchange.otlp_json import LogEvent, log_events_of, spans_of
from slm_instrument.interchange.reading import Format
from slm_instrument.records import Call

MAX_WAITING = 20_000  # spans that wait for log events, and spans whose log events wait for them
MAX_SETTLED = 200_000  # spans that are done with
MAX_AROUND = 100  # spans around one

_SIGNALS = ("resourceSpans", "resourceLogs", "resourceMetrics")

Key = tuple[str | None, str | None]  # trace and span id
T = TypeVar("T")


class OtlpReader:
    """Makes calls of the export requests of one import, in the order they were written."""

    def __init__(self) -> None:
        self._settled: dict[Key, None] = {}
        self._waiting: dict[Key, Span] = {}
        self._events: dict[Key, list[LogEvent]] = {}
        self._done: dict[Key, None] = {}
        self._without_prompt = 0

    def read(self, record: Any) -> Iterable[Call] | None:
        """The calls that are whole with this export request.

        Raises:
            InputError: it is none.
        """
        request = mapping(record)
        if not any(signal in request for signal in _SIGNALS):
            raise InputError(f"not an export request of OTLP: it has none of {', '.join(_SIGNALS)}")
        calls = [*self._from_logs(request), *self._from_spans(request)]
        return calls or None

    def finish(self) -> Iterator[Call]:
        """The calls that waited for log events in vain, and those of which there are log events and no span.

        Raises:
            InputError: there were LLM spans that hold no prompt, and what to do about it.
        """
        for key in list(self._waiting):
            yield from self._ended_waiting(key)
        for found in self._events.values():
            yield from (call for event in found if event.event.name == DETAILS and (call := _lone_call(event)))
        if self._without_prompt:
            raise InputError(
                f"{self._without_prompt} LLM span(s) hold no prompt, and no log event does; instrumentations leave the "
                "content out until they are told to write it"
            )

    def _from_logs(self, request: Mapping[str, Any]) -> Iterator[Call]:
        for log in log_events_of(request):
            key = (log.trace_id, log.span_id)
            span = self._waiting.get(key)
            if span is not None:
                self._waiting[key] = span = replace(span, events=(*span.events, log.event))
                if _is_whole(span):
                    yield from self._ended_waiting(key)
            elif key not in self._done:
                _bounded(self._events, MAX_WAITING).setdefault(key, []).append(log)

    def _from_spans(self, request: Mapping[str, Any]) -> Iterator[Call]:
        spans = {(span.trace_id, span.span_id): span for span in spans_of(request)}
        for key, span in sorted(spans.items(), key=_inner_first):
            if not is_call(span.attributes, span.name):
                if key in self._settled and not is_tool_or_agent(span.attributes):
                    self._settle_around(span)
                self._settled.pop(key, None)
                continue
            events = tuple(log.event for log in self._events.pop(key, ())) if span.span_id else ()
            known = replace(span, events=(*span.events, *events), ancestors=_around(span, spans))
            yield from self._call(key, known)

    def _call(self, key: Key, span: Span) -> Iterator[Call]:
        if key in self._settled or _is_whole(span):
            yield from self._ended(key, span)
        else:
            if len(self._waiting) >= MAX_WAITING:
                yield from self._ended_waiting(next(iter(self._waiting)))
            self._waiting[key] = span

    def _ended_waiting(self, key: Key) -> Iterator[Call]:
        return self._ended(key, self._waiting.pop(key))

    def _ended(self, key: Key, span: Span) -> Iterator[Call]:
        """No more is to come for a span; the call, unless it is that of a span inside."""
        if span.span_id is not None:
            _bounded(self._done, MAX_SETTLED)[key] = None
        prompted = has_prompt(span.attributes, span.events)
        inside = self._settled.pop(key, self) is None
        if prompted or inside:
            self._settle_around(span)
        elif not prompted:
            self._without_prompt += 1
        call = read_span(span) if prompted and not inside else None
        if call is not None:
            yield call

    def _settle_around(self, span: Span) -> None:
        if span.parent_id is not None:
            _bounded(self._settled, MAX_SETTLED)[span.trace_id, span.parent_id] = None


FORMAT = Format(OtlpReader, knows=lambda record: any(signal in record for signal in _SIGNALS))


def _inner_first(item: tuple[Key, Span]) -> tuple[int, int]:
    """What is inside ends first; where clocks are coarse, it began last."""
    return item[1].ended_at or 0, -(item[1].started_at or 0)


def _is_whole(span: Span) -> bool:
    """Whether no log event is needed: prompt and answer are there, or there was no answer."""
    prompted = has_prompt(span.attributes, span.events)
    return prompted and (span.failed or has_answer(span.attributes, span.events))


def _around(span: Span, spans: Mapping[Key, Span]) -> tuple[Span, ...]:
    around: list[Span] = []
    outer = spans.get((span.trace_id, span.parent_id))
    while outer is not None and len(around) < MAX_AROUND:  # ids may form a ring
        around.append(outer)
        outer = spans.get((outer.trace_id, outer.parent_id))
    return tuple(around)


def _lone_call(log: LogEvent) -> Call | None:
    """The call of an event that holds all of it."""
    event: SpanEvent = log.event
    return read_span(
        Span(
            name=event.name,
            scope=log.scope,
            attributes=event.attributes,
            trace_id=log.trace_id,
            span_id=log.span_id,
            started_at=event.at,
            resource=log.resource,
        )
    )


def _bounded(held: dict[Key, T], limit: int) -> dict[Key, T]:
    """The same with room for one more: the oldest goes."""
    if len(held) >= limit:
        held.pop(next(iter(held)))
    return held
