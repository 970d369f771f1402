"""A span as a call."""

from dataclasses import replace

from slm_instrument.dialects.forms import Reply, Request, make_call
from slm_instrument.dialects.spans import around, openinference, semconv
from slm_instrument.dialects.spans.kinds import OPERATIONS, is_call
from slm_instrument.dialects.spans.span import Span
from slm_instrument.records import Call, new_id


def read_span(span: Span) -> Call | None:
    """The call that a span tells of; None when it is no LLM call. Never raises.

    The call's id is made of the span's, so that a span read twice, or recorded and imported, is one call. A span whose
    instrumentation was told to leave the content out gives a call without messages.
    """
    if not is_call(span.attributes, span.name):
        return None
    request, reply = _read(span)
    notes = around.notes_of(span)
    return make_call(
        request,
        replace(reply, error=around.failure_of(span) or around.broken_off(span, reply.finish_reason)),
        labels=around.labels_of(span, notes),
        id=f"{span.trace_id}{span.span_id}" if span.trace_id and span.span_id else new_id(),
        trace_id=span.trace_id,
        parent_id=span.parent_id,
        app=around.app_of(span),
        agent=around.agent_of(span),
        provider=around.provider_of(span),
        operation=_operation(span),
        framework=around.framework_of(span),
        started_at=around.started_at(span),
        duration_ms=around.duration_ms(span),
        time_to_first_token_ms=around.first_token_ms(span),
        cost_usd=openinference.read_cost(span.attributes),
        origin=around.user_of(span, notes) or request.origin or around.session_of(span, notes),
    )


def _read(span: Span) -> tuple[Request, Reply]:
    return openinference.read(span) if _is_openinference(span) else semconv.read(span)


def _is_openinference(span: Span) -> bool:
    return "openinference.span.kind" in span.attributes or not any(
        name.startswith(("gen_ai.", "ai.")) for name in span.attributes
    )


def _operation(span: Span) -> str:
    named = span.attributes.get("gen_ai.operation.name")
    if named in OPERATIONS:
        return str(named)
    old = span.attributes.get("llm.request.type") == "completion" or openinference.is_completion(span.attributes)
    return "text_completion" if old else "chat"
