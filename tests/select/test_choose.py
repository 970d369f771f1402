"""What is chosen for a task, and the reason of everything that is not."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from rich.console import Console

from slm_instrument.canonical import AnswerKind
from slm_instrument.select import Catalogue, Licence, LicenceKind, Policy, catalogue, choose
from slm_instrument.select.choose import LADDER
from slm_instrument.select.report import catalogue_table, catalogue_to_json, choice_table, choice_to_json

KNOWN = catalogue()
LICENCES = {
    "mit": Licence(LicenceKind.PERMISSIVE),
    "gemma": Licence(LicenceKind.CONDITIONS, "a list of uses"),
    "cc-by-nc-4.0": Licence(LicenceKind.NON_COMMERCIAL, "no commercial use"),
}


def of(*models):
    return Catalogue(models, LICENCES)


def students(choice):
    return [(each.student, each.model.name) for each in choice.candidates]


def reason(choice, student=None, model=None):
    (found,) = [each.reason for each in choice.rejected if (each.student, each.model) == (student, model)]
    return found


class TestAnswers:
    def test_a_closed_set_is_chosen_from(self, make_facts, make_model, machine):
        facts = make_facts(kind=AnswerKind.CLOSED_SET, closed=True, recurring=1.0)
        choice = choose(facts, of(make_model("e"), make_model("d", "decoder")), machine)
        assert students(choice) == [("nearest", "e"), ("classifier", "e")]
        assert "closed set" in reason(choice, "generator")

    def test_extraction_points_before_it_generates(self, make_facts, make_model, machine):
        choice = choose(make_facts(recurring=0.0), of(make_model("d", "decoder"), make_model("e")), machine)
        assert students(choice) == [("pointer", "e"), ("few-shot", "d"), ("generator", "d")]
        assert "0% of the inputs" in reason(choice, "nearest")
        assert "closed set" in reason(choice, "classifier")

    def test_prose_is_generated(self, make_facts, make_model, machine):
        facts = make_facts(kind=AnswerKind.FREE_TEXT, recurring=0.0)
        choice = choose(facts, of(make_model("e"), make_model("d", "decoder")), machine)
        assert {student for student, _ in students(choice)} == {"few-shot", "generator"}
        assert "free text is not so" in reason(choice, "pointer")

    def test_an_encoder_that_says_nothing_before_it_is_trained_finds_no_neighbours(
        self, make_facts, make_model, machine
    ):
        choice = choose(make_facts(), of(make_model("e", frozen=False)), machine)
        assert students(choice) == [("pointer", "e")]


class TestLicences:
    def test_permissive_ones_alone_by_default(self, make_facts, make_model, machine):
        models = of(
            make_model("free"),
            make_model("gemma", licence="gemma"),
            make_model("research", licence="CC-BY-NC-4.0"),
            make_model("strange", licence="strange-1.0"),
            make_model("none", licence=""),
        )
        choice = choose(make_facts(), models, machine)
        assert {model for _, model in students(choice)} == {"free"}
        assert reason(choice, model="gemma") == (
            "its licence, gemma, sets conditions: a list of uses (--allow-licence gemma)"
        )
        assert "non-commercial use" in reason(choice, model="research")
        assert "not in the table" in reason(choice, model="strange")
        assert "no licence" in reason(choice, model="none")

    @pytest.mark.parametrize(
        ("licence", "allowed"),
        [
            ("gemma", "gemma"),
            ("gemma", "conditions"),
            ("CC-BY-NC-4.0", "non-commercial"),
            ("strange-1.0", "strange-1.0"),
            ("", "unknown"),
        ],
    )
    def test_others_by_name_or_kind(self, make_facts, make_model, machine, licence, allowed):
        policy = Policy(licences=Policy().licences | {allowed})
        assert choose(make_facts(), of(make_model(licence=licence)), machine, policy).candidates


class TestLimits:
    def test_a_context_too_short_for_the_longest_prompts(self, make_facts, make_model, machine):
        facts = make_facts(prompt_tokens=[100] * 98 + [8_100, 8_200], answer_tokens=[20] * 90 + [100] * 10)
        choice = choose(facts, of(make_model("d", "decoder")), machine)
        assert reason(choice, "generator", "d") == (
            "its context of 8,192 tokens is too short: prompts and answers take up to (99th percentiles) 8,200 + 100 = "
            "8,300"
        )

    def test_an_encoder_may_refuse_the_longest_prompts(self, make_facts, make_model, machine):
        few, many = [100] * 95 + [600] * 5, [100] * 80 + [600] * 20
        assert choose(make_facts(prompt_tokens=few), of(make_model()), machine).candidates
        choice = choose(make_facts(prompt_tokens=many), of(make_model()), machine)
        assert "90% of the prompts take up to 600" in reason(choice, "pointer", "small")

    def test_memory(self, make_facts, make_model, machine):
        choice = choose(make_facts(), of(make_model("d", "decoder")), machine, Policy(memory=300_000_000))
        assert "more than the 300 MB that are allowed" in reason(choice, "few-shot", "d")

    def test_half_of_the_free_memory_unless_said(self, make_facts, make_model, machine):
        large = make_model("d", "decoder", parameters=7_000_000_000, hidden=4_096, layers=32)
        choice = choose(make_facts(), of(large), machine)
        assert "more than the 6,000 MB that are allowed" in reason(choice, "few-shot", "d")

    def test_the_teachers_latency_unless_said(self, make_facts, make_model, machine):
        decoder = of(make_model("d", "decoder"))
        slow = choose(make_facts(900, 128, latency_ms=1_200.0), decoder, machine)
        assert "more than the 1,200 ms that the LLM takes" in reason(slow, "few-shot", "d")
        told = choose(make_facts(900, 128, latency_ms=1_200.0), decoder, machine, Policy(latency_ms=5_000))
        assert ("few-shot", "d") in students(told)
        fast_teacher = choose(make_facts(300, 64, latency_ms=2.0), decoder, machine)
        assert ("few-shot", "d") in students(fast_teacher)
        short = choose(make_facts(300, 64), decoder, machine, Policy(latency_ms=100))
        assert "more than the 100 ms that are allowed" in reason(short, "few-shot", "d")

    def test_the_time_of_training_rejects_the_generator_and_leaves_the_few_shots(self, make_facts, make_model, machine):
        choice = choose(make_facts(240, 80), of(make_model("d", "decoder")), machine, Policy(minutes=10))
        assert students(choice) == [("few-shot", "d")]
        assert "minutes on 2 cores, more than the 10 that are allowed" in reason(choice, "generator", "d")

    def test_the_memory_of_training(self, make_facts, make_model, machine):
        large = make_model("d", "decoder", parameters=2_900_000_000, hidden=3_072, layers=28)
        policy = Policy(minutes=1e9, latency_ms=1e9, memory=10**12)
        choice = choose(make_facts(), of(large), machine, policy)
        assert "more than the 12,000 MB that are free" in reason(choice, "generator", "d")

    def test_a_model_whose_export_fails(self, make_facts, make_model, machine):
        choice = choose(make_facts(), of(make_model(export="fails", note="KeyError 'rope_type'")), machine)
        assert reason(choice, model="small") == "KeyError 'rope_type'"


class TestPlaces:
    def test_what_is_nowhere(self, make_facts, make_model, machine, tmp_path):
        gone = make_model(path=str(tmp_path / "gone"))
        choice = choose(make_facts(), of(gone), machine, reachable=lambda: True)
        assert "not on this machine" in reason(choice, model="small")

    def test_the_hub_is_asked_for_what_is_nowhere_nearer(self, make_facts, make_model, machine):
        far = make_model("nobody/nothing-of-this-name", path=None)
        assert not choose(make_facts(), of(far), machine, reachable=lambda: False).candidates
        choice = choose(make_facts(), of(far, make_model("near")), machine, reachable=lambda: True)
        assert [(each.model.name, each.place.here) for each in choice.candidates if each.student == "nearest"] == [
            ("near", True),
            (far.name, False),
        ]


def test_the_first_candidate_of_a_family_is_its_base(make_facts, make_model, machine, tmp_path):
    fast, slow = make_model("fast"), make_model("slow", parameters=60_000_000)
    choice = choose(make_facts(), of(slow, fast), machine)
    assert students(choice)[:2] == [("nearest", "fast"), ("nearest", "slow")]
    assert choice.base_of("nearest") == str(tmp_path)
    assert choice.base_of("generator") is None
    assert choice.objection("nearest") is None
    assert "closed set" in choice.objection("classifier")
    assert choice.objection("generator") == "no model that it could be made of is allowed and at hand"


def test_a_family_without_a_candidate_has_its_models_reason(make_facts, make_model, machine):
    choice = choose(make_facts(), of(make_model("d", "decoder")), machine, Policy(minutes=0))
    assert choice.objection("generator").startswith("of d: its training would take")


def test_memory_that_is_not_known_limits_nothing(make_facts, make_model, machine):
    unknown = replace(machine, free_memory=None)
    assert choose(make_facts(), of(make_model("d", "decoder")), unknown).candidates
    assert not choose(make_facts(), of(make_model()), unknown, Policy(memory=1)).candidates


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(
    kind=st.sampled_from(AnswerKind),
    closed=st.booleans(),
    recurring=st.floats(0, 1),
    prompt=st.integers(1, 200_000),
    answer=st.integers(1, 5_000),
    latency=st.none() | st.floats(0, 1e6),
    minutes=st.floats(0, 1e6),
    kinds=st.sets(st.sampled_from(LicenceKind)),
)
def test_everything_is_a_candidate_or_has_a_reason(
    make_facts, machine, kind, closed, recurring, prompt, answer, latency, minutes, kinds
):
    facts = make_facts(prompt, answer, kind=kind, closed=closed, recurring=recurring, latency_ms=latency)
    policy = Policy(minutes=minutes, licences=frozenset(kind.value for kind in kinds))
    choice = choose(facts, KNOWN, machine, policy, reachable=lambda: True)
    out = {(each.student, each.model) for each in choice.rejected}
    taken = set(students(choice))
    for model in KNOWN.models:
        for student in LADDER:
            if (student in ("few-shot", "generator")) != (model.family == "decoder"):
                continue
            decided = (
                (student, model.name) in taken,
                bool({(student, None), (None, model.name), (student, model.name)} & out),
            )
            assert any(decided) or (student == "nearest" and not model.frozen)
            assert not all(decided)
    assert all(each.reason for each in choice.rejected)
    rungs = [LADDER.index(student) for student, _ in students(choice)]
    assert rungs == sorted(rungs)


class TestReport:
    def test_a_choice_in_words_and_figures(self, make_facts, make_model, machine):
        choice = choose(make_facts(), of(make_model("e"), make_model("\x1b[31mg", licence="gemma")), machine)
        console = Console(width=160, record=True, file=None)
        with console.capture() as shown:
            console.print(choice_table(choice))
        text = shown.get()
        assert "pointer" in text
        assert "a list of uses" in text
        assert "\x1b[31mg" not in text
        values = choice_to_json(choice)
        assert [each["student"] for each in values["candidates"]] == ["nearest", "pointer"]
        assert values["machine"]["cores"] == 2
        assert values["rejected"][-1]["reason"].startswith("its licence")

    def test_nothing_worth_trying(self, make_facts, make_model, machine):
        console = Console(width=100)
        with console.capture() as shown:
            console.print(choice_table(choose(make_facts(), of(make_model(licence="gemma")), machine)))
        assert "No model is worth trying." in shown.get()

    def test_the_catalogue(self):
        console = Console(width=60)
        with console.capture() as shown:
            console.print(catalogue_table(catalogue()))
        assert "SmolLM2-135M-Instruct" in shown.get()
        assert len(catalogue_to_json(catalogue())["models"]) == len(catalogue().models)
