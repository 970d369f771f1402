"""One cluster of two workers for all tests; its processes inherit the key of the stores that they read."""

import base64
from importlib.util import find_spec

import pytest

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="session")
def ray_engine():
    if find_spec("ray") is None:  # not imported: the engine wants to come first
        pytest.skip("NOT TESTED ON RAY: the extra scale is not installed")
    from slm_instrument.scale.ray import RayEngine

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SLM_INSTRUMENT_KEY", KEY)
        engine = RayEngine(workers=2)
    yield engine
    engine.close()


@pytest.fixture(autouse=True)
def _one_key(monkeypatch):
    monkeypatch.setenv("SLM_INSTRUMENT_KEY", KEY)
