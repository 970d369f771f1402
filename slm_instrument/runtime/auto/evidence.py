"""What agreements seen so far show of a student, however often one looks: e-values, bounds and an alarm.

A bar is an agreement in 0..1. Someone who doubts that the agreement is at the bar bets on every comparison, at odds
that are fair if it is. The wealth is then a martingale, and one that grows a hundredfold does so in one case in a
hundred, over all time (Ville's inequality): looking after every comparison costs nothing, and one may stop or go on as
one likes (Waudby-Smith and Ramdas 2023, arXiv 2010.09686).

An outcome that is yes or no leaves one choice of bets: that disagreements have ``odds`` times the odds that they have
at the bar. A comparison that agrees multiplies the wealth by ``1 / (bar + (1 - bar) * odds)``, one that does not by
``odds`` times that. With odds under 1 this is fair, or worse than fair, for every agreement at the bar or under it;
with odds over 1 for every agreement at the bar or over it, whatever came before. A stake that is spread over several
odds has the mean of their wealths, and that depends on counts only.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import exp, log

FEWER = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.03)  # that the agreement is over the bar
MORE = tuple(1 / odds for odds in FEWER)  # that it is under it

_WIDEST = log(1e300)  # beyond it an e-value would be no float
_HALVINGS = 40


def log_over(compared: int, agreed: int, bar: float) -> float:
    """Log e-value against "the agreement is the bar or less".

    Args:
        compared: comparisons made.
        agreed: those of them that agreed.
        bar: an agreement in 0..1.
    """
    return _log_wealth(compared, compared - agreed, _bets(bar, FEWER))


def log_under(compared: int, agreed: int, bar: float) -> float:
    """Log e-value against "the agreement is the bar or more"; arguments as of :func:`log_over`."""
    return _log_wealth(compared, compared - agreed, _bets(bar, MORE))


def e_value(log_e: float) -> float:
    """An e-value of its logarithm, always finite."""
    return exp(min(log_e, _WIDEST))


def bounds(compared: int, agreed: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """A confidence sequence: bounds on the agreement that hold together, at all times, with this probability.

    They are the bars that the bets have not refuted; each side has half of the error.
    """
    needed, missed = log(2 / (1 - confidence)), compared - agreed

    def refuted(bar: float, odds: Sequence[float]) -> bool:
        return _log_wealth(compared, missed, _priced(bar, odds)) >= needed

    # The wealth against a bar falls with the bar for odds under 1, and rises with it for odds over 1.
    return _edge(lambda bar: refuted(bar, FEWER)), 1 - _edge(lambda missing: refuted(1 - missing, MORE))


class Alarm:
    """Sounds when an agreement that was at least the bar has fallen under it.

    The e-detector of Shin, Ramdas and Rinaldo (2022, arXiv 2203.03532) in its Shiryaev-Roberts form: with every
    comparison another doubter begins to bet, and :attr:`value` is the wealth of all of them together. While the
    agreement is at the bar or over it, ``n`` comparisons pass at the least, in expectation, until the value is ``n``.
    """

    __slots__ = ("_agreed", "_missed", "_wealth")

    def __init__(self, bar: float) -> None:
        priced = _bets(bar, MORE)
        self._agreed = [exp(-price) for _, price in priced]
        self._missed = [exp(gain - price) for gain, price in priced]
        self._wealth = [0.0] * len(priced)

    def add(self, agreed: bool) -> None:
        """Take a comparison into account."""
        factors = self._agreed if agreed else self._missed
        self._wealth = [(wealth + 1.0) * factor for wealth, factor in zip(self._wealth, factors, strict=True)]

    @property
    def value(self) -> float:
        """The wealth, spread evenly over the odds."""
        return min(sum(self._wealth) / len(self._wealth), 1e300)


_Priced = Sequence[tuple[float, float]]  # of each bet: log odds, and the log of what it costs per comparison


def _priced(bar: float, odds: Sequence[float]) -> _Priced:
    return tuple((log(each), log(bar + (1 - bar) * each)) for each in odds)


_bets = lru_cache(maxsize=256)(_priced)


def _log_wealth(compared: int, missed: int, bets: _Priced) -> float:
    logs = [missed * gain - compared * price for gain, price in bets]
    most = max(logs)
    return most + log(sum([exp(each - most) for each in logs]) / len(logs))


def _edge(refuted: Callable[[float], bool]) -> float:
    """The last point of 0..1, from 0 up, that is refuted, given that none is after it; 0 where none is."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if refuted(middle) else (low, middle)
    return low
