"""OTLP as JSON: the spans and the log events of an export request, in neutral words.

Ids are hex, as OTLP demands, or base64, as protobuf's own JSON writer makes them.

Source: opentelemetry-proto 1.x, ``ExportTraceServiceRequest`` and ``ExportLogsServiceRequest``; "OTLP/HTTP, JSON
Protobuf Encoding" of the OpenTelemetry Protocol specification.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.spans import Span, SpanEvent
from slm_instrument.plain import MAX_DEPTH

_TRACE_ID, _SPAN_ID = 32, 16  # hex digits
_ERROR = (2, "STATUS_CODE_ERROR")
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """A log record that has an event's name, and the span it was emitted in."""

    event: SpanEvent
    trace_id: str | None
    span_id: str | None
    scope: str
    resource: Mapping[str, Any]


def spans_of(request: Mapping[str, Any]) -> Iterator[Span]:
    """The spans of an export request."""
    for several in _objects(request.get("resourceSpans")):
        resource = _attributes(mapping(several.get("resource")).get("attributes"))
        groups = several.get("scopeSpans") or several.get("instrumentationLibrarySpans")  # the name until 2022
        for group in _objects(groups):
            scope = text(mapping(group.get("scope") or group.get("instrumentationLibrary")).get("name")) or ""
            for raw in _objects(group.get("spans")):
                yield _span(raw, scope, resource)


def log_events_of(request: Mapping[str, Any]) -> Iterator[LogEvent]:
    """The events among the log records of an export request."""
    for several in _objects(request.get("resourceLogs")):
        resource = _attributes(mapping(several.get("resource")).get("attributes"))
        for group in _objects(several.get("scopeLogs")):
            scope = text(mapping(group.get("scope")).get("name")) or ""
            for raw in _objects(group.get("logRecords")):
                attributes = _attributes(raw.get("attributes"))
                name = text(raw.get("eventName")) or text(attributes.get("event.name"))
                if name:
                    at = _integer(raw.get("timeUnixNano")) or _integer(raw.get("observedTimeUnixNano"))
                    event = SpanEvent(name=name, attributes=attributes, body=_value(raw.get("body")), at=at)
                    yield LogEvent(
                        event=event,
                        trace_id=_id(raw.get("traceId"), _TRACE_ID),
                        span_id=_id(raw.get("spanId"), _SPAN_ID),
                        scope=scope,
                        resource=resource,
                    )


def _span(raw: Mapping[str, Any], scope: str, resource: Mapping[str, Any]) -> Span:
    status = mapping(raw.get("status"))
    return Span(
        name=text(raw.get("name")) or "",
        scope=scope,
        attributes=_attributes(raw.get("attributes")),
        events=tuple(
            SpanEvent(
                name=text(event.get("name")) or "",
                attributes=_attributes(event.get("attributes")),
                at=_integer(event.get("timeUnixNano")),
            )
            for event in _objects(raw.get("events"))
        ),
        trace_id=_id(raw.get("traceId"), _TRACE_ID),
        span_id=_id(raw.get("spanId"), _SPAN_ID),
        parent_id=_id(raw.get("parentSpanId"), _SPAN_ID),
        started_at=_integer(raw.get("startTimeUnixNano")),
        ended_at=_integer(raw.get("endTimeUnixNano")),
        failed=status.get("code") in _ERROR,
        status_description=text(status.get("message")),
        resource=resource,
        dropped=_integer(raw.get("droppedAttributesCount")) or 0,
    )


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [mapping(item) for item in listing(value)]


def _attributes(value: Any, depth: int = MAX_DEPTH) -> dict[str, Any]:
    return {key: _value(item.get("value"), depth) for item in _objects(value) if (key := text(item.get("key")))}


def _value(value: Any, depth: int = MAX_DEPTH) -> Any:
    """An ``AnyValue``, of which exactly one field is set."""
    raw = mapping(value)
    if depth <= 0:
        return None
    if "arrayValue" in raw:
        return [_value(item, depth - 1) for item in listing(mapping(raw["arrayValue"]).get("values"))]
    if "kvlistValue" in raw:
        return _attributes(mapping(raw["kvlistValue"]).get("values"), depth - 1)
    if "intValue" in raw:
        return _integer(raw["intValue"])
    return next((raw[name] for name in ("stringValue", "boolValue", "doubleValue", "bytesValue") if name in raw), None)


def _integer(value: Any) -> int | None:
    """An integer; those of 64 bits are written as text. Zero stands for what is not set."""
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and len(value) < 21:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _id(value: Any, digits: int) -> str | None:
    """An id as lower-case hex; None for none, for the one of zeros, and for what is no id."""
    if not isinstance(value, str):
        return None
    found = value.lower()
    if len(found) != digits or not _HEX.issuperset(found):
        try:
            found = base64.b64decode(value, validate=True).hex()
        except (binascii.Error, ValueError):
            return None
    return found if len(found) == digits and found.strip("0") else None
