import pytest

from slm_instrument.analyze.report.risks import risks
from slm_instrument.canonical import AnswerKind


def test_a_task_that_nothing_speaks_against_has_no_risks(made):
    assert risks(made.task(asked=100, replaceable=0.9, self_agreement=0.99, growth=1.1)) == ()


@pytest.mark.parametrize(
    ("fields", "risk"),
    [
        ({"kind": AnswerKind.FREE_TEXT, "answers": ()}, "free text"),
        ({"self_agreement": 0.7}, "teacher disagrees with itself"),
        ({"calls": 20}, "few calls"),
        ({"matchable": 0.0}, "not matchable by template"),
        ({"matchable": 0.6}, "partly matchable by template"),
        ({"growth": 3.0}, "growing fast"),
        ({"growth": 0.2}, "fading"),
        ({"asked": 5, "replaceable": 0.5}, "estimate rests on few calls"),
    ],
)
def test_each_risk_is_told_from_what_is_known(fields, risk, made):
    assert risks(made.task(**fields)) == (risk,)


def test_what_is_not_known_is_no_risk(made):
    assert risks(made.task(self_agreement=None, growth=None)) == ()


def test_the_page_explains_every_risk(made):
    from importlib.resources import files

    script = files("slm_instrument.analyze.report").joinpath("web", "base.js").read_text()
    worst = made.task(
        kind=AnswerKind.FREE_TEXT, self_agreement=0.1, calls=9, matchable=0.0, growth=9.0, replaceable=0.1, asked=3
    )
    fading = made.task(matchable=0.5, growth=0.1)
    for risk in (*risks(worst), *risks(fading)):
        assert f"{risk}:" in script or f'"{risk}":' in script
