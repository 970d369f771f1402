"""How a text lies in a row: JSON bytes, compressed, then encrypted under a data key of the store."""

import threading
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any

import zstandard

from slm_instrument.errors import StoreError
from slm_instrument.vault.keyring import Keyring


class Codec(IntEnum):
    """How the text of a row is encoded before it is encrypted. Numbers are never reused."""

    RAW = 0
    ZSTD = 1


class State(IntEnum):
    """How far redaction has come with a content. Numbers are never reused."""

    OPEN = 0  # looked through at write, for what has a form: addresses, numbers, keys
    HELD = 1  # the same, and not to be read out before names were looked for too
    PASSED = 2  # names were looked for


CONTENT_COLUMNS = ("id", "codec", "size", "key_number", "state", "data")

ContentRow = tuple[bytes, int, int, int, int, bytes]

_MIN_COMPRESSED = 64  # bytes; below, zstd's frame costs more than it saves

_local = threading.local()  # zstd contexts are not shared between threads


def sealed(keyring: Keyring, raws: Iterable[tuple[bytes, bytes]]) -> list[tuple[Codec, int, bytes]]:
    """Texts by their names, as they lie in rows: codec, key number, data."""
    named = list(raws)
    packed = compressed([raw for _, raw in named])
    return [
        (codec, keyring.newest, keyring.seal(name, data, _bound(codec, len(raw))))
        for (name, raw), (codec, data) in zip(named, packed, strict=True)
    ]


def opened(keyring: Keyring, name: bytes, codec: int, size: int, key_number: int, data: bytes) -> bytes:
    """The text of a row.

    Raises:
        StoreError: it was altered, or a newer version wrote it.
        StoreKeyError: its data key is gone.
    """
    packed = keyring.open(key_number, name, bytes(data), _bound(codec, size))
    if codec == Codec.RAW:
        return packed
    if codec != Codec.ZSTD:
        raise StoreError(f"the content {name.hex()} is of unknown codec {codec}")
    try:
        return _decompressor().decompress(packed, max_output_size=size)
    except zstandard.ZstdError as e:
        raise StoreError(f"the content {name.hex()} is damaged: {e}") from e


def compressed(raws: Sequence[bytes]) -> list[tuple[Codec, bytes]]:
    """Compress where it pays.

    All in one go: each time the compressor is called it gives up the interpreter lock, and where the agent computes
    meanwhile it is 5 ms until the writer has it again.
    """
    packed: list[Any] = list(raws)
    worth = [at for at, raw in enumerate(raws) if len(raw) >= _MIN_COMPRESSED]
    if worth:
        made: Any = _compressor().multi_compress_to_buffer([raws[at] for at in worth])
        for at, segment in zip(worth, made, strict=True):
            if len(segment) < len(raws[at]):
                packed[at] = segment.tobytes()
    return [(Codec.RAW if data is raw else Codec.ZSTD, data) for raw, data in zip(raws, packed, strict=True)]


def _bound(codec: int, size: int) -> bytes:
    return bytes((codec,)) + size.to_bytes(8, "little")


def _compressor() -> zstandard.ZstdCompressor:
    if not hasattr(_local, "compressor"):
        # Level 3 packs prompts 3-4x at some 200 MB/s; the size is stored beside the data, so not in each frame.
        _local.compressor = zstandard.ZstdCompressor(level=3, write_content_size=False)
    return _local.compressor


def _decompressor() -> zstandard.ZstdDecompressor:
    if not hasattr(_local, "decompressor"):
        _local.decompressor = zstandard.ZstdDecompressor()
    return _local.decompressor
