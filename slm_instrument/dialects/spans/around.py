"""What a span tells of its call beside the exchange: whose agent, for whom, in which framework, how long."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from slm_instrument.dialects import openai_parts
from slm_instrument.dialects.shapes import listing, mapping, number, text
from slm_instrument.dialects.spans import traceloop, vercel
from slm_instrument.dialects.spans.forms import first, structured
from slm_instrument.dialects.spans.span import NS_PER_MS, Span
from slm_instrument.plain import plain_text
from slm_instrument.records import Failure

_AGENTS = ("gen_ai.agent.name", "agent.name", "agent_name")
_ENTITIES = ("traceloop.entity.name", "gen_ai.workflow.name", "traceloop.workflow.name", "graph.node.name")
_USERS = ("user.id", "enduser.id", "user_id", "userId")
_SESSIONS = ("session.id", "session_id", "sessionId", "gen_ai.conversation.id", "conversation_id", "thread_id")
_NOT_LABELS = frozenset({*_USERS, *_SESSIONS, "threadId", "tenant_id", "customer_id"})
_FIRST_TOKENS = frozenset(
    {
        "First Token Stream Event",
        "gen_ai.content.completion.chunk",
        "llm.content.completion.chunk",
        "ai.stream.firstChunk",
    }
)
_OPENAI_CHATS = (
    ("openinference.instrumentation.openai", "ChatCompletion"),
    ("opentelemetry.instrumentation.openai", "openai.chat"),
)
_SCOPES = ("openinference.instrumentation.", "opentelemetry.instrumentation.genai.", "opentelemetry.instrumentation.")
_VERSION = re.compile(r"_v\d+$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def agent_of(span: Span) -> str | None:
    """The agent: as the span names it, else the nearest agent around it, else the workflow or task."""
    line = (span, *span.ancestors)
    named = next((name for each in line if (name := _agent(each))), None)
    return named or _nearest(line, _ENTITIES)


def user_of(span: Span, notes: Mapping[str, Any]) -> str | None:
    """The user a call is made for."""
    return _nearest((span, *span.ancestors), _USERS) or text(first(notes, _USERS))


def session_of(span: Span, notes: Mapping[str, Any]) -> str | None:
    """The session or conversation a call is part of, the next best to a user."""
    return _nearest((span, *span.ancestors), _SESSIONS) or text(first(notes, _SESSIONS))


def notes_of(span: Span) -> dict[str, Any]:
    """What the user noted on a span, ids of people included."""
    noted = mapping(structured(span.attributes.get("metadata")))
    return {**noted, **traceloop.read_properties(span.attributes), **vercel.read_metadata(span.attributes)}


def labels_of(span: Span, notes: Mapping[str, Any]) -> dict[str, Any]:
    """What the user noted, short values only and no ids of people; and whether the SDK dropped a part of the span."""
    labels = openai_parts.read_metadata(
        {"metadata": {name: value for name, value in notes.items() if name not in _NOT_LABELS}}
    )
    tags = [plain_text(tag) for tag in listing(span.attributes.get("tag.tags")) if isinstance(tag, str)]
    return {
        **labels,
        **({"tags": tags} if tags else {}),
        **({"dropped_attributes": span.dropped} if span.dropped else {}),
    }


def framework_of(span: Span) -> str | None:
    """What made the call, from the name of what instruments it: ``openinference.instrumentation.llama_index``."""
    name = span.scope
    for prefix in _SCOPES:
        name = name.removeprefix(prefix)
    return text(_VERSION.sub("", name.partition(".")[0].replace("-", "_")))


def provider_of(span: Span) -> str | None:
    """Who serves the model."""
    name = text(first(span.attributes, ("gen_ai.provider.name", "llm.provider", "gen_ai.system", "llm.system")))
    return name.lower() if name else None


def app_of(span: Span) -> str | None:
    """The application: the service's name, unless it is the SDK's placeholder."""
    name = text(span.resource.get("service.name"))
    return None if name is None or name.startswith("unknown_service") else name


def failure_of(span: Span) -> Failure | None:
    """How a call failed; an exception that the span noted and that did not end it is no failure."""
    kind = text(span.attributes.get("error.type"))
    if not span.failed and kind is None:
        return None
    raised = next((event.attributes for event in span.events if event.name == "exception"), mapping(None))
    kind = text(raised.get("exception.type")) or kind or "Error"
    said = text(raised.get("exception.message")) or text(span.status_description) or ""
    return Failure(kind.rpartition(".")[2], said[:2_000])


def broken_off(span: Span, finish_reason: str | None) -> Failure | None:
    """A stream that was left early, or that the server cut off: the OpenAI SDK's instrumentations say neither.

    A whole chat stream of theirs has a finish reason (openinference 0.1.66, Traceloop 0.62). What came of another one
    must not pass for an answer: students would learn to stop in the middle.
    """
    if finish_reason is not None or not any(span.scope.startswith(s) and span.name == n for s, n in _OPENAI_CHATS):
        return None
    streamed = any(event.name in _FIRST_TOKENS for event in span.events)
    return Failure("StreamClosed", "the stream ended without a finish reason") if streamed else None


def started_at(span: Span) -> datetime | None:
    """When the call began."""
    try:
        return None if span.started_at is None else _EPOCH + timedelta(microseconds=span.started_at // 1000)
    except OverflowError:
        return None


def duration_ms(span: Span) -> float | None:
    """How long it took; None where the span ended before its stream did."""
    took, first_token = _since_start(span, span.ended_at), first_token_ms(span)
    return None if took is None or (first_token is not None and first_token > took) else took


def first_token_ms(span: Span) -> float | None:
    """How long the first token took."""
    seconds = number(span.attributes.get("gen_ai.response.time_to_first_chunk"))
    if seconds is not None:
        return seconds * 1000
    at = next((event.at for event in span.events if event.name in _FIRST_TOKENS), None)
    return _since_start(span, at)


def _since_start(span: Span, at: int | None) -> float | None:
    return None if at is None or span.started_at is None else (at - span.started_at) / NS_PER_MS


def _agent(span: Span) -> str | None:
    named = text(first(span.attributes, _AGENTS))
    if named:
        return named
    if span.attributes.get("openinference.span.kind") == "AGENT":
        return text(span.attributes.get("graph.node.id")) or text(span.name)
    if span.attributes.get("traceloop.span.kind") == "agent":
        return text(span.attributes.get("traceloop.entity.name"))
    return None


def _nearest(line: Iterable[Span], names: Sequence[str]) -> str | None:
    """The most telling of some attributes; of the same one, the nearest."""
    spans = list(line)
    return next((value for name in names for span in spans if (value := text(span.attributes.get(name)))), None)
