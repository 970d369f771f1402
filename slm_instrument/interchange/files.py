"""Files as streams of bytes: plain, gzip or zstandard, told by their first bytes, not by their names.

The decompressors are driven by hand because a file that ends inside its compressed data, as an interrupted upload does,
must not pass for a whole one: zstandard's stream reader ends silently there.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

from slm_instrument.errors import InputError

CHUNK_BYTES = 1 << 16  # of the stored file: repetitive logs expand a hundredfold, so a chunk stays some megabytes
MAX_WINDOW_BYTES = 1 << 31  # what `zstd --long=31` writes

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class DamagedFileError(Exception):
    """A file that cannot be read to its end; what came before has been read."""


class LogFile:
    """The bytes of a file, decompressed. ``bytes_read`` of its ``size`` bytes, as stored, have been read so far.

    Raises:
        InputError: there is no such file, or it may not be read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.bytes_read = 0
        try:
            with self.path.open("rb"):
                self.size = self.path.stat().st_size
        except OSError as error:
            raise _unreadable(self.path, error) from error

    @property
    def is_csv(self) -> bool:
        """Whether the name says that this is a table: ``.csv``, compressed or not."""
        return ".csv" in self.path.suffixes[-2:]

    def chunks(self) -> Iterator[bytes]:
        """The content without a byte order mark, some kilobytes to some megabytes at a time.

        Raises:
            InputError: the file cannot be read on.
            DamagedFileError: its compressed data is broken or cut short.
        """
        try:
            with self.path.open("rb") as file:
                chunks = _decompressed(self._stored(file))
                yield next(chunks, b"").removeprefix(_BYTE_ORDER_MARK)
                yield from chunks
        except OSError as error:
            raise _unreadable(self.path, error) from error
        except (zlib.error, zstandard.ZstdError) as error:
            raise DamagedFileError(f"the compressed data is broken ({error})") from error

    def _stored(self, file: BinaryIO) -> Iterator[bytes]:
        while chunk := file.read(CHUNK_BYTES):
            self.bytes_read += len(chunk)
            yield chunk


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _gzip() -> _Decompressor:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def _zstd() -> _Decompressor:
    return zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).decompressobj()


def _decompressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks, b"")
    whole = chain((first,), chunks)
    if first.startswith(_GZIP_MAGIC):
        return _members(_gzip, whole)
    if first.startswith(_ZSTD_MAGIC):
        return _members(_zstd, whole)
    return whole


def _members(make: Callable[[], _Decompressor], chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress what may be several compressed files one after another, as parallel compressors and `cat` make."""
    member = None
    for chunk in chunks:
        data = chunk
        while data := data if member else data.lstrip(b"\0"):  # zeros between members are padding
            member = member or make()
            if out := member.decompress(data):
                yield out
            if not member.eof:
                break
            data, member = member.unused_data, None
    if member:
        raise DamagedFileError("the file ends inside its compressed data")


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"cannot read {path}: {error.strerror or error}")
