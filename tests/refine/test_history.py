"""What counts as new, what never counts, and what is remembered of students."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument.curate.dataset import build_dataset
from slm_instrument.records import Outcome
from slm_instrument.refine.attempts import Attempts
from slm_instrument.refine.history import read_histories
from slm_instrument.store import (
    AnalysisRecord,
    BundleRecord,
    DatasetRecord,
    Flag,
    Mode,
    Note,
    Transition,
    Verdict,
    open_store,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BUNDLE = BundleRecord(
    id="b1",
    task_id="shop-intent",
    dataset_id="d1",
    created_at=NOW,
    path="nowhere",
    verdict=Verdict.CERTIFIED,
    manifest_sha256="",
)


@pytest.fixture
def store():
    opened = open_store("memory://")
    yield opened
    opened.close()


@pytest.fixture
def put(store, make_task):
    """Puts calls into the store as an analysis would note them, all of one task."""

    def noted(calls):
        store.add_calls(calls)
        notes = [
            Note(call_id=call.id, task_id="shop-intent", variant=0, prompt=hash(call.messages) >> 1, answer=1)
            for call in calls
        ]
        record = AnalysisRecord(id=calls[0].id, started_at=NOW, calls=len(calls))
        store.save_analysis(record, [make_task()], notes)

    return noted


@pytest.fixture
def history(store, tmp_path, make_task):
    return lambda: read_histories(store, [make_task()], Attempts(tmp_path))[0]


def dataset(calls, at=NOW):
    return DatasetRecord(id="d1", task_id="shop-intent", created_at=at, splits={"training": [c.id for c in calls]})


def moved(number, before, after, at=NOW + timedelta(days=1), bundle_id="b1"):
    return Transition(
        at=at,
        task_id="shop-intent",
        bundle_id=bundle_id,
        number=number,
        before=before,
        after=after,
        because="figures",
    )


def test_calls_behind_the_last_one_of_the_dataset_are_new(store, put, history, desk_calls):
    calls = desk_calls(20)
    put(calls)
    assert (history().usable, history().new, history().known) == (20, 20, 0)
    store.save_dataset(dataset(calls[2:10:2]))  # of inputs that are alike one is named
    found = history()
    assert (found.usable, found.known, found.new, found.last_known) == (20, 9, 11, calls[8].id)
    put(desk_calls(5, seed=1))
    assert (history().known, history().new) == (9, 16)


def test_right_after_a_training_nothing_is_new(store, put, history, desk_calls, make_task, words):
    calls = desk_calls(260)
    twins = [replace(call, id=f"twin-{call.id}", trace_id=f"twin-{call.trace_id}") for call in calls[:40]]
    put([*calls, *twins])  # of a held-out call and its twin one is named
    for seed in range(30):  # until it is not the last
        made = build_dataset(store, make_task(), embedder=words, seed=seed)
        if made.record.settings["unnamed"]:
            break
    assert made.record.settings["unnamed"] > 0
    assert (history().known, history().new) == (300, 0)
    put(desk_calls(5, seed=1))
    assert (history().known, history().new) == (300, 5)


def test_calls_that_are_past_their_time_were_known(store, put, history, desk_calls):
    put(desk_calls(20))
    store.save_dataset(dataset(desk_calls(300, seed=5)))
    assert (history().known, history().new) == (300, 20)


def test_what_a_student_answered_never_counts_and_never_teaches(store, put, history, desk_calls, make_task, words):
    put(desk_calls(260))
    store.save_bundle(replace(BUNDLE, dataset_id=None))
    students = desk_calls(400, seed=1, served_by="slm:b1")
    put(students)
    assert history().usable == 260
    made = build_dataset(store, make_task(), embedder=words)
    assert not {call.id for call in students} & {call for split in made.record.splits.values() for call in split}
    assert made.curation.left_out == {"answered by a student": 400}
    assert (history().known, history().new) == (260, 0)


def test_what_curation_leaves_out_does_not_count(store, put, history, desk_calls):
    calls = desk_calls(6)
    calls[0] = replace(calls[0], audience="human")
    put(calls)
    outcome = Outcome(id="o1", call_id=calls[1].id, name="good", good=False, at=NOW)
    store.add_outcomes([outcome, replace(outcome, id="o2", call_id=None, trace_id=calls[2].trace_id)])
    notes = [Note(call_id=calls[3].id, task_id="shop-intent", prompt=1, answer=1)]  # no template recognises it
    notes += [Note(call_id=calls[4].id, task_id="shop-intent", prompt=1, variant=0)]  # no answer
    store.save_analysis(AnalysisRecord(id="a2", started_at=NOW, calls=6), store.tasks(), notes)
    assert (history().usable, history().prompts) == (1, 1)


def test_equal_prompts_are_counted_once(put, history, desk_calls):
    calls = desk_calls(3)
    put([*calls, *(replace(call, id=f"{call.id}-again") for call in calls)])
    assert (history().usable, history().prompts) == (6, 3)


class TestDemotion:
    def test_the_last_move_counts_if_it_went_down(self, store, put, history, desk_calls):
        put(desk_calls(2))
        assert history().demotion is None
        store.add_transition(moved(1, Mode.SHADOW, Mode.CANARY))
        assert history().demotion is None
        store.add_transition(moved(2, Mode.CANARY, Mode.OFF))
        assert history().demotion.after is Mode.OFF
        store.add_transition(moved(3, Mode.OFF, Mode.SHADOW))
        assert history().demotion is None

    def test_calls_since_then_are_counted(self, store, put, history, desk_calls):
        store.add_transition(moved(1, Mode.ON, Mode.SHADOW))
        put([replace(call, started_at=NOW) for call in desk_calls(3)])
        put([replace(call, started_at=NOW + timedelta(days=2)) for call in desk_calls(4, seed=1)])
        assert (history().since_demotion, history().new) == (4, 7)

    def test_a_dataset_that_was_made_since_has_answered_it(self, store, put, history, desk_calls):
        put(desk_calls(2))
        store.add_transition(moved(1, Mode.ON, Mode.SHADOW))
        store.save_dataset(dataset((), at=NOW + timedelta(days=3)))
        assert history().demotion is None


def test_a_dataset_without_a_student_is_unfinished(store, put, history, desk_calls):
    put(desk_calls(2))
    assert not history().unfinished
    store.save_dataset(dataset(()))
    assert history().unfinished
    store.save_bundle(BUNDLE)
    assert not history().unfinished


def test_an_attempt_counts_until_somebody_trains_a_student(store, put, history, desk_calls, tmp_path):
    put(desk_calls(2))
    Attempts(tmp_path).begin("shop-intent", 2, "how")
    store.save_dataset(dataset(()))
    store.save_bundle(BUNDLE)  # made before
    assert history().attempt.times == 1
    store.save_bundle(replace(BUNDLE, id="b2", created_at=datetime.now(UTC) + timedelta(minutes=1)))
    assert history().attempt is None


def test_the_mode_is_that_of_the_flag(store, put, history, desk_calls):
    put(desk_calls(2))
    assert history().mode is None
    store.set_flag(Flag(task_id="shop-intent", mode=Mode.AUTO, set_at=NOW, set_by="me"))
    assert history().mode is Mode.AUTO


def test_a_bundle_that_is_not_where_it_was_promises_nothing(store, put, history, desk_calls):
    put(desk_calls(2))
    store.save_dataset(dataset(()))
    store.save_bundle(BUNDLE)
    assert (history().bundle.id, history().target, history().comparator, history().recognised) == ("b1", None, None, ())
