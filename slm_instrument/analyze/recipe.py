"""The steps of an analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from slm_instrument.analyze.absorb import absorb
from slm_instrument.analyze.corpus import Role
from slm_instrument.analyze.describe import describe
from slm_instrument.analyze.embed import Embedder, SentenceEncoder
from slm_instrument.analyze.ledger import NO_TASK, Ledger, read_ledger
from slm_instrument.analyze.reading import WINDOW_CALLS, Reader, read_span, windows
from slm_instrument.analyze.result import Analysis
from slm_instrument.analyze.shares import shares
from slm_instrument.errors import NotEnoughDataError
from slm_instrument.progress import Listener
from slm_instrument.records import new_id
from slm_instrument.scale import Engine
from slm_instrument.store.base import AnalysisRecord, Task
from slm_instrument.store.protocol import Store


def run(
    store: Store,
    *,
    min_calls: int,
    embedder: Embedder | None,
    engine: Engine,
    anew: bool,
    since: datetime | None,
    progress: Listener | None,
    window: int = WINDOW_CALLS,
) -> Analysis:
    """See :func:`slm_instrument.analyze.analyze`. What a window showed is saved before the next one is read."""
    calls = store.count_calls()
    if not calls:
        raise NotEnoughDataError("there are no calls to analyze; record some, or run: slm-instrument import FILE")
    embed = embedder or engine.embedder(SentenceEncoder)
    settings = {"min_calls": min_calls, "embedder": embed.name, "engine": engine.name}
    record = AnalysisRecord(id=new_id(), started_at=datetime.now(UTC), calls=calls, settings=settings)
    before = _tasks_of_calls(store) if anew else {}
    known = {task.id: task for task in store.tasks()}
    tasks = [] if anew else list(known.values())
    read = partial(read_span, store) if engine.name == "local" else Reader(store.opener)
    for each in windows(store, engine, read, anew=anew, since=since, size=window, progress=progress):
        absorbed = absorb(each, tasks, embed, min_calls=min_calls, before=before, progress=progress)
        tasks = [_named_as(task, known) for task in absorbed.tasks]
        store.save_analysis(record, tasks, absorbed.notes())
    ledger = read_ledger(store.iter_noted(), {task.id: number for number, task in enumerate(tasks)})
    described = describe(store, ledger, tasks, embed, progress)
    store.save_analysis(record, described, ())
    return _analysis(record.id, described, ledger)


def _tasks_of_calls(store: Store) -> dict[str, str]:
    return {noted.call_id: noted.task_id for noted in store.iter_noted() if noted.task_id is not None}


def _named_as(task: Task, known: Mapping[str, Task]) -> Task:
    """The task under the name that it had before, where it has the id of one that was known."""
    old = known.get(task.id)
    return replace(task, name=old.name) if old else task


def _analysis(id: str, tasks: Sequence[Task], ledger: Ledger) -> Analysis:
    numbered = ledger.task != NO_TASK
    total, agents = shares(ledger, tasks)
    return Analysis(
        id=id,
        tasks=tuple(sorted(tasks, key=lambda task: (-task.calls, task.id))),
        calls=len(ledger),
        unassigned=int(((ledger.role == Role.TEACHER) & ~numbered).sum()),
        failed=len(ledger.rows(Role.FAILED)),
        student=len(ledger.rows(Role.STUDENT)),
        human=len(ledger.rows(Role.HUMAN)),
        total=total,
        agents=agents,
    )
