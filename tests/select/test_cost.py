"""Predictions: they give back what was measured, and grow with what costs."""

from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from slm_instrument.select import Machine, Speed, catalogue, predict
from slm_instrument.select.cost import epochs

MINILM = catalogue().find("sentence-transformers/all-MiniLM-L6-v2")
SMOLLM = catalogue().find("HuggingFaceTB/SmolLM2-135M-Instruct")
MEGABYTE = 1_000_000

same_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.mark.parametrize(("tokens", "measured"), [(12, 1.44), (256, 36.6)])
def test_the_time_of_an_encoder_as_measured(make_facts, machine, tokens, measured):
    cost = predict("nearest", MINILM, make_facts(tokens), machine)
    assert cost.answer_ms == pytest.approx(measured, rel=0.3)
    assert cost.memory == pytest.approx(119 * MEGABYTE, rel=0.1)
    assert cost.training_minutes == 0


@pytest.mark.parametrize(("precision", "ms", "resident"), [("int8", 976, 392), ("int4", 941, 298), ("fp32", 1926, 779)])
def test_the_time_and_memory_of_a_decoder_as_measured(make_facts, machine, precision, ms, resident):
    cost = predict("few-shot", SMOLLM, make_facts(300, 64), machine, precision)
    assert cost.answer_ms == pytest.approx(ms, rel=0.2)
    assert cost.memory == pytest.approx(resident * MEGABYTE, rel=0.1)


def test_the_time_of_training_as_measured(make_facts, machine):
    """Whole trainings on two cores.

    A classifier of 10,003 short questions in three epochs took 8 to 10 minutes, a pointer of 1,224 extractions 2 to 3
    an epoch, a generator of 1,754 extractions 35 an epoch.
    """
    classifier = predict("classifier", MINILM, make_facts(14, inputs=10_003), machine)
    assert 5 < classifier.training_minutes < 11
    pointer = predict("pointer", MINILM, make_facts(227, inputs=1_224), machine)
    assert 6 * 130 / 60 < pointer.training_minutes / epochs("pointer", 1_224) * 6 < 6 * 180 / 60
    generator = predict("generator", SMOLLM, make_facts(240, 90, inputs=1_754), machine)
    assert generator.training_minutes / 2 == pytest.approx(35, rel=0.2)


@pytest.mark.parametrize("examples", [30, 400, 1_000, 3_000, 20_000])
def test_epochs_are_those_of_the_trainings(examples):
    for student, module in (
        ("classifier", "classifier"),
        ("pointer", "pointer.fit"),
        ("generator", "generator.recipe"),
    ):
        recipe = import_module(f"slm_instrument.train.{module}").Recipe()
        assert epochs(student, examples) == pytest.approx(recipe.epochs_for(examples), abs=1), student


def test_a_context_bounds_what_an_encoder_reads(make_facts, machine):
    assert predict("nearest", MINILM, make_facts(512), machine) == predict(
        "nearest", MINILM, make_facts(9_000), machine
    )


def test_layers_without_attention_keep_nothing(make_model, make_facts, machine):
    whole = predict("few-shot", make_model(family="decoder"), make_facts(4_000), machine)
    part = predict("few-shot", make_model(family="decoder", kv_layers=6), make_facts(4_000), machine)
    assert whole.memory - part.memory == 24 * 2 * 3 * 64 * 4 * 4_020


@same_fixtures
@given(
    student=st.sampled_from(["nearest", "classifier", "pointer"]) | st.sampled_from(["few-shot", "generator"]),
    prompt=st.integers(1, 400),
    answer=st.integers(1, 400),
    faster=st.floats(1.1, 50),
)
def test_longer_calls_cost_more_and_faster_machines_take_less(make_facts, machine, student, prompt, answer, faster):
    model = MINILM if student in ("nearest", "classifier", "pointer") else SMOLLM
    cost = predict(student, model, make_facts(prompt, answer), machine)
    longer = predict(student, model, make_facts(prompt + 50, answer + 50), machine)
    quick = Machine(
        cores=machine.cores,
        free_memory=machine.free_memory,
        speed=Speed(machine.speed.gflops * faster, machine.speed.gigabytes * faster),
    )
    soon = predict(student, model, make_facts(prompt, answer), quick)
    assert longer.answer_ms > cost.answer_ms > soon.answer_ms
    assert longer.memory >= cost.memory == soon.memory
    assert longer.training_minutes >= cost.training_minutes >= soon.training_minutes
