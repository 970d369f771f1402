"""What SQLite must survive, and what a store's address can mean."""

import sqlite3
import stat
from datetime import UTC, datetime, timedelta, timezone

import pytest

from slm_instrument import Call, open_store
from slm_instrument.errors import ConfigError, SchemaError, StoreError
from slm_instrument.testing.samples import FULL, dialogue


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
