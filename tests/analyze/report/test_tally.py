import random
from datetime import timedelta

from slm_instrument.analyze.report.tally import BINS, FEWEST_SHOWN, Source, quotas, tally
from slm_instrument.store.selecting import Noted


def noted(number, task_id="a1", **fields):
    values = dict.fromkeys(Noted._fields)
    values |= {"call_id": f"c{number}", "task_id": task_id, "kind": "json", "input_tokens": 3, "output_tokens": 2}
    return Noted(**{**values, "audience": "agent", "served_by": "llm", **fields})


def test_only_a_language_models_answers_to_agents_count(made):
    calls = [
        noted(0, cost_usd=0.5),
        noted(1),
        noted(2, kind=None),
        noted(3, audience="human"),
        noted(4, served_by="slm:x"),
    ]
    found = tally(calls, [made.task(calls=2)], 0, shown=100)
    (source,) = found.sums
    total = found.sums[source]
    assert source == Source(None, None, "a1")
    assert (total.calls, total.tokens, total.cost_usd) == (2, 10, 0.5)
    assert sorted(found.sampled["a1"]) == ["c0", "c1"]


def test_what_has_no_price_has_no_cost(made):
    assert next(iter(tally([noted(0)], [made.task(calls=1)], 0, shown=9).sums.values())).cost_usd is None


def test_the_sample_is_the_same_in_any_order_and_keeps_most_as_calls_come(made):
    calls = [noted(number) for number in range(500)]
    before = tally(calls, [made.task(calls=500)], 0, shown=50).sampled["a1"]
    random.Random(1).shuffle(calls)
    assert tally(calls, [made.task(calls=500)], 0, shown=50).sampled["a1"] == before
    more = calls + [noted(number) for number in range(500, 550)]
    assert len(set(before) & set(tally(more, [made.task(calls=550)], 0, shown=50).sampled["a1"])) > 35


def test_small_tasks_and_calls_of_no_task_are_shown_too():
    sizes = quotas({"big": 100_000, "small": 20, "tiny": 2, None: 50, "none": 0}, 1_000)
    assert sizes == {"big": 999, "small": FEWEST_SHOWN, "tiny": 2, None: FEWEST_SHOWN, "none": 0}


def test_trends_cover_the_whole_time_of_the_log(made):
    task = made.task(calls=2, first_at=made.start, last_at=made.start + timedelta(days=24))
    calls = [noted(day, started_at=made.start + timedelta(days=day)) for day in (0, 12, 24)]
    trend = tally(calls, [task], 0, shown=9).trends["a1"]
    assert len(trend) == BINS
    assert (trend[0], trend[12], trend[-1], sum(trend)) == (1, 1, 1, 3)


def test_a_log_without_times_has_no_trends(made):
    assert not tally([noted(0)], [made.task(calls=1)], 0, shown=9).trends
