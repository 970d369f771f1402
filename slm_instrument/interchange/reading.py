"""How a format is read: a reader is given the records of the files one after another and makes calls of them.

A new format is a :class:`Reader` and its line in :data:`slm_instrument.interchange.formats.FORMATS`. Files,
compression, JSON, tables and the reporting of bad records are dealt with here, the same for all.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from slm_instrument.dialects.shapes import mapping
from slm_instrument.errors import InputError
from slm_instrument.interchange.cut import parsed, records_of
from slm_instrument.interchange.files import DamagedFileError, LogFile
from slm_instrument.records import Call

_log = logging.getLogger(__name__)


class Reader(Protocol):
    """Makes calls of one import's records. It may remember: an answer may come long after its request."""

    def read(self, record: Any) -> Iterable[Call] | None:
        """The calls that are whole with this record; None when it is of this format and no LLM call.

        Raises:
            InputError: the record is not of this format; the text is the reason.
        """
        ...

    def finish(self) -> Iterable[Call]:
        """The calls that waited for more; called once, after the last record of the last file.

        Raises:
            InputError: something is missing; the text says what.
        """
        ...


class EachIsACall:
    """The reader of a format whose records know nothing of each other.

    Args:
        convert: makes a call of a record; gives None for one that is no LLM call, and raises InputError.
    """

    def __init__(self, convert: Callable[[Any], Call | None]) -> None:
        self._convert = convert

    def read(self, record: Any) -> Iterable[Call] | None:
        """The record as a call."""
        call = self._convert(record)
        return None if call is None else (call,)

    def finish(self) -> Iterable[Call]:
        """Nothing waits."""
        return ()


@dataclass(frozen=True, slots=True)
class Format:
    """A format of call logs.

    Args:
        reader: makes a fresh reader for an import.
        knows: whether a record looks like one of this format, for telling formats apart; must not raise.
        pages: names under which an object holds many records, as pages of an API's answer do.
    """

    reader: Callable[[], Reader]
    knows: Callable[[Mapping[str, Any]], bool]
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadLine:
    """A record that is not a call: the file's name, its line's number from 1, and what is wrong with it.

    ``line`` is None for what is missing at the end of all files, and ``file`` then the last one's.
    """

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}" if self.line is None else f"{self.file}:{self.line}: {self.reason}"


OnBad = Callable[[BadLine], None]


def log_bad(bad: BadLine) -> None:
    """Report a bad line as a warning of this package's logger."""
    _log.warning("skipped %s", bad)


def calls_in(
    files: Iterable[LogFile],
    format: Format,
    *,
    strict: bool = False,
    on_bad: OnBad = log_bad,
    on_passed: Callable[[], None] = lambda: None,
) -> Iterator[Call]:
    """The calls in some files, which one reader reads in turn. Blank lines are nothing.

    Args:
        files: the files.
        format: what they hold.
        strict: stop at the first bad record.
        on_bad: told of every bad record that is skipped.
        on_passed: told of every record that is no LLM call.

    Raises:
        InputError: a file cannot be read, or a record is bad and ``strict`` is set.
    """
    reader = format.reader()
    file = None
    for file in files:
        report = _Report(file, strict, on_bad)
        for number, record in _records(file, format.pages, report):
            try:
                calls = reader.read(record)
                if calls is None:
                    on_passed()
                else:
                    yield from calls
            except InputError as error:
                report(number, str(error))
    try:
        yield from reader.finish()
    except InputError as error:
        _Report(file, strict, on_bad)(None, str(error))


class _Report:
    """What is done about a bad record of a file."""

    def __init__(self, file: LogFile | None, strict: bool, on_bad: OnBad) -> None:
        self._file, self._strict, self._on_bad = file, strict, on_bad

    def __call__(self, number: int | None, reason: str) -> None:
        path = self._file.path if self._file else None
        if self._strict:
            raise InputError(str(BadLine(str(path), number, reason)))
        self._on_bad(BadLine(path.name if path else "", number, reason))


def _records(file: LogFile, pages: tuple[str, ...], report: _Report) -> Iterator[tuple[int, Any]]:
    number = 0
    try:
        for number, raw in records_of(file):
            if isinstance(raw, bytes) and (not raw or raw.isspace()):
                continue
            try:
                value = parsed(raw)
            except InputError as error:
                report(number, str(error))
                continue
            for record in _unpaged(value, pages):
                yield number, record
    except DamagedFileError as error:
        report(number + 1, str(error))


def _unpaged(value: Any, pages: tuple[str, ...]) -> Iterable[Any]:
    page = mapping(value)
    held = None if "messages" in page else next((name for name in pages if isinstance(page.get(name), list)), None)
    return (value,) if held is None else page[held]
