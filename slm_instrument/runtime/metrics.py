"""What a substitutor does, as OpenTelemetry metrics.

======================================  ================  ================================================
name                                    unit              what, and by which attributes
======================================  ================  ================================================
``slm_instrument.decisions``            ``{call}``        calls decided on: task, bundle, mode, reason
``slm_instrument.student.time``         ``s``             students at work: task, bundle, purpose
``slm_instrument.comparisons.made``     ``{comparison}``  in the store: task, bundle, accepted, agreed
``slm_instrument.comparisons.dropped``  ``{comparison}``  that could not be made or written
``slm_instrument.students.loaded``      ``{student}``     in memory: task
======================================  ================  ================================================

They cost nothing until the application sets a meter provider, at any time, and are then read when it exports. Nothing
is done on the agent's time, which is why there is no histogram: the mean time of an answer is ``student.time`` of the
purpose ``answer``, over the decisions that a student was asked for; that of the purpose ``comparison`` is spent in the
background. What was saved is not in it, as no process knows what its calls cost at the LLM: ``slm-instrument status``
tells that. Without ``opentelemetry-api`` there are no metrics.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from slm_instrument.metering import Instrument, Metered, Point
from slm_instrument.runtime.counts import ComparisonWay, Way

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

SUBSTITUTOR = "slm_instrument.substitutor"
"""The attribute that tells the substitutors of a process from each other: their numbers, from 1."""

TASK_ID, TASK_NAME = "slm_instrument.task.id", "slm_instrument.task.name"
BUNDLE = "slm_instrument.bundle.id"
MODE, REASON = "slm_instrument.mode", "slm_instrument.reason"
PURPOSE = "slm_instrument.purpose"
ACCEPTED, AGREED = "slm_instrument.accepted", "slm_instrument.agreed"

_Attributes = dict[str, str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What a substitutor has done since it began.

    ``decisions`` are calls, and milliseconds that students took for all of them, by the way they were decided;
    ``comparisons`` the same of comparisons; ``dropped`` is how many of these were lost. ``loaded`` are students in
    memory, and ``names`` the tasks' names, both by the task's id.
    """

    decisions: Mapping[Way, tuple[int, float]]
    comparisons: Mapping[ComparisonWay, tuple[int, float]]
    dropped: int
    loaded: Mapping[str, int]
    names: Mapping[str, str]

    def of(self, task_id: str, bundle_id: str = "") -> _Attributes:
        """The attributes of a task and a student, as far as there are such."""
        values = {TASK_ID: task_id, TASK_NAME: self.names.get(task_id), BUNDLE: bundle_id}
        return {key: value for key, value in values.items() if value}


class Observed(Protocol):
    """What is measured: a substitutor."""

    def measure(self) -> Measurements:
        """What it has done so far."""
        ...


def add_instruments(meter: "Meter") -> None:
    """Make the instruments, which measure all substitutors; once for a meter."""
    name = "slm_instrument."
    counter = meter.create_observable_counter
    counter(f"{name}decisions", [_each(_decisions)], "{call}", "Calls decided on.")
    counter(f"{name}student.time", [_each(_student_time)], "s", "Time that students were at work.")
    text = "Comparisons of student and LLM in the store."
    counter(f"{name}comparisons.made", [_each(_comparisons)], "{comparison}", text)
    text = "Comparisons that could not be made or written."
    counter(f"{name}comparisons.dropped", [_each(_dropped)], "{comparison}", text)
    gauge = meter.create_observable_up_down_counter
    gauge(f"{name}students.loaded", [_each(_loaded)], "{student}", "Students in memory.")


def _decisions(measured: Measurements) -> Iterable[Point]:
    for (task_id, bundle_id, mode, reason), (calls, _) in measured.decisions.items():
        yield calls, measured.of(task_id, bundle_id) | {MODE: mode.value, REASON: reason.value}


def _student_time(measured: Measurements) -> Iterable[Point]:
    spent: dict[tuple[str, str, str], float] = {}
    for (task_id, bundle_id, _, _), (_, student_ms) in measured.decisions.items():
        key = (task_id, bundle_id, "answer")
        spent[key] = spent.get(key, 0.0) + student_ms
    for (task_id, bundle_id, _, _), (_, student_ms) in measured.comparisons.items():
        key = (task_id, bundle_id, "comparison")
        spent[key] = spent.get(key, 0.0) + student_ms
    for (task_id, bundle_id, purpose), student_ms in spent.items():
        if student_ms:
            yield student_ms / 1e3, measured.of(task_id, bundle_id) | {PURPOSE: purpose}


def _comparisons(measured: Measurements) -> Iterable[Point]:
    for (task_id, bundle_id, accepted, agreed), (made, _) in measured.comparisons.items():
        yield made, measured.of(task_id, bundle_id) | {ACCEPTED: accepted, AGREED: agreed}


def _dropped(measured: Measurements) -> Iterable[Point]:
    yield measured.dropped, {}


def _loaded(measured: Measurements) -> Iterable[Point]:
    for task_id, students in measured.loaded.items():
        yield students, measured.of(task_id)


def _each(points: Callable[[Measurements], Iterable[Point]]) -> Instrument:
    return _metered.each(lambda substitutor: points(substitutor.measure()))


_metered: Metered[Observed] = Metered(SUBSTITUTOR, add_instruments)
observe, number_of = _metered.observe, _metered.number_of
