"""What the runtime decided about one call, and why."""

from dataclasses import dataclass
from enum import StrEnum

from slm_instrument.records import Message
from slm_instrument.store import Mode


class Reason(StrEnum):
    """Why a call was answered by whom; only SUBSTITUTED means by a student."""

    DISABLED = "DISABLED"  # the kill switch is thrown, or the task is off
    NO_MATCH = "NO_MATCH"  # of no task that a student is there for
    UNSUPPORTED = "UNSUPPORTED"  # the student cannot serve this form of call, is not certified, or is retired
    LOW_CONFIDENCE = "LOW_CONFIDENCE"  # the gate did not accept the student's answer
    INVALID = "INVALID"  # the answer breaks what the call demands: an unknown tool, no JSON
    TIMEOUT = "TIMEOUT"  # the student was slower than its deadline
    SHADOW = "SHADOW"  # the LLM answers, the student is compared in the background
    NOT_SAMPLED = "NOT_SAMPLED"  # in canary, a trace outside the share
    AUDIT = "AUDIT"  # the LLM answers a share of the traces of a task that is on, and the student is compared
    HANDED_OVER = "HANDED_OVER"  # the LLM has taken over this dialogue, and keeps it
    SUBSTITUTED = "SUBSTITUTED"  # the student's answer is used
    ERROR = "ERROR"  # something broke: the detail says what


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who answers a call.

    ``answer`` is there exactly when ``reason`` is SUBSTITUTED; for every other reason the LLM is to be asked.
    ``compare`` says that the LLM's answer is wanted, as evidence on a student: :meth:`Substitutor.observe`.
    ``mode`` is what the task is in; in auto, what that amounts to at the moment. ``student_ms`` is what asking the
    student cost the caller, waiting included, whatever became of it.
    """

    mode: Mode
    reason: Reason
    task_id: str | None = None
    bundle_id: str | None = None
    answer: Message | None = None
    score: float | None = None
    detail: str = ""
    student_ms: float | None = None
    compare: bool = False

    @property
    def substituted(self) -> bool:
        """Whether the student's answer is used."""
        return self.reason is Reason.SUBSTITUTED
