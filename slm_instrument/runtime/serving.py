"""One task's student in service: loaded at first use, asked under a deadline, rested when it keeps failing."""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

from slm_instrument.comparators import NORMAL_FORM, comparator as find_comparator
from slm_instrument.errors import SlmInstrumentError
from slm_instrument.forking import reset_in_child
from slm_instrument.records import Call, Message
from slm_instrument.runtime.deadline import Workers
from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.runtime.masking import Asked
from slm_instrument.runtime.rules import Rules
from slm_instrument.runtime.student import Prediction, Student
from slm_instrument.runtime.validity import flaw, unsupported
from slm_instrument.store import Mode
from slm_instrument.template import Template

LEAST_PATIENCE_S = 0.25  # a classifier takes 2 ms, an LLM rarely under 500: waiting longer would be felt
PATIENCE = 4  # times its usual latency, for a student that writes long answers
FAILURES_IN_A_ROW = 3  # after so many, asking again at every call only costs the agent time
REST_S = 30.0
THREADS = min(4, os.cpu_count() or 1)  # per student: it computes all the time, so more only fight for the cores

_DETAIL_CHARS = 500
_log = logging.getLogger("slm_instrument.runtime")


class Servable:
    """The student that serves a task, or the reason why none can.

    Args:
        task_id: The task's id.
        task_name: The task's name.
        bundle_id: The bundle's id, None when it cannot be read.
        templates: What the task's calls look like.
        redaction: The level at which the student's training texts were redacted.
        comparator: What counts as agreement, as a spec of :mod:`slm_instrument.comparators`.
        created_at: When the student was made.
        target: The agreement that it was certified for.
        model_bytes: How large its files are, for a cap on the memory.
        identity: Tells its bundle from one that takes its place on the disk.
        latency_ms: How long its answers took when it was tested, at the median; None where that is not known.
        load: Loads the student; called once, on a worker thread, at first use.
        unusable: Why nothing can be served at all: a broken bundle (ERROR) or an uncertified one (UNSUPPORTED).
        threads: How many calls may be with the student at once.
    """

    def __init__(
        self,
        *,
        task_id: str,
        task_name: str,
        bundle_id: str | None,
        templates: tuple[Template, ...],
        redaction: str = "off",
        comparator: str = NORMAL_FORM,
        created_at: datetime | None = None,
        target: float = 0.95,
        model_bytes: int = 0,
        identity: str = "",
        latency_ms: float | None = None,
        load: Callable[[], Student],
        unusable: tuple[Reason, str] | None = None,
        threads: int = THREADS,
    ) -> None:
        self.task_id = task_id
        self.task_name = task_name
        self.bundle_id = bundle_id
        self.templates = templates
        self.redaction = redaction
        self.created_at = created_at
        self.target = target
        self.model_bytes = model_bytes
        self.identity = identity or f"{task_id} {bundle_id}"
        self.patience_s = max(LEAST_PATIENCE_S, PATIENCE * (latency_ms or 0.0) / 1e3)
        self._comparator = comparator
        self._load = load
        self._make_room: Callable[[Servable], None] = _no_limit
        self.came_at: datetime | None = None  # into the folder; None: it was there when the process began
        self.asked_at = 0.0  # when the student was needed last, on the monotonic clock
        self.unusable = unusable
        self._student: Student | None = None
        self.reset()
        reset_in_child(self)
        self._workers = Workers(threads, f"student-{task_id[:8]}")
        self._failures = 0
        self._failed_at = self._answered_at = 0.0
        self._rests_until = 0.0
        self._last_failure = (Reason.ERROR, "")

    @property
    def loaded(self) -> bool:
        """Whether the student is in memory."""
        return self._student is not None

    def was_there(self, at: datetime | None) -> bool:
        """Whether the student had been made, and seen to come, at a time; None: when this process began."""
        if at is None:
            return self.came_at is None
        return all(each is None or each <= at for each in (self.created_at, self.came_at))

    def limit_memory(self, make_room: Callable[["Servable"], None]) -> None:
        """Have something make room before the student is loaded, and look again when it is.

        Of two that are loaded at once, neither sees the other before.
        """
        self._make_room = make_room

    def refusal(self, call: Call) -> tuple[Reason, str] | None:
        """Why this call is not to be asked of the student, or None."""
        if self.unusable is not None:
            return self.unusable
        if self.resting:
            return self._last_failure
        reason = unsupported(call)
        return (Reason.UNSUPPORTED, reason) if reason is not None else None

    @property
    def resting(self) -> bool:
        """Whether the student is left alone for a while, having failed again and again."""
        return self._rests_until > time.monotonic()

    def ask(self, question: Callable[[], Asked]) -> Prediction:
        """The student's answer, on this thread and without a deadline.

        Raises:
            Exception: whatever loading or running the student raises.
        """
        asked = question()
        return asked.answered(self.student().answer(asked.text))

    def submit(self, question: Callable[[], Asked]) -> "Future[Prediction]":
        """Ask on a worker thread."""
        return self._workers.submit(lambda: self.ask(question))

    def student(self) -> Student:
        """The student, loaded when it is not yet."""
        self.asked_at = time.monotonic()
        student = self._student
        if student is None:
            with self._loading:
                student = self._student
                if student is None:
                    self._make_room(self)
                    student = self._student = self._loaded_anew()
                    self._make_room(self)
        return student

    def unload(self) -> None:
        """Let go of the student, to load it again when it is needed; calls that it is answering keep it so long."""
        self._student = None

    def _loaded_anew(self) -> Student:
        started = time.perf_counter()
        student = self._load()
        took = time.perf_counter() - started
        _log.info("student %s of task %s loaded in %.2f s", self.bundle_id, self.task_name, took)
        return student

    def agrees(self, given: Message, teacher: Message, *, trusted: bool = False) -> bool:
        """Whether an answer of the student is as good as the teacher's, by what the student was certified by.

        Args:
            given: the student's answer.
            teacher: the LLM's.
            trusted: whether a comparator may be imported, or ask a model, because the bundle names it.

        Raises:
            ConfigError: the comparator is not there, or is not trusted.
        """
        return find_comparator(self._comparator, trusted=trusted).agrees(given, teacher)

    def decision(
        self, mode: Mode, reason: Reason, detail: str = "", *, student_ms: float | None = None, compare: bool = False
    ) -> Decision:
        """A decision that leaves the call to the LLM."""
        return Decision(
            mode=mode,
            reason=reason,
            task_id=self.task_id,
            bundle_id=self.bundle_id,
            detail=detail,
            student_ms=student_ms,
            compare=compare,
        )

    def judge(self, call: Call, mode: Mode, prediction: Prediction, student_ms: float, rules: Rules) -> Decision:
        """What becomes of the student's answer.

        It is used when the gate accepts it, its form is what the call demands, and no rule leaves it to the LLM.
        """
        reason, detail = Reason.SUBSTITUTED, ""
        if not prediction.accepted:
            reason = Reason.LOW_CONFIDENCE
        elif (broken := flaw(call, prediction.message)) is not None:
            reason, detail = Reason.INVALID, broken
        elif (forbidden := rules.forbid(prediction.message)) is not None:
            reason, detail = Reason.UNSUPPORTED, forbidden
        return Decision(
            mode=mode,
            reason=reason,
            task_id=self.task_id,
            bundle_id=self.bundle_id,
            answer=prediction.message if reason is Reason.SUBSTITUTED else None,
            score=prediction.score,
            detail=detail,
            student_ms=student_ms,
        )

    def worked(self) -> None:
        """The student has answered in time, whatever it said."""
        self._failures = 0
        self._answered_at = time.perf_counter()

    def failed(self, error: BaseException, asked_at: float) -> None:
        """The student raised or was too slow: after several failures in a row it is rested, and that is logged.

        A student that has answered others meanwhile is busy, not stuck, and calls that wait through one and the same
        trouble count once: a burst of calls must not take a sound student out of service.

        Args:
            error: What was raised; a TimeoutError when there was no answer in time.
            asked_at: When the call was put to it (``time.perf_counter``).
        """
        busy = isinstance(error, TimeoutError) and self._answered_at > asked_at
        if busy or asked_at < self._failed_at:
            return
        self._failures += 1
        self._failed_at = time.perf_counter()
        if self._failures >= FAILURES_IN_A_ROW:
            reason = Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.ERROR
            self._last_failure = (reason, f"resting after {self._failures} failures in a row: {describe(error)}")
            self._rests_until = time.monotonic() + REST_S
            _log.warning("task %s is left to the LLM for %g s: %s", self.task_name, REST_S, describe(error))

    def reset(self) -> None:
        """Make a new lock, as a forked child must."""
        self._loading = threading.Lock()

    def close(self) -> None:
        """Let the worker threads end."""
        self._workers.close()


def _no_limit(_servable: Servable) -> None:
    """There is room for every student."""


def describe(error: BaseException) -> str:
    """An error in one line: our own are written for the user, others need their class."""
    text = " ".join(str(error).split())[:_DETAIL_CHARS]
    if isinstance(error, SlmInstrumentError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
