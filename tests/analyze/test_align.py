import random

from hypothesis import given, settings, strategies as st

from slm_instrument.analyze.align import align
from slm_instrument.analyze.tokens import CUT, capped
from slm_instrument.template import NUMBER, SLOT, Pattern

STATIC = (
    "Classify the message below.\nMessage: ",
    "\nThe customer lives in ",
    ", which matters for shipping.\nAnswer with one label:",
)


def filled(made, draw):
    values = [made.sentence(draw), draw.choice(["Oslo", "Rome, Italy", "the north of Peru"])]
    return STATIC[0] + values[0] + STATIC[1] + values[1] + STATIC[2], values


def test_static_text_and_slots_are_found_and_unseen_texts_match(made):
    draw = random.Random(1)
    pattern = align([filled(made, draw)[0] for _ in range(40)])
    for _ in range(200):
        text, values = filled(made, draw)
        slots = pattern.match(text)
        assert slots is not None
        # Before a number that varies, the word is static.
        assert " ".join(slots).split() == " ".join(values).replace(" number ", " ").split()
    assert pattern.match("Classify the message below.\nMessage: x") is None


def test_one_text_is_its_own_pattern():
    assert align(["Say hello."] * 3) == Pattern(("Say hello.",))
    assert align([""]).match("") == []
    assert align([""]).match("x") is None


def test_texts_that_share_nothing_are_a_slot():
    draw = random.Random(2)
    words = [chr(97 + at) * 3 for at in range(26)]
    texts = [" ".join(draw.choice(words) for _ in range(12)) for _ in range(40)]
    assert align(texts) == Pattern((SLOT,))


def test_a_number_that_varies_is_a_slot_for_numbers_and_one_that_does_not_is_text(made):
    draw = random.Random(3)
    texts = [f"Version 7 of the guide. Step {at} of the plan is due: {made.sentence(draw)}" for at in range(20)]
    pattern = align(texts)
    assert pattern.pieces[:2] == ("Version 7 of the guide. Step ", NUMBER)
    assert pattern.match(f"Version 7 of the guide. Step 999 of the plan is due: {made.sentence(draw)}") is not None
    assert pattern.match(f"Version 7 of the guide. Step two of the plan is due: {made.sentence(draw)}") is None
    assert pattern.match(f"Version 8 of the guide. Step 9 of the plan is due: {made.sentence(draw)}") is None


def test_the_end_of_a_text_is_not_taken_for_the_same_words_before_it(made):
    draw = random.Random(4)

    def steps(count):
        done = "".join(
            f"Thought {at}: {made.sentence(draw)}\nAction {at}: {made.sentence(draw)}\n" for at in range(1, count)
        )
        return f"Question: {made.sentence(draw)}\n{done}Thought {count}:"

    pattern = align([steps(3 + at % 4) for at in range(40)])
    assert pattern.pieces[-1] == ":"
    assert all(pattern.match(steps(count)) is not None for count in (3, 4, 5, 6, 12))


def test_an_optional_section_is_left_to_the_slots(made):
    draw = random.Random(5)
    texts = []
    for at in range(40):
        hint = "\nHere is a hint from the manual of the shop: look twice." if at % 2 else ""
        texts.append(f"Read the following note with care.\n{made.sentence(draw)}{hint}\nNow say what it is about.")
    pattern = align(texts)
    assert all(pattern.match(text) is not None for text in texts)
    assert pattern.pieces[0] is not None
    assert str(pattern.pieces[-1]).endswith("Now say what it is about.")


def test_a_pattern_of_capped_texts_matches_the_whole_ones(made):
    draw = random.Random(6)
    texts = [
        "Summarise this for the board.\n" + " ".join(made.sentence(draw) for _ in range(400)) + "\nUse one paragraph."
        for _ in range(6)
    ]
    pattern = align([capped(text) for text in texts])
    assert not any(isinstance(piece, str) and CUT in piece for piece in pattern.pieces)
    assert all(pattern.match(text) is not None for text in texts)
    assert pattern.static_chars > 30
    lone = align([capped(texts[0])])
    assert lone.match(texts[0]) is not None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=8), st.text(max_size=30), st.text(max_size=30))
def test_no_texts_break_it_and_pieces_stand_in_all_that_match(values, before, after):
    texts = [before + value + after for value in values]
    pattern = align(texts)
    for text in texts:
        slots = pattern.match(text)
        if slots is not None:
            assert sum(map(len, slots)) + pattern.static_chars == len(text)
    # Neither two slots nor two texts stand side by side: a pattern has one form.
    assert all((one is None) != (other is None) for one, other in zip(pattern.pieces, pattern.pieces[1:], strict=False))
