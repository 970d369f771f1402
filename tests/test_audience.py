"""The rule that tells which calls talk to a person."""

import pytest

from slm_instrument.audience import HumanRule
from slm_instrument.errors import ConfigError
from slm_instrument.testing import make_call


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("concierge", True),
        ("con*", True),
        ("*CIERGE", False),
        ("conc", False),
        ("node=chat_*", True),
        ("node=chat", False),
        ("node=*", True),
        ("turn=3", True),
        ("other=*", False),
    ],
)
def test_a_pattern_looks_at_the_agent_or_at_a_label(pattern: str, matches: bool):
    call = make_call(agent="concierge", labels={"node": "chat_reply", "turn": 3})
    assert HumanRule((pattern,)).on(call).audience == ("human" if matches else "agent")


def test_any_pattern_will_do_and_a_mark_is_never_taken_back():
    rule = HumanRule.parse(" concierge*, ,node=chat_* ")
    assert rule.patterns == ("concierge*", "node=chat_*")
    assert rule.on(make_call(agent="router", labels={"node": "chat_reply"})).audience == "human"
    marked = make_call(audience="human")
    assert rule.on(marked) is marked
    other = make_call(agent=None)
    assert rule.on(other) is other
    assert HumanRule().on(other) is other
    assert HumanRule.parse("") == HumanRule()
    assert HumanRule.parse(["node=a,b"]) == HumanRule(("node=a,b",))


@pytest.mark.parametrize("pattern", ["", "=chat"])
def test_a_pattern_that_means_nothing_is_refused(pattern: str):
    with pytest.raises(ConfigError, match="is no pattern: say AGENT or LABEL=VALUE"):
        HumanRule((pattern,))
