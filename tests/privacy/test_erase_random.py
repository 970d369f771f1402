"""Whatever dialogues there are and whoever is erased: what is left is exactly the other calls, and nothing unused."""

from contextlib import closing

from hypothesis import given, settings, strategies as st

from slm_instrument import Call, Message, open_store
from slm_instrument.privacy.erase import erase
from slm_instrument.privacy.retain import Rule, run, set_rule

# Few words, so that prefixes, answers and addresses are shared in all ways there are.
WORDS = st.sampled_from(
    ["hello", "where is it", "write to ann@example.org", "write to bob@example.org", "thanks a lot"]
)
CALLS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "carl", None]),
        st.sampled_from(["t1", "t2", None]),
        st.lists(WORDS, max_size=4),
        st.none() | WORDS,
    ),
    max_size=12,
)


def made(calls):
    for number, (origin, trace, turns, answer) in enumerate(calls):
        messages = tuple(Message("user" if n % 2 == 0 else "assistant", text) for n, text in enumerate(turns))
        response = Message("assistant", answer) if answer else None
        yield Call(id=f"c{number}", trace_id=trace, origin=origin, messages=messages, response=response)


def words(store):
    """Calls without the numbers of placeholders, which follow from what is left of the trace."""
    return {
        call.id: [m.text.replace("_2>", "_1>") for m in (*call.messages, call.response or Message("", ""))]
        for call in store.iter_calls()
    }


@settings(deadline=None, max_examples=35)
@given(CALLS, st.lists(st.sets(st.sampled_from(["ann", "bob", "carl"]), min_size=1), max_size=3))
def test_what_is_left_is_exactly_the_others(unused, calls, erased):
    with closing(open_store("memory://")) as store:
        store.add_calls(list(made(calls)))
        before, gone = words(store), set()
        for origins in erased:
            erase(store, sorted(origins), by="ann")
            gone |= {f"c{n}" for n, (origin, *_) in enumerate(calls) if origin in origins}
            assert words(store) == {id: texts for id, texts in before.items() if id not in gone}
            assert unused(store) == {}


@settings(deadline=None, max_examples=20)
@given(CALLS, st.integers(1, 6), st.integers(1, 3))
def test_so_it_is_after_retention(unused, calls, kept, batch):
    with closing(open_store("memory://")) as store:
        store.add_calls(list(made(calls)))
        before = words(store)
        set_rule(store, Rule(calls=kept), by="ann")
        run(store, batch=batch, pause_s=0)
        newest = {f"c{n}" for n in range(max(0, len(calls) - kept), len(calls))}
        assert words(store) == {id: texts for id, texts in before.items() if id in newest}
        assert unused(store) == {}
