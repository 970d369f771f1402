from hypothesis import given, strategies as st

from slm_instrument.analyze.tokens import CUT, MAX_CHARS, Shingler, capped, first_line, last_line, normal, tokens


@given(st.text())
def test_joined_tokens_are_the_text(text):
    assert "".join(tokens(text)) == text


@given(st.text())
def test_any_text_has_sorted_distinct_shingles_its_borders_among_them(text):
    hashes, borders = Shingler()(text)
    assert sorted(set(hashes.tolist())) == hashes.tolist()
    assert len(borders) <= 2
    assert set(borders.tolist()) <= set(hashes.tolist())


def test_numbers_are_one_and_white_space_counts_in_alignment():
    assert [normal(token) for token in tokens("Step 3:\nx12")] == ["Step", " 0", ":", "\nx", "0"]


def borders(text):
    return Shingler()(text)[1].tolist()


def test_a_short_first_or_last_line_is_a_border_without_its_number():
    long = "a line that is a whole sentence of its own, and of more than twelve words"
    assert borders(f"{long}\nThought 3:") == borders(f"quite another {long}\n\n thought  12: \n")
    assert borders(f"{long}\nThought 3:") != borders(f"{long}\nAction 3:")
    assert borders(f"Translate into Swedish:\n{long}") == borders(f"\n translate into  Swedish:\nno, {long}")
    assert borders(f"{long}\n{long}") == borders(" \n") == []


def test_how_a_text_begins_is_not_how_one_ends():
    long = "word " * 20
    assert not set(borders(f"TL;DR:\n{long}")) & set(borders(f"{long}\nTL;DR:"))


def test_shared_sentences_share_shingles_whatever_stands_around_them():
    shingler = Shingler()
    one = set(shingler("Alpha beta. Answer with exactly one of the labels. Gamma")[0].tolist())
    other = set(shingler("Delta\nanswer WITH exactly one of the labels.\nepsilon")[0].tolist())
    assert len(one & other) == 5  # of the eight tokens that both hold


def test_ideographs_are_tokens_of_their_own():
    assert tokens("请回答abc") == ["请", "回", "答", "abc"]


def test_a_long_text_keeps_its_beginning_and_end():
    text = "a" * MAX_CHARS + "middle" + "b" * MAX_CHARS
    short = capped(text)
    assert len(short) == MAX_CHARS + 1
    head, tail = short.split(CUT)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert "middle" not in short


def test_first_and_last_line_skip_empty_ones():
    assert last_line("a\nb: \n \n") == "b:"
    assert first_line("\n \n a:\nb") == "a:"
    assert last_line("") == first_line("") == ""
