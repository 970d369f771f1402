"""Distinct inputs, contradictions, and how much of the training one answer takes."""

from collections import Counter

import pytest
from hypothesis import given, strategies as st

from slm_instrument.curate.balance import LEAST_KEPT, balanced
from slm_instrument.curate.gather import Example
from slm_instrument.curate.inputs import SHOWN_CONFLICTS, Conflict, conflicts_of, distinct, drawn
from slm_instrument.curate.outcomes import Outcomes
from slm_instrument.curate.sample import Sample
from slm_instrument.records import Call, Message, Outcome


def examples(*asked):
    return [
        Example(f"c{n}", None, text, label, Message("assistant", label), None) for n, (text, label) in enumerate(asked)
    ]


def samples(counts):
    labels = [label for label, count in counts.items() for _ in range(count)]
    return [Sample(f"c{n}", f"text {n}", label, Message("assistant", label)) for n, label in enumerate(labels)]


class TestConflicts:
    def test_the_worst_come_first_with_calls_to_look_at(self):
        asked = [
            ("x", "a"),
            ("x", "b"),
            ("x", "a"),
            ("y", "c"),
            ("y", "d"),
            ("y", "e"),
            ("z", "f"),
            ("w", "g"),
            ("w", "g"),
        ]
        found = conflicts_of(distinct(examples(*asked)))
        assert (found.inputs, found.repeated) == (2, 3)
        assert found.ceiling == pytest.approx((2 + 1 + 2) / 8)
        assert found.worst == (
            Conflict(usual="c3", unusual="c4", calls=3, agreeing=1, answers=3),
            Conflict(usual="c0", unusual="c1", calls=3, agreeing=2, answers=2),
        )

    def test_where_nothing_was_asked_twice_nothing_is_known(self):
        found = conflicts_of(distinct(examples(("x", "a"), ("y", "b"))))
        assert (found.inputs, found.repeated, found.ceiling, found.worst) == (0, 0, None, ())

    @given(st.lists(st.tuples(st.sampled_from("vwxyz"), st.sampled_from("abc")), max_size=40))
    def test_no_rule_on_the_input_alone_beats_the_ceiling(self, asked):
        found = conflicts_of(distinct(examples(*asked)))
        repeated = {text for text, count in Counter(text for text, _ in asked).items() if count > 1}
        calls = [(text, label) for text, label in asked if text in repeated]
        assert len(found.worst) == min(found.inputs, SHOWN_CONFLICTS)
        if calls:
            best = sum(max(Counter(label for t, label in calls if t == text).values()) for text in repeated)
            assert found.ceiling == pytest.approx(best / len(calls))


def test_of_too_many_inputs_the_same_ones_are_drawn():
    inputs = distinct(examples(*((str(n), "a") for n in range(50))))
    assert drawn(inputs, 50, 0) == inputs
    once, again, other = (drawn(inputs, 20, seed) for seed in (0, 0, 1))
    assert once == again != other
    assert [item.text for item in once] == sorted((item.text for item in once), key=int)


class TestBalanced:
    def test_a_swamping_answer_is_capped_and_the_others_are_whole(self):
        kept = balanced(samples({"other": 3_000, "a": 40, "b": 30, "c": 7}), seed=0)
        assert Counter(sample.label for sample in kept) == {"other": 700, "a": 40, "b": 30, "c": 7}
        assert kept == balanced(samples({"other": 3_000, "a": 40, "b": 30, "c": 7}), seed=0)

    @given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, LEAST_KEPT // 5)))
    def test_small_sets_stay_as_they_are(self, counts):
        given_samples = samples(counts)
        assert balanced(given_samples, seed=0) == given_samples


class TestOutcomes:
    def test_a_call_fails_by_its_own_outcome_or_else_by_its_traces(self):
        said = Outcomes.of(
            [
                Outcome(call_id="wrong", good=False),
                Outcome(trace_id="bad", good=False),
                Outcome(call_id="right", good=True),
                Outcome(trace_id="good", good=True),
            ]
        )
        assert said.failed(Call(id="wrong", trace_id="good"))
        assert said.failed(Call(id="any", trace_id="bad"))
        assert not said.failed(Call(id="right", trace_id="bad"))
        assert not said.failed(Call(id="any", trace_id="good"))
        assert not said.failed(Call(id="any"))

    def test_the_last_word_of_each_name_counts_and_one_bad_one_is_enough(self):
        def failed(*said):
            return Outcomes.of(Outcome(call_id="c", name=name, good=good) for name, good in said).failed(Call(id="c"))

        assert not failed(("user", False), ("user", True))
        assert failed(("user", True), ("user", False))
        assert failed(("user", True), ("reviewer", False))
        assert not failed(("user", False), ("reviewer", True), ("user", True))
