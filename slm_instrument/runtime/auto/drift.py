"""Calls that are no longer those that a student was made for, as far as that shows without a model.

Drift is a reason to retrain, not to take a student back: what its answers are worth is shown by comparisons alone.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import exp, sqrt

from slm_instrument.runtime.auto.trial import Traces
from slm_instrument.runtime.decision import Reason
from slm_instrument.store import Observation, Tally

BLOCK = 300  # scores that are tested together
LEVEL = 0.01  # the probability that any block of a student is found to differ without a reason
LEAST_DISTANCE = 0.15  # a smaller one may be real, and makes no difference to what the gate lets through

DAYS = 7  # before the last one, so that a weekend is among them
DAY_CALLS = 100  # a day with fewer says nothing
LOST = 0.5  # of its least share on any day before

_TERMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Whether something has changed: ``before`` and ``now`` are the figures compared, None where there are too few.

    ``sentence`` says so to a person, figures included.
    """

    found: bool
    sentence: str
    before: float | None = None
    now: float | None = None


def score_drift(held_out: Sequence[float], observed: Iterable[Observation]) -> Drift:
    """Whether the gate scores live calls otherwise than the held-out ones: a two-sample Kolmogorov-Smirnov test.

    Live scores, the first of each trace, are cut into blocks, and the last whole block is tested. The ``n``-th block
    has a share of ``1 / (n (n + 1))`` of :data:`LEVEL`, which over all blocks there will ever be makes the level: who
    looks often finds no more. Held-out calls are one of each phrasing and live ones are not, so that small differences
    are there from the beginning; what is found is at least :data:`LEAST_DISTANCE` too.

    Args:
        held_out: the scores of calibration and test calls, from :mod:`slm_instrument.runtime.held_out`.
        observed: the student's comparisons, oldest first.

    Returns:
        ``before`` and ``now`` are median scores.
    """
    traces = Traces()
    scores = [each.score for each in observed if traces.first(each.trace_id)]
    number = len(scores) // BLOCK
    if not number or not held_out:
        return Drift(found=False, sentence=f"too few calls to tell: {len(scores)} live, {len(held_out)} held out")
    block, reference = sorted(scores[(number - 1) * BLOCK : number * BLOCK]), sorted(held_out)
    distance = _distance(reference, block)
    chance = _chance(distance, len(reference), len(block))
    found = distance >= LEAST_DISTANCE and chance <= LEVEL / (number * (number + 1))
    before, now = reference[len(reference) // 2], block[len(block) // 2]
    verb = "differ" if found else "do not differ"
    sentence = (
        f"the gate's scores of the last {BLOCK} live calls {verb} from those of {len(reference)} held-out calls: "
        f"median {now:.3f}, then {before:.3f} (Kolmogorov-Smirnov distance {distance:.2f}, p = {chance:.2g})"
    )
    return Drift(found=found, sentence=sentence, before=before, now=now)


def match_drift(task_id: str, tallies: Iterable[Tally]) -> Drift:
    """Whether a task's calls are missing and calls of no task are there instead, as when a prompt was reworded.

    Looked at is the task's share of its own calls and those that matched no task, in the last 24 hours and in at least
    :data:`DAYS` days before. It is found where the last is under half of the least. Which application an unmatched call
    is of is not counted, so that a new kind of call in the same processes looks the same: ``analyze`` tells the two
    apart, and is what is due in either case.

    Returns:
        ``before`` and ``now`` are shares in 0..1, the former the least of any day.
    """
    shares = _shares_by_day(task_id, tallies)
    if len(shares) <= DAYS:
        return Drift(found=False, sentence=f"too few days to tell: {len(shares)}, and {DAYS + 1} are needed")
    now, before = shares[0], min(shares[1:])
    found = now < LOST * before
    sentence = (
        f"of this task's and the unmatched calls of the last 24 hours, {now:.1%} matched the task; "
        f"on the {len(shares) - 1} days before it was {before:.1%} or more"
    )
    return Drift(found=found, sentence=sentence, before=before, now=now)


def _shares_by_day(task_id: str, tallies: Iterable[Tally]) -> list[float]:
    """The task's share in each 24 hours that end with the last hour there is, the last first; quiet ones left out."""
    rows = [each for each in tallies if each.task_id == task_id or each.reason == Reason.NO_MATCH]
    if not rows:
        return []
    last = max(row.hour for row in rows)
    matched, all_calls = Counter[int](), Counter[int]()
    for row in rows:
        day = (last - row.hour) // timedelta(days=1)
        all_calls[day] += row.calls
        matched[day] += row.calls if row.task_id == task_id else 0
    return [matched[day] / all_calls[day] for day in sorted(all_calls) if all_calls[day] >= DAY_CALLS]


def _distance(a: Sequence[float], b: Sequence[float]) -> float:
    """The largest difference of two distribution functions; both samples sorted."""
    return max(abs(bisect_right(a, at) / len(a) - bisect_right(b, at) / len(b)) for at in (*a, *b))


def _chance(distance: float, n: int, m: int) -> float:
    """The probability of a distance at least so large between samples of one distribution.

    Kolmogorov's series with Stephens's correction for small samples (1970, J. R. Stat. Soc. B 32, 115-122); scores that
    occur several times make it larger than it is.
    """
    size = sqrt(n * m / (n + m))
    scaled = (size + 0.12 + 0.11 / size) * distance
    if scaled < 0.2:  # the series converges slowly there, to 1
        return 1.0
    terms = ((-1) ** (k - 1) * exp(-2 * (k * scaled) ** 2) for k in range(1, _TERMS))
    return min(1.0, max(0.0, 2 * sum(terms)))
