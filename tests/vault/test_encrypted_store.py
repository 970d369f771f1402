"""A stolen database tells nothing, and keys are exchanged without rewriting it."""

import sqlite3
import threading
from contextlib import closing

import pytest
from hypothesis import given, strategies as st

from slm_instrument import Call, Message, Recorder, open_store
from slm_instrument.canonical import digest
from slm_instrument.config import Settings
from slm_instrument.errors import StoreError, StoreKeyError
from slm_instrument.records import OWN_TRACE
from slm_instrument.store import rekey
from slm_instrument.testing import FlakyStore, make_call
from slm_instrument.vault import MasterKeys, new_master_key

SECRET = "The merger with Nightjar Industries is signed on Friday."


class Service:
    """A key service, as far as the package sees it."""

    def __init__(self):
        self._keys = MasterKeys([new_master_key()])
        self.asked = 0

    name = "kms:arn:1"

    def wrap(self, secret, context):
        return self._keys.wrap(secret, context)

    def unwrap(self, wrapped, name, context):
        self.asked += 1
        assert name == self.name
        return self._keys.unwrap(wrapped, self._keys.name, context)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/calls.db"


def files_hold(folder, *texts):
    found = {file.name: file.read_bytes() for file in folder.iterdir()}
    return [(name, text) for name, data in found.items() for text in texts if text in data]


def texts_of(call):
    return [SECRET.encode(), b"Nightjar", b"ann-the-user", b"hunter2-is-it", call.messages[0].text.encode()]


def secret_call(**fields):
    return make_call(SECRET, "signed", origin="ann-the-user", labels={"note": "hunter2-is-it"}, **fields)


def test_no_text_is_in_any_file_of_the_store(tmp_path, url):
    call = secret_call()
    with Recorder(url) as recorder:
        recorder.record(call)
        assert recorder.flush(20)
        assert files_hold(tmp_path, *texts_of(call)) == []
    assert files_hold(tmp_path, *texts_of(call)) == []
    with closing(open_store(url)) as store:
        (back,) = store.iter_calls()
        assert back.messages == call.messages


def test_no_text_is_in_the_spool_while_the_store_is_down(tmp_path, url):
    flaky = FlakyStore(open_store(url))
    flaky.down = True
    call = secret_call()
    recorder = Recorder(flaky)
    recorder.record(call)
    recorder.flush(5)
    assert recorder.stats().spooled == 1
    assert any(".spool-" in file.name for file in tmp_path.iterdir())
    assert files_hold(tmp_path, *texts_of(call)) == []
    flaky.down = False
    assert recorder.flush(10)
    recorder.close()
    flaky.close()


def test_a_guess_cannot_be_confirmed_with_the_database_alone(tmp_path, url):
    with closing(open_store(url)) as store:
        store.add_calls([make_call(SECRET)])
    with closing(sqlite3.connect(tmp_path / "calls.db")) as db:
        ids = {row[0] for row in db.execute("select id from contents")}
        values = [row[0] for table in ("meta", "secrets") for row in db.execute(f"select * from {table}")]
        held = [bytes(v) for row in db.execute("select wrapped from secrets") for v in row]
    guessed = b'{"role":"user","content":"%s"}' % SECRET.encode()
    for key in [*held, *(v for v in values if isinstance(v, bytes))]:
        assert digest(key[:64], guessed) not in ids


@pytest.mark.parametrize("column", ["data", "size", "codec", "id"])
def test_altered_contents_are_one_clear_line(tmp_path, url, column):
    with closing(open_store(url)) as store:
        store.add_calls([make_call(SECRET)])
    changes = {
        "data": "update contents set data = cast(substr(data, 2) || x'00' as blob)",
        "size": "update contents set size = size + 1",
        "codec": "update contents set codec = 1 - codec",
        "id": "update contents set data = (select data from contents c where c.id <> contents.id limit 1)",
    }
    with closing(sqlite3.connect(tmp_path / "calls.db")) as db:
        db.execute(changes[column])
        db.commit()
    with closing(open_store(url)) as store, pytest.raises(StoreError, match="was altered") as raised:
        list(store.iter_calls())
    assert "\n" not in str(raised.value)


def test_the_key_is_missing(tmp_path, url):
    with closing(open_store(url)) as store:
        store.add_calls([make_call()])
    key = (tmp_path / "calls.db.key").rename(tmp_path / "away.key")
    with closing(open_store(url)) as store:
        with pytest.raises(StoreKeyError, match=r"calls\.db: its key cannot be read"):
            list(store.iter_calls())
        assert store.flags() == {}  # the kill switch needs no key
    with Recorder(url) as recorder:  # calls wait, encrypted, for the key to come back
        recorder.record(make_call(SECRET, id="late"))
        assert not recorder.flush(5)
    assert not (tmp_path / "calls.db.key").exists(), "no new key for a store that has one"
    assert files_hold(tmp_path, SECRET.encode()) == []
    key.rename(tmp_path / "calls.db.key")
    with Recorder(url) as recorder:
        recorder.record(make_call(id="later"))
        assert recorder.flush(10)
    with closing(open_store(url)) as store:
        assert sorted(call.id for call in store.iter_calls())[-2:] == ["late", "later"]


def test_the_master_key_is_exchanged_under_a_running_writer(url):
    with closing(open_store(url)) as writer, closing(open_store(url)) as admin:
        writer.add_calls([make_call("one")])
        keys, wrapped = rekey.exchange_master(admin, url, Settings())
        assert wrapped == 2
        writer.add_calls([make_call("two")])
        assert rekey.new_data_key(admin, keys) == 3
        writer.add_calls([make_call("three")])  # reads the new master key from the file by itself
        assert rekey.count_to_reseal(admin) == 4
        assert rekey.reseal(admin) == 4
        assert rekey.count_to_reseal(admin) == 0
        writer.add_calls([make_call("four")])
        assert [call.messages[1].text for call in writer.iter_calls()] == ["one", "two", "three", "four"]
    with closing(open_store(url)) as store:
        assert store.count_calls() == len(list(store.iter_calls())) == 4


def test_what_waits_in_a_spool_is_read_after_the_key_was_exchanged(tmp_path, url):
    store = open_store(url)
    flaky = FlakyStore(store)
    flaky.down = True
    recorder = Recorder(flaky)
    recorder.record(make_call(id="waits"))
    recorder.flush(5)
    recorder.close()
    rekey.exchange_master(store, url, Settings())
    store.close()
    with Recorder(url) as recorder:
        recorder.record(make_call(id="next"))
        assert recorder.flush(10)
    with closing(open_store(url)) as store:
        assert {call.id for call in store.iter_calls()} == {"waits", "next"}


def test_a_key_service_wraps_and_is_not_asked_for_every_call(url):
    service = Service()
    with closing(open_store(url, keys=service)) as store:
        for n in range(20):
            store.add_calls([make_call(str(n))])
        assert len(list(store.iter_calls())) == 20
    assert service.asked <= 4
    with closing(open_store(url, keys=service)) as store:
        assert len(list(store.iter_calls())) == 20


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), min_size=1, max_size=5),
    st.sampled_from(["off", "standard"]),
)
def test_any_texts_come_back(texts, level):
    calls = [Call(messages=(Message("user", text),), response=Message("assistant", "ok")) for text in texts]
    with closing(open_store("memory://", redaction=level)) as store:
        store.add_calls(calls)
        back = [call.messages[0].text for call in store.iter_calls()]
    if level == "off":
        assert back == texts
    assert len(back) == len(texts)


def test_two_exchanges_at_once_leave_a_key_that_opens(url):
    with closing(open_store(url)) as one, closing(open_store(url)) as two:
        one.add_calls([make_call("one")])
        threads = [
            threading.Thread(target=rekey.exchange_master, args=(store, url, Settings())) for store in (one, two) * 3
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with closing(open_store(url)) as store:
        assert len(list(store.iter_calls())) == 1


def test_a_session_that_names_a_trace_is_a_pseudonym(tmp_path, url):
    with closing(open_store(url)) as store:
        store.add_calls([make_call(trace_id=f"{OWN_TRACE}ann.smith-4711", origin="ann.smith-4711")])
        (call,) = store.iter_calls()
        assert call.trace_id == call.origin
    assert files_hold(tmp_path, b"ann.smith") == []


def test_a_key_service_that_fails_is_a_store_that_is_down(url):
    class Failing(Service):
        def unwrap(self, wrapped, name, context):
            if self.broken:
                raise KeyError("no route to the key service")
            return super().unwrap(wrapped, name, context)

    service = Failing()
    service.broken = False
    open_store(url, keys=service).close()
    service.broken = True
    with Recorder(url, keys=service) as recorder:
        recorder.record(make_call(id="waits"))
        assert not recorder.flush(5)
        assert recorder.stats().spooled + recorder.stats().queued == 1
        service.broken = False
        assert recorder.flush(10)
