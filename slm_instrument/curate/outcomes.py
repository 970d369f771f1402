"""What came of calls, and which of them therefore teach nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from slm_instrument.records import Call, Outcome


@dataclass(slots=True)
class Outcomes:
    """What was said of calls and of traces; of each name what arrived last counts.

    A call has failed when by any name it has. What was said of the call itself stands over what was said of its trace:
    of a trace that failed, the steps that somebody found right may teach.
    """

    _of_calls: dict[str, set[str]] = field(default_factory=dict[str, set[str]])  # id -> names by which it failed
    _of_traces: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> "Outcomes":
        """From outcomes in order of arrival."""
        made = cls()
        for outcome in outcomes:
            for id, bad in ((outcome.call_id, made._of_calls), (outcome.trace_id, made._of_traces)):
                if id is not None:
                    names = bad.setdefault(id, set())
                    (names.discard if outcome.good else names.add)(outcome.name)
        return made

    def failed(self, call: Call) -> bool:
        """Whether the call, or else its trace, failed."""
        own = self._of_calls.get(call.id)
        if own is not None:
            return bool(own)
        return call.trace_id is not None and bool(self._of_traces.get(call.trace_id))
