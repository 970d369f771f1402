from hypothesis import given, strategies as st

from slm_instrument.analyze.report.texts import Texts, cut, fair_limit, visible

ANY_TEXT = st.text(st.characters(codec=None))  # lone surrogates too


def test_characters_that_cannot_be_seen_are_written_out():
    assert visible("a\x00b\u202ec\ud800\r\nd\x1b") == r"a\x00b\u202ec\ud800" + "\n" + r"d\x1b"


def test_ordinary_text_of_any_script_is_left_alone():
    text = "tab\t line\n שלום \u200f 你好 🙂"
    assert visible(text) == text


@given(ANY_TEXT)
def test_every_text_can_be_written_to_a_file_and_twice_escaped_is_once_escaped(text):
    visible(text).encode()
    assert visible(visible(text)) == visible(text)


@given(st.text("abc", max_size=50), st.integers(1, 60))
def test_a_cut_text_says_how_much_is_left_out(text, limit):
    shown = cut(text, limit)
    if isinstance(shown, str):
        assert shown == text
        assert len(text) <= limit
    else:
        head, left, tail = shown
        assert text.startswith(head)
        assert text.endswith(tail)
        assert len(head) + left + len(tail) == len(text)
        assert len(head) + len(tail) == limit


@given(st.lists(st.integers(0, 1_000), max_size=20), st.integers(0, 5_000))
def test_short_texts_leave_their_rest_to_long_ones_within_the_budget(lengths, budget):
    limit = fair_limit(lengths, budget)
    assert sum(min(length, limit) for length in lengths) <= budget
    if sum(lengths) <= budget:
        assert all(length <= limit for length in lengths)
    else:
        assert sum(min(length, limit + 1) for length in lengths) > budget


def test_a_text_is_kept_once():
    texts = Texts()
    assert [texts.add("a", 9), texts.add("b", 9), texts.add("a", 9), texts.add("a" * 99, 9)] == [0, 1, 0, 2]
    assert texts.values[2] == ("a" * 6, 90, "a" * 3)
