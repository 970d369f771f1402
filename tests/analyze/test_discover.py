import random
from collections import Counter

import numpy as np
import pytest

from slm_instrument.analyze import discover
from slm_instrument.analyze.discover import find_groups
from slm_instrument.analyze.splits import NO_GROUP


def kinds_of(groups, kinds):
    return [Counter(kinds[row] for row in own.tolist()) for own in groups]


def rows_of(corpus):
    return np.arange(len(corpus))


def test_an_agents_log_falls_into_its_kinds(made):
    calls, kinds = zip(*made.agent_log(80), strict=True)
    corpus = made.corpus_of(calls)
    found = find_groups(corpus, rows_of(corpus), min_calls=5)
    assert sorted(next(iter(own)) for own in kinds_of(found.groups, kinds)) == [
        "classify",
        "dialogue",
        "patch",
        "search",
    ]
    assert all(len(own) == 1 for own in kinds_of(found.groups, kinds))
    assert not len(found.rest)


def test_a_report_that_many_traces_share_is_no_kind(made):
    draw = random.Random(0)
    reports = [f"<report>{'. '.join(made.sentence(draw) for _ in range(6))}</report>" for _ in range(8)]
    ask = "What is the bug about? Say it in one sentence for somebody who does not know the project."
    fix = "Where in the project is the bug? Name the file and the function, and nothing else besides these two."
    calls = []
    for number in range(80):
        turns = [("user", reports[number % len(reports)])]
        for step, user in enumerate((ask, fix)):
            calls.append(
                made.call(f"{number}-{step}", f"t{number}", user, made.sentence(draw), system=made.ANALYST, turns=turns)
            )
    corpus = made.corpus_of(calls)
    found = find_groups(corpus, rows_of(corpus), min_calls=5)
    assert sorted(len(own) for own in found.groups) == [80, 80]


def test_short_endings_tell_steps_apart(made):
    draw = random.Random(0)
    system = (
        "Solve the question by interleaving thoughts and actions, as in the examples that were given to you before."
    )
    calls, kinds = [], []
    for number in range(60):
        text = f"Question: {made.sentence(draw)}\n"
        for step in range(1, 4):
            for what in ("Thought", "Action"):
                text += f"{what} {step}:"
                calls.append(made.call(f"{number}-{step}-{what}", f"t{number}", text, "x", system=system))
                kinds.append(what)
                text += f" {made.sentence(draw)}\n"
    corpus = made.corpus_of(calls)
    found = find_groups(corpus, rows_of(corpus), min_calls=5)
    assert sorted(map(tuple, kinds_of(found.groups, kinds))) == [("Action",), ("Thought",)]


def test_system_prompts_that_introduce_someone_else_are_other_kinds(made):
    draw = random.Random(0)
    roles = ("an experienced editor of novels", "a patient teacher of physics", "the head of a small law office")
    calls = []
    for number in range(90):
        system = f"You are {roles[number % 3]}. Your goal is to help. Today the weather is {made.sentence(draw)}."
        calls.append(made.call(str(number), f"t{number}", made.sentence(draw), made.sentence(draw), system=system))
    corpus = made.corpus_of(calls)
    assert sorted(len(own) for own in find_groups(corpus, rows_of(corpus), min_calls=5).groups) == [30, 30, 30]


def test_prompts_that_are_personalised_are_one_kind(made):
    draw = random.Random(0)
    calls = []
    for number in range(90):
        name = made.NAMES[number % 3]
        system = f"You are the personal assistant of {name}, who works at the harbour. Plan the day that is told you."
        calls.append(made.call(str(number), f"t{number}", made.sentence(draw), made.sentence(draw), system=system))
    corpus = made.corpus_of(calls)
    assert [len(own) for own in find_groups(corpus, rows_of(corpus), min_calls=5).groups] == [90]


def test_first_lines_of_few_words_tell_requests_apart(made):
    draw = random.Random(0)
    asks = {
        "Translate into Swedish:\n\n{}": lambda text: text,
        "Five keywords for this article:\n{}": lambda text: "a, b",
        "{}\n\nTL;DR:": lambda text: "short and to the point, in about a line of text",
    }
    calls, kinds = [], []
    for number in range(60):
        article = "\n".join(made.sentence(draw) for _ in range(8))
        for ask, answer in asks.items():
            id = str(len(calls))
            calls.append(made.call(id, f"t{number}", ask.format(article), answer(article)))
            kinds.append(ask)
    corpus = made.corpus_of(calls)
    found = find_groups(corpus, rows_of(corpus), min_calls=5)
    assert sorted(map(tuple, kinds_of(found.groups, kinds))) == sorted((ask,) for ask in asks)


def test_schemas_that_answers_must_follow_are_other_kinds(made):
    draw = random.Random(0)
    calls = []
    for number in range(60):
        name = ("invoice", "receipt")[number % 2]
        schema = {"type": "json_schema", "json_schema": {"name": name, "schema": {"type": "object"}}}
        text, answer = made.sentence(draw), '{"total": 3}'
        calls.append(made.call(str(number), f"t{number}", text, answer, system="Read it.", response_format=schema))
    corpus = made.corpus_of(calls)
    found = find_groups(corpus, rows_of(corpus), min_calls=5)
    assert [sorted({row % 2 for row in own.tolist()}) for own in found.groups] == [[0], [1]]
    assert found.of(corpus, rows_of(corpus)).tolist() == [0, 1] * 30


def test_other_rows_are_sorted_in_by_what_the_sample_was_split_by(made, monkeypatch):
    monkeypatch.setattr(discover, "SAMPLE", 150)
    calls, kinds = zip(*made.agent_log(120), strict=True)
    corpus = made.corpus_of(calls)
    found = find_groups(corpus, rows_of(corpus), min_calls=5)
    assert sum(map(len, found.groups)) + len(found.rest) == 150
    of_group = [next(iter(own)) for own in kinds_of(found.groups, kinds)]
    group = found.of(corpus, rows_of(corpus)).tolist()
    right = sum(number != NO_GROUP and of_group[number] == kind for number, kind in zip(group, kinds, strict=True))
    assert right == len(calls)


def test_calls_without_anything_in_common_are_one_kind_but_leftovers_are_none(made):
    draw = random.Random(0)
    words = [chr(97 + at) * 4 for at in range(26)]
    calls = [made.call(str(at), f"t{at}", " ".join(draw.choices(words, k=9)), "x") for at in range(50)]
    corpus = made.corpus_of(calls)
    assert [len(own) for own in find_groups(corpus, rows_of(corpus), min_calls=5).groups] == [50]
    left = find_groups(corpus, rows_of(corpus), min_calls=5, leftovers=True)
    assert not left.groups
    assert len(left.rest) == 50


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_calls_are_no_kind(made, count):
    corpus = made.corpus_of(made.call(str(at), None, "same", "x") for at in range(count))
    found = find_groups(corpus, rows_of(corpus), min_calls=5)
    assert not found.groups
    assert len(found.rest) == count
