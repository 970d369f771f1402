"""The steps of an analysis."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from slm_instrument.analyze.absorb import absorb
from slm_instrument.analyze.cards.naming import Namer
from slm_instrument.analyze.corpus import Role
from slm_instrument.analyze.describe import describe, placeholder
from slm_instrument.analyze.embed import CachedEmbedder, Embedder, SentenceEncoder
from slm_instrument.analyze.granularity import Granularity, grain_of
from slm_instrument.analyze.ledger import NO_TASK, Ledger, read_ledger
from slm_instrument.analyze.naming import named_by
from slm_instrument.analyze.reading import WINDOW_CALLS, windows
from slm_instrument.analyze.result import Analysis
from slm_instrument.analyze.shares import shares
from slm_instrument.errors import ConfigError, NotEnoughDataError
from slm_instrument.progress import Listener
from slm_instrument.records import new_id
from slm_instrument.scale import Engine
from slm_instrument.store.base import AnalysisRecord, Task
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Noted, Selection

YOUNG_CALLS = 1_000  # of an application; until it has as many, its tasks are found again whenever calls come


def run(
    store: Store,
    *,
    min_calls: int,
    embedder: Embedder | None,
    engine: Engine,
    anew: bool,
    since: datetime | None,
    progress: Listener | None,
    granularity: Granularity = "normal",
    namer: Namer | None = None,
    window: int = WINDOW_CALLS,
) -> Analysis:
    """See :func:`slm_instrument.analyze.analyze`. What a window showed is saved before the next one is read."""
    calls = store.count_calls()
    if not calls:
        raise NotEnoughDataError("there are no calls to analyze; record some, or run: slm-instrument import FILE")
    grain = grain_of(granularity)
    _check_unchanged(store, granularity, anew=anew)
    read_before = calls - store.count_calls(Selection(pending=True))
    embed = CachedEmbedder(embedder or engine.embedder(SentenceEncoder))
    settings = {
        "min_calls": min_calls,
        "embedder": embed.name,
        "engine": engine.name,
        "granularity": granularity,
    }
    record = AnalysisRecord(id=new_id(), started_at=datetime.now(UTC), calls=calls, settings=settings)
    known = store.tasks()
    tasks = known
    for stage in _stages(store, anew=anew, since=since):
        replaced = [task for task in tasks if stage.finds_again(task.app)]
        tasks = [task for task in tasks if not stage.finds_again(task.app)]
        for each in windows(store, engine, stage.where, size=window, progress=progress):
            absorbed = absorb(
                each, tasks, embed, min_calls=min_calls, before=stage.before, grain=grain, progress=progress
            )
            tasks = _named_as_before(absorbed.tasks, known)
            # What a killed run has not come to is of its old tasks still.
            found = {task.id for task in tasks}
            store.save_analysis(record, tasks + [task for task in replaced if task.id not in found], absorbed.notes())
        if replaced:
            store.save_analysis(record, tasks, ())
    ledger = read_ledger(store.iter_noted(), {task.id: number for number, task in enumerate(tasks)})
    described = describe(store, ledger, tasks, embed, progress)
    store.save_analysis(record, described, ())
    remarks: tuple[str, ...] = ()
    if namer is not None:
        # After all else is saved: the model may be slow, or never answer.
        old = {task.id for task in known if task.name != placeholder(task.id)}
        described, remarks = named_by(namer, store, described, keep=old, progress=progress)
        store.save_analysis(record, described, ())
    return replace(_analysis(record.id, described, ledger), new=max(0, len(ledger) - read_before), remarks=remarks)


def _check_unchanged(store: Store, granularity: Granularity, *, anew: bool) -> None:
    before = store.last_settings().get("granularity", granularity)
    if before != granularity and not anew:
        raise ConfigError(
            f"the tasks were found at granularity {before}; to find them again at {granularity}, analyse anew (--anew)"
        )


@dataclass(frozen=True, slots=True)
class _Stage:
    """Calls to look at, and the tasks that those of applications whose tasks are found again were of ``before``."""

    where: Selection
    before: Mapping[str, str]
    every_app: bool = False

    def finds_again(self, app: str | None) -> bool:
        """Whether an application's tasks are found again."""
        return self.every_app or (self.where.apps is not None and app in self.where.apps)


def _stages(store: Store, *, anew: bool, since: datetime | None) -> Iterator[_Stage]:
    if anew:
        yield _Stage(Selection(since=since), _tasks_of_calls(store.iter_noted()), every_app=True)
        return
    if since is None and (young := _young_apps(store)):
        noted = (call for call in store.iter_noted() if call.app in young)
        yield _Stage(Selection(apps=young), _tasks_of_calls(noted))
    yield _Stage(Selection(pending=True, since=since), {})


def _young_apps(store: Store) -> tuple[str | None, ...]:
    """Applications with new calls whose tasks were found in few: what those showed may have been chance.

    Where students were trained the tasks stay.
    """
    seen = Counter(call.app for call in store.iter_noted())
    trained = {bundle.task_id for bundle in store.bundles()}
    settled = {task.app for task in store.tasks() if task.id in trained}
    young = [app for app, calls in seen.items() if calls < YOUNG_CALLS and app not in settled]
    return tuple(app for app in young if store.count_calls(Selection(apps=(app,), pending=True)))


def _tasks_of_calls(noted: Iterable[Noted]) -> dict[str, str]:
    return {call.call_id: call.task_id for call in noted if call.task_id is not None}


def _named_as_before(tasks: Iterable[Task], known: Iterable[Task]) -> list[Task]:
    """The tasks, under the names that they had before."""
    names = {task.id: task.name for task in known}
    return [replace(task, name=names.get(task.id, task.name)) for task in tasks]


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
