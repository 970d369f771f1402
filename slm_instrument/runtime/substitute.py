"""Answer a call with its task's student where that is switched on and safe, and say why where it is not."""

import atexit
import logging
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from slm_instrument.config import Settings
from slm_instrument.records import SERVED_BY_SLM, Call, Message, Usage
from slm_instrument.redaction.settings import read_policies
from slm_instrument.runtime import metrics
from slm_instrument.runtime.auto.controller import Controller, Watched
from slm_instrument.runtime.counts import Counts
from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.runtime.flags import Flags, parse_modes, read_flags
from slm_instrument.runtime.fleet import LoadStudent
from slm_instrument.runtime.lazy_store import LazyStore
from slm_instrument.runtime.roster import REREAD_EVERY_S, Roster
from slm_instrument.runtime.router import Router
from slm_instrument.runtime.rules import Rules
from slm_instrument.runtime.serving import describe
from slm_instrument.runtime.shadow import QUEUE, Comparison, Shadow
from slm_instrument.runtime.store_flags import StoreFlags
from slm_instrument.runtime.student import load_student
from slm_instrument.runtime.tallying import EVERY_S as TALLIED_EVERY_S, Tallying
from slm_instrument.runtime.upkeep import Job, Upkeep
from slm_instrument.store import Mode, Store

if TYPE_CHECKING:
    from slm_instrument.capture.recorder import Recorder

LOAD_TIMEOUT_MS = 5_000.0  # the one call that finds its student not loaded yet
_WEIGHED_EVERY_S = 30.0
_WEIGHING = "weighing evidence"
_FIRST_FLAGS_S = 2.0  # how long a start waits for the store's flags

_log = logging.getLogger("slm_instrument.runtime")


class Substitutor:
    """Decides call by call whether a student answers; used by the adapters, thread-safe, never raises at run time.

    Every task is off until a flag says otherwise (:mod:`slm_instrument.runtime.flags`). Bundles are read at
    construction, and again when the folder changes; students are loaded when first needed and shared by all threads. A
    student that raises, hangs or is slow costs at most ``timeout_ms``, and the LLM answers.

    Args:
        models: Folder of bundles. One that is missing is logged, and everything is left to the LLM.
        recorder: Records the calls that students answer, and gives the store when ``store`` is not given.
        store: The store, or its address, for flags, evidence and counts. Default: the recorder's, then
            ``$SLM_INSTRUMENT_STORE``, then ``sqlite:///slm_instrument.db``. It is opened and read in the background.
        modes: Modes by task id or name, over the store's flags: ``{"intent": Mode.ON, "routing": "canary:0.1"}``.
        timeout_ms: The deadline for a student's answer, waiting for a free thread included; None: 250 ms, and for a
            student that was slower when it was tested four times its usual latency.
        load_timeout_ms: The deadline for a call that finds its student not loaded yet.
        llm_only_tools: Tools that no student may call, as what cannot be undone: names, or patterns as ``delete_*``.
            ``$SLM_INSTRUMENT_LLM_ONLY_TOOLS`` adds to them.
        max_memory_mb: Megabytes that loaded students may take together, as far as their files tell; those that were
            asked longest ago are unloaded to stay under it. None: no limit.
        shadow_queue: Comparisons that may wait to be made; what comes then is dropped and counted.
        load_student: Makes a student of a bundle.

    Raises:
        ConfigError: a mode given in code, or ``SLM_INSTRUMENT_REDACTION``, means nothing. A flag in
            ``SLM_INSTRUMENT_FLAGS`` that does is logged as an error, and its task is off.
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
        llm_only_tools: Collection[str] = (),
        max_memory_mb: float | None = None,
        shadow_queue: int = QUEUE,
        load_student: LoadStudent = load_student,
    ) -> None:
        settings = Settings.from_env()
        environment, code = read_flags(settings.flags), parse_modes(modes or {})
        rules = Rules.of(llm_only_tools, settings.llm_only_tools.split(","))
        self._recorder = recorder
        self._roster = Roster(
            Path(models), load_student=load_student, policies=read_policies(), max_memory_mb=max_memory_mb
        )
        self._store = LazyStore(store if store is not None or recorder is None else recorder.store)
        # A store that somebody has chosen is made when it is missing; the default one is only looked for.
        chosen = store is not None or recorder is not None
        self._store_flags = StoreFlags(partial(self._store.get, create=chosen))
        self._flags = Flags(environment=environment, code=code, store=self._store_flags)
        self._router = Router(
            self._roster,
            self._flags,
            self._store_flags,
            rules=rules,
            timeout_s=None if timeout_ms is None else timeout_ms / 1e3,
            load_timeout_s=load_timeout_ms / 1e3,
        )
        self._counts = Counts()
        self._tallying = Tallying(self._counts, partial(self._store.get, create=chosen))
        self._shadow = Shadow(
            partial(self._store.get, create=True), capacity=shadow_queue, rules=rules, written=self._evidence_came
        )
        self._controller = Controller(partial(self._store.get, create=True))
        self._upkeep = Upkeep(
            Job("reading the models folder", REREAD_EVERY_S, self._roster.reread),
            Job("counting decisions", TALLIED_EVERY_S, self._tallying.write),
            Job(_WEIGHING, _WEIGHED_EVERY_S, self._weigh),
        )
        self._complained = False
        self._warn_of_unknown_tasks()
        self._store_flags.wait(_FIRST_FLAGS_S)
        metrics.observe(self)
        atexit.register(self.close)

    @property
    def recorder(self) -> "Recorder | None":
        """What records the calls that students answer."""
        return self._recorder

    def decide(self, call: Call, *, within_s: float | None = None) -> Decision:
        """Decide who answers a call; asks the student where it may. Never raises.

        A decision that is not SUBSTITUTED leaves the call to the LLM, whose answer belongs to :meth:`observe` where the
        decision says ``compare``. A call that the student's answer was used for belongs to :meth:`served`.

        Args:
            call: The call.
            within_s: How long the caller waits for an answer, in seconds. A student gets no more than half of it: the
                LLM needs time, too, when the student has none to give.
        """
        try:
            self._upkeep.keep_running()
            plan = self._router.plan(call, within_s)
            decision = plan if isinstance(plan, Decision) else self._router.settle(plan, plan.ask())
        except Exception as error:  # the agent has an LLM to fall back to, whatever broke here
            decision = self._broken(error)
        return self._counts.add(decision)

    async def adecide(self, call: Call, *, within_s: float | None = None) -> Decision:
        """As :meth:`decide`, the event loop free while the student thinks; nothing is awaited when none is asked."""
        try:
            self._upkeep.keep_running()
            plan = self._router.plan(call, within_s)
            decision = plan if isinstance(plan, Decision) else self._router.settle(plan, await plan.aask())
        except Exception as error:  # as above; a cancelled task stays cancelled
            decision = self._broken(error)
        return self._counts.add(decision)

    def refuse(self, detail: str) -> Decision:
        """The decision on a call that an adapter cannot hand over: UNSUPPORTED, for the reason it gives."""
        return self._counts.add(Decision(mode=Mode.OFF, reason=Reason.UNSUPPORTED, detail=detail))

    def observe(
        self,
        call: Call,
        decision: Decision,
        teacher: Message | None,
        *,
        teacher_ms: float | None = None,
        call_id: str | None = None,
    ) -> None:
        """Hand in the LLM's answer to a call whose decision says ``compare``; students are compared in the background.

        Args:
            call: The call as it was decided on.
            decision: What was decided.
            teacher: The LLM's answer, None when it failed.
            teacher_ms: How long the LLM took.
            call_id: The id under which the call was recorded, where known.
        """
        if not decision.compare or teacher is None:
            return
        with suppress(Exception):  # what cannot be matched again cannot be compared: the agent must not notice
            route = self._roster.fleet.find(call)
            if isinstance(route, Decision):
                return
            for each in self._router.turn(route, self._router.setting(route)).compared:
                asked = route.to(each.student)
                if asked is not None:
                    self._shadow.submit(Comparison(each.student, asked, call, each.mode, teacher, teacher_ms, call_id))

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
        for lineup in self._roster.fleet.lineups:
            for servable in lineup.in_use(self._flags.of(lineup.task_id, lineup.task_name), self._flags.stage_of):
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
        for (_, _, _, reason), (calls, _) in self._counts.snapshot().items():
            reasons[reason.value] += calls
        return {**reasons, "observed": self._shadow.observed, "dropped": self._shadow.dropped}

    def measure(self) -> metrics.Measurements:
        """What it has done since the start, for :mod:`slm_instrument.runtime.metrics`."""
        lineups = self._roster.fleet.lineups
        return metrics.Measurements(
            decisions=self._counts.snapshot(),
            comparisons=self._shadow.snapshot(),
            dropped=self._shadow.dropped,
            loaded={lineup.task_id: sum(each.loaded for each in lineup.servables) for lineup in lineups},
            names={lineup.task_id: lineup.task_name for lineup in lineups},
        )

    def close(self, timeout_s: float = 2.0) -> None:
        """Write what is queued, as far as the time allows, and stop the background threads. May be called twice."""
        atexit.unregister(self.close)
        self._shadow.close(timeout_s)
        self._upkeep.close(timeout_s)
        with suppress(Exception):  # counts that a store which is down cannot take
            self._tallying.write()
        self._store_flags.close()
        self._roster.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()

    def _evidence_came(self) -> None:
        self._upkeep.hurry(_WEIGHING)

    def _weigh(self) -> None:
        """Move students between modes where the evidence on them says so."""
        watched = [
            Watched(servable.task_id, servable.bundle_id or "", servable.target, setting.mode, setting.set_at)
            for lineup in self._roster.fleet.lineups
            for setting in (self._flags.of(lineup.task_id, lineup.task_name),)
            if setting.mode is not Mode.SHADOW
            for servable in lineup.watched(setting, self._flags.stage_of)
        ]
        if watched and self._controller.step(watched):
            self._store_flags.refresh()

    def _broken(self, error: Exception) -> Decision:
        if not self._complained:
            self._complained = True
            _log.warning("deciding on a call failed (further failures are only counted)", exc_info=error)
        return Decision(mode=Mode.OFF, reason=Reason.ERROR, detail=describe(error))

    def _warn_of_unknown_tasks(self) -> None:
        known = {key for lineup in self._roster.fleet.lineups for key in (lineup.task_id, lineup.task_name)}
        unknown = self._flags.unknown(known)
        if unknown:
            _log.warning("modes are set for tasks that no bundle is there for: %s", ", ".join(unknown))
