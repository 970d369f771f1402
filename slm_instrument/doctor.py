"""What is installed, what it really does on this machine, and whether the store can be used.

Nothing is believed that can be tried: ``onnxruntime.get_device()`` says GPU on a machine without one, so a session is
made and asked which execution provider it got.
"""

import os
import platform
import stat
import sys
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from slm_instrument.config import Settings, disabled
from slm_instrument.counting import count_of
from slm_instrument.errors import ConfigError, SlmInstrumentError

if TYPE_CHECKING:
    from slm_instrument.runtime.flags import Setting
    from slm_instrument.runtime.lineup import Lineup
    from slm_instrument.runtime.store_flags import Stage
    from slm_instrument.store.sql import SqlStore

# An ONNX model of one Identity node: y = x, one float.
_TINY_MODEL = b64decode("CAgSADo3ChAKAXgSAXkiCElkZW50aXR5EgFnWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQEQ==")

_EXTRAS = {
    "analyze": ("sentence-transformers", "hdbscan"),
    "train": ("torch", "transformers", "onnx", "onnxscript", "scipy"),
    "privacy": ("presidio-analyzer", "spacy"),
    "postgres": ("psycopg",),
    "langchain": ("slm-instrument-langchain", "langchain-core"),
    "openai": ("slm-instrument-openai", "openai"),
    "otel": ("slm-instrument-otel", "opentelemetry-sdk"),
}
_ONNXRUNTIMES = ("onnxruntime-gpu", "onnxruntime")


class Health(StrEnum):
    """How a check ended. A thing that is merely not installed is MISSING, which is no fault."""

    OK = "ok"
    MISSING = "missing"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    health: Health
    detail: str


def examine(store_url: str, models: Path) -> list[Check]:
    """Look at the installation, the execution providers, the store and the students. Changes nothing."""
    return [
        _python(),
        *_packages(),
        *_execution(),
        _switch(),
        *_store(store_url),
        *_students(models),
        *_tasks(store_url, models),
    ]


def render_table(checks: list[Check]) -> Table:
    """The checks for a terminal."""
    styles = {Health.OK: "green", Health.MISSING: "dim", Health.WARNING: "yellow", Health.FAILED: "red"}
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("check", overflow="fold", min_width=20)  # ids are folded, never cut
    table.add_column("health", no_wrap=True)
    table.add_column("detail", overflow="fold")
    for check in checks:
        table.add_row(Text(check.name), Text(check.health, styles[check.health]), Text(check.detail))
    return table


def _python() -> Check:
    return Check("python", Health.OK, f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _packages() -> Iterator[Check]:
    yield Check("slm-instrument", Health.OK, version("slm-instrument"))
    for extra, packages in _EXTRAS.items():
        found = {package: _version(package) for package in packages}
        detail = ", ".join(f"{package} {number or 'not installed'}" for package, number in found.items())
        yield Check(f"[{extra}]", Health.OK if all(found.values()) else Health.MISSING, detail)


def _execution() -> Iterator[Check]:
    installed = [package for package in _ONNXRUNTIMES if _version(package)]
    if not installed:
        yield Check("[runtime]", Health.MISSING, 'onnxruntime is not installed: pip install "slm-instrument[runtime]"')
        return
    detail = ", ".join(f"{package} {_version(package)}" for package in installed)
    if len(installed) > 1:
        # Both wheels own the same folder: whichever came last has overwritten the other's libraries.
        yield Check("[runtime]", Health.FAILED, f"{detail} overwrite each other: uninstall both, then install one")
    else:
        yield Check("[runtime]", Health.OK, detail)
    yield _provider()


def _provider() -> Check:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before the import, or it writes an id under ~/.cache
    try:
        onnxruntime: Any = import_module("onnxruntime")  # it has no types
        onnxruntime.set_default_logger_severity(4)  # a GPU that is not there is a finding, not an error on stderr
        offered: list[str] = onnxruntime.get_available_providers()
        wanted = [name for name in ("CUDAExecutionProvider", "CPUExecutionProvider") if name in offered]
        got: list[str] = onnxruntime.InferenceSession(_TINY_MODEL, providers=wanted).get_providers()
    except Exception as e:  # whatever a broken installation raises is the finding
        return Check("execution provider", Health.FAILED, f"no session could be made: {type(e).__name__}: {e}")
    unused = [name for name in wanted if name not in got]
    return Check("execution provider", Health.OK, f"a session gets {got[0]}" + (f" (no {unused[0]})" if unused else ""))


def _switch() -> Check:
    if disabled():
        return Check(
            "kill switch", Health.WARNING, "SLM_INSTRUMENT_DISABLED is set: nothing is recorded or substituted"
        )
    return Check("kill switch", Health.OK, "SLM_INSTRUMENT_DISABLED is not set")


def _store(url: str) -> Iterator[Check]:
    from slm_instrument.privacy.erase import pending
    from slm_instrument.store import open_store
    from slm_instrument.store.engine import SCHEMA_VERSION

    try:
        store = open_store(url, create=False)
    except SlmInstrumentError as e:
        yield Check("store", Health.FAILED, str(e))
        return
    try:
        holds = f"{count_of(store.count_calls(), 'call')}, {count_of(len(store.tasks()), 'task')}"
        yield Check("store", Health.OK, f"{store.url}: schema {SCHEMA_VERSION}, {holds}")
        yield _key(store, url)
        if left := pending(store):
            yield Check("erasures", Health.WARNING, f"{left} are not complete: slm-instrument erase --resume")
    except SlmInstrumentError as e:
        yield Check("store", Health.FAILED, str(e))
    finally:
        store.close()


def _key(store: "SqlStore", url: str) -> Check:
    from slm_instrument.addresses import parse_url
    from slm_instrument.store.rekey import count_open
    from slm_instrument.vault import key_file_of

    detail, settings = f"wrapped by {store.key_provider.name}", Settings.from_env()
    if not settings.key_provider and not settings.key:
        file = key_file_of(parse_url(url), settings)
        detail += f" in {file}"
        if sys.platform != "win32" and (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077:
            return Check("key", Health.WARNING, f"{detail}, which others may read (mode {mode:o}): chmod 600")
    if count := count_open(store):
        detail = f"{count:,} contents are not encrypted: slm-instrument db reseal ({detail})"
        return Check("key", Health.WARNING, detail)
    return Check("key", Health.OK, f"all contents are encrypted, their keys {detail}")


def _students(models: Path) -> Iterator[Check]:
    if not models.is_dir():
        yield Check("students", Health.MISSING, f"no folder {models}")
        return
    from slm_instrument.privacy.retired import why_retired
    from slm_instrument.runtime.bundle import Bundle, find_bundles

    for path, found in find_bundles(models):
        if isinstance(found, Bundle):
            manifest = found.manifest
            if retired := why_retired(path):
                yield Check(f"student {path.name}", Health.WARNING, f"{manifest.task_name}: retired: {retired}")
                continue
            yield Check(f"student {path.name}", Health.OK, f"{manifest.task_name}: {manifest.certificate.verdict}")
        else:
            yield Check(f"student {path.name}", Health.FAILED, str(found))


def _tasks(url: str, models: Path) -> Iterator[Check]:
    """What a process with this environment would do with each task that has a mode."""
    from slm_instrument.runtime.flags import Setting, parse_flags
    from slm_instrument.runtime.fleet import Fleet
    from slm_instrument.runtime.incumbents import incumbents, kept_under
    from slm_instrument.store import KILL_SWITCH, Mode, open_store

    try:
        with closing(open_store(url, create=False)) as store:
            flags, names = store.flags(), {task.id: task.name for task in store.tasks()}
            stages, retired, known = store.stages(), store.retired_bundles(), incumbents(store, flags)
        environment = parse_flags(Settings.from_env().flags)
    except ConfigError as e:
        yield Check("flags", Health.FAILED, str(e))
        return
    except SlmInstrumentError:  # said of the store already
        return
    settings = {task_id: Setting.of_flag(flag, kept_under(flag, known)) for task_id, flag in flags.items()}
    settings |= {task: setting for task, setting in environment.items() if task not in names.values()}
    settings |= {  # of all tasks of that name, where no id says otherwise
        task_id: environment[name]
        for task_id, name in names.items()
        if name in environment and task_id not in environment
    }
    switch = settings.pop(KILL_SWITCH, None)
    if switch is not None and switch.mode is Mode.OFF:
        yield Check("flags", Health.WARNING, f"the kill switch is thrown by the {switch.source}: the LLM answers")
    wanted = {task_id: setting for task_id, setting in settings.items() if setting.mode is not Mode.OFF}
    if not wanted:
        return
    with closing(Fleet.load(models) if models.is_dir() else Fleet(())) as fleet:
        lineups = {lineup.task_id: lineup.in_service(retired) for lineup in fleet.lineups}
        for task_id, setting in wanted.items():
            health, detail = _serves(lineups.get(task_id), setting, stages, models)
            name = names.get(task_id, task_id)
            told = f"{name} ({task_id})" if list(names.values()).count(name) > 1 else name
            yield Check(f"task {told}", health, f"{setting.mode} by the {setting.source}{detail}")


def _serves(
    lineup: "Lineup | None", setting: "Setting", stages: "Mapping[str, Stage]", models: Path
) -> tuple[Health, str]:
    """Whether a student answers a task's calls, which is tried out as far as loading it."""
    from slm_instrument.runtime.serving import describe
    from slm_instrument.runtime.standing import standings

    if lineup is None:
        return Health.WARNING, f": the LLM answers, as no student is in {models}"
    if lineup.first.unusable is not None:
        return Health.WARNING, f": the LLM answers, as {lineup.first.unusable[1]}"
    standing = standings(lineup.servables, setting, lambda bundle_id: stages.get(bundle_id or "")).serving
    if standing is None:
        return Health.WARNING, ": the LLM answers, as evidence has withdrawn each student (flags history says why)"
    started = perf_counter()
    try:
        standing.student.student()
    except Exception as e:  # whatever a broken installation or model raises is the finding
        return Health.FAILED, f": student {standing.student.bundle_id} cannot be loaded: {describe(e)}"
    loaded = f"student {standing.student.bundle_id} loads in {perf_counter() - started:.2f} s"
    if standing.mode is setting.mode:
        return Health.OK, f": {loaded}"
    taken_back = setting.mode != "auto"
    return Health.WARNING if taken_back else Health.OK, f", {standing.mode} on evidence: {loaded}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
