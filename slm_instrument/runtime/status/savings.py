"""What students have saved, less what they cost."""

from collections.abc import Iterable
from dataclasses import dataclass

from slm_instrument.store import Compared, Tally, Task

_HOUR_MS = 3_600_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """US dollars of one task; None where the log has no prices.

    ``price_usd`` is what the LLM cost for a call, on average, as of the last analysis.
    """

    price_usd: float | None
    student_usd: float
    saved_usd: float | None


def money(
    task: Task,
    *,
    answered: int,
    untallied_ms: float,
    decided: Iterable[Tally],
    compared: Iterable[Compared],
    core_hour_usd: float,
) -> Money:
    """What a task's students have saved.

    ::

        saved   = price * answered - student
        student = core hours of the students * price of a core hour

    The time is all that students took on the task, whatever became of it: for answers that were used, for those that
    the gate declined or that came too late, and for comparisons in the background, of shadow, of audits and of the
    canary's other traces. It is the time that passed while a student was at work, waiting for a free thread included,
    and is priced as one core's.

    A call that the LLM answered saves nothing, and its price is in neither line: one that a student declined costs the
    LLM's price, as it would have without the student, and the student's time besides. The same holds for an audit.
    What training cost is not in it.

    Args:
        task: Its price of a call is that of its calls at the last analysis, which were the LLM's.
        answered: Calls that students answered.
        untallied_ms: What students took for those of them that no tally tells of.
        decided: The task's decisions.
        compared: Its comparisons.
        core_hour_usd: What an hour of one core costs.
    """
    price = task.cost_usd / task.calls if task.cost_usd is not None and task.calls else None
    asked_ms = sum(each.student_ms for each in decided)
    student_ms = untallied_ms + asked_ms + sum(each.student_ms for each in compared)
    student_usd = student_ms / _HOUR_MS * core_hour_usd
    saved = price * answered - student_usd if price is not None else None
    return Money(price_usd=price, student_usd=student_usd, saved_usd=saved)
