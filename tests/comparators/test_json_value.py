"""JSON answers compare by what counts in them, and a report says where they differ."""

import json

import pytest
from hypothesis import given, strategies as st

from slm_instrument.comparators import Field, Json
from slm_instrument.records import Message, ToolCall

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(st.text(max_size=3), json_values, max_size=5)


def said(value):
    return Message("assistant", value if isinstance(value, str) else json.dumps(value))


def agree(rule, one, other):
    return rule.agrees(said(one), said(other)) and rule.agrees(said(other), said(one))


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        (Json(), {"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (Json(), '```json\n{"a": 1}\n```', {"a": 1}),
        (Json(), "no JSON at all", "no  JSON at all"),
        (Json(ignore=("note",)), {"a": 1, "note": "x"}, {"a": 1}),
        (Json(ignore=("items.*.note",)), {"items": [{"id": 1, "note": "x"}]}, {"items": [{"id": 1, "note": "y"}]}),
        (Json(ignore=("**.note",)), {"a": {"b": {"note": 1}}, "note": 2}, {"a": {"b": {}}}),
        (Json(ignore=("**.note",)), [{"note": 1}], [{"note": 2}]),
        (Json(unordered=("tags",)), {"tags": ["a", {"b": 1}]}, {"tags": [{"b": 1}, "a"]}),
        (Json(unordered=("**",)), {"a": [1, [2, 3]]}, {"a": [[3, 2], 1]}),
        (Json(empty="absent"), {"a": 1, "b": "", "c": None, "d": [], "e": {"f": ""}}, {"a": 1}),
        (
            Json(unordered=("t",), ignore=("t.*.n",)),
            {"t": [{"i": 1, "n": 9}, {"i": 2, "n": 1}]},
            {"t": [{"i": 2}, {"i": 1}]},
        ),
    ],
)
def test_these_agree(rule, one, other):
    assert agree(rule, one, other)


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        (Json(), {"a": 1}, {"a": True}),
        (Json(), {"a": 1}, {"a": "1"}),
        (Json(), {"a": [1, 2]}, {"a": [2, 1]}),
        (Json(), {"a": ""}, {}),
        (Json(), {"a": 1}, "a is 1"),
        (Json(ignore=("note",)), {"x": {"note": 1}}, {"x": {"note": 2}}),
        (Json(unordered=("tags",)), {"tags": [1, 1, 2]}, {"tags": [1, 2, 2]}),
        (Json(empty="absent"), {"a": 0}, {}),
        (Json(empty="absent"), {"a": False}, {}),
    ],
)
def test_these_do_not(rule, one, other):
    assert not rule.agrees(said(one), said(other))


def test_a_tool_call_is_no_json():
    call = Message("assistant", None, (ToolCall("f", '{"a": 1}'),))
    assert not Json().agrees(call, said({"a": 1}))
    assert Json().agrees(call, call)


class TestReport:
    def test_where_answers_differ(self):
        wanted = {"city": "Bern", "items": [{"id": 1}, {"id": 2}], "note": "x"}
        given = {"city": "Basel", "items": [{"id": 1}], "extra": 1}
        report = Json(ignore=("note",)).report([(said(given), said(wanted)), (said(wanted), said(wanted))])
        assert (report.answers, report.agreed, report.agreement) == (2, 1, 0.5)
        assert report.fields == {
            "city": Field(agreed=1, different=1),
            "items.*.id": Field(agreed=3, missing=1),
            "extra": Field(unexpected=1),
        }
        assert list(report.fields)[-1] != "note"
        assert report.fields["items.*.id"].agreement == 0.75

    def test_most_disagreements_come_first(self):
        pairs = [(said({"a": 1, "b": n}), said({"a": 1, "b": 0})) for n in range(3)]
        assert list(Json().report(pairs).fields) == ["b", "a"]

    def test_an_answer_that_is_no_json_misses_every_field(self):
        report = Json().report([(said("sorry"), said({"a": 1}))])
        assert report.fields == {"a": Field(missing=1)}

    def test_an_empty_container_is_a_value(self):
        report = Json().report([(said({"a": []}), said({})), (said({"a": []}), said({"a": []}))])
        assert report.fields == {"a": Field(agreed=1, unexpected=1)}

    @given(st.lists(st.tuples(json_objects, json_objects), max_size=4))
    def test_answers_agree_when_no_place_of_theirs_differs(self, pairs):
        for one, other in pairs:
            report = Json().report([(said(one), said(other))])
            differs = any(field.agreed < field.answers for field in report.fields.values())
            assert bool(report.agreed) != differs


@given(json_objects)
def test_every_answer_agrees_with_itself(value):
    for rule in (Json(), Json(empty="absent"), Json(unordered=("**",))):
        assert rule.agrees(said(value), said(value))
        assert rule.agrees(Message("assistant", json.dumps(value, indent=2)), said(value))
