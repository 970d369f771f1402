"""The files in which calls wait: order, exactly once, torn ends, other processes' leavings."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import make_url

from slm_instrument.capture import spool as spool_module
from slm_instrument.capture.spool import Spool, SpoolFullError
from slm_instrument.records import Call, Failure, Message, ToolCall, ToolSpec, Usage
from slm_instrument.testing import make_call


@pytest.fixture
def url(tmp_path):
    return make_url(f"sqlite:///{tmp_path}/calls.db")


def calls_named(*names):
    return [make_call(name, id=name) for name in names]


def drained(spool, limit=2):
    found = []
    while calls := spool.oldest(limit):
        found += [call.id for call in calls]
        spool.settle()
    return found


def test_calls_come_back_as_they_were(url):
    call = Call(
        trace_id="t",
        app="shop",
        started_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        duration_ms=12.5,
        messages=(
            Message("user", [{"type": "text", "text": "ä\n"}, {"type": "image_url", "image_url": {"url": "http://x"}}]),
            Message("assistant", None, (ToolCall("look", '{"a": 1}', "c1"),)),
            Message("tool", "found", tool_call_id="c1", name="look"),
        ),
        tools=(ToolSpec("look", "Looks.", {"type": "object"}),),
        response_format={"type": "json_object"},
        params={"temperature": 0.0},
        response=Message("assistant", "yes"),
        error=Failure("Timeout", "late"),
        usage=Usage(1, 2, None, 3),
        cost_usd=0.001,
        origin="someone",
        labels={"n": [1, None, True]},
    )
    spool = Spool(url)
    spool.append([call])
    assert spool.oldest(10) == [call]
    spool.close()


def test_oldest_first_and_read_again_until_settled(url, tmp_path):
    spool = Spool(url)
    spool.append(calls_named("one", "two"))
    spool.append(calls_named("three"))
    assert [call.id for call in spool.oldest(2)] == ["one", "two"]
    assert [call.id for call in spool.oldest(2)] == ["one", "two"], "not settled: the store did not take them"
    spool.settle()
    spool.append(calls_named("four"))
    assert spool.waiting == 2
    assert drained(spool) == ["three", "four"]
    assert spool.waiting == 0
    assert os.listdir(tmp_path) == ["calls.db.key"], "nothing waits, so there is no file"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.integers(1, 5), st.just("read"), st.just("settle")), max_size=30))
def test_any_order_of_writing_and_reading_keeps_order_and_count(tmp_path_factory, steps):
    spool = Spool(make_url(f"sqlite:///{tmp_path_factory.getbasetemp()}/any.db"))
    written, settled, handed_out = [], [], []
    for step in steps:
        if isinstance(step, int):
            new = calls_named(*(f"{len(written) + n}" for n in range(step)))
            written += [call.id for call in new]
            spool.append(new)
        elif step == "read":
            handed_out = [call.id for call in spool.oldest(3)]
        else:
            if handed_out:
                spool.settle()
            settled += handed_out
            handed_out = []
        assert spool.waiting == len(written) - len(settled)
    assert settled + drained(spool) == written
    spool.close()


def test_the_file_is_for_its_owner_only(url):
    spool = Spool(url)
    spool.append(calls_named("one"))
    assert stat.S_IMODE(spool.path.stat().st_mode) == 0o600
    spool.close()


def test_beside_an_sqlite_file_and_else_in_the_state_folder(url, tmp_path):
    state = os.environ["XDG_STATE_HOME"]
    for address, folder in ((url, str(tmp_path)), (make_url("postgresql://u:secret@h/db"), f"{state}/slm_instrument")):
        spool = Spool(address)
        spool.append(calls_named("one"))
        assert str(spool.path.parent) == folder
        assert "secret" not in str(spool.path)
        spool.close()


def test_a_bound_is_kept_and_all_or_nothing_is_written(url):
    spool = Spool(url)
    spool.append(calls_named("one"))
    size = spool.path.stat().st_size
    assert drained(spool) == ["one"]
    spool = Spool(url, max_bytes=size * 2)
    spool.append(calls_named("one"))
    with pytest.raises(SpoolFullError):
        spool.append(calls_named("two", "three"))
    assert drained(spool) == ["one"]


def test_room_is_given_back_while_there_is_always_something_waiting(url, tmp_path, monkeypatch):
    monkeypatch.setattr(spool_module, "_FILE_BYTES", 2_000)
    spool = Spool(url, max_bytes=10_000)
    written = []
    for n in range(60):  # some 400 bytes each: more than the bound in all, and never more than a few that wait
        spool.append(calls_named(f"{n:02}"))
        if spool.waiting > 4:
            written += [call.id for call in spool.oldest(3)]
            spool.settle()
    assert written + drained(spool) == [f"{n:02}" for n in range(60)]
    assert os.listdir(tmp_path) == ["calls.db.key"]


def test_a_half_written_batch_is_taken_back(url, monkeypatch):
    spool = Spool(url)
    spool.append(calls_named("one"))
    write = os.write

    def disk_full(descriptor, data):
        write(descriptor, bytes(data)[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", disk_full)
    with pytest.raises(OSError, match="No space"):
        spool.append(calls_named("two"))
    monkeypatch.undo()
    spool.append(calls_named("three"))
    assert drained(spool) == ["one", "three"]
    assert spool.damaged == 0


def test_a_live_process_keeps_its_file(url):
    mine, other = Spool(url), Spool(url)
    mine.append(calls_named("one"))
    assert other.adopt() == 0
    mine.close()
    assert other.adopt() == 1
    assert drained(other) == ["one"]


def test_the_leavings_of_several_processes_come_before_the_new_calls(url):
    for name in ("first", "second"):
        spool = Spool(url)
        spool.append(calls_named(name))
        os.utime(spool.path, (1, 1 if name == "first" else 2))
        spool.close()
    spool = Spool(url)
    spool.append(calls_named("third"))
    assert spool.adopt() == 2
    spool.append(calls_named("fourth"))
    assert drained(spool) == ["first", "second", "third", "fourth"]


def test_a_torn_last_line_costs_that_line_only(url):
    spool = Spool(url)
    spool.append(calls_named("one", "two", "three"))
    path = spool.path
    spool.close()
    path.write_bytes(path.read_bytes()[:-40])
    spool = Spool(url)
    assert spool.adopt() == 3
    assert drained(spool) == ["one", "two"]
    assert spool.damaged == 1
    assert not path.exists()


def test_nobody_takes_over_what_waits_for_a_database_in_memory():
    spool = Spool(make_url("sqlite://"))
    spool.append(calls_named("one"))
    spool.close()
    assert Spool(make_url("sqlite://")).adopt() == 0


def test_a_lock_is_free_when_its_process_is_killed(url, tmp_path):
    program = (
        "import sys, time\n"
        "from sqlalchemy import make_url\n"
        "from slm_instrument.capture.spool import Spool\n"
        "from slm_instrument.testing import make_call\n"
        f"Spool(make_url({url.render_as_string()!r})).append([make_call(id='one')])\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    # The spool object was dropped by the program: its file stays, and so does its lock.
    assert process.stdout.readline().strip() == b"ready"
    process.kill()
    process.wait()
    process.stdout.close()
    spool = Spool(url)
    assert spool.adopt() == 1
    assert drained(spool) == ["one"]
