from hypothesis import given, strategies as st

from slm_instrument.analyze.tokens import CUT, MAX_CHARS, NO_ENDING, Shingler, capped, last_line, normal, tokens


@given(st.text())
def test_joined_tokens_are_the_text(text):
    assert "".join(tokens(text)) == text


@given(st.text())
def test_any_text_has_sorted_distinct_shingles_its_ending_among_them(text):
    hashes, ending = Shingler()(text)
    assert sorted(set(hashes.tolist())) == hashes.tolist()
    assert ending == NO_ENDING or ending in hashes.tolist()


def test_numbers_are_one_and_white_space_counts_in_alignment():
    assert [normal(token) for token in tokens("Step 3:\nx12")] == ["Step", " 0", ":", "\nx", "0"]


def test_the_ending_is_the_last_line_without_its_number():
    shingler = Shingler()
    assert shingler("one thing\nThought 3:")[1] == shingler("quite another\n\n thought  12: \n")[1]
    assert shingler("one thing\nThought 3:")[1] != shingler("one thing\nAction 3:")[1]
    assert shingler("a last line that is a whole sentence of its own, of ten words")[1] == NO_ENDING
    assert shingler(" \n")[1] == NO_ENDING


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


def test_last_line_skips_empty_ones():
    assert last_line("a\nb: \n \n") == "b:"
    assert last_line("") == ""
