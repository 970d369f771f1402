"""Which parameters of a request are worth a record.

An allow list, because keys, headers and prompts travel among them.
"""

from collections.abc import Mapping
from typing import Any

from slm_instrument.plain import plain

PARAMS = (
    "temperature", "top_p", "top_k", "min_p", "n", "best_of", "seed", "stop", "max_tokens", "max_completion_tokens",
    "max_output_tokens", "frequency_penalty", "presence_penalty", "repetition_penalty", "logit_bias", "logprobs",
    "top_logprobs", "echo", "reasoning", "reasoning_effort", "thinking", "verbosity", "modalities", "service_tier",
    "truncation", "tool_choice", "parallel_tool_calls", "max_tool_calls", "stream", "background", "num_ctx",
    "num_predict",
)  # fmt: skip
"""Their names, as OpenAI, Anthropic, Google, Ollama and vLLM have them."""


def read_params(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a request that are worth a record, as plain data; those that are not set are left out."""
    return {name: plain(given[name]) for name in PARAMS if given.get(name) is not None}
