import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.analyze.report.layout import lay_out


def vectors(count, seed=0, dimensions=8):
    draw = np.random.default_rng(seed)
    made = draw.normal(size=(count, dimensions)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def laid(sizes, apps=None):
    islands = [vectors(size, seed) for seed, size in enumerate(sizes)]
    return lay_out(islands, vectors(len(sizes), 99), apps or [None] * len(sizes))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=25))
def test_no_island_covers_another_and_no_dot_leaves_its_own(sizes):
    islands, dots = laid(sizes)
    at = 0
    for number, (island, size) in enumerate(zip(islands, sizes, strict=True)):
        own, at = dots[at : at + size], at + size
        assert (np.hypot(own[:, 0] - island.x, own[:, 1] - island.y) <= island.radius).all()
        for other in islands[:number]:
            assert np.hypot(island.x - other.x, island.y - other.y) > 0.98 * (island.radius + other.radius)
    assert at == len(dots)


def test_dots_do_not_hide_one_another_even_where_all_calls_are_equal():
    same = np.repeat(vectors(1), 100, axis=0)
    _, dots = lay_out([same], vectors(1), [None])
    apart = np.hypot(*(dots[:, None] - dots[None, :]).transpose(2, 0, 1)) + np.eye(100) * 9
    assert apart.min() > 0.9


def test_the_call_farthest_from_the_others_lies_at_the_rim_and_the_usual_one_in_the_middle():
    calls = np.repeat(vectors(1), 30, axis=0) + vectors(30, 5) * 0.05
    calls[7] = -calls[7]
    calls[3] = calls[np.arange(30) != 7].mean(axis=0)
    islands, dots = lay_out([calls], vectors(1), [None])
    away = np.hypot(dots[:, 0] - islands[0].x, dots[:, 1] - islands[0].y)
    assert away[7] == pytest.approx(away.max())
    assert away[3] < away.max() / 2


def test_tasks_of_one_application_lie_together():
    apps = ["a"] * 5 + ["b"] * 5
    islands, _ = laid([9] * 10, apps)
    places = np.array([(island.x, island.y) for island in islands])
    centres = places[:5].mean(axis=0), places[5:].mean(axis=0)
    nearer = np.linalg.norm(places - centres[0], axis=1) < np.linalg.norm(places - centres[1], axis=1)
    assert nearer[:5].sum() >= 4
    assert nearer[5:].sum() <= 1


def test_equal_input_gives_an_equal_map():
    one, other = laid([5, 9, 30]), laid([5, 9, 30])
    assert one[0] == other[0]
    assert (one[1] == other[1]).all()
