"""slm_instrument for OpenTelemetry: records the LLM calls that any tracing instrumentation writes spans for.

>>> from slm_instrument import Recorder                                           # doctest: +SKIP
>>> from slm_instrument_otel import SlmLogRecordProcessor, SlmSpanProcessor        # doctest: +SKIP
>>> processor = SlmSpanProcessor(Recorder("sqlite:///calls.db"))                   # doctest: +SKIP
>>> tracer_provider.add_span_processor(processor)                                  # doctest: +SKIP
"""

from slm_instrument_otel.logs import SlmLogRecordProcessor
from slm_instrument_otel.processor import SlmSpanProcessor

__all__ = ["SlmLogRecordProcessor", "SlmSpanProcessor"]
