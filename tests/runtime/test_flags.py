from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from slm_instrument.errors import ConfigError, StoreError
from slm_instrument.runtime.flags import Flags, Setting, parse_flags, parse_modes, sampled
from slm_instrument.runtime.store_flags import StoreFlags
from slm_instrument.store import KILL_SWITCH, Mode, open_store

from .helpers import flag, until


@pytest.fixture
def store_flags(store):
    flags = StoreFlags(lambda: store, refresh_s=0.01)
    assert flags.wait(10)
    yield flags
    flags.close()


def test_environment_goes_before_code_and_code_before_store(store, store_flags):
    for task in ("a", "b", "c"):
        store.set_flag(flag(task, Mode.SHADOW))
    until(lambda: len(store_flags.current()) == 3)
    flags = Flags(environment=parse_flags("a=on"), code=parse_modes({"a": "off", "b": Mode.CANARY}), store=store_flags)
    assert (flags.of("a", "").mode, flags.of("a", "").source) == (Mode.ON, "environment")
    assert (flags.of("b", "").mode, flags.of("b", "").source) == (Mode.CANARY, "code")
    assert (flags.of("c", "").mode, flags.of("c", "").source) == (Mode.SHADOW, "store")
    assert (flags.of("d", "").mode, flags.of("d", "").source) == (Mode.OFF, "default")


def test_environment_and_code_may_name_a_task():
    flags = Flags(environment=parse_flags("find intent=on"), code={}, store=None)
    assert flags.of("3f2a", "find intent").mode is Mode.ON
    assert flags.of("3f2a", "another").mode is Mode.OFF


def test_the_environment_wins_however_either_names_the_task():
    by_id = Flags(environment=parse_flags("3f2a=off"), code=parse_modes({"intent": "on"}), store=None)
    by_name = Flags(environment=parse_flags("intent=off"), code=parse_modes({"3f2a": "on"}), store=None)
    assert by_id.of("3f2a", "intent").mode is Mode.OFF
    assert by_name.of("3f2a", "intent").mode is Mode.OFF


def test_tasks_nobody_knows_are_told():
    flags = Flags(environment=parse_flags("intent=on,typo=on,*=off"), code={}, store=None)
    assert flags.unknown({"intent", "3f2a"}) == ["typo"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        (" , ", {}),
        ("intent=on", {"intent": (Mode.ON, 1.0)}),
        (" intent = shadow , routing=canary:0.25", {"intent": (Mode.SHADOW, 1.0), "routing": (Mode.CANARY, 0.25)}),
        ("a=b=off", {"a=b": (Mode.OFF, 1.0)}),
        ("name: with colon=canary", {"name: with colon": (Mode.CANARY, 0.1)}),
        ("a=auto,b=on:0.5,c=auto:1", {"a": (Mode.AUTO, 0.95), "b": (Mode.ON, 0.5), "c": (Mode.AUTO, 1.0)}),
    ],
)
def test_flags_are_read(text, expected):
    assert {task: (setting.mode, setting.rate) for task, setting in parse_flags(text).items()} == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("intent", "not task=mode"),
        ("=on", "not task=mode"),
        ("intent=", "no mode"),
        ("intent=maybe", "no mode"),
        ("intent=ON", "no mode"),
        ("intent=shadow:0.5", "takes no rate"),
        ("intent=auto:", "between 0 and 1"),
        ("intent=canary:", "between 0 and 1"),
        ("intent=canary:1.5", "between 0 and 1"),
        ("intent=canary:-0.1", "between 0 and 1"),
        ("intent=canary:nan", "between 0 and 1"),
        ("*=on", "can only be off"),
    ],
)
def test_flags_that_mean_nothing_are_refused(text, said):
    with pytest.raises(ConfigError, match=said):
        parse_flags(text)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with suppress(ConfigError):
        for setting in parse_flags(text).values():
            assert 0 <= setting.rate <= 1


@given(st.text(min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_canary_is_sticky_and_grows(trace, one, other):
    low, high = sorted((one, other))
    assert sampled(trace, low) == sampled(trace, low)
    assert sampled(trace, low) <= sampled(trace, high)
    assert sampled(trace, 1.0)
    assert not sampled(trace, 0.0)


def test_canary_takes_its_share():
    taken = sum(sampled(f"trace {at}", 0.1) for at in range(10_000))
    assert 900 < taken < 1100


def test_the_kill_switch_in_the_environment_is_read_anew(monkeypatch):
    flags = Flags(environment={}, code={}, store=None)
    assert flags.kill_switch() is None
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    assert "SLM_INSTRUMENT_DISABLED" in flags.kill_switch()
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "0")
    assert flags.kill_switch() is None


def test_the_kill_switch_may_be_thrown_by_flags_and_code():
    assert "environment" in Flags(environment=parse_flags("*=off"), code={}, store=None).kill_switch()
    assert "code" in Flags(environment={}, code=parse_modes({"*": "off"}), store=None).kill_switch()


def test_a_flag_set_by_another_process_is_seen(tmp_path, store, store_flags):
    other = open_store(f"sqlite:///{tmp_path}/calls.db")
    canary = flag("intent", Mode.CANARY, 0.3)
    other.set_flag(canary)
    until(lambda: "intent" in store_flags.current())
    seen = Flags(environment={}, code={}, store=store_flags).of("intent", "")
    assert seen == Setting(Mode.CANARY, 0.3, "store", canary.set_at)
    other.set_flag(flag(KILL_SWITCH, Mode.OFF))
    until(lambda: store_flags.killed)
    other.set_flag(flag(KILL_SWITCH, Mode.ON))
    until(lambda: not store_flags.killed)
    other.close()


class Flaky:
    """A store whose flags can be read while it is up."""

    def __init__(self, flags, stages=None):
        self.up = True
        self._flags = flags
        self._stages = stages or {}

    def flags(self):
        if not self.up:
            raise StoreError("the store is down")
        return self._flags

    def stages(self):
        return self._stages

    def retired_bundles(self):
        return {}

    def flag_history(self):
        return list(self._flags.values())

    def decided(self, since):
        return []


def test_a_store_that_is_down_leaves_the_last_flags_then_off_but_killed_stays_killed(caplog):
    store = Flaky({"intent": flag("intent", Mode.ON), KILL_SWITCH: flag(KILL_SWITCH, Mode.OFF)})
    flags = StoreFlags(lambda: store, refresh_s=0.01, trusted_s=0.3)
    assert flags.wait(10)
    store.up = False
    until(lambda: "flags cannot be read" in caplog.text)
    until(lambda: not flags.current())
    assert flags.killed
    until(lambda: "tasks set by the store are off" in caplog.text)
    store.up = True
    until(lambda: "intent" in flags.current())
    flags.close()
    assert caplog.text.count("the store is down") == 1
    assert caplog.text.count("are off") == 1


def test_who_was_taken_back_stays_so_when_the_store_is_down():
    now = datetime.now(UTC)
    store = Flaky({}, {"back": (Mode.SHADOW, now), "gone": (Mode.OFF, now), "up": (Mode.ON, now)})
    flags = StoreFlags(lambda: store, refresh_s=0.01, trusted_s=0.1)
    assert flags.wait(10)
    assert set(flags.stages()) == {"back", "gone", "up"}
    store.up = False
    until(lambda: set(flags.stages()) == {"back", "gone"})
    flags.close()


def test_the_last_flags_hold_while_they_are_trusted():
    store = Flaky({"intent": flag("intent", Mode.ON)})
    flags = StoreFlags(lambda: store, refresh_s=0.01, trusted_s=600)
    assert flags.wait(10)
    store.up = False
    until(lambda: flags.failing)
    assert flags.current()["intent"].mode is Mode.ON
    flags.close()


def test_a_store_that_was_never_there_means_no_flags():
    def missing():
        raise StoreError("no such database")

    flags = StoreFlags(missing, refresh_s=0.01)
    assert flags.wait(10)
    assert flags.current() == {}
    assert not flags.killed
    flags.close()
