"""What every store does, as tests: subclass and say how yours is opened.

::

    class TestMyStore(DurableStoreContract):
        @pytest.fixture
        def open(self, tmp_path):
            return lambda **options: MyStore(tmp_path / "calls", **options)

:class:`StoreContract` is for a store that lives as long as its object, :class:`DurableStoreContract` for one that can
be opened again, by several processes at a time. Needs pytest and hypothesis.
"""

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import NotFoundError, StoreKeyError
from slm_instrument.records import Call, Failure, Message, ToolCall, ToolSpec, Usage, new_id
from slm_instrument.store import (
    AnalysisRecord,
    AuditRecord,
    BundleRecord,
    DatasetRecord,
    Flag,
    Mode,
    Observation,
    Served,
    Store,
    Task,
    Verdict,
)
from slm_instrument.template import SLOT, Pattern, Template
from slm_instrument.vault import KeyProvider, MasterKeys, new_master_key

NOW = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)

FULL = Call(
    id="c1",
    trace_id="t1",
    parent_id="p1",
    call_index=3,
    app="shop",
    agent="router",
    provider="openai",
    model="gpt-4o-mini",
    operation="chat",
    framework="langchain",
    started_at=NOW,
    duration_ms=12.5,
    time_to_first_token_ms=3.25,
    messages=(
        Message("system", "You route."),
        Message("user", [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "x"}}]),
        Message("assistant", None, (ToolCall("look", '{"a": 1}', "id1"),)),
        Message("tool", "found", tool_call_id="id1", name="look"),
    ),
    tools=(ToolSpec("look", "Looks.", {"type": "object", "properties": {"z": {}, "a": {}}}),),
    response_format={"type": "json_object"},
    params={"temperature": 0.0},
    response=Message("assistant", "done"),
    usage=Usage(10, 2, 4, 1),
    cost_usd=0.001,
    audience="human",
    served_by="slm:b1",
    labels={"gold": "x", "nested": {"b": [1, None], "a": 2}},
)

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


def dialogue(turns: int, **fields: Any) -> Call:
    """A call whose prompt has that many questions, all but the last answered."""
    messages = [Message("system", "S")]
    for turn in range(turns):
        messages += [Message("user", f"question {turn}"), Message("assistant", f"answer {turn}")]
    return Call(messages=tuple(messages[:-1]), response=messages[-1], **fields)


def asked(text: str, **fields: Any) -> Call:
    """A call of one message."""
    return Call(messages=(Message("user", text),), **fields)


def task(id: str = "t1", **fields: Any) -> Task:
    """A task named ``name-ID``."""
    template = Template(Pattern(("Classify: ", SLOT)), Pattern(()), Pattern((SLOT,)), ("look",), "")
    made: dict[str, Any] = {"name": f"name-{id}", "kind": AnswerKind.CLOSED_SET, "templates": (template,)}
    return Task(id=id, answers=("a", "b"), **(made | fields))


def save_analysis(store: Store, tasks: Sequence[Task], assignments: Sequence[tuple[str, str | None]]) -> None:
    """Have these be the tasks and assignments."""
    store.save_analysis(AnalysisRecord(id=new_id(), started_at=NOW, calls=len(assignments)), tasks, assignments)


def texts(store: Store) -> list[str]:
    """The text of every message that is read back."""
    return [message.text for call in store.iter_calls() for message in call.messages]


class StoreContract:
    """What every store does. Override the fixture ``open``."""

    @pytest.fixture
    def open(self) -> Open:
        """How the store is opened."""
        raise NotImplementedError("a subclass of StoreContract says how its store is opened")

    @pytest.fixture
    def store(self, open: Open) -> Generator[Store]:
        """The store, open, in its default settings."""
        with closing(open()) as store:
            yield store

    # Calls.

    def test_a_call_comes_back_as_it_was(self, store: Store) -> None:
        """Every field of it."""
        failed = Call(id="c2", messages=(Message("user", "x"),), error=Failure("TimeoutError", "too slow"))
        assert store.add_calls([FULL, failed]) == 2
        assert list(store.iter_calls()) == [FULL, failed]

    @settings(
        max_examples=25,
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

    # Privacy.

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

    # What is made of calls.

    def test_tasks_and_assignments_are_replaced_by_the_next_analysis(self, store: Store) -> None:
        """And tasks are found by id and by name."""
        store.add_calls([dialogue(1, id=id) for id in "abc"])
        save_analysis(store, [task("t1", calls=1), task("t2", calls=2)], [("a", "t1"), ("b", "t2"), ("c", "t2")])
        assert [t.id for t in store.tasks()] == ["t2", "t1"]
        assert store.find_task("name-t1") == store.find_task("t1") == task("t1", calls=1)
        save_analysis(store, [task("t2", calls=2)], [("c", None), ("b", "t2"), ("a", "t2")])
        assert list(store.iter_assignments()) == [("a", "t2"), ("b", "t2"), ("c", None)]
        assert [call.id for call in store.iter_calls(task_id="t2")] == ["a", "b"]
        assert store.count_calls(task_id="t2") == 2
        with pytest.raises(NotFoundError, match="there are: name-t2"):
            store.find_task("t1")

    def test_a_task_is_not_found_when_nothing_was_analysed_or_its_name_is_ambiguous(self, store: Store) -> None:
        """The error says which."""
        with pytest.raises(NotFoundError, match="analyze"):
            store.find_task("x")
        save_analysis(store, [replace(task(id), name="same") for id in ("t1", "t2")], [])
        with pytest.raises(NotFoundError, match="2 tasks"):
            store.find_task("same")

    def test_an_analysis_that_fails_leaves_the_last_one(self, store: Store) -> None:
        """All of it or nothing."""
        store.add_calls([dialogue(1, id="a")])
        save_analysis(store, [task("t1")], [("a", "t1")])

        def assignments() -> Iterator[tuple[str, str | None]]:
            yield ("a", "t2")
            raise RuntimeError("killed")

        with pytest.raises(RuntimeError, match="killed"):
            store.save_analysis(AnalysisRecord(id="x", started_at=NOW, calls=0), [task("t2")], assignments())
        assert [t.id for t in store.tasks()] == ["t1"]
        assert list(store.iter_assignments()) == [("a", "t1")]

    def test_datasets_and_bundles(self, store: Store) -> None:
        """Bundles come newest first."""
        store.save_dataset(
            DatasetRecord(id="d1", task_id="t1", created_at=NOW, splits={"train": ["a", "b"], "test": ["c"]})
        )
        bundle = BundleRecord(
            id="b1",
            task_id="t1",
            dataset_id="d1",
            created_at=NOW,
            path="models/b1",
            verdict=Verdict.CERTIFIED,
            manifest_sha256="0",
        )
        newer = replace(bundle, id="b2", created_at=NOW + timedelta(1), verdict=Verdict.INSUFFICIENT)
        store.save_bundle(bundle)
        store.save_bundle(newer)
        assert store.bundles() == store.bundles(task_id="t1") == [newer, bundle]
        assert store.bundles(task_id="t2") == []

    def test_the_newest_flag_counts_and_the_others_are_its_history(self, store: Store) -> None:
        """Per task."""
        shadow = Flag(task_id="t1", mode=Mode.SHADOW, set_at=NOW.astimezone(timezone(timedelta(hours=2))), set_by="ann")
        on = replace(shadow, mode=Mode.ON)
        other = Flag(task_id="t2", mode=Mode.CANARY, rate=0.25, set_at=NOW, set_by="bob")
        for flag in (shadow, other, on):
            store.set_flag(flag)
        assert store.flags() == {"t1": on, "t2": other}
        assert store.flag_history("t1") == [shadow, on]
        assert store.flag_history() == [shadow, other, on]

    def test_observations_come_back_oldest_first(self, store: Store) -> None:
        """Of all tasks, or of one."""
        seen = Observation(
            at=NOW, task_id="t1", bundle_id="b1", mode=Mode.ON, accepted=True, agreed=False, score=0.9, student_ms=1.5
        )
        all_of_it = [seen, replace(seen, agreed=True, teacher_ms=300.0, call_id="a")]
        store.add_observations(all_of_it)
        store.add_observations([])
        assert store.observations() == store.observations(task_id="t1") == all_of_it
        assert store.observations(task_id="t2") == []

    def test_served_counts_calls_and_takes_the_median_of_the_timed_ones(self, store: Store) -> None:
        """By task and by who answered."""
        calls = [dialogue(1, id=str(n), duration_ms=ms) for n, ms in enumerate([None, 30.0, 10.0, 20.0, None])]
        store.add_calls([*calls, dialogue(1, id="s", served_by="slm:b1", duration_ms=2.0)])
        save_analysis(store, [task("t1")], [(str(n), "t1") for n in range(5)])
        assert sorted(store.served(), key=lambda served: served.served_by) == [
            Served(task_id="t1", served_by="llm", calls=5, duration_ms=20.0),
            Served(task_id=None, served_by="slm:b1", calls=1, duration_ms=2.0),
        ]

    def test_the_audit_log_is_kept_in_order(self, store: Store) -> None:
        """With whatever detail there is."""
        assert store.audit() == []
        read = AuditRecord(at=NOW, who="ann", action="export", subject="t1", detail={"calls": 3, "of": ["a", None]})
        rotated = AuditRecord(at=NOW - timedelta(1), who="bob", action="rotate")
        store.add_audit(read)
        store.add_audit(rotated)
        assert store.audit() == [read, rotated]


class DurableStoreContract(StoreContract):
    """What every store does that can be opened again, by several objects at a time."""

    def test_it_is_all_there_when_the_store_is_opened_again(self, open: Open) -> None:
        """Calls, origins, placeholders, tasks."""
        call = asked("ann@example.org, bob@example.org", id="a", trace_id="t", origin="ann")
        with closing(open()) as store:
            store.add_calls([call])
            save_analysis(store, [task("t1")], [("a", "t1")])
            before = list(store.iter_calls())
        with closing(open()) as store:
            store.add_calls([replace(call, id="b", messages=(Message("user", "bob@example.org"),))])
            first, second = store.iter_calls()
            assert [first] == before
            assert (second.origin, second.messages[0].text) == (first.origin, "<EMAIL_ADDRESS_2>")
            assert [t.id for t in store.tasks()] == ["t1"]

    def test_what_another_store_object_wrote_is_not_written_again_and_is_found(self, open: Open) -> None:
        """Neither waits for the other to close."""
        with closing(open()) as one, closing(open()) as two:
            one.add_calls([dialogue(3, id="a")])
            two.add_calls([dialogue(4, id="b"), dialogue(3, id="a")])
            one.add_calls([dialogue(4, id="c")])
            assert [call.id for call in two.iter_calls()] == [call.id for call in one.iter_calls()] == ["a", "b", "c"]

    def test_several_store_objects_write_at_once(self, open: Open) -> None:
        """The same texts too: nothing is lost, nothing comes twice, and none waits for another for ever."""
        stores = [open() for _ in range(4)]

        def write(store: Store, name: int) -> None:
            for batch in range(5):
                store.add_calls([dialogue(2, id=f"{name}-{batch}-{n}") for n in range(20)])

        in_threads([lambda name=name: write(stores[name % 4], name) for name in range(8)])
        assert len({call.id for call in stores[0].iter_calls()}) == stores[0].count_calls() == 8 * 5 * 20
        for store in stores:
            store.close()

    def test_another_key_opens_nothing(self, open: Open) -> None:
        """One clear line, and nothing is lost: with its key the store is as it was."""
        with closing(open()) as store:
            store.add_calls([FULL])
        with closing(open(keys=MasterKeys([new_master_key()]))) as store:
            with pytest.raises(StoreKeyError, match="encrypted with the key") as raised:
                list(store.iter_calls())
            assert "\n" not in str(raised.value)
            with pytest.raises(StoreKeyError, match="encrypted with the key"):
                store.add_calls([replace(FULL, id="another")])
            assert store.count_calls() == 1
            assert store.flags() == {}  # no secret: a kill switch works without the key
        with closing(open()) as store:
            assert list(store.iter_calls()) == [FULL]


def in_threads(jobs: Sequence[Any]) -> None:
    """Run functions at once; raises what the first of them raised."""
    errors: list[BaseException] = []

    def work(job: Any) -> None:
        try:
            job()
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
