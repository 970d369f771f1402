"""What substitutors do reaches whatever meter provider the application sets, and keeps none of them alive."""

import gc
import subprocess
import sys
import weakref

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from slm_instrument.records import Call, Message
from slm_instrument.runtime import Decision, Mode, Reason, Substitutor, metrics
from slm_instrument.runtime.counts import Counts
from slm_instrument.runtime.metrics import Measurements
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle


class Measured:
    """A substitutor as the metrics see it."""

    def __init__(self, **measurements):
        nothing = {"decisions": {}, "comparisons": {}, "dropped": 0, "loaded": {}, "names": {"t1": "intent"}}
        self.measurements = Measurements(**(nothing | measurements))

    def measure(self):
        return self.measurements


@pytest.fixture
def observed():
    """Observes substitutors for the time of a test."""
    ends = []

    def observe(measured):
        ends.append(metrics.observe(measured))
        return measured

    yield observe
    for end in ends:
        end()


@pytest.fixture
def points():
    """Values by attributes, of one metric and one substitutor."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    metrics.add_instruments(provider.get_meter("test"))

    def read(name, measured):
        number = metrics.number_of(measured)
        return {
            frozenset(
                (key.removeprefix("slm_instrument."), value)
                for key, value in point.attributes.items()
                if key != metrics.SUBSTITUTOR
            ): point.value
            for metric in _metrics(reader)
            if metric.name == name
            for point in metric.data.data_points
            if point.attributes[metrics.SUBSTITUTOR] == number
        }

    yield read
    provider.shutdown()


def _metrics(reader):
    data = reader.get_metrics_data()
    return (
        []
        if data is None
        else [metric for of in data.resource_metrics for scope in of.scope_metrics for metric in scope.metrics]
    )


def attributes(**values):
    return frozenset((key.replace("__", "."), value) for key, value in values.items())


OF_TASK = {"task__id": "t1", "task__name": "intent", "bundle__id": "b1"}


def test_decisions_are_counted_by_the_way_they_were_made(points, observed):
    counts = Counts()
    for _ in range(3):
        counts.add(Decision(mode=Mode.ON, reason=Reason.SUBSTITUTED, task_id="t1", bundle_id="b1", student_ms=2.0))
    counts.add(Decision(mode=Mode.ON, reason=Reason.LOW_CONFIDENCE, task_id="t1", bundle_id="b1", student_ms=4.0))
    counts.add(Decision(mode=Mode.OFF, reason=Reason.NO_MATCH))
    measured = observed(Measured(decisions=counts.snapshot()))
    assert points("slm_instrument.decisions", measured) == {
        attributes(**OF_TASK, mode="on", reason="SUBSTITUTED"): 3,
        attributes(**OF_TASK, mode="on", reason="LOW_CONFIDENCE"): 1,
        attributes(mode="off", reason="NO_MATCH"): 1,
    }


def test_the_time_of_students_is_counted_in_seconds_whatever_became_of_it(points, observed):
    decisions = {
        ("t1", "b1", Mode.ON, Reason.SUBSTITUTED): (3, 6.0),
        ("t1", "b1", Mode.ON, Reason.TIMEOUT): (1, 250.0),
        ("", "", Mode.OFF, Reason.NO_MATCH): (9, 0.0),
    }
    comparisons = {("t1", "b1", True, True): (2, 3.0), ("t1", "b1", False, True): (1, 1.0)}
    measured = observed(Measured(decisions=decisions, comparisons=comparisons))
    found = points("slm_instrument.student.time", measured)
    assert found == {
        attributes(**OF_TASK, purpose="answer"): pytest.approx(0.256),
        attributes(**OF_TASK, purpose="comparison"): pytest.approx(0.004),
    }


def test_comparisons_are_counted_by_how_they_went(points, observed):
    comparisons = {("t1", "b1", True, True): (20, 30.0), ("t1", "b1", True, False): (1, 1.0)}
    measured = observed(Measured(comparisons=comparisons, dropped=4))
    assert points("slm_instrument.comparisons.made", measured) == {
        attributes(**OF_TASK, accepted=True, agreed=True): 20,
        attributes(**OF_TASK, accepted=True, agreed=False): 1,
    }
    assert points("slm_instrument.comparisons.dropped", measured) == {attributes(): 4}


def test_students_in_memory_may_become_fewer(points, observed):
    measured = observed(Measured(loaded={"t1": 2}))
    of_task = attributes(task__id="t1", task__name="intent")
    assert points("slm_instrument.students.loaded", measured) == {of_task: 2}
    measured.measurements = Measured(loaded={"t1": 0}).measurements
    assert points("slm_instrument.students.loaded", measured) == {of_task: 0}


def test_substitutors_of_a_process_are_told_apart(points, observed):
    first, second = (observed(Measured(dropped=count)) for count in (3, 5))
    for measured, count in ((first, 3), (second, 5)):
        assert points("slm_instrument.comparisons.dropped", measured) == {attributes(): count}


def test_a_substitutor_is_not_kept_alive_and_what_has_ended_is_not_measured(points):
    measured = Measured(dropped=1)
    end = metrics.observe(measured)
    end()
    end()
    assert points("slm_instrument.comparisons.dropped", measured) == {}
    end, alive = metrics.observe(measured), weakref.ref(measured)
    del measured
    gc.collect()
    assert alive() is None
    end()


def test_units_are_those_of_the_conventions(observed):
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    metrics.add_instruments(provider.get_meter("test"))
    measured = observed(
        Measured(
            decisions={("t1", "b1", Mode.ON, Reason.SUBSTITUTED): (1, 2.0)},
            comparisons={("t1", "b1", True, True): (1, 1.0)},
            loaded={"t1": 1},
        )
    )
    units = {metric.name.removeprefix("slm_instrument."): metric.unit for metric in _metrics(reader)}
    assert metrics.number_of(measured) is not None
    assert units == {
        "decisions": "{call}",
        "student.time": "s",
        "comparisons.made": "{comparison}",
        "comparisons.dropped": "{comparison}",
        "students.loaded": "{student}",
    }
    provider.shutdown()


def test_what_a_substitutor_did_is_what_is_measured(points, tmp_path):
    bundle = write_fake_bundle(tmp_path, task_id="t1", task_name="intent", last=Pattern(("Intent of: ", SLOT)))
    student = ScriptedStudent(lambda _: "greeting")
    with Substitutor(
        tmp_path, store="memory://", modes={"intent": "on:0.5"}, load_student=lambda _: student
    ) as substitutor:
        for n in range(40):
            call = Call(messages=(Message("user", f"Intent of: {n}"),), trace_id=str(n))
            substitutor.observe(call, substitutor.decide(call), Message("assistant", "greeting"))
        assert substitutor.flush()
    of_bundle = OF_TASK | {"bundle__id": bundle.manifest.id}
    decided = points("slm_instrument.decisions", substitutor)
    substituted, audited = (
        decided[attributes(**of_bundle, mode="on", reason=reason)] for reason in ("SUBSTITUTED", "AUDIT")
    )
    assert substituted + audited == 40
    assert points("slm_instrument.comparisons.made", substitutor) == {
        attributes(**of_bundle, accepted=True, agreed=True): audited
    }
    assert set(points("slm_instrument.student.time", substitutor)) == {
        attributes(**of_bundle, purpose=purpose) for purpose in ("answer", "comparison")
    }
    assert points("slm_instrument.students.loaded", substitutor) == {attributes(task__id="t1", task__name="intent"): 1}


def test_importing_it_loads_no_opentelemetry():
    code = "import sys, slm_instrument.runtime.metrics; assert not [m for m in sys.modules if 'opentelemetry' in m]"
    subprocess.run([sys.executable, "-c", code], check=True)
