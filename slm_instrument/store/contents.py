"""How a text becomes a row: JSON bytes, a keyed digest as its name, compression.

The digest is keyed with a random key of the database, so that nobody can confirm a guessed text by hashing it without
that key, and it is computed by the writer: rows can be inserted in bulk, by several processes at once, with
``ON CONFLICT DO NOTHING`` and without asking the database for ids first.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import zstandard

from slm_instrument.canonical import digest, faithful_json
from slm_instrument.records import Message


class Codec(IntEnum):
    """How ``contents.data`` is encoded. Numbers are never reused."""

    RAW = 0
    ZSTD = 1


CONTENT_COLUMNS = ("id", "codec", "size", "data")
NODE_COLUMNS = ("id", "parent_id", "content_id", "depth")

ContentRow = tuple[bytes, int, int, bytes]
NodeRow = tuple[bytes, bytes | None, bytes, int]

_MIN_COMPRESSED = 64  # bytes; below, zstd's frame costs more than it saves
_KNOWN = 50_000  # digests remembered as written; 16 bytes each and a dict entry: about 6 MB

_local = threading.local()  # zstd contexts are not shared between threads


@dataclass(slots=True)
class Rows:
    """What a batch of calls needs in ``contents`` and ``nodes``, by id, each once."""

    contents: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])  # as they are, not encoded yet
    nodes: dict[bytes, NodeRow] = field(default_factory=dict[bytes, NodeRow])

    def content_rows(self) -> list[ContentRow]:
        """The rows of ``contents``."""
        encoded = encode(list(self.contents.values()))
        return [
            (id, int(codec), len(raw), data)
            for (id, raw), (codec, data) in zip(self.contents.items(), encoded, strict=True)
        ]


class Encoder:
    """Turns values into rows, leaving out what it knows to be in the database already."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def content(self, value: Any, rows: Rows) -> bytes:
        """Add the value's row when it may be new; returns its id."""
        raw = faithful_json(value)
        id = digest(self._key, raw)
        if id not in self._known and id not in rows.contents:
            rows.contents[id] = raw
        return id

    def prompt(self, messages: Iterable[Message], rows: Rows) -> bytes | None:
        """Add the nodes of a prompt; returns the id of the last, or None for an empty prompt."""
        parent: bytes | None = None
        for depth, message in enumerate(messages, 1):
            content_id = self.content(message.to_openai(), rows)
            id = digest(self._key, parent or b"", content_id)
            if id not in self._known and id not in rows.nodes:
                rows.nodes[id] = (id, parent, content_id, depth)
            parent = id
        return parent

    def pseudonym(self, origin: str) -> str:
        """The keyed pseudonym under which an origin is stored."""
        return digest(self._key, b"origin", origin.encode("utf-8", "surrogatepass")).hex()

    def remember(self, rows: Rows) -> None:
        """Rows that are now committed need not be written again."""
        known = self._known
        for id in (*rows.contents, *rows.nodes):
            known[id] = None
        while len(known) > _KNOWN:
            known.popitem(last=False)

    def forget(self) -> None:
        """Take nothing for granted any more: the database may have changed under us."""
        self._known.clear()


def encode(raws: Sequence[bytes]) -> list[tuple[Codec, bytes]]:
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


def decode(codec: int, data: bytes, size: int) -> bytes:
    """Inverse of :func:`encode`.

    Raises:
        ValueError: an unknown codec (a newer version wrote it) or damaged data.
    """
    if codec == Codec.RAW:
        return bytes(data)
    if codec == Codec.ZSTD:
        try:
            return _decompressor().decompress(data, max_output_size=size)
        except zstandard.ZstdError as e:
            raise ValueError(f"damaged content: {e}") from e
    raise ValueError(f"content of unknown codec {codec}")


def _compressor() -> zstandard.ZstdCompressor:
    if not hasattr(_local, "compressor"):
        # Level 3 packs prompts 3-4x at some 200 MB/s; the size is stored beside the data, so not in each frame.
        _local.compressor = zstandard.ZstdCompressor(level=3, write_content_size=False)
    return _local.compressor


def _decompressor() -> zstandard.ZstdDecompressor:
    if not hasattr(_local, "decompressor"):
        _local.decompressor = zstandard.ZstdDecompressor()
    return _local.decompressor
