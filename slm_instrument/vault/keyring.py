"""The data keys of one store, unwrapped: seals contents, names them, gives origins their pseudonyms."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from slm_instrument.canonical import digest
from slm_instrument.errors import StoreError, StoreKeyError
from slm_instrument.vault.master import KEY_BYTES, KeyProvider

DATA = "data"  # seals contents, and keys origins
DIGEST = "digest"  # names contents: never exchanged, or what is stored already would be stored again
UNSEALED = 0  # the key number of contents that were written before there were keys

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Secret:
    """A key of the database as it lies there: wrapped by the master key of that name."""

    number: int
    purpose: str
    wrapped: bytes
    wrapped_by: str

    @classmethod
    def wrap(cls, provider: KeyProvider, number: int, purpose: str, secret: bytes | None = None) -> "Secret":
        """Wrap a secret, a fresh random one by default."""
        secret = token_bytes(KEY_BYTES) if secret is None else secret
        with _provider_errors():
            return cls(number, purpose, provider.wrap(secret, _context(number, purpose)), provider.name)

    def unwrap(self, provider: KeyProvider) -> bytes:
        """The secret itself.

        Raises:
            StoreKeyError: the provider has not the key that wrapped it.
        """
        with _provider_errors():
            return provider.unwrap(self.wrapped, self.wrapped_by, _context(self.number, self.purpose))


class Keyring:
    """What a process needs of a store's keys. The newest data key seals, all open.

    Contents are sealed by AES-256-GCM-SIV (RFC 8452). The nonce comes from the content's name, a keyed digest of its
    text, so it need not be stored; should two names begin alike, this mode tells only whether the contents are equal.

    Args:
        provider: Holds the master key.
        secrets: The rows of the database.
        known: A keyring of the same store; what it has need not be unwrapped again.

    Raises:
        StoreKeyError: the provider's key is not that of the store.
    """

    def __init__(self, provider: KeyProvider, secrets: Iterable[Secret], known: "Keyring | None" = None) -> None:
        self._ciphers: dict[int, AESGCMSIV] = dict(known._ciphers) if known else {}
        self._origin_keys: dict[int, bytes] = dict(known._origin_keys) if known else {}
        digest_key = known.digest_key if known else None
        for secret in secrets:
            if secret.purpose == DIGEST:
                digest_key = digest_key or secret.unwrap(provider)
            elif secret.number not in self._ciphers:
                raw = secret.unwrap(provider)
                self._ciphers[secret.number] = AESGCMSIV(_derived(raw, b"contents"))
                self._origin_keys[secret.number] = _derived(raw, b"origins")
        if digest_key is None or not self._ciphers:
            raise StoreKeyError("its data keys are gone")
        self.digest_key = digest_key
        self.newest = max(self._ciphers)

    def __contains__(self, number: int) -> bool:
        """Whether what that data key sealed can be opened."""
        return number == UNSEALED or number in self._ciphers

    def seal(self, name: bytes, data: bytes, bound: bytes) -> bytes:
        """Encrypt under the newest data key.

        Args:
            name: 16 bytes, the keyed digest of what ``data`` stands for.
            data: What to encrypt; 16 bytes more come out.
            bound: What else must be the same when it is opened.
        """
        return self._ciphers[self.newest].encrypt(name[:_NONCE_BYTES], data, name[_NONCE_BYTES:] + bound)

    def open(self, number: int, name: bytes, data: bytes, bound: bytes) -> bytes:
        """Inverse of :meth:`seal`, under the data key of that number.

        Raises:
            StoreError: it was altered or moved.
            StoreKeyError: there is no such data key.
        """
        if number == UNSEALED:
            return data
        cipher = self._ciphers.get(number)
        if cipher is None:
            raise StoreKeyError(f"the data key {number} is gone")
        try:
            return cipher.decrypt(name[:_NONCE_BYTES], data, name[_NONCE_BYTES:] + bound)
        except (InvalidTag, ValueError) as e:
            raise StoreError(f"the content {name.hex()} was altered") from e

    def pseudonym(self, origin: str) -> str:
        """The keyed pseudonym under which an origin is written now."""
        return _keyed(self._origin_keys[self.newest], origin)

    def pseudonyms(self, origin: str) -> list[str]:
        """All pseudonyms under which it may have been written: one a data key there ever was, the newest first."""
        numbers = sorted(self._origin_keys, reverse=True)
        before_keys = digest(self.digest_key, b"origin", _utf8(origin)).hex()  # as schema 0001 had them
        return [*(_keyed(self._origin_keys[number], origin) for number in numbers), before_keys]


@contextmanager
def _provider_errors() -> Generator[None]:
    """Whatever a key service's client raises is a store that cannot be used now, and no fault of the calls."""
    try:
        yield
    except StoreKeyError:
        raise
    except Exception as e:
        raise StoreKeyError(f"the key provider failed: {type(e).__name__}") from e


def _keyed(key: bytes, origin: str) -> str:
    return digest(key, _utf8(origin)).hex()


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"slm_instrument " + purpose).derive(secret)


def _context(number: int, purpose: str) -> bytes:
    return f"slm_instrument secret {number} {purpose}".encode()
