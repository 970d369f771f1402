"""Addresses of stores, and where on this machine the files lie that belong to one."""

import os
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from slm_instrument.errors import ConfigError


def parse_url(url: str) -> URL:
    """Parse a store's address; ``memory://`` is SQLite in memory.

    Raises:
        ConfigError: it is no database address.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(f"{url!r} is no store address; one looks like sqlite:///calls.db") from None
    return make_url("sqlite://") if parsed.drivername == "memory" else parsed


def absolute_url(url: URL) -> URL:
    """The address, an SQLite file in it named in full: a process may change its folder before it opens the file."""
    file = sqlite_file(url)
    if file is None or file.is_absolute() or str(url.database).startswith("file:"):
        return url
    return url.set(database=str(file.absolute()))


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite address, or None for other databases and for one in memory."""
    name = (url.database or "").removeprefix("file:")
    if url.get_backend_name() != "sqlite" or name in ("", ":memory:") or url.query.get("mode") == "memory":
        return None
    return Path(name)


def in_memory(url: URL) -> bool:
    """Whether the database ends with its connection."""
    return url.get_backend_name() == "sqlite" and sqlite_file(url) is None


def shown(url: URL) -> str:
    """The address for people, a password in it masked."""
    return url.render_as_string(hide_password=True)


def short_name(url: URL) -> str:
    """A file name's beginning for what belongs to the store; the same in every process that has its address."""
    file = sqlite_file(url)
    return sha256((shown(url) if file is None else str(file.absolute())).encode()).hexdigest()[:16]


def state_folder() -> Path:
    """The user's folder for what programs keep between runs (XDG base directory specification)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()) / "slm_instrument"


def temporary_folder() -> Path:
    """A folder for temporary files that is this user's own."""
    user = os.getuid() if sys.platform != "win32" else os.environ.get("USERNAME", "")
    return Path(tempfile.gettempdir()) / f"slm_instrument-{user}"
