import pytest

from slm_instrument.store import open_store
from slm_instrument.testing import FlakyStore


@pytest.fixture(autouse=True)
def _no_files_elsewhere(tmp_path_factory, monkeypatch):
    """Spools that do not lie beside a database go to a folder of the test, not to the user's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    monkeypatch.delenv("SLM_INSTRUMENT_DISABLED", raising=False)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/calls.db"


@pytest.fixture
def flaky():
    store = FlakyStore(open_store("memory://"))
    yield store
    store.close()


@pytest.fixture
def warnings_of(caplog):
    """The warnings logged so far that hold a text."""
    caplog.set_level("INFO", logger="slm_instrument")

    def found(text):
        return [record.getMessage() for record in caplog.records if text in record.getMessage()]

    return found
