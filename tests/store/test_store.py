"""The store's contract, over every kind of store there is, and what SQLite must survive."""

import os
import sqlite3
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from slm_instrument import Call, Failure, Message, ToolCall, ToolSpec, Usage, open_store
from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import ConfigError, NotFoundError, SchemaError, StoreError
from slm_instrument.store import (
    AnalysisRecord,
    BundleRecord,
    DatasetRecord,
    Flag,
    Mode,
    Observation,
    Served,
    Task,
    Verdict,
)
from slm_instrument.template import SLOT, Pattern, Template

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


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    opened = open_store("memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'calls.db'}")
    yield opened
    opened.close()


def dialogue(turns, **kwargs):
    messages = [Message("system", "S")]
    for turn in range(turns):
        messages += [Message("user", f"question {turn}"), Message("assistant", f"answer {turn}")]
    return Call(messages=tuple(messages[:-1]), response=messages[-1], **kwargs)


def task(id="t1", **kwargs):
    template = Template(Pattern(("Classify: ", SLOT)), Pattern(()), Pattern((SLOT,)), ("look",), "")
    return Task(
        id=id, name=f"name-{id}", kind=AnswerKind.CLOSED_SET, templates=(template,), answers=("a", "b"), **kwargs
    )


def save_analysis(store, tasks, assignments):
    store.save_analysis(AnalysisRecord(id=os.urandom(4).hex(), started_at=NOW, calls=0), tasks, assignments)


def test_a_call_comes_back_as_it_was(store):
    failed = Call(id="c2", messages=(Message("user", "x"),), error=Failure("TimeoutError", "too slow"))
    assert store.add_calls([FULL, failed]) == 2
    assert list(store.iter_calls()) == [FULL, failed]


@given(
    st.lists(
        st.builds(
            Call,
            messages=st.lists(st.builds(Message, st.sampled_from(["user", "system"]), st.text()), max_size=4).map(
                tuple
            ),
            response=st.none() | st.builds(Message, st.just("assistant"), st.text()),
            labels=st.dictionaries(st.text(), st.integers(-(2**63), 2**64 - 1) | st.text() | st.booleans() | st.none()),
            duration_ms=st.none() | st.floats(0, 1e9),
        ),
        max_size=6,
    )
)
def test_any_text_comes_back_as_it_was(calls):
    store = open_store("memory://")
    store.add_calls(calls)
    assert list(store.iter_calls(batch=2)) == calls
    store.close()


def test_unsayable_things_are_kept_as_nearly_as_possible(store):
    cycle = []
    cycle.append(cycle)
    odd = Call(
        messages=(Message("user", "half \ud800 pair"),), labels={"o": {1, 2}, "c": cycle}, response=Message("assistant")
    )
    store.add_calls([odd])
    (back,) = store.iter_calls()
    assert back.messages[0].text == "half � pair"
    assert sorted(back.labels["o"]) == [1, 2]


def test_adding_twice_adds_nothing(store):
    calls = [dialogue(2, id="a"), dialogue(2, id="b")]
    assert store.add_calls(calls) == 2
    assert store.add_calls([*calls, replace(calls[0], id="c")]) == 1
    assert store.count_calls() == 3
    assert store.add_calls([FULL, FULL]) == 1
    assert store.add_calls([]) == 0


def test_a_dialogue_stores_each_turn_once(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'calls.db'}")
    store.add_calls([dialogue(turns) for turns in range(1, 31)])
    assert [len(call.messages) for call in store.iter_calls(batch=7)] == [2 * turns for turns in range(1, 31)]
    with sqlite3.connect(tmp_path / "calls.db") as db:
        nodes, contents = (db.execute(f"select count(*) from {t}").fetchone()[0] for t in ("nodes", "contents"))
    db.close()
    assert nodes == 60  # the longest prompt's messages
    assert contents == 61  # and its answer
    store.close()


def test_what_another_store_object_wrote_is_not_written_again_and_is_found(tmp_path):
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    one, two = open_store(url), open_store(url)
    one.add_calls([dialogue(3, id="a")])
    two.add_calls([dialogue(4, id="b")])
    one.add_calls([dialogue(4, id="c")])
    assert [call.id for call in two.iter_calls()] == ["a", "b", "c"]
    one.close()
    two.close()


def test_origins_are_pseudonyms_before_they_are_written(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'calls.db'}")
    store.add_calls(
        [dialogue(1, id=id, origin=origin) for id, origin in (("a", "ann@x.org"), ("b", "ann@x.org"), ("c", "bob"))]
    )
    a, b, c = (call.origin for call in store.iter_calls())
    assert a == b != c
    store.close()
    assert not any(b"ann@x.org" in file.read_bytes() for file in tmp_path.iterdir())


def test_many_threads_and_objects_write_at_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    stores = [open_store(url) for _ in range(4)]

    def write(store, name):
        for batch in range(5):
            store.add_calls([dialogue(2, id=f"{name}-{batch}-{n}") for n in range(20)])

    threads = [threading.Thread(target=write, args=(stores[n % 4], n)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].count_calls() == 8 * 5 * 20
    for store in stores:
        store.close()


def test_tasks_and_assignments_are_replaced_by_the_next_analysis(store):
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


def test_a_task_is_not_found_when_nothing_was_analysed_or_its_name_is_ambiguous(store):
    with pytest.raises(NotFoundError, match="analyze"):
        store.find_task("x")
    save_analysis(store, [replace(task(id), name="same") for id in ("t1", "t2")], [])
    with pytest.raises(NotFoundError, match="2 tasks"):
        store.find_task("same")


def test_an_analysis_that_fails_leaves_the_last_one(store):
    store.add_calls([dialogue(1, id="a")])
    save_analysis(store, [task("t1")], [("a", "t1")])

    def assignments():
        yield ("a", "t2")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        save_analysis(store, [task("t2")], assignments())
    assert [t.id for t in store.tasks()] == ["t1"]
    assert list(store.iter_assignments()) == [("a", "t1")]


def test_datasets_bundles_flags_observations(store):
    dataset = DatasetRecord(id="d1", task_id="t1", created_at=NOW, splits={"train": ["a", "b"], "test": ["c"]})
    store.save_dataset(dataset)
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

    shadow = Flag(task_id="t1", mode=Mode.SHADOW, set_at=NOW.astimezone(timezone(timedelta(hours=2))), set_by="ann")
    on = replace(shadow, mode=Mode.ON)
    other = Flag(task_id="t2", mode=Mode.CANARY, rate=0.25, set_at=NOW, set_by="bob")
    for flag in (shadow, other, on):
        store.set_flag(flag)
    assert store.flags() == {"t1": on, "t2": other}
    assert store.flag_history("t1") == [shadow, on]

    seen = Observation(
        at=NOW, task_id="t1", bundle_id="b1", mode=Mode.SHADOW, accepted=True, agreed=False, score=0.9, student_ms=1.5
    )
    store.add_observations([seen, replace(seen, agreed=True, teacher_ms=300.0, call_id="a")])
    assert store.observations(task_id="t1") == [seen, replace(seen, agreed=True, teacher_ms=300.0, call_id="a")]
    assert store.observations(task_id="t2") == []


def test_served_counts_calls_and_takes_the_median_of_the_timed_ones(store):
    calls = [dialogue(1, id=str(n), duration_ms=ms) for n, ms in enumerate([None, 30.0, 10.0, 20.0, None])]
    store.add_calls([*calls, dialogue(1, id="s", served_by="slm:b1", duration_ms=2.0)])
    save_analysis(store, [task("t1")], [(str(n), "t1") for n in range(5)])
    assert sorted(store.served(), key=lambda s: s.served_by) == [
        Served(task_id="t1", served_by="llm", calls=5, duration_ms=20.0),
        Served(task_id=None, served_by="slm:b1", calls=1, duration_ms=2.0),
    ]


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("nonsense", ConfigError, "no store address"),
        ("nosuchdb:///x", ConfigError, "no driver"),
        ("postgresql+nosuch://h/x", ConfigError, r"slm-instrument\[postgres\]"),
        ("sqlite:////no/such/folder/x.db", StoreError, "unable to open"),
    ],
)
def test_an_address_that_means_nothing_is_one_clear_line(url, error, says):
    with pytest.raises(error, match=says) as raised:
        open_store(url)
    assert "\n" not in str(raised.value)


def test_a_job_that_only_reads_makes_no_database(tmp_path):
    with pytest.raises(StoreError, match="no such database"):
        open_store(f"sqlite:///{tmp_path / 'typo.db'}", create=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "other.db").touch()
    with pytest.raises(StoreError, match="no slm_instrument tables"):
        open_store(f"sqlite:///{tmp_path / 'other.db'}", create=False)


def test_a_file_that_is_no_database_and_a_schema_of_another_version_are_refused(tmp_path):
    (tmp_path / "text.db").write_text("this is no database, " * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{tmp_path / 'text.db'}")
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    open_store(url).close()
    for version, says in (("0000", "db upgrade"), ("9999", "newer")):
        with sqlite3.connect(tmp_path / "calls.db") as db:
            db.execute("update slm_instrument_version set version_num = ?", (version,))
        db.close()
        with pytest.raises(SchemaError, match=says):
            open_store(url)


def test_the_database_file_is_for_its_owner_only(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'calls.db'}")
    store.add_calls([FULL])
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    store.close()


def test_migrations_make_the_schema_that_the_code_uses():
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from slm_instrument.store.engine import SCHEMA_VERSION, make_engine, parse_url, schema_version, upgrade
    from slm_instrument.store.schema import VERSION_TABLE, metadata

    engine = make_engine(parse_url("memory://"))
    upgrade(engine)
    upgrade(engine)
    assert schema_version(engine) == SCHEMA_VERSION
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_points_in_time_are_written_as_the_database_has_them_and_found_again(tmp_path):
    url = f"sqlite:///{tmp_path}/calls.db"
    berlin = timezone(timedelta(hours=2))
    store = open_store(url)
    store.add_calls([Call(id="1", started_at=datetime(2026, 5, 4, 5, 0, tzinfo=berlin)), Call(id="2")])
    assert [call.started_at for call in store.iter_calls()] == [datetime(2026, 5, 4, 3, 0, tzinfo=UTC), None]
    store.close()
    with sqlite3.connect(tmp_path / "calls.db") as connection:
        (started, recorded) = connection.execute("SELECT started_at, recorded_at FROM calls ORDER BY seq").fetchone()
    connection.close()
    assert started == "2026-05-04 03:00:00.000000"
    assert len(recorded) == len(started)
