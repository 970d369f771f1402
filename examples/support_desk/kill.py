"""The kill switch, thrown by another process while the agent is at work."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from slm_instrument import Call
from slm_instrument.progress import Listener, Progress
from slm_instrument.records import SERVED_BY_SLM


@dataclass(frozen=True, slots=True)
class Killed:
    """What became of a run during which the switch was thrown. Every message of it was answered, or it had ended."""

    messages: int
    by_student_before: int
    by_student_after: int
    last_after_s: float  # the last answer of a student, after the switch was thrown
    failed_calls: int

    def __str__(self) -> str:
        after = f"{self.by_student_after} more in the {self.last_after_s:.1f} s after it, then none"
        return (
            f"{self.messages} messages, all answered; {self.failed_calls} failed LLM calls; "
            f"{self.by_student_before} calls answered by students before the switch was thrown, "
            f"{after if self.by_student_after else 'none after'}"
        )


class KillSwitch:
    """Throws the switch once so many messages are done, as somebody at another terminal would.

    Args:
        url: The store.
        after: Messages.
        listener: Told of the progress, as without the switch.
    """

    def __init__(self, url: str, *, after: int, listener: Listener | None = None) -> None:
        self._url = url
        self._after = after
        self._listener = listener
        self._thread = threading.Thread(target=self._throw)
        self.thrown_at: datetime | None = None

    def __call__(self, progress: Progress) -> None:
        """Follow the progress of the run."""
        if self._listener is not None:
            self._listener(progress)
        if progress.done == self._after:
            self._thread.start()

    def outcome(self, calls: Sequence[Call], messages: int) -> Killed:
        """What the calls of the run tell of it."""
        self._thread.join()
        assert self.thrown_at is not None
        thrown_at = self.thrown_at
        by_student = [call.started_at for call in calls if call.started_at and call.served_by.startswith(SERVED_BY_SLM)]
        after = [at for at in by_student if at > thrown_at]
        return Killed(
            messages=messages,
            by_student_before=len(by_student) - len(after),
            by_student_after=len(after),
            last_after_s=max(((at - thrown_at).total_seconds() for at in after), default=0.0),
            failed_calls=sum(call.error is not None for call in calls),
        )

    def _throw(self) -> None:
        flags("kill", self._url)
        self.thrown_at = datetime.now(UTC)


def flags(command: str, url: str) -> None:
    """Run ``slm-instrument flags COMMAND`` in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "slm_instrument", "flags", command, "--store", url], check=True, capture_output=True
    )
