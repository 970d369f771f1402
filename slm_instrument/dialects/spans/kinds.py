"""Which spans are LLM calls, and which hold a prompt. Both are asked on the traced application's own threads."""

from collections.abc import Iterable, Mapping
from typing import Any

from slm_instrument.dialects.spans.events import holds_answer, holds_prompt
from slm_instrument.dialects.spans.span import REDACTED, SpanEvent
from slm_instrument.dialects.spans.vercel import is_model_call

OPERATIONS = ("chat", "text_completion", "generate_content")
"""The operations that are LLM calls; embeddings, agents, tools, workflows and retrievals are others."""

_PREFIXES = ("gen_ai.", "llm.", "openinference.", "ai.")
_PROMPTS = (
    "gen_ai.input.messages",
    "gen_ai.prompt.",
    "llm.input_messages.",
    "llm.prompts",
    "input.value",
    "ai.prompt.messages",
)
_ANSWERS = (
    "gen_ai.output.messages",
    "gen_ai.completion.",
    "llm.output_messages.",
    "llm.choices.",
    "output.value",
    "ai.response.",
)
_TOOLS_AND_AGENTS = ("TOOL", "AGENT", "tool", "agent", "execute_tool", "invoke_agent", "create_agent")
_KINDS = ("openinference.span.kind", "gen_ai.operation.name", "traceloop.span.kind")
_REQUEST_TYPES = ("chat", "completion")


def is_call(attributes: Mapping[str, Any], span: str = "") -> bool:
    """Whether a span with these attributes, and this name, is a call of an LLM; some microseconds."""
    for name in attributes:
        if name.startswith(_PREFIXES):
            return _is_call(attributes, span)
    return False


def is_tool_or_agent(attributes: Mapping[str, Any]) -> bool:
    """Whether a span is a tool's or an agent's: what lies around it is no more about the call inside it."""
    return any(attributes.get(kind) in _TOOLS_AND_AGENTS for kind in _KINDS)


def has_prompt(attributes: Mapping[str, Any], events: Iterable[SpanEvent] = ()) -> bool:
    """Whether attributes or events hold a prompt: instrumentations leave it out when they are told to, or not told."""
    written = any(name.startswith(_PROMPTS) or name == "events" for name in attributes)
    return (written and attributes.get("input.value") != REDACTED) or any(map(holds_prompt, events))


def has_answer(attributes: Iterable[str], events: Iterable[SpanEvent] = ()) -> bool:
    """Whether attributes, of which the names are enough, or events hold an answer."""
    return any(name.startswith(_ANSWERS) or name == "events" for name in attributes) or any(map(holds_answer, events))


def _is_call(attributes: Mapping[str, Any], span: str) -> bool:
    kind = attributes.get("openinference.span.kind")
    if kind is not None:
        # LlamaIndex's gives all methods of a model's class that kind, those too that only prepare a call.
        return kind == "LLM" and not span.rpartition(".")[2].startswith("_")
    operation = attributes.get("gen_ai.operation.name")
    if operation is not None:
        return operation in OPERATIONS
    kind = attributes.get("llm.request.type")
    if kind is not None:
        return kind in _REQUEST_TYPES
    operation = attributes.get("ai.operationId")
    if operation is not None:
        return is_model_call(operation)
    if "traceloop.span.kind" in attributes:
        return False
    # Before operations had names, or OpenInference's kind went over the SDK's limit of attributes.
    named = "gen_ai.request.model" in attributes or any(name.startswith("llm.output_messages.") for name in attributes)
    return named and has_prompt(attributes)
