"""Where the master key of a store comes from.

In this order: ``$SLM_INSTRUMENT_KEY_PROVIDER``, the hook for a key service; ``$SLM_INSTRUMENT_KEY``;
``$SLM_INSTRUMENT_KEY_FILE``; the key file that was made when the store was, beside an SQLite database
(``calls.db.key``) or, for a server, in the user's state folder. A file holds one key a line: the first wraps, the
others still open what they wrapped.
"""

import logging
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from sqlalchemy import URL

from slm_instrument.addresses import in_memory, short_name, shown, sqlite_file, state_folder, temporary_folder
from slm_instrument.config import Settings
from slm_instrument.errors import ConfigError, StoreKeyError
from slm_instrument.vault.master import KeyProvider, MasterKey, MasterKeys, new_master_key

logger = logging.getLogger("slm_instrument")


def keys_for(url: URL, settings: Settings, *, create: bool) -> KeyProvider:
    """The master keys of the store at an address.

    Args:
        url: Its address.
        settings: Which may say where the keys are.
        create: Make a key file where none was named and none is there.

    Raises:
        ConfigError: what is set is no key.
        StoreKeyError: there is no key.
    """
    if settings.key_provider:
        return _provider(settings.key_provider)
    if settings.key:
        return MasterKeys([MasterKey.parse(part) for part in settings.key.split(",")])
    if in_memory(url):
        return MasterKeys([new_master_key()])  # and ends with it
    file = key_file_of(url, settings)
    if create and not file.exists():
        _make(file, shown(url))
    return read_key_file(file)


def key_file_of(url: URL, settings: Settings) -> Path:
    """The file that holds the store's keys, when no setting gives the key itself."""
    return Path(settings.key_file) if settings.key_file else _made_with(url)


def spare_keys(url: URL, settings: Settings) -> KeyProvider:
    """A key for what must be encrypted while the store's own cannot be had; made where there is none yet.

    Raises:
        StoreKeyError: no folder can be written.
    """
    problem = StoreKeyError("no folder for a key")
    for file in _spares(url, settings):
        try:
            if not file.exists():
                _make(file, f"what waits for {shown(url)}")
            return read_key_file(file)
        except StoreKeyError as e:
            problem = e
    raise problem


def keys_left_behind(url: URL, settings: Settings) -> Iterator[KeyProvider]:
    """Keys that may have encrypted what waits for the store, beside the one that counts now."""
    for file in (_made_with(url), *_spares(url, settings)):
        if file.exists():
            with suppress(ConfigError, StoreKeyError):
                yield read_key_file(file)


def _spares(url: URL, settings: Settings) -> list[Path]:
    """Where a spare key may lie, as spool files do: beside the key, and where that folder cannot be written."""
    file = key_file_of(url, settings)
    name = f"{short_name(url)}.key.spare"
    return [file.with_name(f"{file.name}.spare"), state_folder() / "keys" / name, temporary_folder() / name]


def _made_with(url: URL) -> Path:
    """Where the key file lies that is made with a store."""
    file = sqlite_file(url)
    if file is not None:
        return file.with_name(f"{file.name}.key")
    return state_folder() / "keys" / f"{short_name(url)}.key"


def read_key_file(file: Path) -> MasterKeys:
    """The keys in a file.

    Raises:
        ConfigError: it holds something else.
        StoreKeyError: it is not there, or cannot be read.
    """
    try:
        text = file.read_text("ascii")
        mode = file.stat().st_mode
    except OSError as e:
        raise StoreKeyError(f"its key cannot be read from {file} ({e.strerror}); a copy may be elsewhere: set "
                            "SLM_INSTRUMENT_KEY_FILE") from e  # fmt: skip
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is no key file") from None
    if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        logger.warning("slm_instrument: the key file %s can be read by others than its owner", file)
    keys = [MasterKey.parse(line) for line in text.split()]
    if not keys:
        raise ConfigError(f"the key file {file} is empty")
    return MasterKeys(keys)


def write_key_file(file: Path, keys: MasterKeys, *, replace: bool) -> bool:
    """Write keys into a file for its owner only, all or nothing; False when it is there and may not be replaced."""
    file = file.resolve()  # of a link, what it leads to
    text = "".join(f"{key.text}\n" for key in keys.keys)
    made = file.with_name(f"{file.name}.{token_hex(4)}.new")
    descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, stat.S_IRUSR | stat.S_IWUSR)
    try:
        if replace:
            with suppress(OSError):  # another user's, whose application reads it
                before = file.stat()
                os.fchown(descriptor, before.st_uid, before.st_gid)
        with os.fdopen(descriptor, "w", encoding="ascii") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        if replace:
            made.replace(file)
        else:
            os.link(made, file)  # fails where another process was faster, and its key must be the one
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            made.unlink()
    _sync_folder(file.parent)
    return True


def _make(file: Path, store: str) -> None:
    keys = MasterKeys([new_master_key()])
    try:
        if file.parent in (state_folder() / "keys", temporary_folder()):  # ours to make
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = write_key_file(file, keys, replace=False)
    except OSError as e:
        raise StoreKeyError(f"no key file can be made at {file} ({e.strerror}); set SLM_INSTRUMENT_KEY") from e
    if made:
        logger.info("slm_instrument: %s is encrypted with a new key in %s: without it nobody can read it", store, file)


def _provider(name: str) -> KeyProvider:
    module, _, attribute = name.partition(":")
    try:
        found: Any = getattr(import_module(module), attribute)
        made: Any = found() if callable(found) else found
    except Exception as e:  # whatever the user's own code raises
        raise ConfigError(f"SLM_INSTRUMENT_KEY_PROVIDER={name!r} gives no key provider: {type(e).__name__}: {e}") from e
    if not all(hasattr(made, each) for each in ("name", "wrap", "unwrap")):
        raise ConfigError(f"SLM_INSTRUMENT_KEY_PROVIDER={name!r} gives {made!r}, which cannot wrap and unwrap")
    return cast("KeyProvider", made)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable: a database encrypted with a key that a power cut took is lost."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
