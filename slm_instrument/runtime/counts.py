"""How many calls were decided in which way, since the process began."""

from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.store import Mode

Way = tuple[str, str, Mode, Reason]  # task and bundle ("" where there is none), mode, reason
ComparisonWay = tuple[str, str, bool, bool]  # task, bundle, accepted by the gate, agreed with the LLM


class Counts:
    """Cumulative counts of decisions, and what students took for them.

    Not under a lock: a count lost once in a million is not worth the agent's time.
    """

    def __init__(self) -> None:
        self._ways: dict[Way, list[float]] = {}

    def add(self, decision: Decision) -> Decision:
        """Count a decision; returns it."""
        way = (decision.task_id or "", decision.bundle_id or "", decision.mode, decision.reason)
        counted = self._ways.get(way)
        if counted is None:
            counted = self._ways.setdefault(way, [0, 0.0])
        counted[0] += 1
        if decision.student_ms is not None:
            counted[1] += decision.student_ms
        return decision

    def snapshot(self) -> dict[Way, tuple[int, float]]:
        """Calls, and milliseconds that students took for all of them, by the way they were decided."""
        return {way: (int(calls), student_ms) for way, (calls, student_ms) in list(self._ways.items())}
