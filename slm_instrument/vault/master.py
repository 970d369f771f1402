"""The user's master keys, and the hook for a key service (KMS, HSM) in their place."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from slm_instrument.canonical import digest
from slm_instrument.errors import ConfigError, StoreKeyError

KEY_BYTES = 32
_NONCE_BYTES = 12


class KeyProvider(Protocol):
    """Wraps and unwraps data keys: a local master key, or a key service asked over the network.

    It is asked when a store is opened, when keys are exchanged, and when a file for waiting calls is begun: never for a
    single call.
    """

    @property
    def name(self) -> str:
        """Names the key that wraps now; stored beside what it wrapped, so it must not be secret."""
        ...

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """Encrypt a secret of some 32 bytes; ``context`` must be given again to unwrap it."""
        ...

    def unwrap(self, wrapped: bytes, name: str, context: bytes) -> bytes:
        """Inverse of :meth:`wrap`.

        Args:
            wrapped: What it gave.
            name: What :attr:`name` said then: another key may wrap now.
            context: What it was given then.

        Raises:
            StoreKeyError: the key of that name is not to be had, or it did not wrap this.
        """
        ...


@dataclass(frozen=True, slots=True)
class MasterKey:
    """32 secret bytes."""

    secret: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "MasterKey":
        """From base64, as :func:`new_master_key` makes it.

        Raises:
            ConfigError: it is not the base64 form of 32 bytes.
        """
        try:
            secret = b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES:  # the text is not quoted: it may be a real key with one character missing
            raise ConfigError(f"a key is not the base64 form of {KEY_BYTES} bytes; `slm-instrument db key` makes one")
        return cls(secret)

    @property
    def name(self) -> str:
        """Names the key without telling it."""
        return f"local:{digest(self.secret, b'name').hex()[:16]}"

    @property
    def text(self) -> str:
        """Its base64 form, which :meth:`parse` reads."""
        return b64encode(self.secret).decode()


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Master keys held by this process: the first wraps, all unwrap. See :class:`KeyProvider`."""

    keys: Sequence[MasterKey]

    @property
    def name(self) -> str:
        """Names the first key."""
        return self.keys[0].name

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """Encrypt a secret: a random nonce, then AES-256-GCM-SIV (RFC 8452)."""
        nonce = token_bytes(_NONCE_BYTES)
        return nonce + AESGCMSIV(self.keys[0].secret).encrypt(nonce, secret, context)

    def unwrap(self, wrapped: bytes, name: str, context: bytes) -> bytes:
        """Inverse of :meth:`wrap`."""
        key = next((key for key in self.keys if key.name == name), None)
        if key is None:
            held = ", ".join(key.name for key in self.keys)
            raise StoreKeyError(f"it was encrypted with the key {name}, and the key given is {held}")
        try:
            return AESGCMSIV(key.secret).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as e:
            raise StoreKeyError(f"a key that {name} wrapped was altered") from e


def new_master_key() -> MasterKey:
    """A fresh master key."""
    return MasterKey(token_bytes(KEY_BYTES))
