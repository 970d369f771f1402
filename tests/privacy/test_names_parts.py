"""Pieces, covers and rules hold for any text, and no text makes the rules slow."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from slm_instrument.privacy.names.addresses import find_addresses, find_postal_codes
from slm_instrument.privacy.names.cues import find_numbers_of_people, find_people
from slm_instrument.privacy.names.health import find_health
from slm_instrument.privacy.names.pieces import PIECE, cover, pieces_of
from slm_instrument.privacy.names.tidy import settled, tidied
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.placeholders import Entity

RULES = (find_people, find_numbers_of_people, find_addresses, find_postal_codes, find_health)
TOKEN = Entity(bytes(range(16)), "PHONE_NUMBER", "").token


@given(st.lists(st.text(alphabet="ab .,\n", max_size=200)), st.integers(1, 30))
def test_pieces_put_together_are_the_texts(texts: list[str], longest: int) -> None:
    joined = [""] * len(texts)
    for piece in pieces_of(texts, longest):
        assert 0 < len(piece.text) <= longest
        assert piece.offset == len(joined[piece.index])
        joined[piece.index] += piece.text
    assert joined == texts


@given(st.lists(st.sampled_from(["Ann", " ", "x", TOKEN, "<PERSON_3>", "<WITHHELD>", "\n"]), max_size=12), st.data())
def test_what_is_covered_is_in_no_finding(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    covered = cover(text)
    assert len(covered.text) == len(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for part in covered.outside(Finding(start, end, "PERSON")):
        assert start <= part.start < part.end <= end
        assert set(text[part.start : part.end]) <= set("Ann x\n")


spans = st.builds(
    lambda start, length, type, score: Finding(start, start + length, type, score),
    st.integers(0, 60),
    st.integers(1, 20),
    st.sampled_from(["PERSON", "LOCATION", "DATE_TIME"]),
    st.sampled_from([0.5, 0.85, 0.9]),
)


@given(st.lists(spans, max_size=20))
def test_settled_findings_are_in_order_apart_and_lose_no_surest(findings: list[Finding]) -> None:
    kept = settled(findings)
    assert all(a.end <= b.start for a, b in pairwise(kept))
    if findings:
        assert max(f.score for f in kept) == max(f.score for f in findings)


@given(st.text(max_size=300))
def test_rules_find_within_the_text(text: str) -> None:
    for rule in RULES:
        assert all(0 <= f.start < f.end <= len(text) for f in rule(text))


@pytest.mark.parametrize(
    "unit", ["a", "a ", "Ab ", "1", "1 ", "12 ab ", "\n", '\\"', "a-", "x.", "1-", "zip code ", "calle "]
)
def test_no_text_makes_the_rules_slow(unit: str) -> None:
    text = (unit * PIECE)[:PIECE]
    start = time.perf_counter()
    for rule in RULES:
        list(rule(text))
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("text", "words", "type", "kept"),
    [
        ('{"product_id": 1}', "product", "LOCATION", []),
        ("we met Ann Lee\nPhone: 1", "Ann Lee\nPhone", "PERSON", ["Ann Lee"]),
        ("Add Bookmark: add a bookmark", "Add Bookmark", "PERSON", []),
        ("two weeks from now", "two weeks", "DATE_TIME", []),
        ("on 3 May at noon", "3 May", "DATE_TIME", ["3 May"]),
        ("item 9434765919 of the NHS", "9434765919", "UK_NHS", []),
        ("NHS number 9434765919", "9434765919", "UK_NHS", ["9434765919"]),
    ],
)
def test_what_a_model_finds_is_cut_to_what_it_can_be(text: str, words: str, type: str, kept: list[str]) -> None:
    at = text.index(words)
    assert [text[f.start : f.end] for f in tidied(text, [Finding(at, at + len(words), type)])] == kept
