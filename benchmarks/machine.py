"""What figures are worth depends on where and when they were taken: facts that every result carries."""

import os
import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def machine(packages: Iterable[str] = ()) -> dict[str, Any]:
    """The machine, the date, and the versions of some packages; says so when the machine is busy."""
    load, cpus = os.getloadavg()[0], os.cpu_count() or 1
    if load > cpus / 2:
        print(f"the machine is busy (load {load:.1f} on {cpus} cores): times will not be worth much", file=sys.stderr)
    return {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cpus": cpus,
        "load_before": round(load, 2),
        "python": platform.python_version(),
        "versions": {name: found for name in ("slm-instrument", *packages) if (found := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
