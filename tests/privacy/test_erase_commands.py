"""`slm-instrument erase` and `retain` as a user types them, wrong use included."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument import open_store
from slm_instrument.cli import run
from slm_instrument.privacy import erase_scrub


@pytest.fixture
def address(tmp_path, dialogue):
    url = f"sqlite:///{tmp_path}/calls.db"
    with closing(open_store(url)) as store:
        old = datetime.now(UTC) - timedelta(days=40)
        store.add_calls([dialogue("ann", id=f"a{n}", app="shop", started_at=old) for n in range(3)])
        store.add_calls([dialogue("bob", id=f"b{n}", app="bank") for n in range(3)])
    return url


def audited(address):
    with closing(open_store(address)) as store:
        return [(record.action, record.subject) for record in store.audit()]


def test_erase_prints_the_proof_and_leaves_an_audit_row(address, capsys):
    assert run(["erase", "--origin", "ann", "--store", address]) == 0
    printed = capsys.readouterr().out
    assert "3 calls" in printed
    assert "none was found" in printed
    assert "ann" not in printed.replace("planned", "")
    [(action, subject)] = audited(address)
    assert action == "erase"
    assert subject in printed
    assert run(["erase", "--origin", "ann", "--store", address]) == 0
    assert "there were no calls of this origin" in capsys.readouterr().out


def test_erase_as_json(address, capsys):
    assert run(["erase", "--origin", "ann", "--origin", "bob", "--bundles", "keep", "--store", address, "--json"]) == 0
    [erasure] = json.loads(capsys.readouterr().out)["erasures"]
    assert erasure["complete"]
    assert erasure["deleted"]["rows"]["calls"] == 6
    assert erasure["scrubbed"]["searched"]["found"] == {}
    assert run(["erase", "--resume", "--store", address]) == 0
    assert capsys.readouterr().err == "no erasure was broken off\n"


def test_what_is_left_is_said_with_status_1_and_resumed(address, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("slm_instrument.privacy.erase.scrub", without_patience)
    with closing(sqlite3.connect(tmp_path / "calls.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM calls").fetchone()
        assert run(["erase", "--origin", "ann", "--store", address]) == 1
        assert "left: the write-ahead log is being read" in capsys.readouterr().err
    assert run(["doctor", "--store", address]) == 0
    assert "erase --resume" in capsys.readouterr().out
    assert run(["erase", "--resume", "--store", address]) == 0
    assert "the database was written anew" in capsys.readouterr().out


def without_patience(*given, patience_s, **named):
    return erase_scrub.scrub(*given, patience_s=0.0, **named)


@pytest.mark.parametrize(
    "arguments",
    [
        ["erase"],
        ["erase", "--origin", ""],
        ["erase", "--origin", "ann", "--bundles", "burn"],
        ["retain", "set"],
        ["retain", "set", "--days", "3", "--forever"],
        ["retain", "set", "--days", "0"],
        ["retain", "set", "--days", "nan"],
        ["retain", "run", "--every", "0"],
    ],
)
def test_wrong_use_has_status_2_and_one_line(address, arguments, capsys):
    assert run([*arguments, "--store", address]) == 2
    assert "Traceback" not in capsys.readouterr().err
    with closing(open_store(address)) as store:
        assert store.count_calls() == 6


def test_a_store_that_is_not_there_is_not_made(tmp_path, capsys):
    assert run(["erase", "--origin", "ann", "--store", f"sqlite:///{tmp_path}/none.db"]) == 1
    assert "no such database" in capsys.readouterr().err


def test_rules_are_set_shown_run_and_taken_away(address, capsys):
    assert run(["retain", "--store", address]) == 0
    assert "all calls are kept" in capsys.readouterr().err
    assert run(["retain", "set", "--app", "shop", "--days", "30", "--store", address]) == 0
    assert run(["retain", "set", "--calls", "2", "--store", address]) == 0
    capsys.readouterr()
    assert run(["retain", "--json", "--store", address]) == 0
    assert json.loads(capsys.readouterr().out)["rules"] == [
        {"app": "*", "days": None, "calls": 2, "bytes": None},
        {"app": "shop", "days": 30.0, "calls": None, "bytes": None},
    ]
    assert run(["retain", "run", "--json", "--store", address]) == 0
    assert json.loads(capsys.readouterr().out)["by_app"] == {"*": 1, "shop": 3}
    assert run(["retain", "set", "--forever", "--store", address]) == 0
    assert run(["retain", "--store", address]) == 0
    shown = capsys.readouterr().out
    assert "*: kept forever" in shown
    assert "shop  30" in shown
    actions = [("retain set", "shop"), ("retain set", "*"), ("retain", "*"), ("retain set", "*")]
    assert audited(address) == actions
