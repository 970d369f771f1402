import asyncio

import pytest

from slm_instrument.store import open_store


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/calls.db"


@pytest.fixture
def store(url):
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


@pytest.fixture(params=["sync", "async"])
def decide(request):
    """Both ways of asking must decide alike."""
    if request.param == "sync":
        return lambda substitutor, call: substitutor.decide(call)
    return lambda substitutor, call: asyncio.run(substitutor.adecide(call))
