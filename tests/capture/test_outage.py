"""Stores that fail in the ways that stores fail: the agent goes on, the calls arrive later, and it is said once."""

import os
import shutil
import sqlite3
import time

import pytest

from slm_instrument.capture import Recorder, RecorderStats
from slm_instrument.store import open_store
from slm_instrument.testing import make_call


def ids(store):
    return [call.id for call in store.iter_calls()]


def record(recorder, *names):
    for name in names:
        recorder.record(make_call(name, id=name))


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.01)


def spools(folder):
    return [name for name in os.listdir(folder) if ".spool-" in name]


def test_a_store_that_is_down_for_a_while(flaky, warnings_of):
    recorder = Recorder(flaky)
    flaky.down = True
    record(recorder, "one", "two")
    assert not recorder.flush(0.3)
    record(recorder, "three")
    wait_until(lambda: recorder.stats().spooled == 3)
    flaky.down = False
    record(recorder, "four")
    assert recorder.flush(10)
    assert ids(flaky) == ["one", "two", "three", "four"]
    assert recorder.stats() == RecorderStats(submitted=4, written=4)
    assert recorder.stats().spilled >= 3
    assert len(warnings_of("store not writable: calls are delayed")) == 1
    assert len(warnings_of("store writable again")) == 1
    recorder.close()
    assert not warnings_of("lost")


def test_a_store_that_comes_back_is_found_without_a_further_call(flaky):
    recorder = Recorder(flaky)
    flaky.down = True
    record(recorder, "one")
    wait_until(lambda: recorder.stats().spooled == 1)
    flaky.down = False
    wait_until(lambda: recorder.stats().written == 1)
    recorder.close()


def test_every_outage_is_told(flaky, warnings_of):
    recorder = Recorder(flaky)
    for n in range(2):
        flaky.down = True
        record(recorder, f"during {n}")
        wait_until(lambda: recorder.stats().spooled == 1)
        flaky.down = False
        assert recorder.flush(10)
    assert len(warnings_of("not writable")) == len(warnings_of("writable again")) == 2
    recorder.close()


def test_an_sqlite_file_that_another_process_locks(url, tmp_path):
    recorder = Recorder(url)
    record(recorder, "before")
    assert recorder.flush(10)
    other = sqlite3.connect(tmp_path / "calls.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    record(recorder, "during")
    assert not recorder.flush(0.5)
    assert recorder.stats().spooled == 1
    other.execute("ROLLBACK")
    other.close()
    record(recorder, "after")
    assert recorder.flush(10)
    assert ids(open_store(url)) == ["before", "during", "after"]
    recorder.close()
    assert not spools(tmp_path)


def test_a_database_opened_read_only(url, tmp_path, warnings_of):
    open_store(url).close()
    recorder = Recorder(f"sqlite:///file:{tmp_path}/calls.db?mode=ro&uri=true")
    record(recorder, "one", "two")
    assert not recorder.flush(0.3)
    recorder.close()
    assert recorder.stats() == RecorderStats(submitted=2, spooled=2)
    assert len(warnings_of("2 calls wait in")) == 1
    with Recorder(url) as recorder:
        record(recorder, "three")
        assert recorder.flush(10)
        assert recorder.stats() == RecorderStats(submitted=3, written=3, recovered=2)
    assert sorted(ids(open_store(url))) == ["one", "three", "two"]
    assert not spools(tmp_path)


def test_a_folder_where_the_database_should_be(tmp_path):
    (tmp_path / "calls.db").mkdir()
    url = f"sqlite:///{tmp_path}/calls.db"
    recorder = Recorder(url)
    record(recorder, "one")
    assert not recorder.flush(0.3)
    assert recorder.stats().spooled == 1
    (tmp_path / "calls.db").rmdir()
    assert recorder.flush(10)
    assert ids(open_store(url)) == ["one"]
    recorder.close()


def test_a_store_that_is_reached_by_nobody_does_not_stop_the_start(tmp_path):
    recorder = Recorder(f"sqlite:///{tmp_path}/no/such/folder/calls.db")
    record(recorder, "one")
    assert not recorder.flush(0.3)
    recorder.close()
    assert recorder.stats() == RecorderStats(submitted=1, spooled=1)


def test_a_file_that_is_no_database(url, tmp_path):
    (tmp_path / "calls.db").write_text("this is no database, and it must stay as it is\n" * 50)
    recorder = Recorder(url)
    record(recorder, "one")
    assert not recorder.flush(0.3)
    recorder.close()
    assert recorder.stats().spooled == 1
    assert (tmp_path / "calls.db").read_text().startswith("this is no database")


def test_a_database_of_another_schema_version_is_left_alone(url, tmp_path, warnings_of):
    open_store(url).close()
    with sqlite3.connect(tmp_path / "calls.db") as connection:
        connection.execute("UPDATE slm_instrument_version SET version_num = '9999'")
    connection.close()
    recorder = Recorder(url)
    record(recorder, "one")
    recorder.close()
    assert recorder.stats().spooled == 1
    assert len(warnings_of("9999 is of a newer slm_instrument")) == 1


def test_a_file_deleted_during_the_run_is_noticed_and_said_once(url, tmp_path, warnings_of):
    recorder = Recorder(url)
    record(recorder, "lost one", "lost two")
    assert recorder.flush(10)
    for name in os.listdir(tmp_path):
        (tmp_path / name).unlink()
    record(recorder, "three", "four")
    assert recorder.flush(10)
    record(recorder, "five")
    assert recorder.flush(10)
    assert ids(open_store(url)) == ["three", "four", "five"]
    assert [text for text in warnings_of("was deleted or replaced") if "2 calls written to it" in text]
    assert len(warnings_of("was deleted or replaced")) == 1
    recorder.close()
    assert ids(open_store(url)) == ["three", "four", "five"], "the old connection took nothing with it"


def test_only_the_database_deleted_and_its_journal_left(url, tmp_path):
    recorder = Recorder(url)
    record(recorder, "lost")
    assert recorder.flush(10)
    (tmp_path / "calls.db").unlink()
    record(recorder, "kept")
    assert recorder.flush(10)
    recorder.close()
    assert ids(open_store(url)) == ["kept"]


def test_a_folder_deleted_during_the_run(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    url = f"sqlite:///{folder}/calls.db"
    recorder = Recorder(url)
    record(recorder, "lost")
    assert recorder.flush(10)
    shutil.rmtree(folder)
    record(recorder, "waits in the state folder")
    assert not recorder.flush(0.5)
    assert recorder.stats().spooled == 1
    folder.mkdir()
    assert recorder.flush(10)
    recorder.close()
    assert ids(open_store(url)) == ["waits in the state folder"]


def test_without_a_spool_calls_wait_in_memory(flaky, warnings_of):
    recorder = Recorder(flaky, spool_bytes=0)
    flaky.down = True
    record(recorder, "one")
    assert not recorder.flush(0.2)
    record(recorder, "two")
    assert recorder.stats().queued == 2
    flaky.down = False
    assert recorder.flush(10)
    assert ids(flaky) == ["one", "two"]
    assert len(warnings_of("wait in memory")) == 1
    recorder.close()


def test_what_can_be_kept_nowhere_is_counted_and_said_once(flaky, warnings_of):
    recorder = Recorder(flaky, spool_bytes=0, queue=2)
    flaky.down = True
    record(recorder, "held")
    assert not recorder.flush(0.2)
    record(recorder, "two", "three", "four", "five")
    assert recorder.stats() == RecorderStats(submitted=5, queued=3, dropped=2)
    recorder.close()
    assert recorder.stats() == RecorderStats(submitted=5, dropped=5)
    assert len(warnings_of("lost for want of a place")) == 1
    assert len(warnings_of("5 calls were lost (5 for want of a place")) == 1


def test_a_bounded_spool_and_a_bounded_queue_keep_the_oldest_on_disk(flaky):
    recorder = Recorder(flaky, spool_bytes=3000, queue=5)
    flaky.down = True
    names = [f"call {n:02}" for n in range(40)]
    for name in names:
        record(recorder, name)
        recorder.flush(0.005)
    stats = recorder.stats()
    assert 0 < stats.spooled < 10
    assert stats.dropped > 10
    assert stats.submitted == stats.queued + stats.spooled + stats.dropped == 40
    flaky.down = False
    recorder.flush(10)
    kept = ids(flaky)
    assert kept[: stats.spooled] == names[: stats.spooled]
    assert kept == sorted(kept)
    assert len(kept) == 40 - recorder.stats().dropped
    recorder.close()


def test_a_full_disk_loses_nothing_when_there_is_room_again(url, monkeypatch, warnings_of):
    recorder = Recorder(url)
    record(recorder, "before")
    assert recorder.flush(10)
    store = recorder._writer._keeper._sink._store
    add = store.add_calls

    def disk_full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(store), "add_calls", disk_full)
    monkeypatch.setattr(os, "write", disk_full)
    record(recorder, "during", "during too")
    assert not recorder.flush(0.3)
    monkeypatch.undo()
    assert store.add_calls == add
    record(recorder, "after")
    assert recorder.flush(10)
    assert ids(open_store(url)) == ["before", "during", "during too", "after"]
    recorder.close()
    assert not warnings_of("lost")


def test_close_does_not_wait_for_a_store_that_hangs(flaky):
    recorder = Recorder(flaky)
    with flaky.hanging():
        record(recorder, "in work")
        wait_until(lambda: flaky.batches == 1)
        record(recorder, "queued")
        started = time.monotonic()
        recorder.close(timeout=0.3)
        assert time.monotonic() - started < 5
        assert recorder.stats().spooled == 2
    wait_until(lambda: not recorder._writer._running)


def test_calls_saved_from_a_hanging_store_are_stored_once(url, tmp_path, monkeypatch):
    recorder = Recorder(url)
    record(recorder, "before")
    assert recorder.flush(10)
    other = sqlite3.connect(tmp_path / "calls.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    record(recorder, "during")
    recorder.close(timeout=0.3)
    assert recorder.stats().spooled == 1
    other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: not recorder._writer._running)
    with Recorder(url) as again:
        record(again, "after")
        assert again.flush(10)
    assert sorted(ids(open_store(url))) == ["after", "before", "during"]


@pytest.mark.parametrize("error", [OSError("disk"), RuntimeError("driver"), MemoryError()])
def test_any_error_that_is_not_the_calls_fault_is_an_outage(flaky, error):
    recorder = Recorder(flaky)
    add = flaky.add_calls

    def fail(calls):
        raise error

    flaky.add_calls = fail
    record(recorder, "one")
    assert not recorder.flush(0.3)
    flaky.add_calls = add
    assert recorder.flush(10)
    assert ids(flaky) == ["one"]
    recorder.close()
