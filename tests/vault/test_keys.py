"""Master keys, key files, data keys: what opens what, and what is said when it does not."""

import os
import stat
import threading
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import make_url

from slm_instrument.config import Settings
from slm_instrument.errors import ConfigError, StoreError, StoreKeyError
from slm_instrument.vault import DIGEST, Keyring, MasterKey, MasterKeys, Secret, keys_for, new_master_key
from slm_instrument.vault.origins import pseudonymised
from slm_instrument.vault.sources import read_key_file, write_key_file

NAME = bytes(range(16))


def keyring(provider, data_keys=1):
    secrets = [Secret.wrap(provider, 1, DIGEST)]
    return Keyring(provider, [*secrets, *(Secret.wrap(provider, 2 + n, "data") for n in range(data_keys))])


@given(st.binary(max_size=300), st.binary(max_size=9))
def test_what_is_sealed_opens_and_shows_nothing(data, bound):
    keys = keyring(MasterKeys([new_master_key()]))
    sealed = keys.seal(NAME, data, bound)
    assert keys.open(keys.newest, NAME, sealed, bound) == data
    assert len(sealed) == len(data) + 16
    assert len(data) < 8 or data not in sealed


@pytest.mark.parametrize("tamper", ["data", "name", "bound", "cut"])
def test_tampering_is_noticed(tamper):
    keys = keyring(MasterKeys([new_master_key()]))
    sealed, name, bound = bytearray(keys.seal(NAME, b"a prompt", b"x")), NAME, b"x"
    if tamper == "data":
        sealed[3] ^= 1
    if tamper == "cut":
        del sealed[5:]
    name = NAME[::-1] if tamper == "name" else name
    bound = b"y" if tamper == "bound" else bound
    with pytest.raises(StoreError, match="was altered"):
        keys.open(keys.newest, name, bytes(sealed), bound)


def test_old_data_keys_open_and_the_newest_seals():
    provider = MasterKeys([new_master_key()])
    first = [Secret.wrap(provider, 1, DIGEST), Secret.wrap(provider, 2, "data")]
    before = Keyring(provider, first)
    sealed = before.seal(NAME, b"old", b"")
    after = Keyring(provider, [*first, Secret.wrap(provider, 3, "data")])
    assert after.open(2, NAME, sealed, b"") == b"old"
    assert after.newest == 3
    assert after.seal(NAME, b"old", b"") != sealed
    assert after.digest_key == before.digest_key
    assert before.pseudonym("ann") in after.pseudonyms("ann")
    assert after.pseudonym("ann") == after.pseudonyms("ann")[0] != before.pseudonym("ann")
    with pytest.raises(StoreKeyError, match="data key 3 is gone"):
        before.open(3, NAME, sealed, b"")


def test_a_key_that_was_exchanged_opens_what_the_old_one_wrapped():
    old, new = new_master_key(), new_master_key()
    secret = Secret.wrap(MasterKeys([old]), 1, "data")
    assert secret.unwrap(MasterKeys([new, old])) == secret.unwrap(MasterKeys([old]))
    with pytest.raises(StoreKeyError, match="encrypted with the key local:"):
        secret.unwrap(MasterKeys([new]))
    with pytest.raises(StoreKeyError, match="was altered"):
        replace(secret, wrapped=secret.wrapped[:-1] + bytes([secret.wrapped[-1] ^ 1])).unwrap(MasterKeys([old]))
    with pytest.raises(StoreKeyError, match="was altered"):
        replace(secret, number=2).unwrap(MasterKeys([old]))  # a key put in another's place


def test_no_key_is_shown_by_accident(monkeypatch):
    key = new_master_key()
    shown = repr(key) + repr(MasterKeys([key])) + repr(Settings(key=key.text)) + key.name
    assert key.text not in shown
    assert repr(key.secret)[2:-1] not in shown
    with pytest.raises(ConfigError) as raised:
        MasterKey.parse(key.text[:-2])
    assert key.text[:8] not in str(raised.value)


def test_a_key_file_is_made_once_for_its_owner(tmp_path):
    url = make_url(f"sqlite:///{tmp_path}/calls.db")
    with pytest.raises(StoreKeyError, match="SLM_INSTRUMENT_KEY_FILE"):
        keys_for(url, Settings(), create=False)
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(keys_for(url, Settings(), create=True).name)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    (file,) = tmp_path.iterdir()
    assert file.name == "calls.db.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_settings_come_before_the_file(tmp_path):
    url = make_url(f"sqlite:///{tmp_path}/calls.db")
    keys_for(url, Settings(), create=True)
    one, two = new_master_key(), new_master_key()
    assert keys_for(url, Settings(key=f"{one.text}, {two.text}"), create=False).name == one.name
    other = tmp_path / "other.key"
    write_key_file(other, MasterKeys([two]), replace=False)
    assert keys_for(url, Settings(key_file=str(other)), create=False).name == two.name
    with pytest.raises(ConfigError, match="gives no key provider"):
        keys_for(url, Settings(key_provider="no.such:thing"), create=False)
    with pytest.raises(ConfigError, match="cannot wrap"):
        keys_for(url, Settings(key_provider="os:sep"), create=False)


def test_a_key_file_that_others_may_read_is_told_of(tmp_path, caplog):
    file = tmp_path / "key"
    write_key_file(file, MasterKeys([new_master_key()]), replace=False)
    os.chmod(file, 0o644)
    read_key_file(file)
    assert "can be read by others" in caplog.text


@pytest.mark.parametrize(("text", "says"), [("", "is empty"), ("short", "base64"), ("\xff", "no key file")])
def test_a_file_that_holds_no_key_is_one_line(tmp_path, text, says):
    file = tmp_path / "key"
    file.write_bytes(text.encode("latin-1"))
    file.chmod(0o600)
    with pytest.raises(ConfigError, match=says):
        read_key_file(file)


def test_ids_of_people_in_labels_are_pseudonyms():
    keys = keyring(MasterKeys([new_master_key()]))
    noted = pseudonymised({"User-ID": "ann", "session_id": 17, "node": "router"}, keys)
    assert noted == {"User-ID": keys.pseudonym("ann"), "session_id": keys.pseudonym("17"), "node": "router"}
    plain = {"node": "router"}
    assert pseudonymised(plain, keys) is plain
