"""What is kept of the held-out calls."""

import pytest

from slm_instrument.comparators import comparator
from slm_instrument.curate.sample import Sample
from slm_instrument.records import Message
from slm_instrument.runtime.student import Prediction
from slm_instrument.train import evaluate
from slm_instrument.train.certify import certify
from slm_instrument.train.evaluate import ask, held_out


class Copying:
    """Answers with its input, as sure as the input says."""

    def answer(self, text):
        message = Message("assistant", text)
        return Prediction(message, score=0.0 if "unsure" in text else 0.9, accepted=False, label=text)


def samples(count, answer='{"id": 1, "name": "a"}', said='{"id": 1, "name": "b"}'):
    wrong = [Sample(f"w{at}", said, "", Message("assistant", answer)) for at in range(count // 4)]
    right = [Sample(f"r{at}", answer, "", Message("assistant", answer)) for at in range(count - len(wrong))]
    return wrong + right


@pytest.fixture
def kept():
    rule = comparator("json")
    parts = [samples(40), samples(80), samples(20)]
    asked = [ask(Copying(), part, rule) for part in parts]
    certificate = certify(asked[0].scores, asked[1].scores)
    return held_out(*asked, parts[2], rule, certificate)


def test_every_call_is_kept_with_its_score(kept):
    assert (len(kept.validation.scores), len(kept.calibration.scores), len(kept.test.scores)) == (40, 80, 20)
    assert sum(kept.calibration.agreed) == 60
    assert set(kept.test.scores) == {0.9}


def test_fields_are_of_the_test_calls_worst_first(kept):
    assert [(field.place, field.answers, field.agreed) for field in kept.fields] == [("name", 20, 15), ("id", 20, 20)]


def test_further_targets_are_told_of(kept):
    assert [certificate.target for certificate in kept.also] == [0.9, 0.99]
    assert all(certificate.calls == 80 for certificate in kept.also)


def test_refused_calls_count_and_are_never_accepted():
    rule = comparator("normal_form")
    asked = ask(Copying(), [Sample("1", "unsure", "", Message("assistant", "unsure")), *samples(3)], rule)
    metrics = evaluate.test_metrics(asked.scores, asked.latencies_ms, 0.5, 0.95)
    assert (metrics.calls, metrics.accepted, metrics.agreement_all) == (4, 3, 1.0)
    assert metrics.latency_ms >= 0
