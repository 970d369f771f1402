"""Spans that tracing instrumentations write for LLM calls, in three dialects, read into calls.

OpenTelemetry's conventions for generative AI, with messages as attributes or as events; OpenInference; and Traceloop's
OpenLLMetry. What writes one of them (LlamaIndex, CrewAI, Haystack, Pydantic AI, provider SDKs and more) is captured.
"""

from slm_instrument.dialects.spans.events import DETAILS, holds_answer, holds_prompt
from slm_instrument.dialects.spans.kinds import has_answer, has_prompt, is_call, is_tool_or_agent
from slm_instrument.dialects.spans.reading import read_span
from slm_instrument.dialects.spans.span import Span, SpanEvent

__all__ = [
    "DETAILS",
    "Span",
    "SpanEvent",
    "has_answer",
    "has_prompt",
    "holds_answer",
    "holds_prompt",
    "is_call",
    "is_tool_or_agent",
    "read_span",
]
