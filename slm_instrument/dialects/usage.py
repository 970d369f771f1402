"""Token counts under the names that providers and frameworks give them.

Sources: OpenAI chat completions and Responses references, Anthropic Messages reference, OpenTelemetry GenAI
conventions, LangChain's ``UsageMetadata``.
"""

from collections.abc import Mapping
from typing import Any

from slm_instrument.dialects.shapes import mapping
from slm_instrument.records import Usage

MAX_COUNT = 2**31 - 1  # what a database's integer column holds

_Paths = tuple[tuple[str, ...], ...]

_INPUT: _Paths = (("input_tokens",), ("prompt_tokens",))
_OUTPUT: _Paths = (("output_tokens",), ("completion_tokens",))
_CACHED: _Paths = (
    ("cached_tokens",),
    ("prompt_tokens_details", "cached_tokens"),
    ("input_tokens_details", "cached_tokens"),
    ("input_token_details", "cache_read"),
    ("cache_read_input_tokens",),
)
_REASONING: _Paths = (
    ("reasoning_tokens",),
    ("completion_tokens_details", "reasoning_tokens"),
    ("output_tokens_details", "reasoning_tokens"),
    ("output_token_details", "reasoning"),
)


def usage_from(raw: Mapping[str, Any]) -> Usage:
    """Read usage as OpenAI, Anthropic, OpenTelemetry or LangChain write it; other keys are passed over.

    Raises:
        ValueError: a count that is no whole number.
    """
    return Usage(
        input_tokens=_first(raw, _INPUT),
        output_tokens=_first(raw, _OUTPUT),
        cached_tokens=_first(raw, _CACHED),
        reasoning_tokens=_first(raw, _REASONING),
    )


def usage_or_none(raw: Any) -> Usage | None:
    """:func:`usage_from` of whatever a framework hands over: what is no count is passed over, nothing known is None."""
    counts = mapping(raw)
    if not counts:
        return None
    found = Usage(
        input_tokens=_first(counts, _INPUT, strict=False),
        output_tokens=_first(counts, _OUTPUT, strict=False),
        cached_tokens=_first(counts, _CACHED, strict=False),
        reasoning_tokens=_first(counts, _REASONING, strict=False),
    )
    return None if found == Usage() else found


def usage_to_native(usage: Usage) -> dict[str, int]:
    """The counts that are known, under this project's names."""
    counts = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }
    return {name: count for name, count in counts.items() if count is not None}


def _first(raw: Mapping[str, Any], paths: _Paths, *, strict: bool = True) -> int | None:
    for path in paths:
        value: Any = raw.get(path[0])
        for name in path[1:]:
            value = mapping(value).get(name)
        if value is None:
            continue
        if not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value <= MAX_COUNT and not value % 1:
            return int(value)
        if strict:
            raise ValueError(f"usage.{'.'.join(path)} is {value!r}, not a number of tokens")
    return None
