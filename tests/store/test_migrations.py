"""A saved database of every schema version there was, on both engines, upgraded as a user does it."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, inspect, make_url, select, text

from slm_instrument import Call, Message, open_store
from slm_instrument.cli import run
from slm_instrument.errors import SchemaError, StoreKeyError
from slm_instrument.records import Outcome
from slm_instrument.store import Tally, Transition, schema
from slm_instrument.store.engine import SCHEMA_VERSION, make_engine
from slm_instrument.vault import MasterKeys, new_master_key

from .old import sample

OLD = Path(sample.__file__).parent
VERSIONS = sorted({file.name.partition(".")[0] for file in OLD.glob("*.sql")})


@pytest.fixture(params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture
def old(url, version):
    """The address of a saved database; ``url`` is of both engines."""
    script = (OLD / f"{version}.{make_url(url).get_backend_name()}.sql").read_text(encoding="utf-8")
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(url).database)) as connection:
            connection.executescript(script)
    else:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(script)
    return url


@pytest.fixture
def upgraded(old, capsys):
    assert run(["db", "upgrade", "--store", old]) == 0
    assert f"-> {SCHEMA_VERSION}" in capsys.readouterr().out
    return old


def ask(url, query):
    engine = make_engine(make_url(url))
    with engine.connect() as connection:
        found = connection.execute(query).all()
    engine.dispose()
    return found


def tables(url):
    engine = make_engine(make_url(url))
    names = {name for name in inspect(engine).get_table_names() if not name.startswith("sqlite_")}
    engine.dispose()
    return names


def test_the_newest_schema_is_among_the_saved():
    assert VERSIONS[-1] == SCHEMA_VERSION
    assert {file.name for file in OLD.glob("*.sql")} == {
        f"{v}.{e}.sql" for v in VERSIONS for e in ("sqlite", "postgresql")
    }


def test_every_table_of_a_saved_database_has_rows(old, version):
    names = tables(old)
    assert len(names) > 10
    assert [name for name in names if ask(old, text(f"SELECT count(*) FROM {name}"))[0][0] == 0] == []
    if version == SCHEMA_VERSION:
        assert names == {*schema.metadata.tables, schema.VERSION_TABLE}


def test_everything_is_there_after_the_upgrade(old, upgraded, version):
    origins = dict(ask(upgraded, text("SELECT id, origin FROM calls")))
    with closing(open_store(upgraded)) as store:
        calls = [call for call in store.iter_calls() if call.id != sample.PRIVATE.id]
        assert calls == [replace(call, origin=origins[call.id]) for call in sample.CALLS]
        assert store.tasks() == sample.TASKS
        assert list(store.iter_assignments()) == sample.ASSIGNMENTS
        assert store.bundles() == sample.BUNDLES
        assert store.flag_history() == sample.FLAGS
        assert store.observations() == sample.OBSERVATIONS
        kept = sample.OUTCOMES if version >= "0004" else []
        assert list(store.iter_outcomes()) == [Outcome(**fields) for fields in kept]
        assert store.find_dataset("t1").version == (1 if version >= "0004" else 0)
        assert store.transitions() == ([Transition(**sample.TRANSITION)] if version >= "0005" else [])
        assert store.tallies() == ([Tally(**sample.TALLY)] if version >= "0005" else [])
    items = {(split, call_id) for split, ids in sample.DATASET.splits.items() for call_id in ids}
    assert set(ask(upgraded, text("SELECT split, call_id FROM dataset_items WHERE dataset_id = 'd1'"))) == items


def test_origins_stay_the_same_people(old):
    before = ask(old, text("SELECT id, origin FROM calls ORDER BY seq"))
    assert len({origin for _, origin in before if origin}) == 3
    run(["db", "upgrade", "--store", old])
    assert ask(old, text("SELECT id, origin FROM calls ORDER BY seq")) == before


def test_what_was_open_is_encrypted_and_the_digest_key_no_longer_lies_about(upgraded):
    assert min(number for (number,) in ask(upgraded, select(schema.contents.c.key_number))) > 0
    stored = ask(upgraded, select(schema.contents.c.data))
    assert not [data for (data,) in stored if b"lamp" in bytes(data)]
    assert "digest_key" not in {key for (key,) in ask(upgraded, select(schema.meta.c.key))}
    if upgraded.startswith("sqlite"):  # nor in free pages and journals
        folder = Path(make_url(upgraded).database).parent
        texts = (b"lamp is out", b"lighthouse keeper", b"keeper-1")
        assert not [(file, text) for file in folder.iterdir() for text in texts if text in file.read_bytes()]
    with (
        closing(open_store(upgraded, keys=MasterKeys([new_master_key()]))) as store,
        pytest.raises(StoreKeyError, match="encrypted with the key"),
    ):
        list(store.iter_calls())


def test_texts_that_come_again_are_known(upgraded):
    count = select(func.count()).select_from(schema.contents)
    before = ask(upgraded, count)
    with closing(open_store(upgraded)) as store:
        assert store.add_calls(sample.CALLS) == 0
        assert store.add_calls([Call(messages=(Message("system", sample.SYSTEM),))]) == 1
    assert ask(upgraded, count) == before


def test_the_schema_is_the_one_that_the_code_uses(upgraded):
    engine = make_engine(make_url(upgraded))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_an_older_database_is_refused_before_and_an_upgrade_twice_is_one(old, version, capsys):
    if version != SCHEMA_VERSION:
        with pytest.raises(SchemaError, match="db upgrade"):
            open_store(old)
    for before in (version, SCHEMA_VERSION):
        assert run(["db", "upgrade", "--store", old]) == 0
        assert f"schema {before} -> {SCHEMA_VERSION}" in capsys.readouterr().out
