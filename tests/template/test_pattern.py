"""Matching a text against static texts, slots and numbers, and taking out what varies."""

import re
import time

import msgspec
import pytest
from hypothesis import given, strategies as st

from slm_instrument.template import NUMBER, SLOT, Pattern

ANY = Pattern((SLOT,))
NONE = Pattern(())


def test_patterns():
    labelled = Pattern(("Text: ", SLOT, "\nLabel:"))
    assert labelled.match("Text: hello\nLabel:") == ["hello"]
    assert labelled.match("Text: a\nLabel: b\nLabel:") == ["a\nLabel: b"]
    assert labelled.match("Text: hello\nLabel: ") is None
    assert labelled.match("text: hello\nLabel:") is None
    assert Pattern((SLOT, " and ", SLOT)).match("salt and pepper and oil") == ["salt", "pepper and oil"]
    assert Pattern(("abc", SLOT, "bcd")).match("abcd") is None, "static texts must not overlap"
    assert ANY.match("") == [""]
    assert NONE.match("") == []
    assert NONE.match("x") is None
    assert Pattern(("all of it",)).match("all of it") == []
    assert Pattern(("all of it",)).match("all of it.") is None


pieces = st.lists(st.text("ab:\n", min_size=1, max_size=4), min_size=1, max_size=4)


@given(pieces, st.lists(st.text(max_size=6), min_size=5, max_size=5), st.booleans(), st.booleans())
def test_a_text_made_from_a_pattern_matches_it_and_gives_back_its_length(statics, slots, opens, closes):
    spaced = [piece for static in statics for piece in (static, SLOT)][:-1]
    pattern = Pattern((*[SLOT] * opens, *spaced, *[SLOT] * closes))
    filled = iter(slots)
    text = "".join(next(filled) if piece is None else piece for piece in pattern.pieces)
    found = pattern.match(text)
    assert found is not None
    assert sum(map(len, found)) + pattern.static_chars == len(text)
    again = iter(found)
    assert "".join(next(again) if piece is None else piece for piece in pattern.pieces) == text


def test_a_number_is_digits_as_many_as_there_are():
    step = Pattern((SLOT, "\nThought ", NUMBER, ":"))
    assert step.match("Thought about it.\nThought 3:") == ["Thought about it.", "3"]
    assert step.match("\nThought 12:") == ["", "12"]
    assert step.match("\nThought :") is None
    assert step.match("\nThought x:") is None
    assert step.match("\nThought -3:") is None
    assert step.match("\nAction 3:") is None
    assert Pattern((NUMBER, ". ", SLOT)).match("10. go on") == ["10", "go on"]
    assert Pattern((NUMBER,)).match("10") == ["10"]
    assert Pattern((NUMBER,)).match("10.5") is None
    assert Pattern(("v", NUMBER, ".", NUMBER)).match("v3.11") == ["3", "11"]


def test_what_stands_around_a_number_is_looked_for_as_a_whole():
    noted = Pattern(("Notes:", SLOT, "note ", NUMBER, ": ", SLOT, "."))
    assert noted.match("Notes: a note of note 7: see note 8: here.") == [" a note of ", "7", "see note 8: here"]
    assert noted.match("Notes: a note of nothing.") is None
    assert Pattern((SLOT, "a", NUMBER, "b", SLOT)).match("a1a2b") == ["a1", "2", ""]


@pytest.mark.parametrize("pieces", [(SLOT, NUMBER, "x"), ("x", NUMBER, SLOT), ("x1", NUMBER), (NUMBER, NUMBER)])
def test_a_number_that_nothing_delimits_is_refused_and_becomes_a_slot_where_pieces_are_joined(pieces):
    with pytest.raises(ValueError, match="a number in a pattern"):
        Pattern(pieces)
    assert NUMBER not in Pattern.of(pieces).pieces


def test_pieces_are_joined():
    assert Pattern.of(("a", "", "b", SLOT, SLOT, "c", NUMBER)).pieces == ("ab", SLOT, "c", NUMBER)
    assert Pattern.of((NUMBER, SLOT, "x", "")).pieces == (SLOT, "x")
    assert Pattern.of(("", "")).pieces == ()


def test_stretches_are_what_stands_between_slots_whatever_the_numbers():
    assert Pattern((SLOT, "a ", NUMBER, ".", SLOT, "b")).stretches == ["a 0.", "b"]
    assert ANY.stretches == NONE.stretches == []


def test_placeholders_become_slots_beside_numbers_too():
    kept = Pattern(("Dear <PERSON_1>, step ", NUMBER, ": ", SLOT)).without_placeholders
    assert kept.pieces == ("Dear ", SLOT, ", step ", NUMBER, ": ", SLOT)
    assert Pattern(("<PERSON_1>", NUMBER, ":")).without_placeholders.pieces == (SLOT, ":")


def test_patterns_go_through_json():
    pattern = Pattern(("Step ", NUMBER, ": ", SLOT, "\nAnswer:"))
    raw = msgspec.json.encode(pattern)
    assert raw == b'{"pieces":["Step ",1,": ",null,"\\nAnswer:"]}'
    again = msgspec.json.decode(raw, type=Pattern)
    assert again == pattern
    assert again.match("Step 4: go\nAnswer:") == ["4", "go"]
    for broken in (b'{"pieces":["a",2]}', b'{"pieces":[null,1]}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(broken, type=Pattern)


numbered = st.lists(st.sampled_from(["a", "b", "a ", " b", NUMBER, SLOT]), max_size=7).map(Pattern.of)


@given(numbered, st.text("ab 12", max_size=14))
def test_matching_is_what_a_regular_expression_without_greed_finds(pattern, text):
    expression = "".join(
        "(.*?)" if piece is SLOT else r"(?<!\d)(\d+)(?!\d)" if piece is NUMBER else re.escape(piece)
        for piece in pattern.pieces
    )
    expected = re.fullmatch(expression, text, re.DOTALL)
    found = pattern.match(text)
    if found is not None:
        assert expected is not None
        varying = iter(found)
        assert "".join(piece if isinstance(piece, str) else next(varying) for piece in pattern.pieces) == text
    elif expected is not None:
        # What stands between two slots is looked for leftmost only.
        assert pattern.pieces.count(SLOT) > 1


def test_a_long_text_is_matched_in_linear_time():
    def seconds(size):
        text, best = "step 1" * size, 9.0
        for _ in range(3):
            began = time.perf_counter()
            assert Pattern((SLOT, "step ", NUMBER, ":", SLOT)).match(text) is None
            best = min(best, time.perf_counter() - began)
        return best

    assert seconds(80_000) < 40 * seconds(8_000)
