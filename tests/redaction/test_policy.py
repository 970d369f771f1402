"""Which policy a call has, and what settings mean."""

import pytest

from slm_instrument.errors import ConfigError
from slm_instrument.records import Call
from slm_instrument.redaction.find import find
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.policy import Level, Policies, Policy, Rule
from slm_instrument.redaction.settings import read_policies

TEXT = "Ann's mail is ann@example.org, her badge E-123456, from 10.1.2.3 on Project Nightjar"


def policies(setting):
    return read_policies(setting)


def found(policy, text=TEXT):
    return [text[finding.start : finding.end] for finding in find(text, policy)]


def test_without_a_setting_everything_is_redacted_at_level_standard():
    assert read_policies("").of(Call(app="x")).level is Level.STANDARD


def test_the_last_entry_that_fits_counts():
    made = policies("secrets, shop=strict;shop/router = off, */judge=standard, task:refund*=strict")
    levels = [
        made.policy(*key).level
        for key in [(None, None), ("shop", None), ("shop", "router"), ("shop", "x"), ("b", "judge")]
    ]
    assert levels == [Level.SECRETS, Level.STRICT, Level.OFF, Level.STRICT, Level.STANDARD]
    assert made.of(Call(app="a")).level is Level.SECRETS
    assert made.of(Call(app="a"), task="refund-2").level is Level.STRICT


def test_calls_of_the_same_rules_share_a_policy():
    made = policies("standard,shop=strict")
    assert made.of(Call(app="a", agent="1")) is made.of(Call(app="b", agent="2"))
    assert made.of(Call(app="shop")) is not made.of(Call(app="b"))
    assert made.of(Call(app="shop")).number != made.of(Call(app="b")).number


def test_a_file_adds_lists_types_and_patterns(tmp_path):
    path = tmp_path / "redaction.toml"
    path.write_text(
        """
        level = "standard"
        allow = ["Ann@Example.org"]
        deny = ["project nightjar"]
        [patterns]
        EMPLOYEE_ID = 'badge (E-\\d{6})'
        [[rules]]
        app = "shop"
        off = ["IP_ADDRESS"]
        [[rules]]
        app = "shop"
        agent = "r*"
        level = "secrets"
        """
    )
    made = policies(f"strict, @{path}")
    assert found(made.policy("other")) == ["E-123456", "10.1.2.3", "Project Nightjar"]
    assert found(made.policy("shop")) == ["E-123456", "Project Nightjar"]
    assert made.policy("shop", "router").level is Level.SECRETS
    assert policies(f"@{path},shop=off").policy("shop").level is Level.OFF


def test_lists_take_whole_words_whatever_their_capitals():
    policy = Policy(deny=frozenset({"ANN", "c++", ""}))
    assert found(policy, "ann, Annual, cann, C++!") == ["ann", "C++"]


def test_a_users_own_recogniser():
    class Shouting:
        def find(self, text):
            return [
                Finding(at, at + len(word), "SHOUT")
                for word in text.split()
                if word.isupper()
                for at in [text.index(word)]
            ]

    assert found(Policies([], [Shouting()]).policy(), "do NOT shout") == ["NOT"]
    rule = Rule(app="loud", recognisers=(Shouting(),))
    assert found(Policies([rule]).policy("loud"), "do NOT shout") == ["NOT"]
    assert found(Policies([rule]).policy("quiet"), "do NOT shout") == []


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("paranoid", "'paranoid' in 'paranoid' is no level (off, secrets, standard, strict)"),
        ("shop=", "'' in 'shop=' is no level"),
        ("=strict", "names no app"),
        ("@missing.toml", "missing.toml cannot be read"),
    ],
)
def test_bad_settings_are_refused(setting, says):
    with pytest.raises(ConfigError, match="SLM_INSTRUMENT_REDACTION") as raised:
        policies(setting)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("level = 'high'", "Invalid enum value 'high'"),
        ("levels = 'off'", "unknown field `levels`"),
        ("allow = 'x'", "Expected `array`"),
        ("level = ", "Invalid value"),
        ("[patterns]\nx = 'a'", "'x' is not a type in capital letters"),
        ("[patterns]\nX = '(a'", "the pattern of X cannot be used: missing )"),
        ("[patterns]\nX = '(?=a)'", "the pattern of X cannot be used: invalid perl operator"),
        ("[[rules]]\ntool = 'x'", "unknown field `tool`"),
        ("\xff", "utf-8"),
    ],
)
def test_bad_files_are_refused(tmp_path, content, says):
    path = tmp_path / "redaction.toml"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigError) as raised:
        policies(f"@{path}")
    assert says in str(raised.value)
