"""Texts, numbers, and the normal form."""

import pytest
from hypothesis import given, strategies as st

from slm_instrument.canonical import agree
from slm_instrument.comparators import NormalForm, Number, Text
from slm_instrument.errors import ConfigError
from slm_instrument.records import Message, ToolCall


def said(text):
    return Message("assistant", text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The refund.", "refund"),
        ("  A   Red\nDoor! ", "red door"),
        ("**Yes**, it is", "yes it is"),
        ("\u201cBern\u201d", "bern"),
        ("\uff21\uff22", "ab"),
    ],
)
def test_the_same_words(one, other):
    assert Text().agrees(said(one), said(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("3.5", "35"), ("-5", "5"), ("C++", "C"), ("not red", "red"), ("e-mail", "email"), ("red door", "door red")],
)
def test_other_words(one, other):
    assert not Text().agrees(said(one), said(other))


def test_texts_with_json_or_tools_compare_by_normal_form():
    call = Message("assistant", "Yes", (ToolCall("f", "{}"),))
    assert not Text().agrees(call, said("yes"))
    assert not Text().agrees(said('{"a": "Yes"}'), said('{"a": "yes"}'))


@given(st.text())
def test_equal_normal_forms_agree_as_texts(text):
    assert Text().agrees(said(text), said(f" {text}\n"))


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        (Number(), "12", "12.0"),
        (Number(), "12 km", "about 12"),
        (Number(), "1,200 USD", "1200 usd."),
        (Number(), "$12", "12"),
        (Number(), "\u22125", "-5"),
        (Number(), "1e3", "1000"),
        (Number(tolerance=0.1), "0.3", "0.4"),
        (Number(relative=0.05), "105", "100"),
        (Number(tolerance=1, relative=0.001), "11", "10"),
        (Number(), "Unknown.", "unknown"),
        (Number(), "1 of 2", "1 of 2"),
    ],
)
def test_the_same_number(rule, one, other):
    assert rule.agrees(said(one), said(other))


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        (Number(), "12", "12.1"),
        (Number(), "12 km", "12 miles"),
        (Number(), "$12", "\u20ac12"),
        (Number(tolerance=0.1), "0.3", "0.41"),
        (Number(relative=0.05), "106", "100"),
        (Number(), "5", "-5"),
        (Number(), "1 of 2", "1"),
        (Number(), "12", "unknown"),
    ],
)
def test_another_number(rule, one, other):
    assert not rule.agrees(said(one), said(other))


def test_a_tolerance_is_no_negative_number():
    with pytest.raises(ConfigError, match="0 or more"):
        Number(tolerance=-1)


@given(st.text(), st.text())
def test_the_normal_form_is_the_rule_of_the_package(one, other):
    assert NormalForm().agrees(said(one), said(other)) == agree(said(one), said(other))
    report = NormalForm().report([(said(one), said(other)), (said(one), said(one))])
    assert (report.answers, report.fields) == (2, {})
    assert report.agreed == 1 + agree(said(one), said(other))
