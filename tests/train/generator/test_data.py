import pytest
import torch
from hypothesis import given, strategies as st

from slm_instrument.curate.sample import Sample
from slm_instrument.errors import ConfigError
from slm_instrument.records import Message
from slm_instrument.train.generator.base_lm import BaseLM
from slm_instrument.train.generator.data import NOT_LEARNED, Example, collate, encode, portions, steps
from slm_instrument.train.generator.lesson import learn_wording
from slm_instrument.train.generator.recipe import Recipe

from .tiny import samples

CPU = torch.device("cpu")


@st.composite
def example(draw: st.DrawFn) -> Example:
    ids = draw(st.lists(st.integers(1, 99), min_size=2, max_size=30))
    return Example(tuple(ids), draw(st.integers(1, len(ids) - 1)))


@given(st.lists(example(), min_size=1, max_size=12))
def test_exactly_the_answers_are_learned(taught: list[Example]) -> None:
    batch = collate(taught, CPU)
    assert batch.learned == sum(len(one.ids) - one.answer for one in taught)
    for row, one in enumerate(taught):
        told = [
            (int(at) + 1, int(target))
            for at, target in zip(batch.kept, batch.targets[row], strict=True)
            if target != NOT_LEARNED
        ]
        assert told == list(enumerate(one.ids))[one.answer :]
        assert batch.ids[row, : len(one.ids)].tolist() == list(one.ids)


@given(st.lists(example(), max_size=40), st.integers(1, 100))
def test_portions_keep_all_examples_in_order_and_within_the_budget(taught: list[Example], budget: int) -> None:
    divided = list(portions(taught, budget))
    assert [one for portion in divided for one in portion] == taught
    for portion in divided:
        assert len(portion) == 1 or len(portion) * max(len(one.ids) for one in portion) <= budget


@given(st.lists(example(), max_size=60), st.integers(1, 9), st.integers(0, 3))
def test_an_epoch_goes_over_every_example_once(taught: list[Example], size: int, epoch: int) -> None:
    groups = list(steps(taught, size, 7, epoch))
    assert sorted(map(id, (one for group in groups for one in group))) == sorted(map(id, taught))
    assert len(groups) == (Recipe(step_examples=size).steps_for(len(taught)) if taught else 0)
    assert groups == list(steps(taught, size, 7, epoch))


def test_epochs_differ_in_their_order() -> None:
    taught = [Example((1, 2, at), 1) for at in range(50)]
    assert list(steps(taught, 5, 0, 0)) != list(steps(taught, 5, 0, 1)) != list(steps(taught, 5, 1, 1))


def test_steps_hold_examples_of_similar_length() -> None:
    taught = [Example(tuple(range(2 + at % 40)), 1) for at in range(400)]
    assert max(max(map(length, group)) - min(map(length, group)) for group in steps(taught, 8, 0, 0)) <= 20


def length(one: Example) -> int:
    return len(one.ids)


def test_the_answer_is_said_compactly_and_ends(tiny: BaseLM) -> None:
    taught = samples(6)
    wording = learn_wording(tiny, taught)
    tokenizer = tiny.tokenizer()
    for sample, one in zip(taught, encode(taught, wording.prompter, wording.form, 2, tiny.context), strict=True):
        assert tokenizer.decode(one.ids[one.answer : -1]) == sample.label.replace(" ", "")
        assert one.ids[-1] == 2
        prompt = tokenizer.decode(one.ids[: one.answer], skip_special_tokens=False)
        assert prompt == f"<|start|>user\n{sample.text}<|end|>\n<|start|>assistant\n"


def test_what_is_too_long_for_the_model_is_left_out_and_counted(tiny: BaseLM, caplog: pytest.LogCaptureFixture) -> None:
    long = Sample("long", "weather " * 600, "{}", Message("assistant", "{}"))
    taught = [*samples(6), long]
    wording = learn_wording(tiny, taught)
    assert len(encode(taught, wording.prompter, wording.form, 2, tiny.context)) == 6
    assert "1 of 7 calls are too long for the model and left out" in caplog.text
    with pytest.raises(ConfigError, match="3 of 5 calls are longer with their answers than the 512 tokens"):
        encode([*samples(2), long, long, long], wording.prompter, wording.form, 2, tiny.context)


def test_answers_that_fill_the_context_leave_no_room_for_prompts(tiny: BaseLM) -> None:
    answer = "weather and days " * 120
    with pytest.raises(
        ConfigError,
        match=r"reads 512 tokens, which leaves no room .* may need \d+, and what stands around the call \d+",
    ):
        learn_wording(tiny, [Sample("1", "say it", answer, Message("assistant", answer))])


def test_the_learning_rate_rises_and_falls() -> None:
    recipe = Recipe(learning_rate=1.0, warm_up=0.1)
    rates = [recipe.rate(step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([at / 10 for at in range(1, 11)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[10] == 1.0
    assert rates[-1] < 0.001


def test_small_sets_are_gone_over_more_often() -> None:
    assert [Recipe().epochs_for(count) for count in (5000, 800, 300, 30)] == [2, 2, 4, 10]
    assert Recipe(epochs=1).epochs_for(30) == 1
