"""One pass over what was noted of the calls: what the page adds up, and which calls it shows.

Only language models' answers to agents count, as in a task's own figures. Memory grows with the tasks and agents, not
with the calls.
"""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from slm_instrument.analyze.result import Spent
from slm_instrument.records import SERVED_BY_SLM
from slm_instrument.store.base import Task
from slm_instrument.store.selecting import Noted

if TYPE_CHECKING:
    from slm_instrument.analyze.cards.savings import Prices

BINS = 24  # of a task's calls over the time of the whole log
FEWEST_SHOWN = 8  # calls of a task, where it has them


class Source(NamedTuple):
    """Where calls come from; ``task_id`` is None for those of no task."""

    app: str | None
    agent: str | None
    task_id: str | None


@dataclass(slots=True)
class Sum:
    """Calls of one source, added up; ``cost_usd`` is None while no price is known."""

    calls: int = 0
    tokens: int = 0
    cost_usd: float | None = None

    def add(self, noted: Noted, cost_usd: float | None) -> None:
        """Count one more call, which cost so much."""
        self.calls += 1
        self.tokens += noted.input_tokens + noted.output_tokens
        if cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + cost_usd


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time in equal bins."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, tasks: Iterable[Task]) -> "Period | None":
        """From the first call of any task to the last; None where no call has a time."""
        times = [at for task in tasks for at in (task.first_at, task.last_at) if at is not None]
        return cls(min(times), max(times)) if times and min(times) < max(times) else None

    def bin(self, at: datetime) -> int:
        """The bin of a time; one outside of the period is put to the nearest."""
        share = (at - self.start) / (self.end - self.start)
        return min(BINS - 1, max(0, int(share * BINS)))


@dataclass(frozen=True, slots=True)
class Tally:
    """What the calls of the log add up to, the calls of each task over time, and the ids of those to show."""

    sums: Mapping[Source, Sum]
    trends: Mapping[str, Sequence[int]]
    sampled: Mapping[str | None, Sequence[str]]


@dataclass(slots=True)
class _Sample:
    """The ids with the smallest digests: a sample that no order changes, and new calls hardly."""

    size: int
    heap: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def add(self, id: str) -> None:
        digest = hashlib.blake2b(id.encode("utf-8", "surrogatepass"), digest_size=7).digest()
        entry = (-int.from_bytes(digest), id)
        if len(self.heap) < self.size:
            heapq.heappush(self.heap, entry)
        elif self.heap and entry > self.heap[0]:
            heapq.heapreplace(self.heap, entry)

    def ids(self) -> list[str]:
        return [id for _, id in sorted(self.heap, reverse=True)]


def tally(
    noted: Iterable[Noted], tasks: Sequence[Task], unassigned: int, *, shown: int, prices: "Prices | None" = None
) -> Tally:
    """Add up calls, and choose about ``shown`` of them: some of each task and of none, more where there are more."""
    period = Period.of(tasks)
    sums: defaultdict[Source, Sum] = defaultdict(Sum)
    trends: defaultdict[str, list[int]] = defaultdict(lambda: [0] * BINS)
    sizes = quotas({None: unassigned, **{task.id: task.calls for task in tasks}}, shown)
    samples = {task_id: _Sample(size) for task_id, size in sizes.items()}
    for call in noted:
        if not _is_evidence(call):
            continue
        sums[Source(call.app, call.agent, call.task_id)].add(call, _cost(call, prices))
        if call.task_id in samples:
            samples[call.task_id].add(call.call_id)
        if period is not None and call.started_at is not None and call.task_id is not None:
            trends[call.task_id][period.bin(call.started_at)] += 1
    return Tally(sums, dict(trends), {task_id: sample.ids() for task_id, sample in samples.items()})


def _cost(call: Noted, prices: "Prices | None") -> float | None:
    """What a call cost at the user's prices of tokens, else as it was noted."""
    usd = prices and prices.tokens_usd(Spent(call.input_tokens, call.cached_tokens or 0, call.output_tokens))
    return call.cost_usd if usd is None else usd


def quotas(counts: Mapping[str | None, int], total: int) -> dict[str | None, int]:
    """How many of each to show: in proportion to how many there are, but a few at least, and never more than all."""
    calls = sum(counts.values())
    return {
        key: min(count, max(FEWEST_SHOWN, round(total * count / calls))) if calls else 0
        for key, count in counts.items()
    }


def _is_evidence(call: Noted) -> bool:
    return call.kind is not None and call.audience == "agent" and not call.served_by.startswith(SERVED_BY_SLM)
