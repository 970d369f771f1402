import pytest

from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.rules import Rules


def calling(*names):
    return Message("assistant", None, tuple(ToolCall(name, "{}", name) for name in names))


@pytest.mark.parametrize(
    ("tools", "allowed"),
    [((), True), (("look",), True), (("refund",), False), (("look", "delete_order"), False), (("Refund",), True)],
)
def test_tools_that_only_the_llm_may_call(tools, allowed):
    rules = Rules.of(["refund", " "], ["delete_*", "", ""])
    assert (rules.forbid(calling(*tools)) is None) is allowed


def test_without_rules_all_is_allowed():
    assert Rules.of([], [""]) == Rules()
    assert Rules().forbid(calling("refund")) is None
