"""Blocks of static text: who holds one is who holds all of its shingles."""

import numpy as np
from hypothesis import given, strategies as st

from slm_instrument.analyze.static_text import PLACES, StaticTexts
from slm_instrument.analyze.tokens import Shingler

SENTENCES = (
    "Answer with exactly one of the labels that stand below.",
    "Write a polite letter to the customer about the matter.",
    "Which of the files should be searched for this bug?",
    "short",
    "",
)
TEXTS = st.lists(st.sampled_from(SENTENCES), max_size=3).map(" ".join)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=12), st.sampled_from(SENTENCES[:3]), st.data())
def test_who_holds_a_block_is_found_as_a_search_would(made, prompts, sentence, data):
    calls = [
        made.call(str(at), None, last, "x", system=system, turns=[("user", first)])
        for at, (system, first, last) in enumerate(prompts)
    ]
    corpus = made.corpus_of(calls)
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, len(calls) - 1), min_size=1))))
    shingler = Shingler()
    key = shingler(sentence)[0]
    held = StaticTexts(corpus, rows, corpus.trace, 1).holders(key).tolist()
    for row, found in zip(rows.tolist(), held, strict=True):
        texts = (corpus.texts_of(place, np.array([row]))[0] for place in PLACES)
        assert found == any(np.isin(key, shingler(text)[0]).all() for text in texts)


def test_what_all_prompts_share_is_common_and_what_varies_is_not(made):
    calls = [made.call(str(n), None, made.NAMES[n], "x", system=f"{made.CLASSIFY} {made.NAMES[n]}") for n in range(10)]
    corpus = made.corpus_of(calls)
    static = StaticTexts(corpus, np.arange(10), corpus.trace, 2)
    assert static.common(np.arange(10), "system") > 0.8
    assert static.common(np.arange(10), "last") == 0
    assert static.length(np.arange(10), "last") == 0
