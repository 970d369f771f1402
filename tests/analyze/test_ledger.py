"""The figures of calls as columns: what is counted from them is what a count over the calls gives."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
from hypothesis import given, strategies as st

from slm_instrument.analyze.corpus import KINDS, NO_ANSWER, Role
from slm_instrument.analyze.ledger import NO_TASK, NO_VARIANT, read_ledger
from slm_instrument.store.selecting import Noted

TASKS = ("a", "b", "c")
NUMBER_OF = {id: number for number, id in enumerate(TASKS)}


def maybe(strategy):
    return st.none() | strategy


NOTED = st.builds(
    Noted,
    call_id=st.uuids().map(str),
    task_id=maybe(st.sampled_from(TASKS)),
    variant=maybe(st.integers(0, 3)),
    prompt=st.integers(0, 2**63 - 1),
    answer=maybe(st.integers(0, 2**63 - 1)),
    kind=maybe(st.sampled_from([kind.value for kind in KINDS])),
    input_tokens=st.integers(0, 2**40),
    output_tokens=st.integers(0, 2**40),
    tokens_estimated=st.booleans(),
    cost_usd=maybe(st.floats(0, 1e6)),
    app=maybe(st.sampled_from("pq")),
    agent=maybe(st.sampled_from("xyz")),
    trace_id=maybe(st.sampled_from("1234")),
    cached_tokens=maybe(st.integers(0, 2**40)),
    started_at=maybe(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))),
    duration_ms=maybe(st.floats(0, 1e9)),
    audience=st.sampled_from(["agent", "human"]),
    served_by=st.sampled_from(["llm", "slm:b1"]),
)


def role_of(call):
    if call.audience == "human":
        return Role.HUMAN
    if call.answer is None:
        return Role.FAILED
    return Role.STUDENT if call.served_by == "slm:b1" else Role.TEACHER


@given(st.lists(NOTED))
def test_what_is_counted_is_what_a_count_over_the_calls_gives(calls):
    ledger = read_ledger(iter(calls), NUMBER_OF)
    assert ledger.ids == [call.call_id for call in calls]
    of_task = ledger.by_task(len(TASKS))
    assert len(of_task) == len(TASKS)
    for id, rows in zip(TASKS, of_task, strict=True):
        own = [call for call in calls if call.task_id == id and role_of(call) is Role.TEACHER]
        assert [ledger.ids[row] for row in rows] == [call.call_id for call in own]
        assert ledger.input_tokens[rows].sum() == sum(call.input_tokens for call in own)
        assert ledger.cached_tokens[rows].sum() == sum(call.cached_tokens or 0 for call in own)
        assert Counter(ledger.agents[agent] for agent in ledger.agent[rows]) == Counter(call.agent for call in own)
    assert {role: len(ledger.rows(role)) for role in Role if len(ledger.rows(role))} == Counter(map(role_of, calls))


@given(st.lists(NOTED, min_size=1))
def test_what_is_not_known_is_no_figure(calls):
    ledger = read_ledger(calls, NUMBER_OF)
    columns = {"cost_usd": ledger.cost_usd, "duration_ms": ledger.latency_ms, "started_at": ledger.started}
    for name, column in columns.items():
        assert np.isnan(column).tolist() == [getattr(call, name) is None for call in calls]
    assert (ledger.answer == NO_ANSWER).tolist() == [call.answer is None for call in calls]
    assert (ledger.task == NO_TASK).tolist() == [call.task_id is None for call in calls]
    assert (ledger.variant == NO_VARIANT).tolist() == [call.variant is None for call in calls]
    assert len(np.unique(ledger.trace)) == len({call.trace_id or call.call_id for call in calls})


def test_nothing_noted_is_an_empty_ledger():
    ledger = read_ledger([], {})
    assert len(ledger) == 0
    assert ledger.by_task(0) == []
    assert [len(rows) for rows in ledger.by_task(2)] == [0, 0]
