"""An analysis at the user's prices: what is shown beside a saving must be counted as the saving is."""

from dataclasses import replace

from slm_instrument.analyze.cards.savings import Prices
from slm_instrument.analyze.result import Analysis, Share


def at_prices(analysis: Analysis, prices: Prices) -> Analysis:
    """The analysis with all its costs at the given prices of tokens; as it is where none are given.

    It is for showing only: the store keeps what was recorded, or the models' list prices.
    """
    if prices.input_usd is None:
        return analysis
    return replace(
        analysis,
        tasks=tuple(replace(task, cost_usd=prices.llm_usd(task)) for task in analysis.tasks),
        total=_priced(analysis.total, prices),
        agents=tuple(_priced(share, prices) for share in analysis.agents),
    )


def _priced(share: Share, prices: Prices) -> Share:
    usd, replaceable = prices.tokens_usd(share.spent), prices.tokens_usd(share.replaceable_spent)
    return replace(share, cost_usd=usd, replaceable_cost=replaceable / usd if usd and replaceable is not None else None)
