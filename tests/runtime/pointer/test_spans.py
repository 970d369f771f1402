"""Where values stand in a prompt, and what copied spans may be changed into."""

import re

import pytest
from hypothesis import given, strategies as st

from slm_instrument.runtime.pointer.spans import CHANGES, MOST_OCCURRENCES, Prompt, as_number, sources


def prompt(text):
    """A prompt whose tokens are words and single signs, between two special tokens."""
    tokens = [(match.start(), match.end()) for match in re.finditer(r"\w+|[^\w\s]", text)]
    return Prompt.of(text, [(0, 0), *tokens, (0, 0)])


@given(st.text(alphabet="ab_. -é語", max_size=40), st.data())
def test_any_span_of_words_is_found_where_it_is(text, data):
    one = prompt(text)
    places = [
        (first, last)
        for first in range(len(one.starts))
        for last in range(first, len(one.starts))
        if one.firsts[first] and one.lasts[last]
    ]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    span = one.span(*place)
    found = one.occurrences(span)
    assert all(one.span(*other) == span for other in found)
    assert place in found or len(found) == MOST_OCCURRENCES


def test_parts_of_words_are_no_places():
    one = Prompt.of("A_b and A", [(0, 1), (1, 2), (2, 3), (4, 7), (8, 9)])
    assert one.occurrences("A") == [(4, 4)]
    assert one.occurrences("b") == []
    assert one.firsts == [True, False, False, True, True]
    assert one.lasts == [False, False, True, True, True]


def test_any_token_may_begin_a_word_where_words_are_not_spaced():
    one = Prompt.of("東京都", [(0, 1), (1, 2), (2, 3)])
    assert one.occurrences("東京") == [(0, 1)]


def test_special_tokens_are_no_places():
    assert prompt("").occurrences("") == []
    assert prompt("a").occurrences("b") == []


@pytest.mark.parametrize(
    ("text", "value", "change", "span"),
    [
        ("pay 1,204 now", 1204, "number", "1,204"),
        ("at -3.5 degrees", -3.5, "number", "-3.5"),
        ("3.5 degrees", 3.5, "number", "3.5"),
        ("number 3", True, "number", None),
        ("to BERLIN", "berlin", "lower", "BERLIN"),
        ("to berlin", "BERLIN", "upper", "berlin"),
        ("to new york", "New York", "title", "new york"),
        ("see path.to.file", "path/to/file", "slashes", "path.to.file"),
        ("the tea-box", "tea_box", "underscores", "tea-box"),
        ("the tea box", "tea_box", "underscores", "tea box"),
        ("to Berlin", "Paris", "lower", None),
        ("to Berlin", "", "", None),
    ],
)
def test_sources(text, value, change, span):
    found = sources(prompt(text), value, change)
    assert found == span
    if found is not None:
        assert CHANGES[change](found) == value


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "007", "1e999x", "--1"])
def test_what_is_no_number_is_none(text):
    assert as_number(text) is None


@given(st.integers(-(10**12), 10**12))
def test_numbers_are_read_with_or_without_commas(number):
    assert as_number(f"{number:,}") == as_number(str(number)) == number


def test_a_span_ends_before_what_it_must_not_have():
    prompt = Prompt.of("one two, three", [(0, 3), (4, 7), (7, 8), (9, 14)])
    assert prompt.until(0, ",") == prompt.until(1, ",") == 7
    assert prompt.until(0, ", ") == 3
    assert prompt.until(3, ",") == prompt.until(0, "") == len(prompt.text)
