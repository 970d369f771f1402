"""One student on trial: where it stands, and what comparisons have shown of it since it was last taken back."""

from collections import deque
from collections.abc import Sequence

from slm_instrument.runtime.auto.evidence import Alarm
from slm_instrument.store import Mode, Observation, Transition

SERVING = (Mode.CANARY, Mode.ON)  # the modes in which a student's answers are used
TRACES = 20_000  # remembered; the calls of one trace come close together
RECENT = 50  # comparisons that a fall is shown with


class Traces:
    """The traces that have had their comparison. The oldest are forgotten, and of each a hash is kept: enough, here."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._order: deque[int] = deque()

    def first(self, trace_id: str | None) -> bool:
        """Whether a comparison is the first of its trace; one of no trace is."""
        if trace_id is None:
            return True
        trace = hash(trace_id)
        if trace in self._known:
            return False
        self._known.add(trace)
        self._order.append(trace)
        if len(self._order) > TRACES:
            self._known.discard(self._order.popleft())
        return True


class Trial:
    """Counts of comparisons, taken in the order of their numbers.

    It is a function of the comparisons and the transitions in a store, not of when they are read, in what portions or
    by whom: every process comes to the same counts at the same comparison, and so does one that starts anew.

    Only comparisons that the gate accepted count, for only such answers would have been used, and only the first of a
    trace: the calls of one run of an agent succeed or fail together, and bounds need comparisons that do not. When a
    student is taken back its trial begins anew, with the comparisons that come after.

    Args:
        mode: AUTO, where transitions say in what stage the student is; else the mode that is set by hand.
        target: The agreement that it was certified for, 0..1.
        history: Its transitions, in the order of their numbers.
    """

    def __init__(self, mode: Mode, target: float, history: Sequence[Transition]) -> None:
        self.mode = mode
        self.target = target
        self.number = 0  # of the last transition
        self.attempt = 1
        self.seq = 0  # of the last comparison
        self._stage = Mode.SHADOW
        self._begin()
        begun = max((at for at, each in enumerate(history, start=1) if each.taken_back), default=0)
        for transition in history[:begun]:
            self.move(transition)
            self.seq = _seq(transition)
        self._ahead = deque(history[begun:])  # transitions at comparisons that have not been read yet

    @property
    def stage(self) -> Mode:
        """The mode that the student is in."""
        return self._stage if self.mode is Mode.AUTO else self.mode

    @property
    def over(self) -> bool:
        """Whether the student is withdrawn, so that no comparison can move it any more."""
        return self.stage is Mode.OFF and not self._ahead

    @property
    def coverage(self) -> float | None:
        """The share of all comparisons that the gate accepted; None where there are none."""
        return self.accepted / self.offered if self.offered else None

    def learn(self, history: Sequence[Transition]) -> bool:
        """Take over what other processes have decided meanwhile; False where it lies behind, and a new trial is needed.

        Args:
            history: all transitions of the student, in the order of their numbers.
        """
        known = self._ahead[-1].number if self._ahead else self.number
        newer = [transition for transition in history if transition.number > known]
        self._ahead.extend(newer)
        return all(_seq(transition) >= self.seq for transition in newer)

    def observe(self, seq: int, observation: Observation) -> bool:
        """Take the next comparison; True where it counts and the student's next move is still to be decided."""
        while self._ahead and _seq(self._ahead[0]) < seq:
            self.move(self._ahead.popleft())
        self.seq = seq
        self.offered += 1
        if not observation.accepted:
            return False
        self.accepted += 1
        if not self._traces.first(observation.trace_id):
            return False
        self.compared += 1
        self.agreed += observation.agreed
        self.compared_in_stage += 1
        self.recent.append(observation.agreed)
        if (self._stage if self.mode is Mode.AUTO else observation.mode) in SERVING:
            self.alarm.add(observation.agreed)
        return not self._ahead

    def catch_up(self) -> None:
        """Make the moves that are left, when there are no more comparisons to read."""
        while self._ahead:
            self.move(self._ahead.popleft())

    def move(self, transition: Transition) -> None:
        """Make a move that was written."""
        self.number, self._stage = transition.number, transition.after
        if transition.taken_back:
            self.attempt += 1
            self._begin()
        else:
            self._enter()

    def _begin(self) -> None:
        self.compared = self.agreed = self.accepted = self.offered = 0
        self._traces = Traces()
        self._enter()

    def _enter(self) -> None:
        self.compared_in_stage = 0
        self.recent: deque[bool] = deque(maxlen=RECENT)
        self.alarm = Alarm(self.target)


def _seq(transition: Transition) -> int:
    """The comparison at which it was decided."""
    return int(transition.numbers.get("seq", 0))
