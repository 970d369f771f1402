"""Answer a call with its task's student where that is switched on and safe, and say why where it is not."""

import asyncio
import atexit
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from slm_instrument.config import Settings
from slm_instrument.records import SERVED_BY_SLM, Call, Message, Usage
from slm_instrument.redaction.settings import read_policies
from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.runtime.flags import Flags, parse_flags, parse_modes
from slm_instrument.runtime.fleet import Fleet, LoadStudent, Route
from slm_instrument.runtime.lazy_store import LazyStore
from slm_instrument.runtime.masking import Asked
from slm_instrument.runtime.serving import Servable, describe
from slm_instrument.runtime.shadow import QUEUE, Comparison, Shadow
from slm_instrument.runtime.store_flags import StoreFlags
from slm_instrument.runtime.student import Prediction, load_student
from slm_instrument.store import Mode, Store

if TYPE_CHECKING:
    from slm_instrument.capture.recorder import Recorder

LOAD_TIMEOUT_MS = 5_000.0  # the one call that finds its student not loaded yet
_FIRST_FLAGS_S = 2.0  # how long a start waits for the store's flags

_log = logging.getLogger("slm_instrument.runtime")


@dataclass(frozen=True, slots=True)
class _Question:
    """A call that is to be put to a student."""

    servable: Servable
    asked: Callable[[], Asked]
    call: Call
    mode: Mode
    limit_s: float
    asked_at: float


class Substitutor:
    """Decides call by call whether a student answers; used by the adapters, thread-safe, never raises at run time.

    Every task is off until a flag says otherwise (:mod:`slm_instrument.runtime.flags`). The newest certified bundle of
    a task serves it. Bundles are read once, at construction; students are loaded when first needed and shared by all
    threads. A student that raises, hangs or is slow costs at most ``timeout_ms``, and the LLM answers.

    Args:
        models: Folder of bundles. One that is missing is logged, and everything is left to the LLM.
        recorder: Records the calls that students answer, and gives the store when ``store`` is not given.
        store: The store, or its address, for flags and shadow comparisons. Default: the recorder's, then
            ``$SLM_INSTRUMENT_STORE``, then ``sqlite:///slm_instrument.db``. It is opened and read in the background.
        modes: Modes by task id or name, over the store's flags: ``{"intent": Mode.ON, "routing": "canary:0.1"}``.
        timeout_ms: The deadline for a student's answer, waiting for a free thread included; None: 250 ms, and for a
            student that was slower when it was tested four times its usual latency.
        load_timeout_ms: The deadline for a call that finds its student not loaded yet.
        shadow_queue: Comparisons that may wait to be made; what comes then is dropped and counted.
        load_student: Makes a student of a bundle.

    Raises:
        ConfigError: a mode, ``SLM_INSTRUMENT_FLAGS`` or ``SLM_INSTRUMENT_REDACTION`` means nothing.
    """

    def __init__(
        self,
        models: str | Path,
        *,
        recorder: "Recorder | None" = None,
        store: Store | str | None = None,
        modes: Mapping[str, Mode | str] | None = None,
        timeout_ms: float | None = None,
        load_timeout_ms: float = LOAD_TIMEOUT_MS,
        shadow_queue: int = QUEUE,
        load_student: LoadStudent = load_student,
    ) -> None:
        environment = parse_flags(Settings.from_env().flags)
        code = parse_modes(modes or {})
        self._fleet = Fleet.load(models, load_student=load_student, policies=read_policies())
        self._recorder = recorder
        self._timeout_s = None if timeout_ms is None else timeout_ms / 1e3
        self._load_timeout_s = load_timeout_ms / 1e3
        self._store = LazyStore(store if store is not None or recorder is None else recorder.store)
        # A store that somebody has chosen is made when it is missing; the default one is only looked for.
        chosen = store is not None or recorder is not None
        self._store_flags = StoreFlags(partial(self._store.get, create=chosen))
        self._flags = Flags(environment=environment, code=code, store=self._store_flags)
        self._shadow = Shadow(partial(self._store.get, create=True), capacity=shadow_queue)
        self._reasons: Counter[tuple[str | None, Reason]] = Counter()
        self._complained = False
        self._warn_of_unknown_tasks()
        self._store_flags.wait(_FIRST_FLAGS_S)
        atexit.register(self.close)

    def decide(self, call: Call) -> Decision:
        """Decide who answers a call; asks the student where it may. Never raises.

        A decision that is not SUBSTITUTED leaves the call to the LLM, whose answer to a SHADOW decision belongs to
        :meth:`observe`. A call that the student's answer was used for belongs to :meth:`served`.
        """
        try:
            plan = self._plan(call)
            decision = plan if isinstance(plan, Decision) else self._ask(plan)
        except Exception as error:  # the agent has an LLM to fall back to, whatever broke here
            decision = self._broken(error)
        return self._counted(decision)

    async def adecide(self, call: Call) -> Decision:
        """As :meth:`decide`, the event loop free while the student thinks; nothing is awaited when none is asked."""
        try:
            plan = self._plan(call)
            decision = plan if isinstance(plan, Decision) else await self._await(plan)
        except Exception as error:  # as above; a cancelled task stays cancelled
            decision = self._broken(error)
        return self._counted(decision)

    def refuse(self, detail: str) -> Decision:
        """The decision on a call that an adapter cannot hand over: UNSUPPORTED, for the reason it gives."""
        return self._counted(Decision(mode=Mode.OFF, reason=Reason.UNSUPPORTED, detail=detail))

    def observe(
        self,
        call: Call,
        decision: Decision,
        teacher: Message | None,
        *,
        teacher_ms: float | None = None,
        call_id: str | None = None,
    ) -> None:
        """Hand in the LLM's answer to a call decided SHADOW; it is compared with the student's in the background.

        Args:
            call: The call as it was decided on.
            decision: What was decided; nothing is done unless it was SHADOW.
            teacher: The LLM's answer, None when it failed.
            teacher_ms: How long the LLM took.
            call_id: The id under which the call was recorded, where known.
        """
        if decision.reason is not Reason.SHADOW or teacher is None:
            return
        with suppress(Exception):  # what cannot be matched again cannot be compared: the agent must not notice
            route = self._fleet.find(call)
            if isinstance(route, Route):
                self._shadow.submit(Comparison(route, call, decision.mode, teacher, teacher_ms, call_id))

    def served(self, call: Call, decision: Decision) -> None:
        """Record a call whose answer came from the student: its tokens and cost at the LLM are none."""
        if self._recorder is None or decision.answer is None:
            return
        recorded = replace(
            call,
            response=decision.answer,
            served_by=f"{SERVED_BY_SLM}{decision.bundle_id}",
            duration_ms=decision.student_ms,
            usage=Usage(input_tokens=0, output_tokens=0),
            cost_usd=0.0,
        )
        with suppress(Exception):  # the recorder counts what it loses
            self._recorder.record(recorded)

    def warm(self) -> None:
        """Load the students of all tasks that are not off, so that no call has to wait for it. Failures are logged."""
        for servable in self._fleet.servables:
            if self._flags.of(servable.task_id, servable.task_name).mode is Mode.OFF:
                continue
            try:
                servable.student()
            except Exception as error:  # decided again, with its reason, at the first call
                _log.warning("task %s: %s", servable.task_name, describe(error))

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until all shadow comparisons are written; False when that took longer."""
        return self._shadow.flush(timeout_s)

    def stats(self) -> dict[str, int]:
        """Decisions by reason since the start, and shadow comparisons written and dropped."""
        reasons = Counter[str]()
        for (_, reason), count in list(self._reasons.items()):
            reasons[reason.value] += count
        return {**reasons, "observed": self._shadow.observed, "dropped": self._shadow.dropped}

    def close(self, timeout_s: float = 2.0) -> None:
        """Write what is queued, as far as the time allows, and stop the background threads. May be called twice."""
        atexit.unregister(self.close)
        self._shadow.close(timeout_s)
        self._store_flags.close()
        self._fleet.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()

    def _plan(self, call: Call) -> Decision | _Question:
        switched_off = self._flags.kill_switch()
        if switched_off is not None:
            return Decision(mode=Mode.OFF, reason=Reason.DISABLED, detail=switched_off)
        route = self._fleet.find(call)
        if isinstance(route, Decision):
            return route
        servable = route.servable
        setting = self._flags.of(servable.task_id, servable.task_name)
        if setting.mode is Mode.OFF:
            return servable.decision(Mode.OFF, Reason.DISABLED, f"off by {setting.source}")
        retired = self._store_flags.why_retired(servable.bundle_id)
        if retired is not None:
            return servable.decision(setting.mode, Reason.UNSUPPORTED, f"its student is retired: {retired}")
        refusal = servable.refusal(call)
        if refusal is not None:
            return servable.decision(setting.mode, *refusal)
        if setting.mode is Mode.SHADOW:
            return servable.decision(setting.mode, Reason.SHADOW)
        if setting.mode is Mode.CANARY and not setting.samples(call.trace_id or call.id):
            return servable.decision(setting.mode, Reason.NOT_SAMPLED)
        patience_s = servable.patience_s if self._timeout_s is None else self._timeout_s
        limit_s = patience_s if servable.loaded else max(patience_s, self._load_timeout_s)
        return _Question(servable, route.asked, call, setting.mode, limit_s, time.perf_counter())

    def _ask(self, question: _Question) -> Decision:
        future = question.servable.submit(question.asked)
        try:
            return _answered(question, future.result(question.limit_s))
        except Exception as error:  # the student's own error, or the deadline's
            return _failed(question, future, error)

    async def _await(self, question: _Question) -> Decision:
        future = question.servable.submit(question.asked)
        waited = asyncio.wrap_future(future)
        try:
            await asyncio.wait((waited,), timeout=question.limit_s)
            if not waited.done():
                raise TimeoutError
            waited.exception()  # seen, so that asyncio does not report it; its error is a copy of the student's
            return _answered(question, future.result())
        except Exception as error:  # as above
            return _failed(question, future, error)
        finally:
            waited.cancel()

    def _counted(self, decision: Decision) -> Decision:
        # Not under a lock: a count lost once in a million is not worth the agent's time.
        self._reasons[decision.task_id, decision.reason] += 1
        return decision

    def _broken(self, error: Exception) -> Decision:
        if not self._complained:
            self._complained = True
            _log.warning("deciding on a call failed (further failures are only counted)", exc_info=error)
        return Decision(mode=Mode.OFF, reason=Reason.ERROR, detail=describe(error))

    def _warn_of_unknown_tasks(self) -> None:
        known = {key for servable in self._fleet.servables for key in (servable.task_id, servable.task_name)}
        unknown = self._flags.unknown(known)
        if unknown:
            _log.warning("modes are set for tasks that no bundle is there for: %s", ", ".join(unknown))


def _answered(question: _Question, prediction: Prediction) -> Decision:
    question.servable.worked()
    took_ms = (time.perf_counter() - question.asked_at) * 1e3
    return question.servable.judge(question.call, question.mode, prediction, took_ms)


def _failed(question: _Question, future: "Future[Prediction]", error: Exception) -> Decision:
    took_ms = (time.perf_counter() - question.asked_at) * 1e3
    late = isinstance(error, TimeoutError) and not (future.done() and future.exception() is error)
    if late:
        future.cancel()
        error = TimeoutError(f"no answer within {question.limit_s * 1e3:g} ms")
    question.servable.failed(error, question.asked_at)
    reason = Reason.TIMEOUT if late else Reason.ERROR
    detail = str(error) if late else describe(error)
    return question.servable.decision(question.mode, reason, detail, student_ms=took_ms)
