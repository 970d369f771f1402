"""Recording what every tracer provider of the process sees, without touching its code."""

import sys
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any
from weakref import WeakSet

from opentelemetry import trace
from opentelemetry._logs import get_logger_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider

from slm_instrument.capture import Recorder
from slm_instrument_otel.logs import SlmLogRecordProcessor
from slm_instrument_otel.processor import SlmSpanProcessor

LANGCHAIN = (
    "openinference.instrumentation.langchain",
    "opentelemetry.instrumentation.langchain",
    "langsmith",
)
"""Scopes of what traces LangChain."""


class _OfAllProviders(SlmSpanProcessor):
    """Goes on when one of its providers is shut down."""

    def shutdown(self) -> None:
        """Let nothing wait."""
        self._release()

    def end(self) -> None:
        """Record nothing from now on."""
        super().shutdown()


def instrument(recorder: Recorder) -> Callable[[], None]:
    """Record the LLM calls among the spans of the global tracer provider, and of every one that is made from now on.

    So with the logger providers, for messages that come as log events. What traces LangChain is passed over while the
    LangChain integration is loaded, whose callback knows more of these calls.

    Args:
        recorder: Where calls go.

    Returns:
        What undoes it, also for the providers met meanwhile.
    """
    spans = _OfAllProviders(recorder, ignore=_recorded_by_callbacks)
    logs = SlmLogRecordProcessor(spans)
    undo_spans = _join(TracerProvider, trace.get_tracer_provider(), "add_span_processor", spans)
    undo_logs = _join(LoggerProvider, get_logger_provider(), "add_log_record_processor", logs)

    def undo() -> None:
        spans.end()
        undo_spans()
        undo_logs()

    return undo


def _recorded_by_callbacks() -> Collection[str]:
    return LANGCHAIN if "slm_instrument_langchain" in sys.modules else ()


def _join(kind: Any, present: Any, add: str, processor: Any) -> Callable[[], None]:
    """Add a processor to the provider there is and to all of a class made from now on; returns what ends that."""
    init = kind.__init__
    joined: WeakSet[Any] = WeakSet()
    watching = True

    @wraps(init)
    def joining_init(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        if watching:
            getattr(self, add)(processor)
            joined.add(self)

    def end() -> None:
        nonlocal watching
        watching = False
        if kind.__init__ is joining_init:  # else someone else wrapped it since; it stays, and does nothing
            kind.__init__ = init
        for provider in list(joined):
            _leave(provider, processor)

    kind.__init__ = joining_init
    if hasattr(present, add):  # the API's placeholder has not
        getattr(present, add)(processor)
        joined.add(present)
    return end


def _leave(provider: Any, processor: Any) -> None:
    """Take a processor back, for which the SDK has no public way; where this one fails it stays, and does nothing."""
    for holder, held in (
        ("_active_span_processor", "_span_processors"),
        ("_multi_log_record_processor", "_log_record_processors"),
    ):
        several = getattr(provider, holder, None)
        if isinstance(getattr(several, held, None), tuple):
            setattr(several, held, tuple(each for each in getattr(several, held) if each is not processor))
