"""What a call cost: its tokens and its price."""

import math
from dataclasses import dataclass
from datetime import datetime

from slm_instrument.records import Call, Message, Usage

CHARS_PER_TOKEN = 4  # English text in byte-pair tokenizers of today's models; a rule of thumb, used where none counted


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a call, ``estimated`` when the provider did not count either number."""

    input: int
    output: int
    estimated: bool


def call_tokens(call: Call) -> Tokens:
    """The provider's count where there is one, else characters over four."""
    usage = call.usage
    given_input = None if usage is None else usage.input_tokens
    given_output = None if usage is None else usage.output_tokens
    output = 0 if call.response is None else _estimate((call.response,))
    return Tokens(
        input=_estimate(call.messages) if given_input is None else given_input,
        output=output if given_output is None else given_output,
        estimated=given_input is None or given_output is None,
    )


def call_cost(call: Call) -> float | None:
    """US dollars: as recorded, else by the price list of genai-prices from the provider's token count, else None.

    A price for a model that the list does not know, or for tokens that were only estimated, would be a guess.
    """
    if call.cost_usd is not None:
        return call.cost_usd if math.isfinite(call.cost_usd) else None
    usage = call.usage
    if call.model is None or usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    return _list_price(call.model, call.provider, usage, call.started_at)


def _list_price(model: str, provider: str | None, usage: Usage, at: datetime | None) -> float | None:
    from genai_prices import Usage as PricedUsage, calc_price

    for provider_id in dict.fromkeys((provider, None)):  # a provider the list does not know may serve a model it does
        try:
            counts = PricedUsage(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                cache_read_tokens=usage.cached_tokens,
            )
            price = calc_price(counts, model_ref=model, provider_id=provider_id, genai_request_timestamp=at)
        except (LookupError, ValueError):  # unknown model or provider; counts that cannot be
            continue
        return float(price.total_price)
    return None


def _estimate(messages: tuple[Message, ...]) -> int:
    chars = sum(len(m.text) + sum(len(c.name) + len(c.arguments) for c in m.tool_calls) for m in messages)
    return math.ceil(chars / CHARS_PER_TOKEN)
