"""The confidence of the open families, fitted on few validation calls."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.runtime.confidence import REFUSED, Confidence, Scale
from slm_instrument.train.calibrate import fit_confidence


def answers(calls, seed, *, base=2.0):
    """Evidence of a made-up student: a quality seen through noise, skewed as log-probabilities are, and noise alone."""
    draw = np.random.default_rng(seed)
    quality = draw.normal(size=calls)
    agreed = draw.random(calls) < 1 / (1 + np.exp(-base - 2 * quality))
    least = -np.exp(-2 * (quality + 0.5 * draw.normal(size=calls)))
    similar = quality + 1.5 * draw.normal(size=calls)
    noise = draw.normal(size=calls)
    rows = np.stack([least, similar, noise], axis=1).tolist()
    return [dict(zip(("least", "similar", "noise"), row, strict=True)) for row in rows], agreed.tolist()


def ranked(scores, agreed):
    """The chance that an answer that agreed scores above one that did not."""
    scores, agreed = np.array(scores), np.array(agreed)
    right, wrong = scores[agreed], scores[~agreed]
    return float(np.mean((right[:, None] > wrong) + 0.5 * (right[:, None] == wrong)))


@pytest.mark.parametrize("calls", [50, 300])
def test_the_confidence_ranks_answers_and_means_what_it_says(calls):
    quality, calibration = [], []
    evidence, agreed = answers(4000, seed=100)
    for seed in range(5):
        confidence = fit_confidence(*answers(calls, seed))
        scores = [confidence.score(one) for one in evidence]
        quality.append(ranked(scores, agreed))
        calibration.append(np.mean(scores) - np.mean(agreed))
    assert np.mean(quality) > 0.8  # the least log-probability alone has 0.83
    assert abs(np.mean(calibration)) < 0.03


@given(seed=st.integers(0, 10_000), calls=st.integers(1, 80), base=st.floats(-4, 4))
@settings(max_examples=40, deadline=None)
def test_more_evidence_never_means_less_confidence(seed, calls, base):
    confidence = fit_confidence(*answers(calls, seed, base=base))
    assert confidence.problem() is None
    draw = np.random.default_rng(seed)
    less = dict(zip(("least", "similar", "noise"), (5 * draw.normal(size=3)).tolist(), strict=True))
    more = {name: value + abs(draw.normal()) for name, value in less.items()}
    assert 0 <= confidence.score(less) <= confidence.score(more) <= 1


@pytest.mark.parametrize("bend", [lambda value: 100 * value + 7, math.atan])
def test_the_unit_of_a_figure_does_not_matter(bend):
    evidence, agreed = answers(100, seed=4)
    other = [{**said, "least": bend(said["least"])} for said in evidence]
    one, two = fit_confidence(evidence, agreed), fit_confidence(other, agreed)
    scores = [one.score(said) for said in evidence], [two.score(said) for said in other]
    assert np.abs(np.subtract(*scores)).max() < 0.1  # equal at the knots, and near between them


class TestFewCalls:
    @pytest.mark.parametrize("always", [True, False])
    def test_a_student_that_never_changes_is_still_ranked(self, always):
        evidence, _ = answers(60, seed=1)
        confidence = fit_confidence(evidence, [always] * 60)
        scores = [confidence.score(said) for said in evidence]
        assert all(score > 0.8 if always else score < 0.2 for score in scores)
        best, worst = max(evidence, key=lambda said: said["least"]), min(evidence, key=lambda said: said["least"])
        assert confidence.score(best) > confidence.score(worst)

    def test_without_calls_nothing_is_known(self):
        assert fit_confidence([], []) == Confidence()
        assert fit_confidence([{REFUSED: 1.0, "least": -1.0}], [False]) == Confidence()

    def test_without_figures_all_score_alike(self):
        confidence = fit_confidence([{}] * 20, [True] * 15 + [False] * 5)
        assert confidence.score({}) == pytest.approx(0.74, abs=0.02)

    def test_a_figure_that_never_changes_gets_no_weight(self):
        evidence, agreed = answers(60, seed=2)
        confidence = fit_confidence([{**said, "same": 1.0} for said in evidence], agreed)
        assert confidence.names == ("least", "noise", "similar")

    def test_refused_answers_teach_nothing(self):
        evidence, agreed = answers(60, seed=3)
        refused = [{name: -99.0 for name in said} | {REFUSED: 1.0} for said in evidence]
        mixed = fit_confidence([{**said, REFUSED: 0.0} for said in evidence] + refused, agreed + [False] * 60)
        assert mixed == fit_confidence(evidence, agreed)
        assert mixed.score(refused[0]) == mixed.score({REFUSED: 1.0}) == 0.0

    @pytest.mark.parametrize("value", [math.nan, -math.inf])
    def test_what_is_no_number_teaches_nothing_and_scores_nothing(self, value):
        evidence, agreed = answers(60, seed=3)
        odd = {**evidence[0], "least": value}
        confidence = fit_confidence([*evidence, odd], [*agreed, True])
        assert confidence == fit_confidence(evidence, agreed)
        assert confidence.score(odd) == 0.0


class TestScale:
    scale = Scale((0.0, 1.0, 3.0), (-1.0, 0.0, 2.0))

    @pytest.mark.parametrize(
        ("value", "stands"), [(0.0, -1.0), (0.5, -0.5), (1.0, 0.0), (2.0, 1.0), (3.0, 2.0), (99.0, 2.0), (-2.0, -3.0)]
    )
    def test_it_is_linear_between_knots_level_above_and_goes_on_below(self, value, stands):
        assert self.scale(value) == stands

    @pytest.mark.parametrize(
        "confidence",
        [
            Confidence(names=("one",)),
            Confidence(names=("one",), scales=(scale,), weights=(-1.0,)),
            Confidence(names=("one",), scales=(scale,), weights=(math.inf,)),
            Confidence(names=("one",), scales=(Scale((1.0,), (0.0,)),), weights=(1.0,)),
            Confidence(names=("one",), scales=(Scale((1.0, 1.0), (0.0, 1.0)),), weights=(1.0,)),
            Confidence(names=("one",), scales=(Scale((0.0, 1.0), (1.0, 0.0)),), weights=(1.0,)),
        ],
    )
    def test_what_means_nothing_is_told(self, confidence):
        assert confidence.problem() is not None
