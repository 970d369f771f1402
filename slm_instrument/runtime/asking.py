"""Putting a call to a student, for no longer than there is time."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from slm_instrument.records import Call
from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.runtime.masking import Asked
from slm_instrument.runtime.rules import Rules
from slm_instrument.runtime.serving import Servable, describe
from slm_instrument.runtime.student import Prediction
from slm_instrument.store import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A call that is to be put to a student.

    ``limit_s`` is how long that may take; ``hurried`` says that the caller has less time than the student usually gets,
    so that being late is no fault of the student's.
    """

    servable: Servable
    asked: Callable[[], Asked]
    call: Call
    mode: Mode
    limit_s: float
    hurried: bool
    rules: Rules
    asked_at: float = field(default_factory=time.perf_counter)

    def ask(self) -> Decision:
        """The decision, waited for on this thread."""
        future = self.servable.submit(self.asked)
        try:
            return self._answered(future.result(max(0.0, self.limit_s)))
        except Exception as error:  # the student's own error, or the deadline's
            return self._failed(future, error)
        finally:
            future.cancel()  # what has not begun when nobody waits any more, be it for Ctrl-C, need not be done

    async def aask(self) -> Decision:
        """As :meth:`ask`, the event loop free meanwhile."""
        future = self.servable.submit(self.asked)
        waited = asyncio.wrap_future(future)
        try:
            await asyncio.wait((waited,), timeout=max(0.0, self.limit_s))
            if not waited.done():
                raise TimeoutError
            waited.exception()  # seen, so that asyncio does not report it; its error is a copy of the student's
            return self._answered(future.result())
        except Exception as error:  # as above
            return self._failed(future, error)
        finally:
            waited.cancel()
            future.cancel()

    def _answered(self, prediction: Prediction) -> Decision:
        self.servable.worked()
        took_ms = (time.perf_counter() - self.asked_at) * 1e3
        return self.servable.judge(self.call, self.mode, prediction, took_ms, self.rules)

    def _failed(self, future: "Future[Prediction]", error: Exception) -> Decision:
        took_ms = (time.perf_counter() - self.asked_at) * 1e3
        late = isinstance(error, TimeoutError) and not (future.done() and future.exception() is error)
        if late:
            error = TimeoutError(f"no answer within {self.limit_s * 1e3:.4g} ms")
        if not (late and self.hurried):
            self.servable.failed(error, self.asked_at)
        reason = Reason.TIMEOUT if late else Reason.ERROR
        detail = str(error) if late else describe(error)
        return self.servable.decision(self.mode, reason, detail, student_ms=took_ms)
