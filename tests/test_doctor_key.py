"""What `doctor` says of a store's key, and of contents that were written before there were keys."""

import json
import sqlite3
from contextlib import closing

import pytest

from slm_instrument import open_store
from slm_instrument.cli import run
from slm_instrument.testing import make_call


@pytest.fixture
def url(tmp_path, monkeypatch):
    for name in ("KEY", "KEY_FILE", "KEY_PROVIDER"):
        monkeypatch.delenv(f"SLM_INSTRUMENT_{name}", raising=False)
    url = f"sqlite:///{tmp_path}/calls.db"
    with closing(open_store(url)) as store:
        store.add_calls([make_call()])
    return url


def key_check(url, capsys):
    run(["doctor", "--store", url, "--json"])
    (check,) = [each for each in json.loads(capsys.readouterr().out)["checks"] if each["name"] == "key"]
    return check["health"], check["detail"]


def test_a_key_that_others_may_read_is_a_warning(url, tmp_path, capsys, caplog):
    health, detail = key_check(url, capsys)
    assert health == "ok"
    assert "wrapped by local:" in detail
    assert "calls.db.key" in detail
    (tmp_path / "calls.db.key").chmod(0o644)
    health, detail = key_check(url, capsys)
    assert health == "warning"
    assert "chmod 600" in detail


def test_contents_that_are_not_encrypted_yet_are_a_warning(url, tmp_path, capsys):
    with closing(sqlite3.connect(tmp_path / "calls.db")) as database:
        database.execute("UPDATE contents SET key_number = 0 WHERE rowid = 1")
        database.commit()
    health, detail = key_check(url, capsys)
    assert health == "warning"
    assert detail.startswith("1 contents are not encrypted: slm-instrument db reseal")


def test_a_key_that_is_gone_fails(url, tmp_path, capsys):
    (tmp_path / "calls.db.key").unlink()
    assert run(["doctor", "--store", url]) == 1
    assert "its key cannot be read" in capsys.readouterr().out
