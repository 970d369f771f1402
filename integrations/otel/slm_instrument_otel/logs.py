"""The log record processor: messages that instrumentations emit as events, beside the span."""

from typing import Any

from opentelemetry.sdk._logs import LogRecordProcessor

from slm_instrument.dialects.spans import DETAILS, holds_answer, holds_prompt, is_call
from slm_instrument_otel.convert import to_event, to_lone_span
from slm_instrument_otel.processor import SlmSpanProcessor


class SlmLogRecordProcessor(LogRecordProcessor):
    """Puts messages that come as log events to their span: ``provider.add_log_record_processor(...)``.

    The deprecated events (``gen_ai.user.message``, ``gen_ai.choice``, ...) each hold one message;
    ``gen_ai.client.inference.operation.details`` holds all of a call, and is recorded also without a span, as when
    tracing is sampled. A span that ends without an answer waits a second for it.

    Args:
        spans: The span processor that records the spans.
    """

    def __init__(self, spans: SlmSpanProcessor) -> None:
        self._spans = spans
        spans.logs_come = True

    def on_emit(self, log_record: Any) -> None:
        """Take what is a message of an LLM call."""
        try:
            record = log_record.log_record
            event = to_event(record)
            if event is None or not (holds_prompt(event) or holds_answer(event)):
                return
            known = self._spans.add_event(record.span_id or 0, event)
            if not known and event.name == DETAILS and is_call(event.attributes):
                self._spans.record_alone(to_lone_span(event, log_record))
        except Exception as e:
            self._spans.failed(e)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until every call so far is in the store; False when it is not."""
        return self._spans.force_flush(timeout_millis)

    def shutdown(self) -> None:
        """Nothing waits here."""
