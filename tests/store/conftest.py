import base64

import pytest

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def _one_key(monkeypatch):
    """The same master key for every store that a test opens, from the environment."""
    monkeypatch.setenv("SLM_INSTRUMENT_KEY", KEY)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of an empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'calls.db'}"
    return request.getfixturevalue("postgresql").new()
