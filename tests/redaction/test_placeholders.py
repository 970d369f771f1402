"""Placeholders: numbered by first mention, and back."""

from hypothesis import given, strategies as st

from slm_instrument.redaction.placeholders import Masking, restored, split_at_placeholders
from slm_instrument.template import SLOT, Pattern

VALUES = st.lists(st.sampled_from(["ann", "bob", "<PERSON_1>", "<EMAIL_ADDRESS_3>", "x <", "1>", " and "]), max_size=8)


@given(VALUES)
def test_numbered_and_restored_is_what_was(parts):
    masking = Masking()
    hidden = "".join(masking.replace("PERSON", part) if part in ("ann", "bob") else part for part in parts)
    assert masking.restore(masking.numbered(hidden)) == "".join(parts)


def test_numbers_are_those_of_the_text_that_is_seen():
    one, two = Masking(), Masking()
    assert one.numbered("<PERSON_7> wrote <PERSON_2>") == two.numbered("<PERSON_1> wrote <PERSON_5>")
    assert one.numbered("again <PERSON_2>, new <PERSON_1>") == "again <PERSON_2>, new <PERSON_3>"


def test_what_is_not_known_stays():
    assert restored("<PERSON_1> <PERSON_2> <b>", {"<PERSON_2>": "Ann"}) == "<PERSON_1> Ann <b>"


def test_a_pattern_has_slots_where_placeholders_were():
    pattern = Pattern(("Write to <EMAIL_ADDRESS_1> of ", SLOT, "<PERSON_1>")).without_placeholders
    assert pattern.pieces == ("Write to ", SLOT, " of ", SLOT)
    assert pattern.match("Write to a@b.org of Ann") == ["a@b.org", "Ann"]
    assert Pattern(("<A_1><B_2>",)).without_placeholders == Pattern()
    assert Pattern(("plain <b>", SLOT)).without_placeholders == Pattern(("plain <b>", SLOT))


@given(st.text())
def test_splitting_loses_placeholders_only(text):
    assert len("".join(split_at_placeholders(text))) <= len(text)
