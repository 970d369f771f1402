from collections import Counter

import numpy as np
import pytest
from hypothesis import given, strategies as st

from slm_instrument.analyze.cards.answers import CLOSED_MOST, closed_set, repeated
from slm_instrument.analyze.cards.measure import Columns, measure
from slm_instrument.analyze.corpus import KINDS, NO_ANSWER
from slm_instrument.canonical import AnswerKind

keys = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=40)


def closed(answers, prompts=None, labels=None):
    answers = np.array(answers, dtype=np.int64)
    prompts = np.arange(len(answers)) if prompts is None else np.array(prompts)
    return closed_set(prompts, answers, np.ones(len(answers), dtype=bool) if labels is None else np.array(labels))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([7, 9] * 30, 2),
        ([at % 77 for at in range(770)], 77),
        ([*[7, 9] * 30, 1], 2),  # one free answer beside them
        ([*[7, 9] * 30, *range(100, 120)], 0),  # a tail of free answers
        (list(range(60)), 0),
        ([at // 2 for at in range(60)], 0),  # each twice
        ([at // 4 for at in range(60)], 0),  # each recurs, but they are too many
        ([at % (CLOSED_MOST + 1) for at in range(10 * CLOSED_MOST)], 0),
        ([NO_ANSWER] * 60, 0),
        ([7, 7], 0),
        ([], 0),
    ],
)
def test_closed_sets(answers, expected):
    assert len(closed(answers)) == expected


def test_labels_come_most_frequent_first_and_keep_63_bits():
    big = 2**62 + 12345
    assert closed([5] * 10 + [big] * 20) == (big, 5)


def test_answers_that_recur_only_because_a_prompt_does_are_no_closed_set():
    assert closed([at % 3 for at in range(60)], prompts=[at % 3 for at in range(60)]) == ()


def test_long_or_empty_answers_are_no_labels():
    answers = [1, 2] * 20 + [3] * 40
    assert closed(answers, labels=[True] * 40 + [False] * 40) == ()
    assert closed(answers, labels=[True] * 80) == (3, 1, 2)


@given(keys)
def test_repetition_is_what_counting_gives(pairs):
    found = repeated(*np.array(pairs, dtype=np.int64).reshape(-1, 2).T)
    asked = Counter(prompt for prompt, _ in pairs)
    calls = sum(count for count in asked.values() if count > 1)
    usual = sum(max(Counter(a for p, a in pairs if p == prompt).values()) for prompt in asked if asked[prompt] > 1)
    assert found.repetition == pytest.approx(calls / len(pairs) if pairs else 0.0)
    assert found.self_agreement == (pytest.approx(usual / calls) if calls else None)


def test_measures_of_calls():
    n = 20
    columns = Columns(
        prompt=np.arange(n),
        answer=np.arange(n) % 2,
        kind=np.full(n, KINDS.index(AnswerKind.JSON)),
        input_tokens=np.full(n, 10),
        output_tokens=np.full(n, 2),
        tokens_estimated=np.arange(n) == 3,
        cost_usd=np.array([0.5, *[np.nan] * (n - 1)]),
        latency_ms=np.full(n, np.nan),
    )
    figures = measure(columns)
    assert (figures.kind, figures.answers, figures.calls) == (AnswerKind.CLOSED_SET, (0, 1), n)
    assert (figures.input_tokens, figures.output_tokens, figures.tokens_estimated) == (200, 40, True)
    assert (figures.cost_usd, figures.latency_ms) == (0.5, None)
    assert (figures.repetition, figures.self_agreement) == (0.0, None)


def test_answers_that_are_free_have_the_kind_of_most():
    n = 9
    nothing = np.full(n, np.nan)
    kinds = np.array([KINDS.index(AnswerKind.JSON)] * 5 + [KINDS.index(AnswerKind.FREE_TEXT)] * 4)
    zeros = np.zeros(n, dtype=np.int64)
    columns = Columns(
        prompt=np.arange(n),
        answer=np.arange(n),
        kind=kinds,
        input_tokens=zeros,
        output_tokens=zeros,
        tokens_estimated=zeros.astype(bool),
        cost_usd=nothing,
        latency_ms=nothing,
    )
    assert measure(columns).kind is AnswerKind.JSON
    assert measure(columns).cost_usd is None
