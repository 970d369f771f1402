"""The store's contract, over every kind of store there is."""

from functools import partial

import pytest
from sqlalchemy import make_url

from slm_instrument.store import open_store
from slm_instrument.testing.contract import DurableStoreContract, StoreContract
from slm_instrument.vault import MasterKeys, new_master_key

KEYS = MasterKeys([new_master_key()])


def opener(url, redaction="standard", keys=None):
    return open_store(url, redaction=redaction, keys=keys or KEYS)


class TestMemory(StoreContract):
    @pytest.fixture
    def open(self):
        return partial(opener, "memory://")


class TestSqlite(DurableStoreContract):
    @pytest.fixture
    def open(self, tmp_path):
        return partial(opener, f"sqlite:///{tmp_path / 'calls.db'}")


class TestPostgresql(DurableStoreContract):
    @pytest.fixture(scope="class")
    @classmethod
    def template(cls, postgresql):
        """A database with the tables in it: copying one is faster than making them."""
        url = postgresql.new()
        opener(url).close()
        return make_url(url).database

    @pytest.fixture
    def open(self, postgresql, template):
        return partial(opener, postgresql.new(template))
