"""Which student a call is put to, or why none."""

from slm_instrument.records import Call
from slm_instrument.runtime.asking import Question
from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.runtime.dialogues import Dialogues
from slm_instrument.runtime.flags import Flags, Setting
from slm_instrument.runtime.fleet import Route
from slm_instrument.runtime.lineup import Turn
from slm_instrument.runtime.roster import Roster
from slm_instrument.runtime.rules import Rules
from slm_instrument.runtime.store_flags import StoreFlags
from slm_instrument.store import Mode

STUDENTS_SHARE = 0.5  # of the time that a caller waits: the LLM needs some, too, when a student has failed
_WITHDRAWN = "its student was withdrawn on evidence: slm-instrument flags history"


class Router:
    """From calls to students, as flags, evidence, retirement and rules have it at the moment.

    Args:
        roster: The students.
        flags: The modes of the tasks.
        store_flags: Who is retired.
        rules: What students may not do.
        timeout_s: The deadline for an answer; None: what suits the student.
        load_timeout_s: The deadline for a call that finds its student not loaded yet.
    """

    def __init__(
        self,
        roster: Roster,
        flags: Flags,
        store_flags: StoreFlags,
        *,
        rules: Rules,
        timeout_s: float | None,
        load_timeout_s: float,
    ) -> None:
        self._roster = roster
        self._flags = flags
        self._store_flags = store_flags
        self._rules = rules
        self._timeout_s = timeout_s
        self._load_timeout_s = load_timeout_s
        self._dialogues = Dialogues()

    def plan(self, call: Call, within_s: float | None) -> Decision | Question:
        """The question to put to a student, or the decision where nobody is to be asked."""
        switched_off = self._flags.kill_switch()
        if switched_off is not None:
            return Decision(mode=Mode.OFF, reason=Reason.DISABLED, detail=switched_off)
        route = self._roster.fleet.find(call)
        if isinstance(route, Decision):
            return route
        setting = self.setting(route)
        if setting.mode is Mode.OFF:
            return route.lineup.first.decision(Mode.OFF, Reason.DISABLED, f"off by {setting.source}")
        turn = self.turn(route, setting)
        servable = turn.servable
        retired = self._store_flags.why_retired(servable.bundle_id)
        if retired is not None:
            return servable.decision(turn.mode, Reason.UNSUPPORTED, f"its student is retired: {retired}")
        refusal = servable.refusal(call)
        if refusal is not None:
            return servable.decision(turn.mode, *refusal)
        if turn.reason is not None:
            detail = _WITHDRAWN if turn.reason is Reason.DISABLED else ""
            return servable.decision(turn.mode, turn.reason, detail, compare=bool(turn.compared))
        if self._dialogues.handed_over(servable.task_id, call):
            return servable.decision(turn.mode, Reason.HANDED_OVER)
        return self._question(route, turn, within_s)

    def setting(self, route: Route) -> Setting:
        """The setting of a call's task."""
        return self._flags.of(route.lineup.task_id, route.lineup.task_name)

    def turn(self, route: Route, setting: Setting) -> Turn:
        """Whose turn a call is, under the setting of its task."""
        return route.lineup.in_service(self._store_flags.retired).turn(route.call, setting, self._flags.stage_of)

    def _question(self, route: Route, turn: Turn, within_s: float | None) -> Decision | Question:
        servable = turn.servable
        asked = route.to(servable)
        if asked is None:
            return servable.decision(turn.mode, Reason.NO_MATCH, "its prompt is of another student's template")
        patience_s = servable.patience_s if self._timeout_s is None else self._timeout_s
        limit_s = patience_s if servable.loaded else max(patience_s, self._load_timeout_s)
        share_s = limit_s if within_s is None else STUDENTS_SHARE * within_s
        return Question(
            servable=servable,
            asked=asked,
            call=route.call,
            mode=turn.mode,
            limit_s=min(limit_s, share_s),
            hurried=share_s < limit_s,
            rules=self._rules,
        )

    def settle(self, question: Question, decision: Decision) -> Decision:
        """What becomes of a question's decision: none of a student's counts after the kill switch was thrown."""
        servable = question.servable
        switched_off = self._flags.kill_switch() if decision.substituted else None
        if switched_off is not None:
            return servable.decision(Mode.OFF, Reason.DISABLED, switched_off, student_ms=decision.student_ms)
        self._dialogues.note(servable.task_id, question.call, decision.reason)
        return decision
