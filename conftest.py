"""What every test of the core and of the integrations starts from."""

import os

import pytest
from hypothesis import settings

# No test may reach a network: models come from packages.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"  # some tests fork

# A shared machine is sometimes slow; a test that fails for that says nothing.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):  # noqa: ANN001, ANN201
    """Forget the caller's own SLM_INSTRUMENT_* settings."""
    for name in [name for name in os.environ if name.startswith("SLM_INSTRUMENT_")]:
        monkeypatch.delenv(name)
