"""Feedback as the application gives it, made an outcome that a store will take."""

from datetime import datetime
from math import isfinite
from typing import Any

from slm_instrument.plain import plain_text
from slm_instrument.records import Outcome

GOOD_SCORE = 0.5  # from here on a score alone is good


def outcome_of(*, call_id: Any, trace_id: Any, good: Any, score: Any, name: Any, at: datetime) -> Outcome:
    """The outcome.

    Raises:
        ValueError: it names neither a call nor a trace, or does not say how it went.
        TypeError: the score is no number.
    """
    if call_id is None and trace_id is None:
        raise ValueError("feedback names neither a call nor a trace")
    figure = None if score is None else float(score)
    if figure is not None and not isfinite(figure):
        raise ValueError("a score of feedback is no number")
    if good is None:
        if figure is None:
            raise ValueError("feedback says neither good nor a score")
        good = figure >= GOOD_SCORE
    return Outcome(
        good=bool(good),
        call_id=_name(call_id),
        trace_id=_name(trace_id),
        name=_name(name) or "feedback",
        score=figure,
        at=at,
    )


def _name(value: Any) -> str | None:
    return None if value is None else plain_text(str(value)).replace("\0", "")
