"""Commands as a user runs them, each a process of its own: how long, and how much memory at most."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.finding.labelled import REPOSITORY

_LOOK_S = 0.05
_SAY_S = 60.0
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended or was killed; ``peak_rss_mib`` is of it and of those it started, together."""

    seconds: float
    peak_rss_mib: int


def slm_instrument(*arguments: str | Path, said: Callable[[str], object] = str, kill_after: float | None = None) -> Ran:
    """Run a command of the command line; what it prints is thrown away. See :func:`watched`."""
    return watched([sys.executable, "-m", "slm_instrument", *map(str, arguments)], said=said, kill_after=kill_after)


def watched(command: Sequence[str], *, said: Callable[[str], object] = str, kill_after: float | None = None) -> Ran:
    """Run a command and look at its memory twenty times a second.

    Args:
        command: the program and its arguments.
        said: told once a minute how far it is.
        kill_after: seconds after which it gets ``kill -9``.

    Raises:
        RuntimeError: it failed, and was not killed; the text is the end of what it said.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=errors)
        started, say_at, peak, seconds = time.perf_counter(), _SAY_S, 0, 0.0
        while process.poll() is None:
            peak = max(peak, _resident_mib(process.pid))
            seconds = time.perf_counter() - started
            if kill_after is not None and seconds >= kill_after:
                process.kill()
            if seconds >= say_at:
                said(f"{seconds:.0f} s, {peak:,} MiB")
                say_at += _SAY_S
            time.sleep(_LOOK_S)
        if process.returncode and kill_after is None:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {errors.read()[-2_000:].decode(errors='replace').strip()}")
    return Ran(round(seconds, 2), peak)


def _resident_mib(pid: int) -> int:
    try:
        root = psutil.Process(pid)
        return sum(process.memory_info().rss for process in (root, *root.children(recursive=True))) // _MIB
    except psutil.Error:  # it ended meanwhile
        return 0
