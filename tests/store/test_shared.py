"""Several processes at one database, on both engines: erasure and locks between store objects that know nothing of
each other.
"""

import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, func, select, text

from slm_instrument import Recorder, open_store
from slm_instrument.capture.sink import is_locked
from slm_instrument.errors import StoreError
from slm_instrument.store import schema, secrets
from slm_instrument.store.rekey import new_data_key
from slm_instrument.testing import make_call
from slm_instrument.testing.samples import asked, dialogue, texts

TEXTS = (schema.calls, schema.nodes, schema.contents, schema.mentions, schema.entities)


def count(store, table):
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_a_dialogue_is_one_row_a_turn(url):
    with closing(open_store(url)) as store:
        store.add_calls([dialogue(turns) for turns in range(1, 31)])
        assert count(store, schema.nodes) == 60  # the longest prompt's messages
        assert count(store, schema.contents) == 61  # and its answer


def test_what_another_process_erased_is_written_again_when_it_comes_again(url):
    call = asked("Mail ann@example.org", trace_id="t")
    with closing(open_store(url)) as store, closing(open_store(url)) as other:
        store.add_calls([call])
        with other.writing() as connection:
            for table in TEXTS:
                connection.execute(delete(table))
            secrets.new_epoch(connection)
        assert store.add_calls([call, asked("Mail ann@example.org", trace_id="u")]) == 2
        assert texts(other) == texts(store) == ["Mail <EMAIL_ADDRESS_1>"] * 2


def test_a_data_key_that_another_process_made_is_used_and_known(url):
    with closing(open_store(url)) as store, closing(open_store(url)) as other:
        store.add_calls([asked("one")])
        number = new_data_key(other, other.key_provider)
        store.add_calls([asked("two")])
        with store.reading() as connection:
            assert sorted(connection.scalars(select(schema.contents.c.key_number))) == [1 + (number > 2), number]
        assert texts(store) == texts(other) == ["one", "two"]


def test_who_waits_too_long_for_another_writer_is_told_that_it_is_locked(url):
    with closing(open_store(url)) as holder, closing(open_store(url, busy_ms=50)) as store, holder.writing():
        began = datetime.now(UTC)
        with pytest.raises(StoreError) as raised:
            store.add_calls([asked("x")])
        assert (datetime.now(UTC) - began).total_seconds() < 3
        assert is_locked(raised.value)
        assert store.count_calls() == 0  # reading waits for nobody
    with closing(open_store(url, busy_ms=50)) as store:
        assert store.add_calls([asked("x")]) == 1


def test_calls_behind_a_long_transaction_wait_in_the_spool_and_nobody_warns(url, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with closing(open_store(url)) as holder, Recorder(url) as recorder:
        recorder.record(make_call(id="before"))
        assert recorder.flush(20)
        with holder.writing() as connection:
            connection.execute(text("SELECT 1"))
            recorder.record(make_call(id="behind"))
            assert not recorder.flush(1)
            assert recorder.stats().spooled == 1
        assert recorder.flush(20)
        assert [call.id for call in holder.iter_calls()] == ["before", "behind"]
    assert not caplog.records


def test_processes_that_write_the_same_texts_at_once_lose_nothing(url):
    open_store(url).close()
    recorders = [Recorder(url) for _ in range(3)]

    def work(number):
        for n in range(200):
            recorders[number].record(make_call(f"Message {n}", id=f"{number}-{n}", trace_id=f"{n}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(recorder.flush(30) for recorder in recorders)
    for recorder in recorders:
        recorder.close()
    with closing(open_store(url)) as store:
        assert len({call.id for call in store.iter_calls()}) == store.count_calls() == 600


WRITER = """
import sys
from slm_instrument import Recorder
from slm_instrument.testing import make_call
url, worker = sys.argv[1:]
with Recorder(url) as recorder:
    for number in range(300):
        recorder.record(make_call(f"Message {number}", id=f"{worker}-{number}"))
    assert recorder.flush(60)
"""


def test_four_processes_write_at_once_and_every_call_is_there_once(url, monkeypatch, tmp_path):
    """benchmarks/writers.py does it with eight, and 10,000 calls each."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    open_store(url).close()
    started = [subprocess.Popen([sys.executable, "-c", WRITER, url, str(worker)]) for worker in range(4)]
    assert [process.wait(90) for process in started] == [0] * 4
    with closing(open_store(url)) as store:
        assert sorted(call.id for call in store.iter_calls()) == sorted(
            f"{w}-{n}" for w in range(4) for n in range(300)
        )
        assert count(store, schema.contents) == 300 + 2  # each text once: the system prompt, the messages, the answer
