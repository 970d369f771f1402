"""The whole analysis over a real store."""

import json
import random
from collections import Counter
from dataclasses import replace

import pytest
from rich.console import Console

from slm_instrument.analyze import analyze
from slm_instrument.analyze.report import render_table, tasks_table, tasks_to_json, to_json
from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import ConfigError, MissingExtraError, NotEnoughDataError
from slm_instrument.records import Call, Failure, Message
from slm_instrument.template import Prompt, best_match


def printed(renderable):
    console = Console(width=200)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def task_of_kind(store, kinds):
    """Task id of each kind, which must have one and the same for all its calls."""
    assigned = dict(store.iter_assignments())
    assert set(assigned) == set(kinds)
    found = Counter((kind, assigned[id]) for id, kind in kinds.items())
    assert len(found) == len(set(kinds.values()))
    return {kind: task for kind, task in found}


def test_every_kind_becomes_a_task_that_its_templates_recognise(made, store, words):
    log = list(made.agent_log(60))
    store.add_calls([each for each, _ in log])
    analysis = analyze(store, embedder=words)
    tasks = task_of_kind(store, {each.id: kind for each, kind in log})
    assert len(analysis.tasks) == len(tasks) == 4
    assert (analysis.calls, analysis.unassigned) == (len(log), 0)
    assert list(analysis.tasks) == store.tasks()
    assert len({task.name for task in analysis.tasks}) == 4
    classify = store.find_task(tasks["classify"])
    assert classify.kind is AnswerKind.CLOSED_SET
    assert set(classify.answers) == set(made.LABELS)
    assert (classify.name, classify.agents, classify.app) == ("message-router", ("message-router",), "shop")
    assert classify.calls == 60
    assert all(task.matchable == 1 for task in analysis.tasks)
    templates = {template: task.id for task in analysis.tasks for template in task.templates}
    for each, kind in made.agent_log(20, seed=9):
        found = best_match(templates, Prompt.of_call(each))
        assert found is not None
        assert templates[found[0]] == tasks[kind]


def test_ids_and_names_survive_more_calls_and_another_analysis(made, store, words):
    log = list(made.agent_log(40))
    store.add_calls([each for each, _ in log])
    first = analyze(store, embedder=words)
    before = dict(store.iter_assignments())
    log += list(made.agent_log(60, seed=1))
    store.add_calls([each for each, _ in log])
    second = analyze(store, embedder=words)
    after = dict(store.iter_assignments())
    assert {task.id: task.name for task in first.tasks} == {task.id: task.name for task in second.tasks}
    assert all(after[id] == task for id, task in before.items())
    assert second.calls == len(log)


def test_what_is_replaceable_is_what_neighbours_answer(made, store, embedder):
    cooking = ("roast chicken", "boil potatoes", "bake bread", "fry an egg", "stir the soup", "season the stew")
    travel = ("fly to Rome", "catch a train", "book a hotel", "find my passport", "rent a car", "see the harbour")
    where = ("before guests come", "on a rainy day", "without much money", "with two children", "as beginners do")
    openings = ("Can I {} {}?", "Tell me how to {}, {}.", "{} {}, is that wise?", "Somebody ought to {} {}!")
    draw = random.Random(0)
    calls = []
    for number in range(160):
        topic, doings = draw.choice([("cooking", cooking), ("travel", travel)])
        text = f"{draw.choice(openings).format(draw.choice(doings), draw.choice(where))} {draw.choice(made.NAMES)}"
        calls.append(made.call(f"t{number}", f"t{number}", text, topic, system=made.CLASSIFY))
        letter = "You write one letter to the customer about the note. " * 2
        calls.append(made.call(f"l{number}", f"t{number}", text, made.sentence(draw), system=letter))
    store.add_calls(calls)
    analysis = analyze(store, embedder=embedder)
    topic, letter = sorted(analysis.tasks, key=lambda task: task.kind is not AnswerKind.CLOSED_SET)
    assert topic.replaceable > 0.9
    assert letter.replaceable == 0
    assert analysis.total.replaceable_calls == pytest.approx(topic.replaceable / 2)


def test_students_and_failures_belong_to_tasks_but_count_for_nothing(made, store, words):
    draw = random.Random(0)
    calls = [
        made.call(f"c{at}", f"t{at}", made.sentence(draw), made.LABELS[at % 3], system=made.CLASSIFY)
        for at in range(60)
    ]
    students = [
        replace(each, id=f"s{each.id}", served_by="slm:b1", response=Message("assistant", "?")) for each in calls
    ]
    failed = [replace(each, id=f"f{each.id}", response=None, error=Failure("Timeout")) for each in calls[:7]]
    human = [replace(each, id=f"h{each.id}", audience="human") for each in calls[:5]]
    store.add_calls([*calls, *students, *failed, *human])
    analysis = analyze(store, embedder=words)
    (task,) = analysis.tasks
    assert task.calls == 60
    assert set(task.answers) == set(made.LABELS)
    assert (analysis.student, analysis.failed, analysis.human, analysis.unassigned) == (60, 7, 5, 0)
    assigned = dict(store.iter_assignments())
    assert {assigned[each.id] for each in (*calls, *students, *failed)} == {task.id}
    assert {assigned[each.id] for each in human} == {None}


def test_two_applications_share_no_task(made, store, words):
    draw = random.Random(0)
    store.add_calls(
        [
            made.call(f"c{at}", f"t{at}", made.sentence(draw), "x", system=made.CLASSIFY, app="ab"[at % 2])
            for at in range(40)
        ]
    )
    analysis = analyze(store, embedder=words)
    assert sorted((task.app, task.calls) for task in analysis.tasks) == [("a", 20), ("b", 20)]
    assert len({task.id for task in analysis.tasks}) == 2


def odd_logs(made):
    draw = random.Random(0)

    def calls(count, text, answer="x", system=None):
        return [made.call(str(at), f"t{at}", text(at), answer, system=system and system()) for at in range(count)]

    def chinese(at):
        return f"请把下面的句子翻译成英文:{''.join(draw.choices('天地玄黄宇宙洪荒', k=9))}"

    return {
        "one call": calls(1, lambda at: "hello"),
        "all the same": calls(30, lambda at: "hello there my friend"),
        "nothing asked": [Call(id=str(at), response=Message("assistant", "x")) for at in range(12)],
        "nothing answered": calls(12, lambda at: "say nothing at all, please", ""),
        "all failed": [Call(id=str(at), error=Failure("Timeout")) for at in range(12)],
        "megabytes": calls(6, lambda at: f"{at} " * 400_000, system=lambda: "Summarise the text."),
        "junk": calls(40, lambda at: "".join(map(chr, draw.choices(range(1, 0x250), k=300)))),
        "other scripts": calls(30, chinese),
        "system prompts that differ": calls(60, lambda at: made.sentence(draw), system=lambda: made.sentence(draw)),
    }


ODD = (
    "one call",
    "all the same",
    "nothing asked",
    "nothing answered",
    "all failed",
    "megabytes",
    "junk",
    "other scripts",
    "system prompts that differ",
)


@pytest.mark.parametrize("which", ODD)
def test_odd_logs_are_analysed_all_the_same(which, made, store, words):
    calls = odd_logs(made)[which]
    store.add_calls(calls)
    analysis = analyze(store, embedder=words)
    assert analysis.calls == len(calls)
    assert [id for id, _ in store.iter_assignments()] == [each.id for each in calls]
    assert sum(task.calls for task in analysis.tasks) + analysis.unassigned + analysis.failed == len(calls)
    assert printed(render_table(analysis))
    json.dumps(to_json(analysis))


def test_an_empty_store_is_said_in_one_line(store, words):
    with pytest.raises(NotEnoughDataError, match="no calls"):
        analyze(store, embedder=words)
    assert store.tasks() == []


def test_wrong_use_and_a_missing_extra_are_said_before_any_work(store, monkeypatch):
    with pytest.raises(ConfigError, match="min_calls"):
        analyze(store, min_calls=0)
    monkeypatch.setattr("slm_instrument.analyze.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"slm-instrument\[analyze\]"):
        analyze(store)


def test_progress_is_told_to_the_end(made, store, words):
    store.add_calls([each for each, _ in made.agent_log(20)])
    told = []
    analyze(store, embedder=words, progress=told.append)
    last = {progress.stage: progress for progress in told}
    assert len(last) == 3
    assert all(progress.done == progress.total > 0 for progress in last.values())


def test_reports_hold_every_task_and_agent(made, store, words):
    store.add_calls([each for each, _ in made.agent_log(40)])
    analysis = analyze(store, embedder=words)
    table = printed(render_table(analysis))
    assert all(task.name in table and task.id in table for task in analysis.tasks)
    assert "message-router" in table
    values = to_json(analysis)
    assert [task["id"] for task in values["tasks"]] == [task.id for task in analysis.tasks]
    assert {"id", "name", "kind", "calls", "tokens", "cost_usd", "replaceable"} <= values["tasks"][0].keys()
    assert sum(agent["calls"] for agent in values["agents"]) == values["total"]["calls"] == analysis.calls
    assert tasks_to_json(store.tasks()) == {"tasks": values["tasks"]}
    assert analysis.tasks[0].name in printed(tasks_table(store.tasks()))
    assert "analyze" in printed(tasks_table([]))
