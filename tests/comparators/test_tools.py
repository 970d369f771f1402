"""Tool calls compare by name and arguments."""

import json

from slm_instrument.comparators import Field, ToolCalls
from slm_instrument.records import Message, ToolCall


def called(*calls, says=None):
    made = tuple(ToolCall(name, json.dumps(arguments), f"call_{n}") for n, (name, arguments) in enumerate(calls))
    return Message("assistant", says, made)


def test_ids_talk_and_the_order_of_arguments_do_not_count():
    one = called(("search", {"q": "tea", "n": 3}), says="I will look.")
    other = Message("assistant", None, (ToolCall("search", '{"n": 3, "q": "tea"}'),))
    assert ToolCalls().agrees(one, other)


def test_names_and_arguments_do():
    one = called(("search", {"q": "tea"}))
    assert not ToolCalls().agrees(one, called(("find", {"q": "tea"})))
    assert not ToolCalls().agrees(one, called(("search", {"q": "teas"})))
    assert not ToolCalls().agrees(one, called(("search", {"q": "tea"}), ("search", {"q": "tea"})))
    assert not ToolCalls().agrees(one, Message("assistant", "tea"))


def test_the_order_of_calls_counts_unless_it_is_said_not_to():
    one, other = called(("a", {}), ("b", {})), called(("b", {}), ("a", {}))
    assert not ToolCalls().agrees(one, other)
    assert ToolCalls(order="any").agrees(one, other)


def test_places_begin_with_the_tool():
    one = called(("search", {"tags": ["a", "b"], "why": "x"}))
    other = called(("search", {"tags": ["b", "a"], "why": "y"}))
    assert ToolCalls(unordered=("search.tags",), ignore=("*.why",)).agrees(one, other)
    assert not ToolCalls(unordered=("find.tags",), ignore=("*.why",)).agrees(one, other)


def test_arguments_that_are_no_json_compare_as_they_are():
    broken = Message("assistant", None, (ToolCall("f", "{a: 1"),))
    assert ToolCalls().agrees(broken, broken)
    assert not ToolCalls().agrees(broken, called(("f", {"a": 1})))


def test_the_report_tells_the_tool_from_its_arguments():
    pairs = [
        (called(("search", {"q": "tea", "n": 1})), called(("search", {"q": "tea", "n": 2}))),
        (called(("find", {"q": "tea"})), called(("search", {"q": "tea"}))),
        (Message("assistant", "tea"), called(("search", {"q": "tea"}))),
    ]
    report = ToolCalls().report(pairs)
    assert report.agreed == 0
    assert report.fields == {
        "": Field(agreed=1, different=2),
        "search.q": Field(agreed=1),
        "search.n": Field(different=1),
    }
