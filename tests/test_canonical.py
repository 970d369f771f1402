"""Normal forms: what agrees and what does not; JSON that can say anything."""

import json

import msgspec
import pytest
from hypothesis import given, strategies as st

from slm_instrument import Message, ToolCall
from slm_instrument.canonical import AnswerKind, agree, canonical_json, digest, faithful_json, normal_form

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def said(text):
    return Message("assistant", text)


def called(*tools):
    return Message(
        "assistant", None, tuple(ToolCall(name, arguments, id=str(n)) for n, (name, arguments) in enumerate(tools))
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (said("refund"), said("  refund\n")),
        (said("my  order"), said("my order")),
        (said('{"a": 1, "b": [2]}'), said('{"b":[2],"a":1}')),
        (said('```json\n{"a": 1}\n```'), said('{"a": 1}')),
        (called(("f", '{"x": 1, "y": 2}')), called(("f", '{"y":2,"x":1}'))),
        (said(None), said("")),
    ],
)
def test_these_agree(one, other):
    assert agree(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (said("refund"), said("Refund")),
        (said('{"a": 1}'), said('{"a": 2}')),
        (said("f"), called(("f", "{}"))),
        (called(("f", "{}")), called(("f", "{}"), ("f", "{}"))),
        (called(("f", '{"a": 1}')), called(("g", '{"a": 1}'))),
        (called(("f", '{"a": "1"}')), called(("f", '{"a": 1}'))),
        (called(("f", "not json")), called(("f", "not  json"))),
    ],
)
def test_these_do_not(one, other):
    assert not agree(one, other)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("refund", AnswerKind.SHORT_TEXT),
        ("12", AnswerKind.SHORT_TEXT),
        ("word " * 40, AnswerKind.FREE_TEXT),
        ("[1, 2]", AnswerKind.JSON),
        ("[see above]", AnswerKind.SHORT_TEXT),
        ("", AnswerKind.SHORT_TEXT),
    ],
)
def test_kinds(text, kind):
    assert normal_form(said(text)).kind is kind


@given(st.dictionaries(st.text(), json_values))
def test_json_answers_agree_whatever_the_order_of_their_keys(value):
    turned = dict(reversed(value.items()))
    assert agree(said(json.dumps(value)), said(json.dumps(turned, indent=2)))
    assert canonical_json(value) == canonical_json(turned)


@given(json_values)
def test_faithful_json_is_read_back_as_it_was(value):
    assert msgspec.json.decode(faithful_json(value)) == value


class Odd:
    def __repr__(self):
        return "Odd()"


@pytest.mark.parametrize(
    ("value", "said_as"),
    [
        ("\ud800", "�"),
        ("\ud83d\ude00", "😀"),
        (Odd(), "Odd()"),
        ({"a": Odd()}, {"a": "Odd()"}),
        ({(1, 2): 3}, {"(1, 2)": 3}),
        ({"\ud800": 1}, {"�": 1}),
    ],
)
def test_what_json_cannot_say_is_said_as_nearly_as_possible(value, said_as):
    assert msgspec.json.decode(faithful_json(value)) == said_as


@given(st.lists(st.binary(), max_size=4), st.lists(st.binary(), max_size=4))
def test_digests_tell_parts_apart_and_need_the_key(one, other):
    assert (digest(b"k", *one) == digest(b"k", *other)) == (one == other)
    assert digest(b"k", *one) != digest(b"l", *one)
