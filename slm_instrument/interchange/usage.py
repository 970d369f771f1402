"""Token counts under the names that providers and frameworks give them.

Sources: OpenAI chat completions and Responses references, Anthropic Messages reference, LangChain's ``UsageMetadata``.
"""

from collections.abc import Mapping
from typing import Any

from slm_instrument.errors import InputError
from slm_instrument.interchange.form import MAX_COUNT
from slm_instrument.records import Usage

_INPUT = ("input_tokens", "prompt_tokens")
_OUTPUT = ("output_tokens", "completion_tokens")
_CACHED = (
    "cached_tokens",
    "prompt_tokens_details.cached_tokens",
    "input_tokens_details.cached_tokens",
    "input_token_details.cache_read",
    "cache_read_input_tokens",
)
_REASONING = (
    "reasoning_tokens",
    "completion_tokens_details.reasoning_tokens",
    "output_tokens_details.reasoning_tokens",
    "output_token_details.reasoning",
)


def usage_from(raw: Mapping[str, Any]) -> Usage:
    """Read usage as OpenAI, Anthropic, OpenTelemetry or LangChain write it; other keys are passed over.

    Raises:
        InputError: a count that is no whole number.
    """
    return Usage(
        input_tokens=_first(raw, _INPUT),
        output_tokens=_first(raw, _OUTPUT),
        cached_tokens=_first(raw, _CACHED),
        reasoning_tokens=_first(raw, _REASONING),
    )


def usage_to_native(usage: Usage) -> dict[str, int]:
    """The counts that are known, under this project's names."""
    counts = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }
    return {name: count for name, count in counts.items() if count is not None}


def _first(raw: Mapping[str, Any], paths: tuple[str, ...]) -> int | None:
    for path in paths:
        value = _at(raw, path)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_COUNT or value % 1:
            raise InputError(f"usage.{path} is {value!r}, not a number of tokens")
        return int(value)
    return None


def _at(raw: Mapping[str, Any], path: str) -> Any:
    value: Any = raw
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return value  # pyright: ignore[reportUnknownVariableType]
