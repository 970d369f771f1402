"""No byte of what was erased is left in any file of an SQLite store: database, journals, spools; or it is said so."""

import sqlite3
import sys
from contextlib import closing

import pytest

from slm_instrument import Recorder, open_store
from slm_instrument.addresses import absolute_url, parse_url
from slm_instrument.capture.spool import Spool
from slm_instrument.privacy import erase as job
from slm_instrument.privacy.erase import erase, pending, resume
from slm_instrument.records import new_id
from slm_instrument.testing import FlakyStore

PLAIN = "SELECT 'Said: This is user-1, who tells a secret of their own: number 0.'"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "calls.db"


@pytest.fixture
def address(file):
    return f"sqlite:///{file}"


def stored_bytes(file, ids):
    """What lies in the database of calls, to be looked for without this package's help."""
    with closing(sqlite3.connect(file)) as connection:
        chosen = ",".join(f"'{id}'" for id in ids)
        rows = connection.execute(f"SELECT response_id FROM calls WHERE id IN ({chosen})").fetchall()
        return [connection.execute("SELECT data FROM contents WHERE id = ?", row).fetchone()[0] for row in rows]


def found(folder, needles):
    """The files under a folder that hold any of the needles."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(needle[:16] in path.read_bytes() for needle in needles)]


def recorded(address, dialogue, count=60):
    with closing(open_store(address)) as store:
        for start in range(0, count, 20):
            store.add_calls([dialogue(f"user-{n % 3}", 1 + n % 4, id=f"c{n}") for n in range(start, start + 20)])


def test_the_proof_is_what_another_search_finds(address, file, tmp_path, dialogue):
    recorded(address, dialogue)
    needles = stored_bytes(file, [f"c{n}" for n in range(1, 60, 3)])
    others = stored_bytes(file, ["c0", "c2"])
    assert found(tmp_path, needles)
    with closing(open_store(address)) as store, closing(open_store(address)) as beside:
        beside.count_calls()
        report = erase(store, ["user-1"], by="ann")
        assert report.complete
        searched = report.scrubbed.searched
        assert searched.found == {}
        assert searched.stored == searched.erased == report.deleted.rows["contents"]
        assert searched.plain == searched.erased
        assert searched.files >= 2
        assert not report.scrubbed.rebuilt
        assert found(tmp_path, needles) == []
        assert found(tmp_path, others) == ["calls.db"]


@pytest.mark.parametrize("left", ["SELECT * FROM contents", PLAIN])
def test_pages_that_were_free_before_are_found_and_the_file_is_written_anew(address, file, tmp_path, dialogue, left):
    recorded(address, dialogue)
    needles = [*stored_bytes(file, ["c1"]), b"This is user-1, who tells"]
    with closing(sqlite3.connect(file)) as careless:  # another tool, which leaves deleted bytes where they were
        careless.execute("PRAGMA secure_delete=OFF")
        careless.execute(f"CREATE TABLE copy AS {left}")
        careless.commit()
        careless.execute("DROP TABLE copy")
        careless.commit()
    with closing(open_store(address)) as store:
        report = erase(store, ["user-1"], by="ann")
        assert report.complete
        assert report.scrubbed.rebuilt
        assert report.scrubbed.searched.found == {}
        assert store.count_calls() == 40
    assert found(tmp_path, needles) == []


def test_a_reader_in_the_way_is_said_and_the_next_run_completes(address, file, tmp_path, dialogue):
    recorded(address, dialogue)
    needles = stored_bytes(file, ["c1"])
    reader = sqlite3.connect(file)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM calls").fetchone()
    with closing(open_store(address, busy_ms=10)) as store:
        report = erase(store, ["user-1"], by="ann", patience_s=0.1)
        assert not report.complete
        assert "write-ahead log" in report.scrubbed.left[0]
        assert pending(store) == 1
        assert store.count_calls() == 40
        reader.close()
        [again] = resume(store)
        assert again.complete
        assert again.id == report.id
        assert again.deleted.rows == report.deleted.rows
        assert pending(store) == 0
    assert found(tmp_path, needles) == []


@pytest.mark.parametrize("by", ["resume", "erase"])
def test_an_erasure_that_was_broken_off_is_completed_by_the_next(address, file, tmp_path, dialogue, monkeypatch, by):
    recorded(address, dialogue)
    needles = stored_bytes(file, ["c1"])
    with closing(open_store(address)) as store:
        with monkeypatch.context() as broken:
            broken.setattr(job, "scrub", lambda *_, **__: sys.exit("killed"))
            with pytest.raises(SystemExit):
                erase(store, ["user-1"], by="ann")
        assert pending(store) == 1
        report = resume(store)[0] if by == "resume" else erase(store, ["user-2"], by="ann")
        assert report.complete
        assert report.scrubbed.rebuilt  # what is to be looked for is not known any more
        assert pending(store) == 0
    assert found(tmp_path, needles) == []


def test_calls_in_the_spool_of_a_process_that_ended_go_too(address, file, tmp_path, dialogue):
    recorded(address, dialogue)
    left = Spool(absolute_url(parse_url(address)))
    left.append([dialogue("user-1", id="spooled"), dialogue("user-2", id="of another")])
    left.close()
    assert [path for path in tmp_path.iterdir() if ".spool-" in path.name]
    with closing(open_store(address)) as store:
        assert erase(store, ["user-1"], by="ann").deleted.rows["calls"] == 21
        assert store.count_calls() == 41
    assert not [path for path in tmp_path.iterdir() if ".spool-" in path.name]


def test_calls_that_wait_in_a_running_process_are_said_and_never_written(address, tmp_path, dialogue):
    recorded(address, dialogue)
    with closing(open_store(address)) as store:
        flaky = FlakyStore(store)
        with Recorder(flaky) as recorder:
            flaky.down = True
            for origin in ("user-1", "user-2"):
                recorder.record(dialogue(origin, id=new_id()))
            assert not recorder.flush(2)
            report = erase(store, ["user-1"], by="ann", patience_s=0.3)
            assert not report.complete
            assert "1 calls of the origin wait in" in report.scrubbed.left[0]
            flaky.down = False
            assert recorder.flush(20)
            [again] = resume(store)
            assert again.complete
            assert store.count_calls() == 41


def test_a_spool_that_cannot_be_read_is_said(address, tmp_path, dialogue):
    recorded(address, dialogue)
    (tmp_path / "calls.db.spool-1-abc").write_bytes(b'["bm9uc2Vuc2U=","nobody"]\nAAAA\n')
    with closing(open_store(address)) as store:
        report = erase(store, ["user-1"], by="ann", patience_s=0.1)
    assert "cannot be read" in report.scrubbed.left[0]
    assert not report.complete
