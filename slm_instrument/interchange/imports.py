"""Import call logs into a store: streaming, in batches, bad lines counted, with progress by bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from slm_instrument.audience import HumanRule
from slm_instrument.errors import InputError
from slm_instrument.interchange.files import LogFile
from slm_instrument.interchange.formats import format_named
from slm_instrument.interchange.reading import BadLine, calls_in
from slm_instrument.progress import Listener, Stage
from slm_instrument.records import Call
from slm_instrument.store.protocol import Store

BAD_LINES_KEPT = 20
_NOBODY = HumanRule()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did.

    Calls read and, of these, added to the store; records that were no LLM calls, such as the runs of tools in a trace;
    bad records skipped, and the first of them; the formats that ``auto`` came upon.
    """

    read: int
    added: int
    passed: int
    bad: int
    bad_lines: tuple[BadLine, ...]
    guessed: tuple[str, ...] = ()

    @property
    def already_there(self) -> int:
        """Calls whose id the store already had, or that came twice."""
        return self.read - self.added


def import_files(
    store: Store,
    paths: Iterable[str | Path],
    *,
    format: str = "native",
    human: HumanRule = _NOBODY,
    strict: bool = False,
    batch: int = 500,
    progress: Listener | None = None,
) -> ImportReport:
    """Read call logs into a store. What was read before an error is kept, and importing it again adds nothing.

    Args:
        store: where the calls go.
        paths: the files, plain, gzip or zstandard: JSON lines, a JSON document, or a table (``.csv``).
        format: one of :data:`FORMATS`, or ``auto``.
        human: which calls talk to a person.
        strict: stop at the first bad line instead of skipping it.
        batch: calls per transaction.
        progress: told the bytes read, of all the files' as they are stored, after every batch.

    Raises:
        ConfigError: the format is none of those there are.
        InputError: a file cannot be read (nothing is imported then), or a line is bad and ``strict`` is set.
        StoreError: the store cannot be written.
    """
    guessed: list[str] = []
    wanted = format_named(format, guessed.append)
    files = [LogFile(path) for path in paths]
    stage = Stage("import", sum(file.size for file in files), progress)
    skipped = _Skipped()
    read = added = 0
    calls = calls_in(files, wanted, strict=strict, on_bad=skipped.add, on_passed=skipped.pass_over)
    for some in _batches(map(human.on, calls), batch):
        added += store.add_calls(some)
        read += len(some)
        stage.reach(sum(file.bytes_read for file in files))
    stage.finish()
    return ImportReport(
        read=read,
        added=added,
        passed=skipped.passed,
        bad=skipped.bad,
        bad_lines=tuple(skipped.first_bad),
        guessed=tuple(guessed),
    )


class _Skipped:
    """Counts all, keeps the first few: a file of another format is a million bad lines."""

    def __init__(self) -> None:
        self.passed = self.bad = 0
        self.first_bad: list[BadLine] = []

    def add(self, bad: BadLine) -> None:
        self.bad += 1
        if len(self.first_bad) < BAD_LINES_KEPT:
            self.first_bad.append(bad)

    def pass_over(self) -> None:
        self.passed += 1


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
