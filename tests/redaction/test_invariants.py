"""What holds for every text: JSON stays JSON, what is found is gone, a second look finds nothing, time is bounded."""

import hashlib
import json
import time

import pytest
from hypothesis import assume, given, settings, strategies as st

from slm_instrument.redaction.patterns import form
from slm_instrument.redaction.placeholders import CLOSES, OPENS, Entity
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.redaction.recognisers import builtin
from slm_instrument.redaction.redactor import redact

STANDARD, STRICT = Policy(), Policy(level=Level.STRICT)
PERSONAL = [
    "ann@example.org",
    "+44 20 7946 0958",
    "415-555-0132",
    "4111 1111 1111 1111",
    "GB82WEST12345698765432",
    "536-90-4399",
    "10.11.12.13",
    "password: hunter2",
    "postgres://ann:hunter2@db/x",
    "born 1980-03-05",
    "747 Maple Drive",
]
WORDS = st.sampled_from(
    [*PERSONAL, "word", "12", "3.5", "2024-05-06", "é", "日本", "\\", '"', "\n", "{", "]", ":", "\u00a0"]
)
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=4)), max_size=8).map(" ".join)
VALUES = st.recursive(
    st.one_of(
        TEXTS,
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.none(),
        st.booleans(),
        st.just(4111111111111111),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(TEXTS, st.sampled_from(["password", "phone", "dob", "to"])), inner, max_size=4),
        inner.map(json.dumps),
    ),
    max_leaves=12,
)


def token(type, text):
    name = hashlib.blake2b(f"{type} {text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return Entity(name, type, text).token


def shape(value):
    """A value without its texts, and with the numbers that may have become texts left open."""
    if isinstance(value, dict):
        return [shape(item) for item in value.values()]
    if isinstance(value, list):
        return [shape(item) for item in value]
    return "text or number" if isinstance(value, str | int | float) and not isinstance(value, bool) else value


@given(VALUES, st.sampled_from([STANDARD, STRICT]))
@settings(deadline=None, max_examples=150)
def test_values_keep_their_shape_and_a_second_look_finds_nothing(value, policy):
    once = redact(value, policy, token)
    assert shape(once) == shape(value)
    assert redact(once, policy, token) == once


@given(VALUES.filter(lambda value: isinstance(value, dict | list)), st.booleans(), st.sampled_from([None, 0, 2]))
@settings(deadline=None, max_examples=150)
def test_json_stays_json_of_the_same_shape(value, ascii, indent):
    text = json.dumps(value, ensure_ascii=ascii, indent=indent)
    assert shape(json.loads(redact(text, STANDARD, token))) == shape(value)


@given(TEXTS, st.sampled_from(PERSONAL), TEXTS)
@settings(deadline=None, max_examples=150)
def test_what_was_found_is_gone_and_the_rest_is_untouched(before, personal, after):
    assume(not before.rstrip().endswith(("$", "#")))  # a price, or the number of something
    assume(OPENS not in before + after)  # by which this test tells tokens
    text = f"{before} {personal} {after}"
    taken = []
    redacted = redact(text, STANDARD, lambda type, value: taken.append(value) or token(type, value))
    assert taken
    rest = redacted
    for value in taken:
        head, _, rest = rest.partition(OPENS)
        assert text.startswith(head + value)
        text, rest = text[len(head) + len(value) :], rest.partition(CLOSES)[2]
    assert text == rest


@given(st.one_of(st.text(max_size=60), TEXTS))
@settings(deadline=None, max_examples=150)
def test_the_form_of_a_text_has_its_length_and_hints_miss_nothing(text):
    raw = form(text)
    assert len(raw) == len(text)
    hinted = builtin().hinted(raw)
    for recogniser in builtin().all:
        assert recogniser in hinted or not list(recogniser.find(text, raw))


UNITS = [
    "a",
    "@",
    "a@",
    "a@b.co ",
    "1",
    "1 ",
    "1-",
    "1.",
    "4111 1111 ",
    "4111111111111111 ",
    "+1",
    "(",
    "\\",
    '\\"',
    '"',
    "{",
    "[[",
]
UNITS += [
    "password: ",
    "password=",
    "first name: A",
    "://a:b@",
    "-----BEGIN PRIVATE KEY-----",
    "eyJaaaaaaaa.",
    "GB82 W",
    " ",
    "\n",
]
UNITS += [
    '{"a":',
    '"a":"b@c.org",',
    "12 Aaa Bbb ",
    "born 1/1/",
    "phone 123 456 ",
    "bearer ",
    "curl -u a:",
    "key: ",
    "sk-a-",
    OPENS,
]
UNITS += [
    "漢",
    "ä1",
    "\u00a01",
    "\ud800",
    "::",
    "a:b:",
    "1.1.1.",
    "****",
    f"{OPENS}EMAIL:",
    "data:",
    '\\u0041"',
    "x=",
    "secret_",
]


@pytest.mark.parametrize("unit", UNITS)
def test_no_text_takes_more_than_its_length(unit):
    """A text of fifty kilobytes of anything takes less than a second: nothing grows faster than the text."""
    text = (unit * 50_000)[:50_000]
    started = time.thread_time()
    redact({"role": "user", "content": text}, STRICT, token)
    assert time.thread_time() - started < 1


def test_deep_json_is_withheld_and_not_followed_forever():
    text = "ann@example.org"
    for _ in range(14):
        text = json.dumps([text])
    assert "ann@" not in redact(text, STANDARD, token)
    deep = "ann@example.org"
    for _ in range(300):
        deep = [deep]
    assert "ann@" not in json.dumps(redact(deep, STANDARD, token))
    assert "ann@" not in redact("[" * 50_000 + '"ann@example.org"' + "]" * 50_000, STANDARD, token)
