"""Cutting a file into its records: the lines of JSONL, the values of a JSON document, the rows of a table.

Every record comes with the number of the line it begins on. Whatever the file holds, memory is bounded by its longest
record, and a broken record does not take the next one with it.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec

from slm_instrument.errors import InputError
from slm_instrument.interchange.files import DamagedFileError, LogFile

MAX_CELL = 1 << 28  # characters of a cell; beyond, a quote is missing

_BLANK = b" \t\r\n"
# A list, or an object that is spread over lines. What begins with a whole object on a line is JSONL.
_DOCUMENT = re.compile(rb'\s*(?:\[|\{\s*\n\s*["}])')
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TO_BRACKET = re.compile(rb'(?:[^]["{}]++|' + _STRING + rb")*+", re.DOTALL)
_TO_COMMA_OR_BRACKET = re.compile(rb'(?:[^]["{},]++|' + _STRING + rb")*+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, and the names of its columns."""

    names: list[str]
    cells: list[str]


Raw = bytes | Row | InputError


def records_of(file: LogFile) -> Iterator[tuple[int, Raw]]:
    """The records of a file as they stand there, with the number of the line they begin on; some are blank.

    Raises:
        InputError: the file cannot be read on, or is of a kind that cannot be cut.
        DamagedFileError: it ends too early.
    """
    chunks = file.chunks()
    if file.is_csv:
        return rows(lines(chunks))
    first = next(chunks, b"")
    if first.startswith(b"PAR1"):
        raise InputError(f"{file.path} is a Parquet file: turn it into JSON lines first, one row a line")
    whole = chain((first,), chunks)
    return document(whole) if _DOCUMENT.match(first) else enumerate(lines(whole), 1)


def parsed(raw: Raw) -> Any:
    """The value of a record: of a row, an object without its empty cells.

    Raises:
        InputError: it is not JSON, or a row that does not fit its table.
    """
    if isinstance(raw, InputError):
        raise raw
    if isinstance(raw, Row):
        if len(raw.cells) != len(raw.names):
            raise InputError(f"{len(raw.cells)} cells under {len(raw.names)} names of columns")
        return {name: _cell(cell) for name, cell in zip(raw.names, raw.cells, strict=True) if cell}
    try:
        return msgspec.json.decode(raw)
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 ({error.reason})") from error
    except RecursionError as error:
        raise InputError("JSON nested too deeply") from error
    except msgspec.DecodeError as error:
        raise InputError(f"not JSON ({error})") from error


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines without their ends; the pieces of a line longer than a chunk are joined once."""
    pending: list[bytes] = []
    for chunk in chunks:
        head, newline, rest = chunk.partition(b"\n")
        pending.append(head)
        if newline:
            yield b"".join(pending)
            *whole, last = rest.split(b"\n")
            yield from whole
            pending = [last]
    yield b"".join(pending)


def document(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The values of a JSON document: the elements of an outermost list, and what else stands outermost.

    Only brackets and strings are looked at, so that a value that is no JSON is told from its neighbours.

    Raises:
        DamagedFileError: a bracket is never closed.
    """
    scanner = _Scanner()
    waiting, size = list[bytes](), 0
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= len(scanner.rest):  # doubling: a value of many chunks is looked at twice, not once a chunk
            yield from scanner.feed(b"".join(waiting))
            waiting, size = [], 0
    yield from scanner.feed(b"".join(waiting))
    yield from scanner.end()


def rows(table: Iterable[bytes]) -> Iterator[tuple[int, Raw]]:
    """The rows of a comma-separated table whose first line names the columns (RFC 4180)."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))  # the library's limit is 128 kB, for the whole process
    reader = csv.reader((f"{line.decode(errors='replace')}\n" for line in table), strict=True)
    names: list[str] = []
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, InputError(f"not a row of a table ({error})")
            continue
        if not names:
            names = cells
        elif cells:
            yield number, Row(names, cells)


class _Scanner:
    """Finds where the values end. ``rest`` is what has been read of the value that is open."""

    def __init__(self) -> None:
        self.rest = b""
        self._at = 0  # looked at so far, in rest
        self._line = 1  # of the first byte of rest
        self._depth = 0  # brackets open
        self._in_list = False  # the outermost bracket is a list's, and its elements are the values

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Read on; gives the values that are now whole."""
        data = self.rest + data
        begin, at = 0, self._at
        while at < len(data):
            between = self._in_list and self._depth == 1
            found = (_TO_COMMA_OR_BRACKET if between else _TO_BRACKET).match(data, at)
            at = found.end() if found else at
            if at == len(data) or data[at] == ord('"'):  # a string that goes on
                break
            end = self._pass(data[at], at)
            at += 1
            if end is not None:
                yield from self._value(data[begin:end])
                self._line += data.count(b"\n", begin, at)
                begin = at
        self.rest, self._at = data[begin:], at - begin

    def end(self) -> Iterator[tuple[int, bytes]]:
        """There is no more to read."""
        if self._depth:
            raise DamagedFileError("the file ends before its JSON does")
        yield from self._value(self.rest)

    def _pass(self, mark: int, at: int) -> int | None:
        """Go over a bracket or comma; returns where a value ends, if one does."""
        if mark == ord(","):
            return at
        if mark in b"[{":
            self._depth += 1
            if self._depth > 1 or mark == ord("{"):
                return None
            self._in_list = True
            return at
        self._depth = max(0, self._depth - 1)
        if self._depth:
            return None
        in_list, self._in_list = self._in_list, False
        return at if in_list else at + 1

    def _value(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        value = data.lstrip(_BLANK + b",")
        if value:
            yield self._line + data.count(b"\n", 0, len(data) - len(value)), value


def _cell(text: str) -> Any:
    """An object or list that was put into a cell as JSON; else the text."""
    if text[0] not in "{[":
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text
