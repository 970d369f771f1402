"""Files of one JSON object a line: plain, gzip or zstandard, read as a stream, bad lines reported and passed over.

Compression is told by the file's first bytes, not by its name. The decompressors are driven by hand because a file
that ends inside its compressed data, as an interrupted upload does, must not pass for a whole one: zstandard's stream
reader ends silently there.
"""

import logging
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec
import zstandard

from slm_instrument.errors import InputError
from slm_instrument.records import Call

CHUNK_BYTES = 1 << 16  # of the stored file: repetitive logs expand a hundredfold, so a chunk stays some megabytes
MAX_WINDOW_BYTES = 1 << 31  # what `zstd --long=31` writes

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not a call: the file's name, the line's number from 1, and what is wrong with it."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


OnBad = Callable[[BadLine], None]


def log_bad(bad: BadLine) -> None:
    """Report a bad line as a warning of this package's logger."""
    _log.warning("skipped %s", bad)


class DamagedFileError(Exception):
    """A compressed file that cannot be read to its end; what came before has been read."""


class LineFile:
    """The lines of a file, decompressed. ``bytes_read`` of its ``size`` bytes, as stored, have been read so far.

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

    def __iter__(self) -> Iterator[bytes]:
        """The lines without their ends.

        Raises:
            InputError: the file cannot be read on.
            DamagedFileError: its compressed data is broken or cut short.
        """
        try:
            with self.path.open("rb") as file:
                lines = _split(_decompressed(self._chunks(file)))
                yield next(lines).removeprefix(_BYTE_ORDER_MARK)
                yield from lines
        except OSError as error:
            raise _unreadable(self.path, error) from error
        except (zlib.error, zstandard.ZstdError) as error:
            raise DamagedFileError(f"the compressed data is broken ({error})") from error

    def _chunks(self, file: BinaryIO) -> Iterator[bytes]:
        while chunk := file.read(CHUNK_BYTES):
            self.bytes_read += len(chunk)
            yield chunk


def calls_in(
    lines: LineFile, convert: Callable[[Any], Call], *, strict: bool = False, on_bad: OnBad = log_bad
) -> Iterator[Call]:
    """The calls in a file, each line's JSON given to ``convert``. Blank lines are nothing.

    Args:
        lines: the file.
        convert: makes a call of a parsed line, or raises InputError with the reason why it is none.
        strict: stop at the first bad line.
        on_bad: told of every bad line that is skipped.

    Raises:
        InputError: the file cannot be read, or a line is bad and ``strict`` is set.
    """

    def report(number: int, reason: str) -> None:
        if strict:
            raise InputError(f"{lines.path}:{number}: {reason}")
        on_bad(BadLine(lines.path.name, number, reason))

    number = 0
    try:
        for number, line in enumerate(lines, 1):
            if not line or line.isspace():
                continue
            try:
                call = convert(_parsed(line))
            except InputError as error:
                report(number, str(error))
            else:
                yield call
    except DamagedFileError as error:
        report(number + 1, str(error))


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


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut into lines; the pieces of a line longer than a chunk are joined once."""
    pending: list[bytes] = []
    for chunk in chunks:
        head, newline, rest = chunk.partition(b"\n")
        pending.append(head)
        if newline:
            yield b"".join(pending)
            *lines, last = rest.split(b"\n")
            yield from lines
            pending = [last]
    yield b"".join(pending)


def _parsed(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 ({error.reason})") from error
    except RecursionError as error:
        raise InputError("JSON nested too deeply") from error
    except msgspec.DecodeError as error:
        raise InputError(f"not JSON ({error})") from error


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"cannot read {path}: {error.strerror or error}")
