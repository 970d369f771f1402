"""An analysis reads calls a window at a time, each call once, and what it called a task stays one."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from benchmarks.agents import AGENTS
from slm_instrument.analyze import recipe
from slm_instrument.analyze.reading import windows
from slm_instrument.errors import StoreError
from slm_instrument.records import new_id
from slm_instrument.scale import LocalEngine
from slm_instrument.store import AnalysisRecord, BundleRecord, Note, Selection, Verdict
from slm_instrument.store.selecting import EVERY_CALL


class Watched:
    """A store that says which calls were read to find tasks, and breaks off when so many analyses were saved."""

    def __init__(self, store, saves=None):
        self._store, self._saves = store, saves
        self.read = []

    def __getattr__(self, name):
        return getattr(self._store, name)

    def iter_calls(self, where=EVERY_CALL, **options):
        for call in self._store.iter_calls(where, **options):
            if where.ids is None:  # else it is shown, not analysed
                self.read.append(call.id)
            yield call

    def save_analysis(self, *arguments):
        if self._saves == 0:
            raise StoreError("killed")
        self._saves = None if self._saves is None else self._saves - 1
        self._store.save_analysis(*arguments)


def analysed(store, words, *, window=10_000, anew=False, since=None):
    return recipe.run(
        store,
        min_calls=5,
        embedder=words,
        engine=LocalEngine(),
        anew=anew,
        since=since,
        progress=None,
        window=window,
    )


def tasks_and_assignments(store):
    return {task.id: task.calls for task in store.tasks()}, dict(store.iter_assignments())


@pytest.fixture
def grown(monkeypatch):
    """No application is so young that its tasks are found again."""
    monkeypatch.setattr(recipe, "YOUNG_CALLS", 0)


@pytest.mark.parametrize("size", [60, 101])
def test_the_same_tasks_whatever_the_window(made, store, words, size):
    log = list(made.agent_log(60))
    store.add_calls([each for each, _ in log])
    analysed(store, words, window=size)
    found = tasks_and_assignments(store)
    assert {(kind, found[1][each.id]) for each, kind in log} == {
        (kind, found[1][each.id]) for each, kind in log[:60]
    }  # no kind has a second task
    assert None not in found[1].values()
    analysed(store, words, anew=True)
    assert tasks_and_assignments(store) == found


def test_each_call_is_in_one_window_and_those_of_no_task_are_looked_at_again(made, store):
    calls = [each for each, _ in made.agent_log(30)]
    store.add_calls(calls)
    ids, where = [each.id for each in calls], Selection(pending=True)
    analysis = AnalysisRecord(id=new_id(), started_at=datetime.now(UTC), calls=len(calls))
    fresh, again = [], []
    for window in windows(store, LocalEngine(), where, size=40):
        own = window.corpus.ids
        assert len(set(own)) == len(own)
        fresh.append(own[window.again :])
        again.append(own[: window.again])
        store.save_analysis(analysis, [], [Note(call_id=id, prompt=1) for id in own])
    assert [id for own in fresh for id in own] == ids
    assert again == [[id for own in fresh[:at] for id in own] for at in range(len(fresh))]
    assert store.count_calls(where) == 0


def test_anew_looks_again_at_what_it_has_come_to_only(made, store):
    calls = [each for each, _ in made.agent_log(30)]
    store.add_calls(calls)
    analysis = AnalysisRecord(id=new_id(), started_at=datetime.now(UTC), calls=len(calls))
    store.save_analysis(analysis, [], [Note(call_id=each.id, prompt=1) for each in calls])
    seen = [(window.again, window.corpus.ids) for window in windows(store, LocalEngine(), Selection(), size=40)]
    assert [id for again, own in seen for id in own[again:]] == [each.id for each in calls]
    assert all(len(set(own)) == len(own) for _, own in seen)
    assert [again for again, _ in seen] == [40 * at for at in range(len(seen))]


@pytest.mark.parametrize("saves", [0, 1, 2])
def test_a_killed_analysis_goes_on_where_it_was(made, store, words, saves, grown):
    calls = [each for each, _ in made.agent_log(60)]
    store.add_calls(calls)
    killed = Watched(store, saves)
    with pytest.raises(StoreError, match="killed"):
        analysed(killed, words, window=100)
    assert store.count_calls(Selection(pending=True)) == len(calls) - 100 * saves
    second = Watched(store)
    analysed(second, words, window=100)
    assert second.read == [each.id for each in calls[100 * saves :]]
    resumed = tasks_and_assignments(store)
    assert sum(resumed[0].values()) == len(calls)
    analysed(store, words, window=100, anew=True)
    assert tasks_and_assignments(store) == resumed


def test_an_embedder_that_fails_loses_the_window_only(made, store, words, grown):
    class Failing:
        name = "failing"

        def __init__(self, times):
            self._left = times

        def __call__(self, texts):
            self._left -= 1
            if self._left < 0:
                raise MemoryError
            return words(texts)

    store.add_calls([each for each, _ in made.agent_log(60)])
    with pytest.raises(MemoryError):
        analysed(store, Failing(2), window=100)
    left = store.count_calls(Selection(pending=True))
    assert left < store.count_calls()
    analysed(store, words, window=100)
    assert {task.calls > 0 for task in store.tasks()} == {True}
    assert store.count_calls(Selection(pending=True)) == 0


def test_analysing_twice_reads_no_call_again_and_changes_nothing(made, store, words):
    store.add_calls([each for each, _ in made.agent_log(40)])
    first = analysed(store, words)
    watched = Watched(store)
    second = analysed(watched, words)
    assert watched.read == []
    assert second.tasks == first.tasks
    assert (second.calls, second.total, second.agents) == (first.calls, first.total, first.agents)


@pytest.mark.parametrize(("app", "young", "share"), [("rag", 0, 1.0), ("helpdesk", 10_000, 0.9)])
def test_ten_slices_of_a_growing_log_keep_their_ids(store, words, app, young, share, monkeypatch):
    monkeypatch.setattr(recipe, "YOUNG_CALLS", young)
    calls = [call for call, _ in AGENTS[app](traces=24)]
    before, kept, total = {}, 0, 0
    for part in np.array_split(np.arange(len(calls)), 10):
        store.add_calls([calls[at] for at in part.tolist()])
        analysed(store, words)
        after = dict(store.iter_assignments())
        known = {id: task for id, task in before.items() if task is not None}
        total += len(known)
        kept += sum(after[id] == task for id, task in known.items())
        before = after
    assert kept >= share * total > 0


def test_anew_a_task_keeps_the_id_and_name_of_most_of_its_calls(made, store, words):
    store.add_calls([each for each, _ in made.agent_log(40)])
    analysed(store, words)
    tasks = store.tasks()
    renamed = {task.id: f"id{number:010}" for number, task in enumerate(tasks)}  # no digest of what they hold
    notes = [Note(call_id=id, task_id=renamed[task]) for id, task in store.iter_assignments()]
    named = [replace(task, id=renamed[task.id], name=f"name-{at}") for at, task in enumerate(tasks)]
    store.save_analysis(AnalysisRecord(id="x", started_at=datetime.now(UTC), calls=1), named, notes)
    again = analysed(store, words, anew=True)
    assert {task.id: task.name for task in again.tasks} == {task.id: task.name for task in named}


def test_since_leaves_out_what_started_before(made, store, words):
    now = datetime.now(UTC)
    old = [each for each, _ in made.agent_log(20)]
    new = [each for each, _ in made.agent_log(20, seed=1)]
    store.add_calls([replace(each, started_at=now - timedelta(days=9)) for each in old])
    store.add_calls([replace(each, started_at=now) for each in new])
    analysis = analysed(store, words, since=now - timedelta(days=1))
    assert set(dict(store.iter_assignments())) == {each.id for each in new}
    assert sum(task.calls for task in analysis.tasks) == len(new)
    analysed(store, words)
    assert store.count_calls(Selection(pending=True)) == 0


def test_an_application_with_few_calls_is_looked_at_again_when_more_come(made, store, words):
    log = list(made.agent_log(3))
    store.add_calls([each for each, _ in log])
    analysed(store, words)
    more = list(made.agent_log(60, seed=1))
    store.add_calls([each for each, _ in more])
    watched = Watched(store)
    analysed(watched, words)
    assert Counter(watched.read) == Counter(each.id for each, _ in [*log, *more])
    assigned = dict(store.iter_assignments())
    assert len({(kind, assigned[each.id]) for each, kind in [*log, *more]}) == 4


def test_where_a_student_was_trained_the_tasks_stay(made, store, words):
    store.add_calls([each for each, _ in made.agent_log(20)])
    task = analysed(store, words).tasks[0]
    bundle = {"path": "x", "verdict": Verdict.CERTIFIED, "manifest_sha256": "0", "dataset_id": None}
    store.save_bundle(BundleRecord(id="b", task_id=task.id, created_at=datetime.now(UTC), **bundle))
    more = [each for each, _ in made.agent_log(20, seed=1)]
    store.add_calls(more)
    watched = Watched(store)
    analysed(watched, words)
    assert watched.read == [each.id for each in more]
    assert store.find_task(task.id).templates == task.templates
