import json
import math

import numpy as np
import pytest

from slm_instrument.analyze.cost import call_cost, call_tokens
from slm_instrument.analyze.measure import answer_kind, measure
from slm_instrument.canonical import AnswerKind
from slm_instrument.records import Call, Message, ToolCall, Usage


def kind_of(made, answers):
    corpus = made.corpus_of(made.call(str(at), f"t{at}", f"message {at}", answer) for at, answer in enumerate(answers))
    return answer_kind(corpus, np.arange(len(corpus)))


def tool(arguments):
    return Message("assistant", None, (ToolCall("route", json.dumps(arguments)),))


@pytest.mark.parametrize(
    ("answers", "kind", "labels"),
    [
        (["a", "b"] * 30, AnswerKind.CLOSED_SET, 2),
        ([f"label_{at % 77}" for at in range(770)], AnswerKind.CLOSED_SET, 77),
        ([*["a", "b"] * 30, "I am not sure what you mean"], AnswerKind.CLOSED_SET, 2),
        ([tool({"queue": "xyz"[at % 3]}) for at in range(60)], AnswerKind.CLOSED_SET, 3),
        ([tool({"order": at}) for at in range(60)], AnswerKind.TOOL_CALL, 0),
        ([json.dumps({"order": at}) for at in range(60)], AnswerKind.JSON, 0),
        ([f"Mr {at}" for at in range(60)], AnswerKind.SHORT_TEXT, 0),
        ([f"Dear {at}, " + "thank you for your letter. " * 9 for at in range(60)], AnswerKind.FREE_TEXT, 0),
        ([f"word{at // 2}" for at in range(60)], AnswerKind.SHORT_TEXT, 0),  # each twice is no closed set
        ([""] * 60, AnswerKind.SHORT_TEXT, 0),
    ],
)
def test_kind_of_answers(made, answers, kind, labels):
    found, forms = kind_of(made, answers)
    assert (found, len(forms)) == (kind, labels)


def test_labels_are_normal_forms_most_frequent_first(made):
    _, forms = kind_of(made, ["b "] * 10 + ["a"] * 20)
    assert forms == ("a", "b")


def test_answers_that_recur_only_because_a_prompt_does_are_no_closed_set(made):
    corpus = made.corpus_of(made.call(str(at), f"t{at}", f"extract {at % 3}", f"name {at % 3}") for at in range(60))
    assert answer_kind(corpus, np.arange(60))[0] is AnswerKind.SHORT_TEXT


def test_repetition_and_agreement_of_the_teacher_with_itself(made):
    answers = ["x", "x", "y", "z", "z", "w"]
    prompts = ["p", "p", "p", "q", "q", "r"]
    corpus = made.corpus_of(
        made.call(str(at), None, p, a) for at, (p, a) in enumerate(zip(prompts, answers, strict=True))
    )
    figures = measure(corpus, np.arange(6))
    assert figures.repetition == pytest.approx(5 / 6)
    assert figures.self_agreement == pytest.approx(4 / 5)
    once = measure(corpus, np.array([5]))
    assert (once.repetition, once.self_agreement) == (0.0, None)


def test_tokens_cost_and_latency(made):
    known = Usage(input_tokens=100, output_tokens=10)
    corpus = made.corpus_of(
        [
            made.call("a", None, "x" * 41, "yes", usage=known, cost_usd=0.5, duration_ms=10.0),
            made.call("b", None, "x" * 41, "yes", duration_ms=30.0),
        ]
    )
    figures = measure(corpus, np.arange(2))
    assert (figures.input_tokens, figures.output_tokens, figures.tokens_estimated) == (111, 11, True)
    assert (figures.cost_usd, figures.latency_ms) == (0.5, 20.0)
    unknown = measure(corpus, np.array([1]))
    assert unknown.cost_usd is None
    assert not measure(corpus, np.array([0])).tokens_estimated


def test_tokens_are_those_the_provider_counted_else_an_estimate_of_each_number():
    messages = (Message("user", "a" * 400),)
    answer = Message("assistant", None, (ToolCall("f", "1234567"),))
    estimated = call_tokens(Call(messages=messages, response=answer))
    assert (estimated.input, estimated.output, estimated.estimated) == (100, 2, True)
    half = call_tokens(Call(messages=messages, response=answer, usage=Usage(input_tokens=7)))
    assert (half.input, half.output, half.estimated) == (7, 2, True)


def test_a_price_is_the_recorded_one_else_the_lists_else_unknown():
    usage = Usage(input_tokens=1_000_000, output_tokens=0)
    assert call_cost(Call(cost_usd=1.5, model="gpt-4o", usage=usage)) == 1.5
    assert call_cost(Call(cost_usd=math.nan)) is None
    priced = call_cost(Call(model="gpt-4o", provider="openai", usage=usage))
    assert priced is not None
    assert 0 < priced < 100
    assert call_cost(Call(model="gpt-4o", provider="a proxy of ours", usage=usage)) == priced
    assert call_cost(Call(model="no such model", usage=usage)) is None
    assert call_cost(Call(model="gpt-4o")) is None
    assert call_cost(Call(model="gpt-4o", usage=Usage(input_tokens=-5, output_tokens=1))) is None
