"""What speaks against handing a task to a small model, as far as the log tells."""

from slm_instrument.canonical import AnswerKind
from slm_instrument.store.base import Task

FEW_CALLS = 100  # to train on, to calibrate a gate with and to test: a certificate needs dozens of the last two alone
FEW_ASKED = 30  # of which an agreement of 80 % is known to within 15 points
UNSURE_TEACHER = 0.9  # no student agrees more with its teacher than the teacher does with itself
FAST = 2.0  # times as many calls in the second half of the time as in the first
FADING = 0.5
MATCHED = 0.9  # of the calls: the runtime leaves the others to the language model


def risks(task: Task) -> tuple[str, ...]:
    """The risks of a task in words, the gravest first; empty where none is known."""
    known = {
        "free text": task.kind is AnswerKind.FREE_TEXT,
        "teacher disagrees with itself": task.self_agreement is not None and task.self_agreement < UNSURE_TEACHER,
        "few calls": task.calls < FEW_CALLS,
        "not matchable by template": task.matchable == 0,
        "partly matchable by template": 0 < task.matchable < MATCHED,
        "growing fast": task.growth is not None and task.growth >= FAST,
        "fading": task.growth is not None and task.growth <= FADING,
        "estimate rests on few calls": task.replaceable > 0 and 0 < task.asked < FEW_ASKED,
    }
    return tuple(risk for risk, holds in known.items() if holds)
