"""Bodies that came compressed, made readable again: gzip, deflate, zstd, and br where ``brotli`` is installed."""

import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

import zstandard


def decoded(chunks: Sequence[bytes], encoding: str) -> list[bytes] | None:
    """The chunks of a body without its content encodings, one for one, as far as they can be read.

    Args:
        chunks: The body, whole or broken off.
        encoding: The header ``Content-Encoding``; empty for none.

    Returns:
        As many chunks; None for an encoding that cannot be read here.
    """
    found = list(chunks)
    for name in reversed([name for part in encoding.split(",") if (name := part.strip().lower())]):
        if name == "identity":
            continue
        decode = _decoder(name)
        if decode is None:
            return None
        found = _as_far_as_possible(decode, found)
    return found


def _decoder(name: str) -> Callable[[bytes], bytes] | None:
    if name in ("gzip", "x-gzip"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress
    if name == "deflate":
        return _Deflate().decompress
    if name == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress
    return _brotli() if name == "br" else None


class _Deflate:
    """Deflate with or without zlib's header: servers send either."""

    def __init__(self) -> None:
        self._inner: Any = None

    def decompress(self, data: bytes) -> bytes:
        if self._inner is None:
            self._inner = zlib.decompressobj()
            try:
                return self._inner.decompress(data)
            except zlib.error:
                self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
        return self._inner.decompress(data)


def _brotli() -> Callable[[bytes], bytes] | None:
    for name in ("brotli", "brotlicffi"):
        try:
            found: Any = import_module(name).Decompressor()
        except ImportError:
            continue
        return getattr(found, "decompress", None) or found.process
    return None


def _as_far_as_possible(decode: Callable[[bytes], bytes], chunks: list[bytes]) -> list[bytes]:
    found: list[bytes] = []
    with suppress(Exception):  # every library has errors of its own; what came before the damage is good
        found.extend(map(decode, chunks))
    return found + [b""] * (len(chunks) - len(found))
