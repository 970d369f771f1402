"""How calls are told apart without looking for static text: by the head of the prompt, by the schema of the answer."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from slm_instrument.analyze.splits import (
    HEAD_WORDS,
    NO_GROUP,
    ByFormat,
    ByHead,
    Leaf,
    formats,
    head,
    heads,
    one_sentence,
    sort_in,
)


@pytest.mark.parametrize(
    "system",
    [
        "You are an editor of novels. Today is Monday.",
        "  you are  an EDITOR of novels. Be kind!",
        "You are an editor of novels.\n\nRules: none",
    ],
)
def test_a_head_is_the_first_sentence_without_case_and_spacing(system):
    assert head(system) == ("you", "are", "an", "editor", "of", "novels", ".")


def test_numbers_are_one_and_other_scripts_have_sentences_too():
    assert head("Agent 17 of 20: go") == head("Agent 3 of 4: stop")
    assert head("你是一名编辑。请改写。") == head("你是一名编辑。请翻译。") == (*"你是一名编辑", "。")
    assert head("") == head(" \n ") == ()


@given(st.text(max_size=200))
def test_a_head_is_short_and_its_own(system):
    found = head(system)
    assert len(found) <= HEAD_WORDS
    assert all(word == word.strip() != "" for word in found)
    assert head(f"\n {system} ") == found


def test_names_make_no_other_sentence_and_other_roles_do():
    told = "You are {}, the personal assistant of {}, and you plan the journeys of everybody in the office."
    ada, alan = head(told.format("Ada", "Grace Hopper")), head(told.format("Alan", "John Backus"))
    assert ada != alan
    assert one_sentence(ada, alan)
    other = head("Review the code that stands below, and name whatever is wrong in it, the worst thing first.")
    assert not one_sentence(ada, other)
    assert not one_sentence(head("You are an editor."), head("You are a teacher."))  # a short one is all name


def test_the_schema_that_an_answer_must_follow_has_a_name(made):
    schema = {"type": "json_schema", "json_schema": {"schema": {"type": "object"}, "name": "verdict"}}
    responses_api = {"type": "json_schema", "name": "other verdict", "schema": {}}
    calls = [
        made.call(str(at), None, "x", "y", response_format=each)
        for at, each in enumerate([schema, responses_api, {"type": "json_object"}, None])
    ]
    assert formats(made.corpus_of(calls), np.arange(4)) == ["verdict", "other verdict", "", ""]


def test_rows_are_sorted_in_as_the_tree_says(made):
    schema = {"type": "json_schema", "json_schema": {"name": "verdict"}}
    calls = [
        made.call("0", None, "x", "y", system="One. More", response_format=schema),
        made.call("1", None, "x", "y", system="one.  Less"),
        made.call("2", None, "x", "y", system="Two."),
        made.call("3", None, "x", "y"),
    ]
    corpus, rows = made.corpus_of(calls), np.arange(4)
    tree = ByFormat({"verdict": Leaf(0)}, ByHead({("one", "."): Leaf(1), ("two", "."): Leaf(2)}, Leaf(NO_GROUP)))
    assert heads(corpus, rows)[:2] == [("one", ".")] * 2
    assert sort_in(tree, corpus, rows).tolist() == [0, 1, 2, NO_GROUP]
    assert sort_in(tree, corpus, rows[:0]).tolist() == []
