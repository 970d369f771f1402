"""The recorder's measurements reach whatever meter provider the application sets, and keep no recorder alive."""

import gc
import subprocess
import sys
import weakref
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from slm_instrument.capture import metrics
from slm_instrument.capture.stats import RecorderStats
from slm_instrument.records import Call


class Measured:
    """A recorder as the metrics see it."""

    def __init__(self, lag=None, **counts):
        self._stats = RecorderStats(**counts)
        self._lag = lag

    def stats(self):
        return self._stats

    def lag(self):
        return self._lag


@pytest.fixture
def measured():
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    metrics.add_instruments(provider.get_meter("test"))
    yield lambda: _points(reader)
    provider.shutdown()


def _points(reader):
    """Value by name and recorder."""
    data = reader.get_metrics_data()
    if data is None:
        return {}
    found = [
        metric for resource in data.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics
    ]
    return {
        (metric.name.removeprefix("slm_instrument.recorder."), point.attributes[metrics.RECORDER]): point.value
        for metric in found
        for point in metric.data.data_points
    }


def _of(points, number):
    return {name: value for (name, recorder), value in points.items() if recorder == number}


def _number(recorder):
    return metrics.number_of(recorder)


def test_every_count_is_measured(measured):
    recorder = Measured(0.25, submitted=10, queued=1, written=4, spooled=2, dropped=1, errors=2)
    end = metrics.observe(recorder)
    expected = {"submitted": 10, "written": 4, "dropped": 1, "errors": 2, "queue": 1, "spooled": 2, "lag": 0.25}
    assert _of(measured(), _number(recorder)) == expected
    end()


def test_there_is_no_lag_before_the_first_batch(measured):
    recorder = Measured(None)
    end = metrics.observe(recorder)
    assert "lag" not in _of(measured(), _number(recorder))
    end()


def test_recorders_of_a_process_are_told_apart(measured):
    recorders = [Measured(submitted=count) for count in (3, 5)]
    ends = [metrics.observe(recorder) for recorder in recorders]
    points = measured()
    assert [points["submitted", _number(recorder)] for recorder in recorders] == [3, 5]
    for end in ends:
        end()


def test_a_recorder_is_not_kept_alive(measured):
    recorder = Measured(submitted=1)
    end = metrics.observe(recorder)
    number, alive = _number(recorder), weakref.ref(recorder)
    del recorder
    gc.collect()
    assert alive() is None
    assert _of(measured(), number) == {}
    end()


def test_what_has_ended_is_not_measured(measured):
    recorder = Measured()
    end = metrics.observe(recorder)
    number = _number(recorder)
    end()
    end()
    assert _of(measured(), number) == {}


def test_the_lag_is_that_of_the_call_that_waited_longest():
    now = datetime.now(UTC)
    calls = [
        Call(started_at=now - timedelta(seconds=5), duration_ms=4000.0),
        Call(started_at=now - timedelta(seconds=3), duration_ms=500.0),
        Call(),
    ]
    assert 2.5 <= metrics.lag_of(calls) < 3.5
    assert metrics.lag_of([Call(started_at=now + timedelta(hours=1))]) == 0
    assert metrics.lag_of([Call()]) is None


PROVIDER_SET_LATER = """
import sys
from slm_instrument.capture import metrics
from slm_instrument.capture.stats import RecorderStats
assert "opentelemetry" not in sys.modules

class Measured:
    def stats(self): return RecorderStats(submitted=7)
    def lag(self): return 0.5

measured = Measured()
metrics.observe(measured)
from opentelemetry.metrics import set_meter_provider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
set_meter_provider(MeterProvider([reader]))
print(reader.get_metrics_data().to_json())
"""

NOT_INSTALLED = """
import sys
sys.modules["opentelemetry"] = None
from slm_instrument.capture import metrics

class Measured: pass

measured = Measured()
metrics.observe(measured)()
"""


def test_a_meter_provider_may_be_set_later():
    done = subprocess.run([sys.executable, "-c", PROVIDER_SET_LATER], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert '"slm_instrument.recorder.submitted"' in done.stdout
    assert '"value": 7' in done.stdout


def test_without_opentelemetry_there_are_none():
    done = subprocess.run([sys.executable, "-c", NOT_INSTALLED], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
