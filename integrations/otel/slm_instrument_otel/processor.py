"""The span processor."""

import atexit
import logging
import threading
import time
import weakref
from collections.abc import Callable, Collection
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span as SdkSpan, SpanProcessor
from opentelemetry.trace import get_current_span

from slm_instrument.capture import Recorder, annotations, covered, covers, needs_recorder
from slm_instrument.config import disabled
from slm_instrument.dialects.spans import SpanEvent, holds_answer, is_call, read_span
from slm_instrument.dialects.spans.span import Span
from slm_instrument.records import Call
from slm_instrument_otel.convert import attributes_of, to_span
from slm_instrument_otel.nodes import MAX_EVENTS, Node, Nodes, call_around

logger = logging.getLogger("slm_instrument")

LATE_LOGS_S = 1.0  # how long after a span's end its answer may still come as a log record
_asking = threading.local()  # set while a processor asks whether others record the call

Ignore = Collection[str] | Callable[[], Collection[str]]


class SlmSpanProcessor(SpanProcessor):
    """Records the LLM calls among the spans: ``provider.add_span_processor(SlmSpanProcessor(recorder))``.

    It reads OpenTelemetry's conventions for generative AI of all ages, OpenInference and OpenLLMetry. It never raises
    and changes nothing; the threads that start and end spans pay some microseconds. What it records, and what not:

    * A span without a prompt is not recorded, for there is nothing to learn from it; that is said once, and counted in
      ``without_prompt``. Most instrumentations leave the content out until they are told to write it.
    * Of LLM spans inside each other, as when a framework and the provider's SDK are both instrumented, the innermost
      that holds the prompt is recorded: it saw what was sent. The agent and the user are taken from all around it.
    * A wrapped client inside an LLM span does not record when the span holds the prompt already, else the span is not
      recorded: one of them is. So with what else records with this package, such as the LangChain callback.
    * A sampler's word counts: what it drops is not recorded; what it records without sampling it for export is.

    Args:
        recorder: Where calls go. It stays open after :meth:`shutdown`.
        ignore: Names of instrumentation scopes, or beginnings of such, whose calls are recorded in another way: they
            and the calls inside them are passed over. Or what gives these names, asked at each span.
    """

    def __init__(self, recorder: Recorder, *, ignore: Ignore = ()) -> None:
        needs_recorder(recorder)
        self.recorder = recorder
        self.errors = 0  # spans that could not be handled: a bug here
        self.without_prompt = 0
        self.logs_come = False  # set by the log record processor: answers may come after their span
        self._ignore = ignore
        self._nodes = Nodes()
        self._held: dict[int, tuple[ReadableSpan, Node, float]] = {}
        self._timer: threading.Timer | None = None
        self._shut = False
        self._uncover = covers(_weak(self, SlmSpanProcessor._records_current))
        weakref.finalize(self, self._uncover).atexit = False
        self._at_exit = atexit.register(_weak(self, SlmSpanProcessor._release))  # runs before the recorder's own

    def on_start(self, span: SdkSpan, parent_context: Context | None = None) -> None:
        """Remember the span and what is around it."""
        if self._shut:
            return
        try:
            parent = span.parent
            around = self._nodes.get(parent.span_id) if parent is not None else None
            node = Node(span, around, annotations(), self._is_ignored(span))
            self._nodes.add(span.get_span_context().span_id, node)
            if node.is_call():
                self._ask(node)
        except Exception as e:
            self.failed(e)

    def on_end(self, span: ReadableSpan) -> None:
        """Leave the span to the recorder when it is an LLM call that no one else records."""
        if self._shut:
            return
        try:
            context = span.get_span_context()
            node = self._nodes.pop(context.span_id) if context is not None else None
            if context is None or not is_call(attributes_of(span), span.name) or disabled():
                return
            if node is None:  # it began before this processor, or was one of too many
                node = Node(span, None, annotations(), self._is_ignored(span))
            self._ended(context.span_id, span, node)
        except Exception as e:
            self.failed(e)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until every call so far is in the store; False when it is not."""
        self._release()
        return self.recorder.flush(timeout_millis / 1000)

    def shutdown(self) -> None:
        """Record nothing from now on. What was seen before is left to the recorder, which goes on."""
        self._release()
        self._shut = True
        self._uncover()
        atexit.unregister(self._at_exit)

    def add_event(self, span_id: int, event: SpanEvent) -> bool:
        """Take a log record that holds a message of a span; False when the span is not known, or no longer."""
        node = self._nodes.get(span_id)
        held = self._held.get(span_id)
        node = held[1] if node is None and held is not None else node
        if node is None:
            return False
        if len(node.events) < MAX_EVENTS:
            node.events.append(event)
        if held is not None and holds_answer(event):
            self._release(span_id)
        return True

    def record_alone(self, span: Span) -> None:
        """Record a call of which there is no span, only an event."""
        if not self._shut and not disabled() and not self._is_covered():
            self.recorder.submit(lambda: _call(span))

    def _ended(self, span_id: int, span: ReadableSpan, node: Node) -> None:
        if not node.asked:
            self._ask(node)
        if node.is_recorded_elsewhere():
            return
        prompted = node.has_prompt()
        if not prompted and node.parent is not None and call_around(node.parent) is not None:
            return  # the span around it may have the prompt
        if prompted:
            node.is_recorded()
        if self.logs_come and span.status.is_ok and not node.has_answer():
            self._hold(span_id, span, node)
        elif prompted:
            self._record(span, node)
        else:
            self._lacks_prompt(span)

    def _record(self, span: ReadableSpan, node: Node) -> None:
        def build() -> Call:
            around = [each.span for each in node.ancestors()]
            return node.annotations.on(_call(to_span(span, tuple(node.events), around)))

        self.recorder.submit(build)

    def _hold(self, span_id: int, span: ReadableSpan, node: Node) -> None:
        self._held[span_id] = (span, node, time.monotonic() + LATE_LOGS_S)
        if self._timer is None or not self._timer.is_alive():  # dead after a fork, too
            self._timer = threading.Timer(LATE_LOGS_S, _weak(self, SlmSpanProcessor._release_due))
            self._timer.daemon = True
            try:
                self._timer.start()
            except RuntimeError:  # no thread is to be had: the interpreter is ending
                self._release()

    def _release(self, span_id: int | None = None) -> None:
        """Record what waits for log records, whether they have come or not."""
        for each in [span_id] if span_id is not None else list(self._held):
            held = self._held.pop(each, None)
            if held is None:
                continue
            span, node, _ = held
            if node.has_prompt():
                node.is_recorded()
                self._record(span, node)
            else:
                self._lacks_prompt(span)

    def _release_due(self) -> None:
        try:
            while not self._shut:
                now = time.monotonic()
                for span_id in [each for each, held in list(self._held.items()) if held[2] <= now]:
                    self._release(span_id)
                if not self._held:
                    self._timer = None
                    if not self._held:  # looked at again: who came just now may have seen the timer still alive
                        return
                time.sleep(LATE_LOGS_S / 10)
        except Exception as e:
            self.failed(e)

    def _records_current(self) -> bool:
        """The probe of :func:`slm_instrument.capture.covers`. After a no it is the asker who records the call."""
        if getattr(_asking, "now", False) or self._shut or disabled():
            return False
        node = self._nodes.get(get_current_span().get_span_context().span_id)
        if node is None:
            return False
        call = call_around(node)
        if call is not None and call.has_prompt():
            return True
        node.settle()
        return False

    def _ask(self, node: Node) -> None:
        """Ask whether another records the call: when it begins, for a stream's reader may do other things later."""
        node.asked = True
        if self._is_covered():
            node.settle()

    def _is_covered(self) -> bool:
        _asking.now = True  # spans inside each other are settled here, not by asking
        try:
            return covered()
        finally:
            _asking.now = False

    def _is_ignored(self, span: ReadableSpan) -> bool:
        names = self._ignore() if callable(self._ignore) else self._ignore
        scope = span.instrumentation_scope
        return bool(names) and scope is not None and scope.name.startswith(tuple(names))

    def _lacks_prompt(self, span: ReadableSpan) -> None:
        self.without_prompt += 1
        if self.without_prompt == 1:
            scope = span.instrumentation_scope
            logger.warning(
                "slm_instrument: LLM spans of %s hold no prompt and are not recorded (further ones are only counted). "
                "Let it write the content, as by OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT; if it writes log "
                "events, add SlmLogRecordProcessor",
                scope.name if scope is not None else "an instrumentation",
            )

    def failed(self, error: Exception) -> None:
        """Count what went wrong here, and say it once."""
        self.errors += 1
        if self.errors == 1:
            logger.warning(
                "slm_instrument: a span could not be recorded (further ones are only counted)", exc_info=error
            )


def _call(span: Span) -> Call:
    call = read_span(span)
    if call is None:
        raise ValueError(f"the span {span.name!r} is no LLM call")
    return call


def _weak(processor: SlmSpanProcessor, method: Callable[[SlmSpanProcessor], Any]) -> Callable[[], Any]:
    """A method that keeps its processor not alive, and does nothing when that is gone."""
    reference = weakref.ref(processor)

    def call() -> Any:
        alive = reference()
        return None if alive is None else method(alive)

    return call
