"""Joining a Ray cluster, or starting one on this machine."""

import logging
import os
import shutil
import socket
import sys
import tempfile
import warnings
import weakref
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from secrets import token_hex
from typing import Any

from slm_instrument.errors import ConfigError, MissingExtraError

SHARED_BYTES = 1 << 30  # of memory for what passes between processes, in a cluster of our own
CONNECT_S = 10.0
HELD_BYTES = 256 << 20  # of a pipeline's results that nobody has asked for yet, from which on its workers wait

# Ray writes of dying workers to standard output, which is the job's own.
_SILENT = {"RAY_DEDUP_LOGS_SKIP_REGEX": "^"}


class Cluster:
    """The Ray cluster that this process is connected to already, or else comes to be; that one can be left.

    Args:
        address: Of the cluster to join; None: one is started, and ends when it is left.
        cores: Of the cluster that is started. Default: this machine's.

    Raises:
        MissingExtraError: Ray is not installed.
        ConfigError: the cluster cannot be reached.
    """

    def __init__(self, address: str | None, cores: int | None = None) -> None:
        self.leave: Callable[[], object] = _stay
        with _environment(_SILENT if address else _of_our_own()):
            self.ray = _imported()
            if not self.ray.is_initialized():
                folder = _folder() if not address else None
                self.leave = weakref.finalize(self, _leave, self.ray, folder)
                if address:
                    _join(self.ray, address)
                else:
                    _start(self.ray, folder, cores)
        self.cores = max(1, int(self.ray.cluster_resources().get("CPU", 1)))
        self._context = _context(self.ray)

    @contextmanager
    def settings(self) -> Generator[None]:
        """Pipelines made inside have our settings; those that the process makes elsewhere keep theirs."""
        with self.ray.data.DataContext.current(self._context), warnings.catch_warnings():
            # The number of attempts is among what Ray Data deprecates, and there is nothing in its place: without it,
            # work that kills its worker is tried again for ever.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield


@cache  # Ray reads most of it once in a process
def _of_our_own() -> Mapping[str, str]:
    """What a cluster of our own starts with.

    By default Ray reports its use, its processes listen on every network interface (the second name is Ray's for that
    which leaves the loopback), and the token without which they run no code for a stranger is kept in the user's home.
    Work that fills the memory is tried again for ever. A process that knows Ray already may have it so.
    """
    if "ray" in sys.modules:
        return _SILENT
    return {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token_hex(32),
        "RAY_task_oom_retries": "3",
        **_SILENT,
    }


def _imported() -> Any:
    try:
        ray = import_module("ray")
        import_module("ray.data")
    except ImportError as error:
        raise MissingExtraError("scale", "the engine ray") from error
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # a line a pipeline, and tracebacks of what it raises, too
    return ray


def _join(ray: Any, address: str) -> None:
    try:
        _reach(address)
        ray.init(address=address, **_quiet())
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ConfigError(f"the Ray cluster at {address} cannot be joined: {reason}") from error


def _reach(address: str) -> None:
    """Fail where nobody listens; Ray would try for 14 minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()


def _start(ray: Any, folder: str | None, cores: int | None) -> None:
    ray.init(
        address="local",  # not one that somebody else has started on this machine
        num_cpus=cores,
        object_store_memory=SHARED_BYTES,
        include_dashboard=False,
        _temp_dir=folder,
        **_quiet(),
    )


def _quiet() -> dict[str, Any]:
    return {"log_to_driver": False, "logging_level": logging.ERROR}


def _folder() -> str:
    """A folder for sockets and logs that only this user can read; not where pytest or macOS would have it: too deep."""
    base = os.environ.get("RAY_TMPDIR") or ("/tmp" if os.path.isdir("/tmp") else None)
    return tempfile.mkdtemp(prefix="slm-ray-", dir=base)


def _leave(ray: Any, folder: str | None) -> None:
    ray.shutdown()
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)  # processes that are about to end may still write there


def _stay() -> None:
    """The cluster is not ours to leave."""


def _context(ray: Any) -> Any:
    data = ray.data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Ray sets deprecated settings when it makes this object
        context = data.DataContext.get_current().copy()
    limits = data.ExecutionResources.for_limits(object_store_memory=HELD_BYTES)
    context.execution_options = data.ExecutionOptions(resource_limits=limits, preserve_order=True)
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    return context


@contextmanager
def _environment(values: Mapping[str, str]) -> Generator[None]:
    """Set what is not set, for as long as Ray starts: its processes inherit it, ours does not keep it."""
    added = [name for name in values if name not in os.environ]
    os.environ.update({name: values[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
