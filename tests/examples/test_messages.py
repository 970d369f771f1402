"""The grammar of customer messages."""

import pytest
from hypothesis import given, settings, strategies as st

from examples.support_desk.messages import INTENTS, ORDER_NUMBER, OTHER, frames_by_intent, generate, read


@pytest.mark.parametrize("held_out", [False, True])
def test_the_reader_understands_every_message_that_the_grammar_makes(held_out: bool):
    for message in generate(2_000, seed=5, held_out=held_out):
        assert read(message.text) == message.meaning, message.text


def test_the_same_seed_gives_the_same_messages_and_another_seed_others():
    assert generate(50, seed=1) == generate(50, seed=1)
    assert generate(50, seed=1) != generate(50, seed=2)


@settings(max_examples=20, deadline=None)
@given(st.integers(), st.integers(0, 300), st.booleans())
def test_messages_are_as_many_as_asked_for_and_all_different(seed: int, count: int, held_out: bool):
    texts = [message.text for message in generate(count, seed=seed, held_out=held_out)]
    assert len(set(texts)) == len(texts) == count


def test_held_out_messages_share_no_frame_with_the_others():
    captured, held_out = generate(2_000, seed=1), generate(2_000, seed=1, held_out=True)
    assert not {frame for one in captured for frame in one.frames} & {frame for one in held_out for frame in one.frames}


def test_every_intent_has_many_frames_on_both_sides():
    frames = frames_by_intent()
    assert {*frames, OTHER} == set(INTENTS)
    for intent in frames:
        for held_out, least in ((False, 24), (True, 8)):
            made = generate(2_000, seed=1, held_out=held_out)
            assert len({frame for one in made if one.meaning.intent == intent for frame in one.frames}) >= least


def test_details_are_copied_from_the_text():
    for message in generate(1_000, seed=9):
        meaning = message.meaning
        assert meaning.order_id is None or meaning.order_id in message.text
        assert (meaning.order_id is None) == (ORDER_NUMBER.search(message.text) is None)
        assert meaning.item is None or meaning.item in message.text


def test_a_message_that_no_frame_made_is_of_another_intent():
    meaning = read("The moon is made of cheese, and it is urgent to know which.")
    assert (meaning.intent, meaning.queue) == ("other", "general")
