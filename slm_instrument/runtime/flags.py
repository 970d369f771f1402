"""Who may be answered by a student: modes by task, and the kill switch.

What counts, first to last:

1. the kill switch: ``SLM_INSTRUMENT_DISABLED=1``, read anew at every decision, or the store's flag ``*`` set to off;
2. the environment: ``SLM_INSTRUMENT_FLAGS="intent=on,3f2a=canary:0.1"``, a task by its id or its name;
3. the code: ``Substitutor(modes={"intent": "shadow"})``;
4. the store: ``slm-instrument flags set intent --mode on``, seen by every process within a second;
5. off.

A mode may have a rate, the share of the traces that students may answer: ``canary:0.1``, ``on:0.95``, ``auto:0.9``.
What the LLM answers beside that is compared with what the student would have said. In ``on`` that is called the audit:
code and environment have none unless they say so, ``slm-instrument flags set`` one of 5 %.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from slm_instrument.canonical import digest
from slm_instrument.config import disabled
from slm_instrument.errors import ConfigError
from slm_instrument.runtime.store_flags import Stage, StoreFlags
from slm_instrument.store import KILL_SWITCH, Flag, Mode

CANARY_RATE = 0.1  # of the traces, where a flag says no more than "canary", and in the canary stage of auto
AUDITED_RATE = 0.95  # the same for auto, and what `flags set` makes of "on": one trace in twenty is audited
_RATES = {Mode.CANARY: CANARY_RATE, Mode.AUTO: AUDITED_RATE, Mode.ON: 1.0}
_MODES = "off, shadow, canary, on or auto"

_log = logging.getLogger("slm_instrument.runtime")


@dataclass(frozen=True, slots=True)
class Setting:
    """A task's mode, the share of the traces that students may answer in it, and where and when it was set.

    ``set_at`` is None where that is not known, as it is not of code and environment. ``kept`` are students that have
    served under this very setting, and so go on (:mod:`slm_instrument.runtime.incumbents`).
    """

    mode: Mode
    rate: float = 1.0
    source: str = "default"
    set_at: datetime | None = None
    kept: frozenset[str] = frozenset()

    @classmethod
    def of_flag(cls, flag: Flag, kept: frozenset[str] = frozenset()) -> "Setting":
        """What a flag of the store says."""
        return cls(flag.mode, flag.rate, "store", flag.set_at, kept)


def sampled(trace_id: str, rate: float) -> bool:
    """Whether a trace is in the share that students may answer.

    Sticky: one trace always has one answer, the same for every task, and a greater share keeps every trace that the
    smaller had.
    """
    drawn = int.from_bytes(digest(b"canary", trace_id.encode(errors="replace"))[:8]) / 2**64
    return drawn < rate


class Flags:
    """The mode of every task, from environment, code and store."""

    def __init__(
        self, *, environment: Mapping[str, Setting], code: Mapping[str, Setting], store: StoreFlags | None
    ) -> None:
        self._fixed = (environment, code)
        self._store = store

    def kill_switch(self) -> str | None:
        """Who has thrown the kill switch, or None."""
        if disabled():
            return "SLM_INSTRUMENT_DISABLED is set"
        for settings in self._fixed:
            if KILL_SWITCH in settings:
                return f"{KILL_SWITCH}=off in the {settings[KILL_SWITCH].source}"
        if self._store is not None and self._store.killed:
            return "the store's kill switch is thrown"
        return None

    def of(self, task_id: str, task_name: str) -> Setting:
        """The setting of a task; the kill switch is not looked at."""
        for settings in self._fixed:
            setting = settings.get(task_id) or settings.get(task_name)
            if setting is not None:
                return setting
        flag = self._store.current().get(task_id) if self._store is not None else None
        if self._store is None or flag is None:
            return Setting(Mode.OFF)
        return Setting.of_flag(flag, self._store.kept(flag))

    def stage_of(self, bundle_id: str | None) -> Stage | None:
        """Where evidence has moved a student, and when; None where it was never moved, or that is not known."""
        return None if self._store is None else self._store.stages().get(bundle_id or "")

    def unknown(self, known: set[str]) -> list[str]:
        """Tasks named by environment or code that are in ``known`` neither by id nor by name."""
        named = {task for settings in self._fixed for task in settings}
        return sorted(named - known - {KILL_SWITCH})


def parse_flags(text: str, *, source: str = "environment") -> dict[str, Setting]:
    """Read ``task=mode[:rate],...``; a task's name may hold anything but a comma, and an equals sign.

    Raises:
        ConfigError: an entry is none of that form.
    """
    return dict(_parse_flag(entry, source) for entry in _entries(text))


def read_flags(text: str, *, source: str = "environment") -> dict[str, Setting]:
    """As :func:`parse_flags`, for a process that has to start all the same: what means nothing is an error in the log.

    Its task is off, so that the LLM answers, whatever other settings say; the source tells why. All other entries hold.
    """
    settings: dict[str, Setting] = {}
    for entry in _entries(text):
        try:
            task, setting = _parse_flag(entry, source)
        except ConfigError as error:
            task = entry.rpartition("=")[0].strip()
            setting = Setting(Mode.OFF, source=f"{source}, where {entry!r} means nothing")
            _log.error("%s; %s", error, f"{task} is off: the LLM answers" if task else "it is passed over")
        if task:
            settings[task] = setting
    return settings


def _entries(text: str) -> Iterator[str]:
    return filter(None, (part.strip() for part in text.split(",")))


def _parse_flag(entry: str, source: str) -> tuple[str, Setting]:
    task, equals, mode = entry.rpartition("=")
    if not equals or not task.strip():
        raise ConfigError(f"flag {entry!r} in the {source} is not task=mode or task=mode:rate")
    return task.strip(), _checked(task.strip(), parse_setting(mode, source=source))


def parse_modes(modes: Mapping[str, Mode | str]) -> dict[str, Setting]:
    """Read modes given in code: ``{"intent": Mode.ON, "routing": "canary:0.1"}``.

    Raises:
        ConfigError: a mode there is not.
    """
    return {task: _checked(task, parse_setting(str(mode), source="code")) for task, mode in modes.items()}


def parse_setting(text: str, *, source: str) -> Setting:
    """Read ``mode`` or ``mode:rate``.

    Raises:
        ConfigError: no such mode, or a rate that is no share.
    """
    name, colon, rate = text.strip().partition(":")
    try:
        mode = Mode(name)
    except ValueError:
        raise ConfigError(f"{name!r} in the {source} is no mode: choose {_MODES}") from None
    if not colon:
        return Setting(mode, _RATES.get(mode, 1.0), source)
    if mode not in _RATES:
        raise ConfigError(f"{text.strip()!r} in the {source}: {mode} takes no rate")
    return Setting(mode, _share(rate, text, source), source)


def _share(rate: str, text: str, source: str) -> float:
    try:
        share = float(rate)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:  # also false for nan
        raise ConfigError(f"{text.strip()!r} in the {source}: a rate is a share between 0 and 1")
    return share


def _checked(task: str, setting: Setting) -> Setting:
    if task == KILL_SWITCH and setting.mode is not Mode.OFF:
        raise ConfigError(f"{KILL_SWITCH}={setting.mode} in the {setting.source}: the kill switch can only be off")
    return setting
