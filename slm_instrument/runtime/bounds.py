"""An exact lower bound for a share that was counted."""

import math


def agreement_lower_bound(agreed: int, answered: int, confidence: float = 0.95) -> float:
    """The one-sided lower Clopper-Pearson bound: the true share is at least this, at the stated confidence.

    Exact, so it holds for small counts too, where the normal approximation promises too much.

    Args:
        agreed: Successes.
        answered: Trials, at least one.
        confidence: Probability that the bound holds.

    Source: Clopper and Pearson, Biometrika 26 (1934); it is the 1 - confidence quantile of
    Beta(agreed, answered - agreed + 1).
    """
    if agreed == 0:
        return 0.0
    low, high = 0.0, agreed / answered
    while high - low > 1e-12:
        middle = (low + high) / 2
        if _upper_tail(agreed, answered, middle) < 1 - confidence:
            low = middle
        else:
            high = middle
    return low


def _upper_tail(successes: int, trials: int, share: float) -> float:
    """P(X >= successes) for a binomial X whose mean is at most ``successes``, so that its terms only shrink."""
    log_choose = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    log_first = log_choose + successes * math.log(share) + (trials - successes) * math.log1p(-share)
    odds = share / (1 - share)
    total = term = 1.0
    for at in range(successes, trials):
        term *= (trials - at) / (at + 1) * odds
        total += term
        if term < total * 1e-17:
            break
    return math.exp(min(0.0, log_first + math.log(total)))
