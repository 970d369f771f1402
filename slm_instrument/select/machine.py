"""The machine that a student will run on: its cores, its memory, and how fast they are, by a probe of one second.

The probe runs on one core and keeps the best of many short tries, so that a busy machine is measured nearly as a quiet
one (measured: 92 of 93 GFLOP/s at a load of six on two cores). Speed is remembered for the machine; free memory is not.
"""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from slm_instrument.errors import MissingExtraError

_PROBE_SECONDS = 0.4  # each of the two
_SIDE = 256  # of the matrices: they fit the second cache of any core
_BYTES = 1 << 27  # read through: more than the last cache of most processors


class Speed(msgspec.Struct, frozen=True):
    """What one core does: multiplications and additions of float32 matrices, and bytes read from memory."""

    gflops: float
    gigabytes: float  # a second


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores, memory in bytes, and the speed of a core; ``accelerator`` is the name of a GPU that torch can use.

    ``free_memory`` is None where the system does not say.
    """

    cores: int
    free_memory: int | None
    speed: Speed
    accelerator: str | None = None


def this_machine() -> Machine:
    """Measure this machine, or take its speed from the last time.

    Raises:
        MissingExtraError: threadpoolctl is not installed, without which one core cannot be measured alone.
    """
    return Machine(
        cores=_cores(),
        free_memory=_free_memory(),
        speed=known_speed(_cache()),
        accelerator=_accelerator(),
    )


def known_speed(file: Path) -> Speed:
    """The speed of this kind of machine by a file of results; measured and added to it when it is not there."""
    kind = f"{platform.machine()} {_processor()} numpy {np.__version__}"
    try:
        known = msgspec.json.decode(file.read_bytes(), type=dict[str, Speed])
    except (OSError, msgspec.DecodeError):
        known = {}
    if kind not in known:
        known[kind] = measure()
        _write(file, msgspec.json.encode(known))
    return known[kind]


def measure() -> Speed:
    """Measure one core, for about a second.

    Raises:
        MissingExtraError: threadpoolctl is not installed.
    """
    try:
        from threadpoolctl import threadpool_limits  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise MissingExtraError("analyze", "the measurement of this machine") from error
    square = np.full((_SIDE, _SIDE), 0.5, np.float32)
    table = np.full((_BYTES // 4096 // 4, 4096), 0.5, np.float32)
    row = np.ones(4096, np.float32)
    with threadpool_limits(1):
        multiplying = _best(lambda: square @ square)
        reading = _best(lambda: table @ row)
    return Speed(2 * _SIDE**3 / multiplying / 1e9, table.nbytes / reading / 1e9)


def _best(work: Callable[[], Any]) -> float:
    """The seconds of the fastest of many runs."""
    best, end = float("inf"), time.perf_counter() + _PROBE_SECONDS
    while (start := time.perf_counter()) < end:
        work()
        best = min(best, time.perf_counter() - start)
    return best


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_memory() -> int | None:
    """What is available, no more than what a container is given; half of all memory where only that is known."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        if not hasattr(os, "sysconf"):
            return None
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    limit = _container_limit()
    return found if limit is None else min(found, limit)


def _container_limit() -> int | None:
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no cgroup, or "max"
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def _accelerator() -> str | None:
    # torch takes seconds to import, and says of a build with CUDA alone nothing of a GPU.
    if not Path("/proc/driver/nvidia/version").exists():
        return None
    try:
        import torch
    except ImportError:
        return None
    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "slm_instrument" / "speed.json"


def _write(file: Path, data: bytes) -> None:
    """Keep the result where that is possible; a home that cannot be written to costs a second each time."""
    aside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(data)
        aside.replace(file)
    except OSError:
        return
