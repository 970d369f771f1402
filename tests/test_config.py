"""The environment's table."""

import pytest

from slm_instrument.config import DEFAULT_STORE, Settings, disabled
from slm_instrument.errors import ConfigError


def test_defaults_and_environment():
    assert Settings.from_env({}) == Settings(store=DEFAULT_STORE)
    env = {"SLM_INSTRUMENT_STORE": "memory://", "SLM_INSTRUMENT_APP": "shop", "SLM_INSTRUMENT_QUEUE": "7"}
    assert Settings.from_env(env) == Settings(store="memory://", app="shop", queue=7)
    assert Settings.from_env({"SLM_INSTRUMENT_STORE": ""}).store == DEFAULT_STORE


@pytest.mark.parametrize("queue", ["", "many", "0", "-1", "1.5"])
def test_a_queue_that_is_no_number_is_refused(queue):
    with pytest.raises(ConfigError, match="SLM_INSTRUMENT_QUEUE"):
        Settings.from_env({"SLM_INSTRUMENT_QUEUE": queue})


def test_the_kill_switch_is_read_each_time(monkeypatch):
    monkeypatch.delenv("SLM_INSTRUMENT_DISABLED", raising=False)
    assert not disabled()
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    assert disabled()
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "0")
    assert not disabled()
