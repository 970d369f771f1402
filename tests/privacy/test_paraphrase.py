"""A paraphrase keeps the form, is the same for the same seed, and means the same value by the same words everywhere."""

import re

from hypothesis import given, strategies as st

from slm_instrument.privacy.paraphrase import paraphrased, renamed
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.placeholders import Entity

PROMPT = "Ann Lee of Oslo owes 1,250.50 since 2019-04-12. Write to ANN LEE."
ANSWER = "Ann owes 1,250.50; Oslo."


def finding(text: str, value: str, type: str) -> Finding:
    start = text.index(value)
    return Finding(start, start + len(value), type)


FOUND = [
    finding(PROMPT, "Ann Lee", "PERSON"),
    finding(PROMPT, "Oslo", "LOCATION"),
    finding(PROMPT, "2019-04-12", "DATE_TIME"),
]


def test_values_of_the_prompt_become_the_same_others_in_the_answer() -> None:
    prompt, answer = paraphrased([PROMPT, ANSWER], [FOUND, []], "seed")
    form = r"(\w+) (\w+) of (\w+) owes (\d,\d{3}\.\d\d) since (20\d\d-\d\d-\d\d)\. Write to .*"
    given_name, _, place, sum_owed, _ = re.fullmatch(form, prompt).groups()  # type: ignore[union-attr]
    assert answer == f"{given_name} owes {sum_owed}; {place}."
    assert {given_name, place, sum_owed}.isdisjoint({"Ann", "Oslo", "1,250.50"})


def test_numbers_may_stay() -> None:
    found = {"Ann Lee": "PERSON", "Oslo": "LOCATION"}
    prompt, answer = renamed([PROMPT, ANSWER], found, "seed")
    form = r"(\w+) (\w+) of (\w+) owes 1,250\.50 since 2019-04-12\. Write to .*"
    given_name, _, place = re.fullmatch(form, prompt).groups()  # type: ignore[union-attr]
    assert answer == f"{given_name} owes 1,250.50; {place}."
    assert {given_name, place}.isdisjoint({"Ann", "Oslo"})
    assert renamed([PROMPT], {}, "seed") == [PROMPT]


def test_the_seed_decides() -> None:
    first = paraphrased([PROMPT], [FOUND], "a")
    assert first == paraphrased([PROMPT], [FOUND], "a")
    assert first != paraphrased([PROMPT], [FOUND], "b")


def test_what_counts_or_names_a_kind_stays() -> None:
    token = Entity(bytes(16), "US_SSN", "").token
    text = f"1. gpt-4o, {token}, <PERSON_12>, order #W4410, step 2"
    assert paraphrased([text], [[]], "s") == [text]
    street = "12 Elm Street"
    assert re.fullmatch(r"\d\d [A-Z]\w+ Street", paraphrased([street], [[Finding(0, 13, "LOCATION")]], "s")[0])


@given(st.text(max_size=200), st.text(max_size=8))
def test_any_text_keeps_its_words_that_are_no_values(text: str, seed: str) -> None:
    (other,) = paraphrased([text], [[]], seed)
    assert re.sub(r"\d", "0", other) == re.sub(r"\d", "0", text)


@given(st.lists(st.integers(10, 10**9), unique=True, max_size=20))
def test_different_numbers_stay_different_and_keep_their_length(numbers: list[int]) -> None:
    text = " ".join(map(str, numbers))
    (other,) = paraphrased([text], [[]], "seed")
    assert [len(n) for n in other.split()] == [len(n) for n in text.split()]
