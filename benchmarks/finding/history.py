"""The open sets as one log of ten days, in files that ``slm-instrument import`` reads.

Every set is cut into ten by time, whole traces together: by their start where calls have one, else in their order in
the set. A day holds its tenth of every set.
"""

import json
from collections.abc import Hashable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.finding.labelled import Log
from slm_instrument.interchange.native import call_to_native
from slm_instrument.records import Call

DAYS = 10
EVERY = 10  # how many calls of a set stand for one in the small log
FEW = 2
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class History:
    """Files of calls; the set and label of each call by its id, which are in no file."""

    days: tuple[Path, ...]
    small: Path  # every tenth call of each set
    tiny: Path  # the first calls of each set
    labels: dict[str, tuple[str, Hashable]]


def history(logs: Iterable[Log], folder: Path) -> History:
    """Write the files."""
    days = tuple(folder / f"day-{day}.jsonl" for day in range(DAYS))
    made = History(days, folder / "small.jsonl", folder / "tiny.jsonl", {})
    with ExitStack() as stack:
        paths = (made.small, made.tiny, *made.days)
        small, tiny, *daily = [stack.enter_context(path.open("w", encoding="utf-8")) for path in paths]
        for log in logs:
            day_of = _days(call for call, _ in log.read())
            for number, (call, label) in enumerate(log.read()):
                made.labels[call.id] = log.name, label
                line = json.dumps(call_to_native(call), ensure_ascii=False) + "\n"
                daily[day_of[_trace(call)]].write(line)
                if number % EVERY == 0:
                    small.write(line)
                if number < FEW:
                    tiny.write(line)
    return made


def _days(calls: Iterable[Call]) -> dict[str, int]:
    """The day of each trace of a set."""
    began: dict[str, datetime] = {}
    for call in calls:
        began.setdefault(_trace(call), call.started_at or _LONG_AGO)
    in_order = sorted(began, key=lambda trace: began[trace])  # stable: traces without a time stay in order
    return {trace: at * DAYS // len(in_order) for at, trace in enumerate(in_order)}


def _trace(call: Call) -> str:
    return call.trace_id or call.id
