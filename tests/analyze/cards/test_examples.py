import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.analyze.cards.examples import MAX_COMPARED, TYPICAL, UNUSUAL, examples_of


def unit(vectors):
    vectors = np.array(vectors, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def around(centres, each, seed=0, spread=0.05):
    draw = np.random.default_rng(seed)
    return unit(
        np.repeat(np.array(centres, dtype=np.float32), each, axis=0) + draw.normal(0, spread, (len(centres) * each, 3))
    )


def chosen(vectors, prompts=None, answers=None, lengths=None, ids=None):
    n = len(vectors)
    return examples_of(
        ids or [f"c{at:05d}" for at in range(n)],
        vectors,
        prompts=np.arange(n) if prompts is None else np.array(prompts),
        answers=np.arange(n) if answers is None else np.array(answers),
        lengths=np.full(n, 10) if lengths is None else np.array(lengths),
    )


def test_typical_calls_are_of_every_part_of_a_task():
    vectors = around([[1, 0, 0], [0, 1, 0], [0, 0, 1]], 20)
    parts = {int(id[1:]) // 20 for id in chosen(vectors).typical}
    assert parts == {0, 1, 2}


def test_of_a_closed_set_each_frequent_answer_is_shown():
    vectors = around([[1, 0, 0]], 60)
    answers = [0] * 30 + [1] * 20 + [2] * 10
    assert [answers[int(id[1:])] for id in chosen(vectors, answers=answers).typical] == [0, 1, 2]


def test_edges_are_shown():
    vectors = around([[1, 0, 0]], 60)
    vectors[40] = [-1, 0, 0]
    lengths = np.full(60, 10)
    lengths[41], lengths[42] = 99, 1
    answers = [*[0] * 30, *[1] * 29, 2]  # the last is rare
    prompts = list(range(60))
    prompts[:5] = [0] * 5
    answers[3] = 1  # another answer to that prompt
    found = chosen(vectors, prompts, answers, lengths)
    assert [f"c{at:05d}" for at in (3, 59, 41, 42, 40)] == list(found.unusual)


def test_no_prompt_is_shown_twice():
    found = chosen(around([[1, 0, 0]], 50), prompts=[0] * 49 + [1])
    assert len(found.typical) + len(found.unusual) == 2


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_calls(n):
    found = chosen(np.eye(3, dtype=np.float32)[:n])
    assert sorted(found.typical + found.unusual) == [f"c{at:05d}" for at in range(n)]


def test_of_very_many_calls_a_sample_from_all_times_is_compared():
    found = chosen(around([[1, 0, 0]], 3 * MAX_COMPARED))
    assert max(found.typical + found.unusual) > f"c{MAX_COMPARED:05d}"


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(0, 10**6))
def test_the_order_of_calls_does_not_matter(n, seed):
    draw = np.random.default_rng(seed)
    vectors = unit(draw.normal(size=(n, 3)))
    columns = {name: draw.integers(0, 6, n) for name in ("prompts", "answers", "lengths")}
    ids = [f"c{at}" for at in range(n)]
    order = draw.permutation(n)
    found = examples_of(ids, vectors, **columns)
    again = examples_of([ids[at] for at in order], vectors[order], **{name: c[order] for name, c in columns.items()})
    assert found == again
    assert len(found.typical) <= TYPICAL
    assert len(found.unusual) <= UNUSUAL
