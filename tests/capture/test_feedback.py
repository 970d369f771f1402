"""What the application says of its calls reaches the store as surely as the calls do."""

import pytest

from slm_instrument.capture import Recorder, RecorderStats
from slm_instrument.store import open_store
from slm_instrument.testing import make_call


def outcomes(store):
    return [(each.call_id, each.trace_id, each.name, each.good, each.score) for each in store.iter_outcomes()]


def test_feedback_is_in_the_store_with_its_call(url):
    with Recorder(url) as recorder:
        recorder.record(make_call(id="a"))
        recorder.feedback(call_id="a", good=False)
        recorder.feedback(trace_id="run", score=0.75, name="reviewer")
        recorder.feedback(call_id="a", score=0, good=True)
        assert recorder.flush(20)
        assert recorder.stats() == RecorderStats(submitted=4, written=4)
    store = open_store(url)
    assert outcomes(store) == [
        ("a", None, "feedback", False, None),
        (None, "run", "reviewer", True, 0.75),
        ("a", None, "feedback", True, 0.0),
    ]
    assert all(each.at is not None for each in store.iter_outcomes())
    store.close()


def test_a_session_is_the_trace_that_its_calls_have(url):
    with Recorder(url) as recorder:
        recorder.record(make_call(trace_id="own:ann@example.org"))
        recorder.feedback(session="ann@example.org", good=False)
        assert recorder.flush(20)
    store = open_store(url)
    (call,), (outcome,) = store.iter_calls(), store.iter_outcomes()
    assert outcome.trace_id == call.trace_id
    assert "ann" not in call.trace_id
    store.close()


@pytest.mark.parametrize(
    "said",
    [
        {"good": True},
        {"call_id": "a"},
        {"call_id": "a", "score": float("nan")},
        {"call_id": "a", "score": "much"},
        {"call_id": "a", "score": object()},
    ],
)
def test_feedback_that_means_nothing_is_counted_and_raises_nothing(url, said, warnings_of):
    with Recorder(url) as recorder:
        recorder.feedback(**said)
        recorder.feedback(call_id=17, good=1)
        assert not recorder.flush(20)
        assert recorder.stats() == RecorderStats(submitted=2, written=1, errors=1)
    assert len(warnings_of("a call could not be recorded")) == 1
    store = open_store(url)
    assert outcomes(store) == [("17", None, "feedback", True, None)]
    store.close()


def test_what_no_database_takes_in_an_id_costs_nothing(url):
    with Recorder(url) as recorder:
        recorder.feedback(call_id="a\0\ud800", good=True, name="n\0")
        assert recorder.flush(20)
    store = open_store(url)
    assert outcomes(store) == [("a?", None, "n", True, None)]
    store.close()


def test_feedback_waits_on_disk_for_a_store_that_is_down(flaky):
    recorder = Recorder(flaky)
    flaky.down = True
    recorder.feedback(call_id="a", good=False)
    recorder.record(make_call(id="a"))
    recorder.feedback(call_id="a", good=True)
    assert not recorder.flush(0.3)
    flaky.down = False
    assert recorder.flush(10)
    assert outcomes(flaky) == [("a", None, "feedback", False, None), ("a", None, "feedback", True, None)]
    assert [call.id for call in flaky.iter_calls()] == ["a"]
    assert recorder.stats() == RecorderStats(submitted=3, written=3)
    recorder.close()


def test_what_a_process_left_is_written_by_the_next(url, tmp_path):
    (tmp_path / "calls.db").mkdir()  # no database can be there
    with Recorder(url) as recorder:
        recorder.feedback(call_id="a", good=False)
        recorder.record(make_call(id="a"))
        assert not recorder.flush(0.3)
    (tmp_path / "calls.db").rmdir()
    with Recorder(url) as recorder:
        recorder.record(make_call(id="b"))
        assert recorder.flush(20)
        assert recorder.stats() == RecorderStats(submitted=3, written=3, recovered=2)
    store = open_store(url)
    assert outcomes(store) == [("a", None, "feedback", False, None)]
    assert store.count_calls() == 2
    store.close()


def test_the_kill_switch_stops_feedback_too(url, monkeypatch):
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    with Recorder(url) as recorder:
        recorder.feedback(call_id="a", good=True)
        assert recorder.stats() == RecorderStats()
