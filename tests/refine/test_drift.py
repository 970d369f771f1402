"""Drift, from a store: what changes is found, what does not is not, and a student's work does not pass for it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from slm_instrument.records import Message
from slm_instrument.refine.drift import drifts
from slm_instrument.refine.history import History
from slm_instrument.store import AnalysisRecord, Mode, Note, open_store
from slm_instrument.template import SLOT, Pattern

THINGS = ("bill", "charge", "account", "statement", "card", "balance", "deposit", "interest", "loan", "transfer")


@pytest.fixture
def store():
    opened = open_store("memory://")
    yield opened
    opened.close()


def new_kind(calls):
    """The calls with other messages: of a bank, in French."""
    for at, call in enumerate(calls):
        said = f"Message: le {THINGS[at % 10]} de mon {THINGS[at // 10 % 10]} est faux numero {at}\nLabel:"
        yield replace(call, messages=(call.messages[0], Message("user", said)))


def reworded(calls):
    for call in calls:
        yield replace(call, messages=(Message("system", "Which label? One word."), call.messages[1]))


@pytest.fixture
def look(store, make_task, words):
    """What has drifted when some calls came before the dataset and some after; templates know both wordings."""
    own = make_task()
    other = replace(own.templates[0], system=Pattern(("Which label? One word.",)))

    def found(before, since, recognised=own.templates):
        task = replace(own, templates=(*own.templates, other))
        calls = [*before, *since]
        store.add_calls(calls)
        record = AnalysisRecord(id="a1", started_at=datetime(2026, 1, 1, tzinfo=UTC), calls=len(calls))
        store.save_analysis(record, [task], [Note(call_id=c.id, task_id=task.id, variant=0, prompt=1) for c in calls])
        history = History(task=task, mode=Mode.ON, last_known=before[-1].id, recognised=recognised)
        return drifts(store, [history], words).get(task.id)

    return found


def test_calls_of_the_same_kind_have_not_drifted(look, make_calls):
    assert look(list(make_calls(300)), make_calls(300, seed=1)) is None


def test_calls_of_another_kind_have(look, make_calls):
    assert look(list(make_calls(300)), new_kind(make_calls(300, seed=1))).startswith("its prompts changed (energy ")


def test_too_few_calls_say_nothing(look, make_calls):
    assert look(list(make_calls(300)), new_kind(make_calls(49, seed=1))) is None


def test_calls_of_one_trace_are_one_call(look, make_calls):
    assert look(list(make_calls(300)), [replace(c, trace_id="one") for c in new_kind(make_calls(99, seed=1))]) is None


def test_numbers_that_go_up_are_no_drift(look, make_calls):
    def numbered(calls, start):
        for at, call in enumerate(calls):
            text = call.messages[1].content.replace(
                "\nLabel", f" order {start + at} of 2026-0{start // 100_000}-11\nLabel"
            )
            yield replace(call, messages=(call.messages[0], Message("user", text)))

    before = list(numbered(make_calls(300), 100_000))
    assert look(before, numbered(make_calls(300, seed=1), 700_000)) is None


def test_what_the_student_leaves_to_the_llm_is_no_drift(look, make_calls):
    """The LLM is left with refunds only, which its student cannot answer: the prompts of all calls are as before."""
    since = [
        replace(call, served_by="llm" if call.response.content == "refund" else "slm:b1")
        for call in make_calls(400, seed=1)
    ]
    assert look(list(make_calls(300)), since) is None


def test_a_new_wording_that_the_student_does_not_recognise(look, make_calls):
    since = [*make_calls(150, seed=1), *reworded(make_calls(50, seed=2))]
    assert look(list(make_calls(300)), since) == "its student does not recognise 25% of the recent prompts"


def test_a_student_that_knows_the_new_wording_has_no_drift(look, make_calls, make_task):
    both = (*make_task().templates, replace(make_task().templates[0], system=Pattern((SLOT,))))
    assert look(list(make_calls(300)), reworded(make_calls(200, seed=1)), both) is None
