"""The part of the store's contract that is about calls, and what of them is kept from readers."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from slm_instrument.records import Call, Failure, Message, Outcome, ToolCall, ToolSpec
from slm_instrument.store import Store
from slm_instrument.testing.samples import FULL, NOW, asked, dialogue, in_threads, texts
from slm_instrument.vault import KeyProvider

_ANY_CALL = st.builds(
    Call,
    messages=st.lists(st.builds(Message, st.sampled_from(["user", "system"]), st.text()), max_size=4).map(tuple),
    response=st.none() | st.builds(Message, st.just("assistant"), st.text()),
    # Names of labels that say whose a call is are another matter: see the test of pseudonyms.
    labels=st.dictionaries(
        st.text("abc\0\ud7ff\u2028é"), st.integers(-(2**63), 2**64 - 1) | st.text() | st.booleans() | st.none()
    ),
    duration_ms=st.none() | st.floats(0, 1e9),
)


class Open(Protocol):
    """Opens the store under test; each test has one of its own, empty at first."""

    def __call__(self, *, redaction: str = "standard", keys: KeyProvider | None = None) -> Store:
        """The store.

        Args:
            redaction: What is masked, as ``$SLM_INSTRUMENT_REDACTION`` says it.
            keys: What holds the master key; the same for all stores of a test by default.
        """
        ...


class CallContract:
    """What a store does with calls."""

    @pytest.fixture
    def open(self) -> Open:
        """How the store is opened."""
        raise NotImplementedError("a subclass says how its store is opened")

    @pytest.fixture
    def store(self, open: Open) -> Generator[Store]:
        """The store, open, in its default settings."""
        with closing(open()) as store:
            yield store

    def test_a_call_comes_back_as_it_was(self, store: Store) -> None:
        """Every field of it."""
        failed = Call(id="c2", messages=(Message("user", "x"),), error=Failure("TimeoutError", "too slow"))
        assert store.add_calls([FULL, failed]) == 2
        assert list(store.iter_calls()) == [FULL, failed]

    @settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(calls=st.lists(_ANY_CALL, max_size=6))
    def test_any_text_comes_back_as_it_was(self, open: Open, calls: list[Call]) -> None:
        """Whatever characters are in it."""
        with closing(open(redaction="off")) as store:
            store.add_calls(calls)
            ours = {call.id for call in calls}
            assert [call for call in store.iter_calls(batch=2) if call.id in ours] == calls

    def test_unsayable_things_are_kept_as_nearly_as_possible(self, store: Store) -> None:
        """Half of a surrogate pair, sets, and lists that hold themselves."""
        cycle: list[Any] = []
        cycle.append(cycle)
        labels = {"o": {1, 2}, "c": cycle}
        store.add_calls([Call(messages=(Message("user", "half \ud800 pair"),), labels=labels)])
        (back,) = store.iter_calls()
        assert back.messages[0].text == "half � pair"
        assert sorted(back.labels["o"]) == [1, 2]

    def test_adding_twice_adds_nothing(self, store: Store) -> None:
        """A call is known by its id."""
        calls = [dialogue(2, id="a"), dialogue(2, id="b")]
        assert store.add_calls(calls) == 2
        assert store.add_calls([*calls, replace(calls[0], id="c")]) == 1
        assert store.count_calls() == 3
        assert store.add_calls([FULL, FULL]) == 1
        assert store.add_calls([]) == 0

    def test_calls_are_read_in_order_of_arrival_in_batches_of_any_size(self, store: Store) -> None:
        """And a dialogue is put together from the turns that it shares with others."""
        store.add_calls([dialogue(turns) for turns in range(1, 31)])
        assert [len(call.messages) for call in store.iter_calls(batch=7)] == [2 * turns for turns in range(1, 31)]

    def test_points_in_time_come_back_in_utc(self, store: Store) -> None:
        """Wherever they were taken; a naive one is UTC."""
        berlin = timezone(timedelta(hours=2))
        times = [NOW.astimezone(berlin), NOW.replace(tzinfo=None), None]
        store.add_calls([Call(started_at=time) for time in times])
        assert [call.started_at for call in store.iter_calls()] == [NOW, NOW, None]

    def test_many_threads_write_at_once(self, store: Store) -> None:
        """Nothing is lost and nothing comes twice."""

        def write(name: int) -> None:
            for batch in range(5):
                store.add_calls([dialogue(2, id=f"{name}-{batch}-{n}") for n in range(20)])

        in_threads([lambda name=name: write(name) for name in range(4)])
        assert len({call.id for call in store.iter_calls()}) == store.count_calls() == 4 * 5 * 20

    def test_origins_come_back_as_pseudonyms(self, store: Store) -> None:
        """The same for the same origin."""
        origins = ("ann@example.org", "ann@example.org", "bob")
        store.add_calls([dialogue(1, id=str(at), origin=origin) for at, origin in enumerate(origins)])
        first, second, third = (call.origin for call in store.iter_calls())
        assert first == second != third
        assert not {first, third} & {None, *origins}

    def test_placeholders_are_typed_and_numbered_within_a_trace(self, store: Store) -> None:
        """In order of first mention: the same person there, and another number elsewhere."""
        ann, bob = "Mail ann@example.org now", "Mail bob@example.org now"
        both = "Mail bob@example.org and ann@example.org"
        store.add_calls([asked(ann, trace_id="t1"), asked(bob, trace_id="t1"), asked(both, trace_id="t2")])
        store.add_calls([asked(both, trace_id="t1"), asked(bob), asked(ann, trace_id="t2")])
        assert texts(store) == [
            "Mail <EMAIL_ADDRESS_1> now",
            "Mail <EMAIL_ADDRESS_2> now",
            "Mail <EMAIL_ADDRESS_1> and <EMAIL_ADDRESS_2>",
            "Mail <EMAIL_ADDRESS_2> and <EMAIL_ADDRESS_1>",
            "Mail <EMAIL_ADDRESS_1> now",
            "Mail <EMAIL_ADDRESS_2> now",
        ]

    def test_every_text_of_a_call_is_looked_through(self, store: Store) -> None:
        """Answers, tools and their arguments, formats, labels, errors."""
        mail = "ann@example.org"
        said = Message("assistant", f"I wrote to {mail}", (ToolCall("mail", f'{{"to": "{mail}"}}', "1"),))
        tool = ToolSpec("mail", f"Ask {mail}", {"type": "object", "description": mail})
        call = Call(
            messages=(said,), response=said, tools=(tool,), params={"stop": [mail]}, labels={"who": [mail]},
            response_format={"type": "text", "hint": mail}, error=Failure("E", f"{mail} refused"), trace_id="t",
        )  # fmt: skip
        store.add_calls([call])
        (back,) = store.iter_calls()
        assert mail not in repr(back)
        assert repr(back).count("<EMAIL_ADDRESS_1>") == 10

    def test_outcomes_come_back_in_order_of_arrival(self, store: Store) -> None:
        """Of calls and of traces, also of those that are not there; one that comes twice is one."""
        calls = [asked("hello", id="a", trace_id="own:session of ann"), asked("hello", id="b", trace_id="t")]
        store.add_calls(calls)
        outcomes = [
            Outcome(id="o1", call_id="a", good=False, score=0.25, at=NOW),
            Outcome(id="o2", trace_id="own:session of ann", name="reviewer", good=True),
            Outcome(id="o3", call_id="none", trace_id="t", good=False),
        ]
        store.add_outcomes(outcomes[:2])
        store.add_outcomes([])
        store.add_outcomes(outcomes)
        back = list(store.iter_outcomes())
        assert [replace(outcome, trace_id=None) for outcome in back] == [
            replace(outcome, trace_id=None) for outcome in outcomes
        ]
        assert [outcome.trace_id for outcome in back] == [None, *(call.trace_id for call in store.iter_calls())]

    def test_the_level_says_what_is_masked(self, open: Open) -> None:
        """By application and agent; off is off."""
        with closing(open(redaction="standard,lab=off")) as store:
            store.add_calls([asked("ann@example.org", app="lab"), asked("ann@example.org", app="shop")])
            assert texts(store) == ["ann@example.org", "<EMAIL_ADDRESS_1>"]

    def test_a_strict_call_is_held_back(self, open: Open) -> None:
        """It is there, and not read out before names were looked for; others are."""
        with closing(open(redaction="standard,clinic=strict")) as store:
            assert store.add_calls([asked("Anna has the flu", app="clinic"), asked("hello", app="shop")]) == 2
            assert store.count_calls() == 2
            assert texts(store) == ["hello"]
