"""What a teacher is indifferent to, as its own repeats show."""

import json

import pytest

from slm_instrument.canonical import AnswerKind, normal_form
from slm_instrument.curate.gather import Example
from slm_instrument.curate.inputs import conflicts_of, distinct
from slm_instrument.curate.leniency import LOOSER, ceilings
from slm_instrument.records import Message, ToolCall


def inputs(*asked):
    return distinct(
        Example(f"c{n}", None, text, normal_form(answer).text, answer, None) for n, (text, answer) in enumerate(asked)
    )


def written(text):
    return Message("assistant", text)


def test_json_answers_that_differ_in_what_may_not_matter():
    asked = inputs(
        ("x", written('{"name": "a", "note": ""}')),
        ("x", written('{"name": "a"}')),
        ("x", written('{"note": "", "name": "a"}')),
        ("y", written('{"tags": ["p", "q"]}')),
        ("y", written('{"tags": ["q", "p"]}')),
        ("z", written('{"name": "asked once"}')),
    )
    assert conflicts_of(asked).ceiling == pytest.approx(3 / 5)
    assert ceilings(asked, AnswerKind.JSON) == {
        "json(empty=absent)": pytest.approx(4 / 5),
        "json(unordered=**)": pytest.approx(4 / 5),
        "json(empty=absent,unordered=**)": 1.0,
    }


def test_tool_calls_in_another_order():
    calls = tuple(ToolCall(name, json.dumps({"q": name})) for name in ("find", "look"))
    asked = inputs(("x", Message("assistant", None, calls)), ("x", Message("assistant", None, calls[::-1])))
    found = ceilings(asked, AnswerKind.TOOL_CALL)
    assert found["tool_call(order=any)"] == 1.0
    assert found["tool_call(empty=absent)"] == found["tool_call(unordered=**)"] == 0.5


def test_texts_that_say_the_same_otherwise():
    asked = inputs(
        ("x", written("The cat.")), ("x", written("a cat")), ("y", written("about 7")), ("y", written("7.0"))
    )
    assert ceilings(asked, AnswerKind.FREE_TEXT) == {"text": 0.75, "number": 1.0}


@pytest.mark.parametrize("kind", AnswerKind)
def test_of_inputs_that_were_asked_once_nothing_is_known(kind):
    assert ceilings(inputs(("x", written("a")), ("y", written("b"))), kind) == {}


@pytest.mark.parametrize("kind", AnswerKind)
def test_whoever_repeats_itself_agrees_with_itself_by_every_rule(kind):
    asked = inputs(*(("x", written('{"a": null}')) for _ in range(3)))
    assert ceilings(asked, kind) == dict.fromkeys(LOOSER.get(kind, ()), 1.0)
