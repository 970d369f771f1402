"""Import call logs into a store: streaming, in batches, bad lines counted, with progress by bytes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from slm_instrument.errors import ConfigError, InputError
from slm_instrument.interchange.lines import BadLine, LineFile, calls_in
from slm_instrument.interchange.native import call_from_native
from slm_instrument.progress import Listener, Stage
from slm_instrument.records import Call
from slm_instrument.store.base import Store

FORMATS: Mapping[str, Callable[[Any], Call]] = {"native": call_from_native}
"""How a line of each format becomes a call."""

BAD_LINES_KEPT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did: calls read, of these new and already in the store, and lines skipped (the first of them)."""

    read: int
    added: int
    bad: int
    bad_lines: tuple[BadLine, ...]

    @property
    def already_there(self) -> int:
        """Calls whose id the store already had, or that came twice."""
        return self.read - self.added


def import_files(
    store: Store,
    paths: Iterable[str | Path],
    *,
    format: str = "native",
    strict: bool = False,
    batch: int = 500,
    progress: Listener | None = None,
) -> ImportReport:
    """Read call logs into a store. What was read before an error is kept, and importing it again adds nothing.

    Args:
        store: where the calls go.
        paths: the files, plain, gzip or zstandard.
        format: one of :data:`FORMATS`.
        strict: stop at the first bad line instead of skipping it.
        batch: calls per transaction.
        progress: told the bytes read, of all the files' as they are stored, after every batch.

    Raises:
        ConfigError: the format is none of those there are.
        InputError: a file cannot be read (nothing is imported then), or a line is bad and ``strict`` is set.
        StoreError: the store cannot be written.
    """
    convert = FORMATS.get(format)
    if convert is None:
        raise ConfigError(f"unknown format {format!r}; there are: {', '.join(sorted(FORMATS))}")
    files = [LineFile(path) for path in paths]
    stage = Stage("import", sum(file.size for file in files), progress)
    bad = _BadLines()
    read = added = done = 0
    calls = chain.from_iterable(calls_in(file, convert, strict=strict, on_bad=bad.add) for file in files)
    for some in _batches(calls, batch):
        added += store.add_calls(some)
        read += len(some)
        stage.step(sum(file.bytes_read for file in files) - done)
        done = sum(file.bytes_read for file in files)
    stage.finish()
    return ImportReport(read=read, added=added, bad=bad.count, bad_lines=tuple(bad.first))


class _BadLines:
    """Counts all, keeps the first few: a file of another format is a million bad lines."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[BadLine] = []

    def add(self, bad: BadLine) -> None:
        self.count += 1
        if len(self.first) < BAD_LINES_KEPT:
            self.first.append(bad)


def _batches(calls: Iterable[Call], size: int) -> Iterator[list[Call]]:
    batch: list[Call] = []
    try:
        for call in calls:
            batch.append(call)
            if len(batch) >= size:
                yield batch
                batch = []
    except InputError:
        if batch:  # what came before the bad line was good
            yield batch
        raise
    if batch:
        yield batch
