from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument.analyze.cards.priced import at_prices
from slm_instrument.analyze.cards.savings import Prices, prices_from_text, savings
from slm_instrument.analyze.result import Analysis, Share, Spent
from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import ConfigError
from slm_instrument.store.base import Task

START = datetime(2026, 3, 1, tzinfo=UTC)


def task(**more):
    given = {
        "id": "t",
        "name": "classify",
        "kind": AnswerKind.CLOSED_SET,
        "calls": 3_600,
        "input_tokens": 1_000_000,
        "output_tokens": 100_000,
        "replaceable": 0.8,
        "matchable": 0.5,
        "cost_usd": 10.0,
    }
    return Task(**(given | more))


def saving(prices=None, **more):
    return savings([task(**more)], prices or Prices())["t"]


def test_a_student_is_paid_for_every_call_it_is_asked_and_saves_what_it_answers():
    found = saving(Prices(core_hour_usd=1.0, classifier_seconds=1.0))
    assert found.llm_usd == 10.0
    assert found.student_usd == pytest.approx(0.5)  # 1,800 of the calls, a second each
    assert found.net_usd == pytest.approx(10.0 * 0.8 * 0.5 - 0.5)


def test_a_loss_is_shown_as_one():
    found = saving(kind=AnswerKind.FREE_TEXT, replaceable=0.0, output_tokens=3_600 * 640)
    assert found.net_usd == pytest.approx(-0.5 * 0.05 * 10)  # ten seconds for 640 tokens
    assert found.net_usd == -found.student_usd


def test_idle_time_that_is_paid_for_counts():
    assert saving(Prices(utilisation=0.1)).student_usd == pytest.approx(10 * saving().student_usd)


def test_own_prices_override_what_was_recorded():
    prices = Prices(input_usd=2.5, output_usd=10.0, cached_usd=1.0)
    assert saving(prices).llm_usd == pytest.approx(3.5)
    assert saving(prices, cached_tokens=400_000).llm_usd == pytest.approx(0.6 * 2.5 + 0.4 + 1.0)
    assert saving(Prices(input_usd=2.5, output_usd=10.0), cached_tokens=400_000).llm_usd == pytest.approx(3.5)
    assert saving(prices, cost_usd=None).llm_usd == pytest.approx(3.5)


def test_unknown_prices_leave_the_saving_unknown():
    found = saving(cost_usd=None)
    assert (found.llm_usd, found.net_usd, found.per_month_usd) == (None, None, None)
    assert found.student_usd > 0


def test_a_month_goes_by_the_log_not_by_a_burst_in_it():
    burst = task(id="burst", first_at=START, last_at=START + timedelta(minutes=5))
    steady = task(id="steady", first_at=START, last_at=START + timedelta(days=365.25 / 2))
    found = savings([burst, steady], Prices())
    assert found["burst"].per_month_usd == pytest.approx(found["burst"].net_usd / 6)
    assert savings([burst], Prices())["burst"].per_month_usd is None
    assert saving().per_month_usd is None


def test_training_is_paid_once_and_bounded():
    classifier, generator = saving(), saving(kind=AnswerKind.JSON)
    assert 0 < classifier.training_core_hours < generator.training_core_hours
    assert generator.training_usd == pytest.approx(generator.training_core_hours * 0.05)
    assert saving(calls=10**9).training_core_hours < 1
    assert saving(calls=0).student_usd == 0.0


def test_prices_are_numbers_without_a_currency():
    prices = prices_from_text("2.5", "10", core_hour="0.03")
    assert (prices.input_usd, prices.output_usd, prices.cached_usd, prices.core_hour_usd) == (2.5, 10.0, None, 0.03)
    assert prices_from_text() == Prices()


@pytest.mark.parametrize("text", ["$2.5", "2,5", "2.5 USD", "", "nan", "inf", "-1", "free"])
def test_what_is_no_price_is_said(text):
    with pytest.raises(ConfigError, match="write US dollars as a number"):
        prices_from_text(text, "10")


@pytest.mark.parametrize(
    "given",
    [
        {"input_usd": 1.0},
        {"output_usd": 1.0},
        {"cached_usd": 1.0},
        {"input_usd": -1.0, "output_usd": 1.0},
        {"core_hour_usd": float("nan")},
        {"utilisation": 0.0},
        {"utilisation": 1.1},
    ],
)
def test_prices_that_make_no_sense_are_refused(given):
    with pytest.raises(ConfigError):
        Prices(**given)


def test_all_that_is_shown_is_at_the_given_prices():
    share = Share(
        agent=None,
        calls=2,
        tokens=3_000_000,
        cost_usd=0.0,
        replaceable_calls=0.5,
        replaceable_tokens=0.5,
        replaceable_cost=0.1,
        spent=Spent(2_000_000, 1_000_000, 1_000_000),
        replaceable_spent=Spent(1_000_000, 500_000, 500_000),
    )
    figures = {"calls": 2, "unassigned": 0, "failed": 0, "student": 0, "human": 0, "total": share, "agents": (share,)}
    analysis = Analysis(id="a", tasks=(task(cost_usd=None),), **figures)
    assert at_prices(analysis, Prices()) is analysis
    prices = Prices(input_usd=2.0, output_usd=10.0, cached_usd=1.0)
    priced = at_prices(analysis, prices)
    assert priced.tasks[0].cost_usd == savings(analysis.tasks, prices)["t"].llm_usd
    assert (priced.total.cost_usd, priced.agents[0].replaceable_cost) == (13.0, 0.5)
