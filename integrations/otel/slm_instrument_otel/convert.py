"""The SDK's spans and log records in neutral words."""

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode, format_span_id, format_trace_id

from slm_instrument.dialects.spans import Span, SpanEvent


def attributes_of(span: ReadableSpan) -> Mapping[str, Any]:
    """A span's attributes as a dict of their own: the SDK's look every name up several times more slowly."""
    found: Any = span.attributes
    return found.copy() if found else {}


def to_span(span: ReadableSpan, events: Sequence[SpanEvent] = (), ancestors: Sequence[ReadableSpan] = ()) -> Span:
    """A finished span with the log records that belong to it and the spans around it, finished or not."""
    context, scope = span.get_span_context(), span.instrumentation_scope
    return Span(
        name=span.name,
        scope=scope.name if scope is not None else "",
        attributes=attributes_of(span),
        events=(*to_events(span), *events),
        trace_id=format_trace_id(context.trace_id) if context is not None else None,
        span_id=format_span_id(context.span_id) if context is not None else None,
        parent_id=format_span_id(span.parent.span_id) if span.parent is not None else None,
        started_at=span.start_time,
        ended_at=span.end_time,
        failed=span.status.status_code is StatusCode.ERROR,
        status_description=span.status.description,
        resource=span.resource.attributes,
        ancestors=tuple(Span(name=each.name, attributes=attributes_of(each)) for each in ancestors),
        dropped=span.dropped_attributes,
    )


def to_events(span: ReadableSpan) -> tuple[SpanEvent, ...]:
    """A span's own events."""
    return tuple(SpanEvent(name=e.name, attributes=e.attributes or {}, at=e.timestamp) for e in span.events)


def to_event(record: Any) -> SpanEvent | None:
    """A log record as an event; None when it has no event's name."""
    attributes: Mapping[str, Any] = record.attributes or {}
    name = getattr(record, "event_name", None) or attributes.get("event.name")
    if not isinstance(name, str):
        return None
    at = record.timestamp or record.observed_timestamp
    return SpanEvent(name=name, attributes=attributes, body=record.body, at=at)


def to_lone_span(event: SpanEvent, readable: Any) -> Span:
    """A call of which there is no span, as the event that holds all of it tells it."""
    record, scope = readable.log_record, readable.instrumentation_scope
    resource = getattr(readable, "resource", None) or getattr(record, "resource", None)  # the record's, in older SDKs
    return Span(
        name=event.name,
        scope=scope.name if scope is not None else "",
        attributes=event.attributes,
        trace_id=format_trace_id(record.trace_id) if record.trace_id else None,
        span_id=format_span_id(record.span_id) if record.span_id else None,
        started_at=event.at,
        resource=resource.attributes if resource is not None else {},
    )
