"""Kinds of call in an application: what is known first, then groups, those that say the same together."""

import random
from collections import Counter

import numpy as np
import pytest

from slm_instrument.analyze.corpus import KINDS
from slm_instrument.analyze.kinds import find_kinds
from slm_instrument.analyze.semantics import NOISE
from slm_instrument.canonical import AnswerKind


def found_in(corpus, embed, known=(), rows=None, **more):
    rows = np.arange(len(corpus)) if rows is None else rows
    return find_kinds(corpus, rows, embed, min_calls=5, known=known, **more)


def kinds_of(found, labels):
    """The label of each kind that was found, each of which must be of one label."""
    pairs = Counter(zip(found.kind.tolist(), labels, strict=True))
    assert NOISE not in found.kind
    assert len(pairs) == len(found.kinds) == len({kind for kind, _ in pairs})
    return {kind: label for kind, label in pairs}


def test_kinds_have_the_text_that_instructs_them_and_templates_that_recognise_them(made, words):
    calls, labels = zip(*made.agent_log(60), strict=True)
    found = found_in(made.corpus_of(calls), words)
    label_of = kinds_of(found, labels)
    said = {label_of[number]: kind.instruction for number, kind in enumerate(found.kinds)}
    assert said["classify"].startswith("You are a router for a shop.")
    assert said["search"].startswith("Which files of the project")
    assert said["patch"].startswith("Now write a patch")
    assert (found.variant != NOISE).all()


def test_known_kinds_come_first_and_keep_their_calls(made, words):
    calls, labels = zip(*made.agent_log(60), strict=True)
    corpus = made.corpus_of(calls)
    rows = np.arange(len(calls))
    of_search = np.array([label == "search" for label in labels])
    known = found_in(corpus, words, rows=rows[of_search]).kinds
    assert len(known) == 1
    found = found_in(corpus, words, known)
    assert kinds_of(found, labels)[0] == "search"
    assert found.kinds[0].instruction == known[0].instruction


def test_a_kind_knows_the_form_of_its_answers(made, words):
    """The next window compares with it before it is described."""
    draw = random.Random(0)
    calls = [made.call(str(at), f"t{at}", made.sentence(draw), '{"a": 1}', system=made.CLASSIFY) for at in range(40)]
    (kind,) = found_in(made.corpus_of(calls), words).kinds
    assert KINDS[kind.form] is AnswerKind.JSON


def test_few_new_calls_beside_many_old_ones_are_not_worth_looking(made, words):
    calls = [each for each, _ in made.agent_log(40)]
    corpus = made.corpus_of(calls)
    old = np.arange(len(calls)) < len(calls) - 3
    assert found_in(corpus, words, old=old).kinds == []
    assert len(found_in(corpus, words, old=old & False).kinds) == 4


@pytest.mark.parametrize("together", [False, True])
def test_prompts_that_stand_in_for_each_other_are_versions_and_two_in_a_trace_are_not(made, words, together):
    draw = random.Random(0)
    told = "How long it is does not matter, nor does its spelling, nor does who has written it."
    old = f"Judge the essay of a pupil: does it keep to the topic? Be strict and fair. {told} Essay: {{}}"
    new = f"Say of this essay of a pupil whether it keeps to the topic. Be fair and strict. {told} Text: {{}}"
    calls = []
    for number in range(80):
        trace, label = f"t{number}", ("keeps", "strays")[number % 2]
        prompts = (old, new) if together else ((old, new)[number % 3 == 0],)
        for at, prompt in enumerate((*prompts, "Now write a friendly letter to the parents about it: {}")):
            last = at == len(prompts)
            answer = made.sentence(draw) if last else label
            calls.append(made.call(f"{number}-{at}", trace, prompt.format(made.sentence(draw)), answer))
    found = found_in(made.corpus_of(calls), words)
    sizes = sorted(np.bincount(found.kind).tolist())
    assert sizes == ([80, 80, 80] if together else [80, 80])


def test_texts_without_common_wording_are_told_apart_by_meaning(made, words):
    draw = random.Random(0)
    topics = [
        ["oven", "pan", "butter", "flour", "sugar", "yeast", "dough", "bake", "roast", "simmer", "knead"],
        ["ticket", "airport", "luggage", "passport", "gate", "flight", "train", "hotel", "visa", "seat", "map"],
    ]
    calls = [
        made.call(str(at), f"t{at}", " ".join(draw.choices(topics[at % 2], k=60)), made.sentence(draw))
        for at in range(80)
    ]
    # Beside a kind of their application that has static text; alone they would be one kind.
    known = found_in(made.corpus_of([each for each, kind in made.agent_log(20) if kind == "classify"]), words).kinds
    found = found_in(made.corpus_of(calls), words, known)
    pairs = {(kind, row % 2) for row, kind in enumerate(found.kind.tolist()) if kind != NOISE}
    assert {topic for _, topic in pairs} == {0, 1}
    assert len({kind for kind, _ in pairs}) == len(pairs)
    later = [made.call("x", "x", calls[0].messages[-1].text + " salt", "y"), made.call("z", "z", "another matter", "y")]
    again = found_in(made.corpus_of(later), words, found.kinds)
    assert again.kinds == found.kinds
    assert (again.kind[0], 0) in pairs
    assert again.kind[1] == NOISE
