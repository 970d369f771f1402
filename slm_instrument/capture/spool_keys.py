"""Spool files are encrypted too: each under a key of its own, which lies in its first line, wrapped by the store's.

The store itself may be out of reach when a call must wait, so its data keys are of no use here, only its master key.
And should that be missing too, calls must still not wait in the open nor be lost: then a spare key is made beside the
key file, and what it wrapped is read with it later.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress
from secrets import token_bytes
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from sqlalchemy import URL

from slm_instrument.addresses import sqlite_file
from slm_instrument.config import Settings
from slm_instrument.errors import ConfigError, StoreKeyError
from slm_instrument.vault import KeyProvider, keys_for
from slm_instrument.vault.sources import keys_left_behind, spare_keys

_NONCE_BYTES, _TAG_BYTES = 12, 16
_CONTEXT = b"slm_instrument spool"


class Head(NamedTuple):
    """The first line of a file: its key, wrapped, and by which."""

    key: bytes
    wrapped_by: str


def sealed_size(text: bytes) -> int:
    """How many bytes the line of a text has."""
    return (len(text) + _NONCE_BYTES + _TAG_BYTES + 2) // 3 * 4 + 1


class LineCipher:
    """Encrypts the lines of one file (AES-256-GCM-SIV, a random nonce a line, base64)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCMSIV(key)

    def seal(self, text: bytes) -> bytes:
        """A line, its end included."""
        nonce = token_bytes(_NONCE_BYTES)
        return b64encode(nonce + self._cipher.encrypt(nonce, text, None)) + b"\n"

    def open(self, line: bytes) -> bytes:
        """The text of a line.

        Raises:
            ValueError: it is torn, or was altered.
        """
        sealed = b64decode(line.rstrip(b"\n"), validate=True)
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except InvalidTag as e:
            raise ValueError("the line was altered") from e


class SpoolKeys:
    """Makes and opens the keys of spool files. What it needs is looked up when the first file is made or found.

    Args:
        url: The store's address.
        keys: What holds the store's master key; by default as for :func:`slm_instrument.store.open_store`.
    """

    def __init__(self, url: URL, keys: KeyProvider | None = None) -> None:
        self._url = url
        self._given = keys
        self._provider: KeyProvider | None = None

    def new(self) -> tuple[bytes, LineCipher]:
        """The head of a new file, and what encrypts its lines.

        Raises:
            OSError: no key can be had.
        """
        key = token_bytes(32)
        try:
            provider = self._wrapping()
            head = Head(provider.wrap(key, _CONTEXT), provider.name)
        except Exception as e:  # a key service's client may raise anything
            raise OSError(f"no key for the spool: {e}") from e
        return msgspec.json.encode(head) + b"\n", LineCipher(key)

    def open(self, head: bytes) -> LineCipher:
        """What decrypts a file with that head.

        Raises:
            StoreKeyError: it was wrapped by a key that is not to be had now.
            ValueError: it is no head.
        """
        found = msgspec.json.decode(head, type=Head)
        problem: Exception = StoreKeyError("there is no key")
        for provider in self._unwrapping():
            try:
                return LineCipher(provider.unwrap(found.key, found.wrapped_by, _CONTEXT))
            except Exception as e:  # a key service's client may raise anything
                problem = e
        raise StoreKeyError(str(problem)) from problem

    def _wrapping(self) -> KeyProvider:
        if self._provider is None:
            settings = Settings.from_env()
            file = sqlite_file(self._url)
            # A store that is still to be made is made with this key. One that is there has its own: none is made then.
            new = file is not None and not file.exists()
            try:
                self._provider = self._given or keys_for(self._url, settings, create=new)
            except (ConfigError, StoreKeyError):
                return spare_keys(self._url, settings)
        return self._provider

    def _unwrapping(self) -> Iterator[KeyProvider]:
        settings = Settings.from_env()
        with suppress(ConfigError, StoreKeyError):
            yield self._given or self._provider or keys_for(self._url, settings, create=False)
        yield from keys_left_behind(self._url, settings)
