"""The steps of an analysis."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from slm_instrument.analyze.corpus import Corpus, CorpusBuilder, Ints, Role, ranked
from slm_instrument.analyze.embed import Embedder, SentenceEncoder
from slm_instrument.analyze.estimate import replaceable
from slm_instrument.analyze.identity import fresh_ids, inherited
from slm_instrument.analyze.kinds import Kind, find_kinds, recognise
from slm_instrument.analyze.measure import measure
from slm_instrument.analyze.names import name_tasks
from slm_instrument.analyze.result import Analysis
from slm_instrument.analyze.shares import shares
from slm_instrument.errors import NotEnoughDataError
from slm_instrument.progress import Listener, Stage
from slm_instrument.records import new_id
from slm_instrument.store.base import AnalysisRecord, Task
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Note

NO_TASK = -1
SOLE = 0.9  # of a kind's calls and of the agent's, for the two to be one thing


def run(store: Store, *, min_calls: int, embedder: Embedder | None, progress: Listener | None) -> Analysis:
    """See :func:`slm_instrument.analyze.analyze`."""
    started_at = datetime.now(UTC)
    embed = embedder or SentenceEncoder()
    corpus = _read(store, progress)
    kinds = _find(corpus, embed, min_calls, progress)
    task_of = _assign(corpus, kinds)
    estimates = replaceable(corpus, kinds, embed, progress)
    tasks = _describe(store, corpus, kinds, task_of, estimates)
    record = AnalysisRecord(
        id=new_id(),
        started_at=started_at,
        calls=len(corpus),
        settings={"min_calls": min_calls, "embedder": embed.name},
    )
    ordered = sorted(tasks, key=lambda task: (-task.calls, task.id))
    store.save_analysis(record, ordered, _assignments(corpus, tasks, task_of))
    total, agents = shares(corpus, tasks, task_of)
    return Analysis(
        id=record.id,
        tasks=tuple(ordered),
        calls=len(corpus),
        unassigned=int(((corpus.role == Role.TEACHER) & (task_of == NO_TASK)).sum()),
        failed=len(corpus.rows(Role.FAILED)),
        student=len(corpus.rows(Role.STUDENT)),
        human=len(corpus.rows(Role.HUMAN)),
        total=total,
        agents=agents,
    )


def _read(store: Store, progress: Listener | None) -> Corpus:
    stage = Stage("reading calls", store.count_calls(), progress)
    builder = CorpusBuilder()
    for call in store.iter_calls():
        builder.add(call)
        stage.step()
    if not len(builder):
        raise NotEnoughDataError("there are no calls to analyze; record some, or run: slm-instrument import FILE")
    return builder.corpus()


def _find(corpus: Corpus, embed: Embedder, min_calls: int, progress: Listener | None) -> list[Kind]:
    """The kinds of every application: two applications share no task, however alike their prompts are."""
    teacher = corpus.rows(Role.TEACHER)
    stage = Stage("finding tasks", len(corpus.apps), progress)
    kinds: list[Kind] = []
    for app in range(len(corpus.apps)):
        kinds += find_kinds(corpus, teacher[corpus.app[teacher] == app], embed, min_calls=min_calls)[0]
        stage.step()
    return kinds


def _assign(corpus: Corpus, kinds: Sequence[Kind]) -> Ints:
    """The kind of every call: as found, and by template what is no evidence but is of a task all the same."""
    task_of = np.full(len(corpus), NO_TASK, dtype=np.int64)
    for number, kind in enumerate(kinds):
        task_of[kind.rows] = number
    others = np.flatnonzero((corpus.role == Role.STUDENT) | (corpus.role == Role.FAILED))
    for app in np.unique(corpus.app[others]).tolist():
        rows = others[corpus.app[others] == app]
        own = [number for number, kind in enumerate(kinds) if corpus.app[kind.rows[0]] == app]
        found = recognise(corpus, [kinds[number] for number in own], rows)
        task_of[rows] = np.array([*own, NO_TASK])[found]
    return task_of


def _describe(
    store: Store, corpus: Corpus, kinds: Sequence[Kind], task_of: Ints, estimates: Sequence[float]
) -> list[Task]:
    old = {task.id: task for task in store.tasks()}
    numbers: list[int] = task_of.tolist()
    assigned = {id: number for id, number in zip(corpus.ids, numbers, strict=True) if number != NO_TASK}
    kept = inherited(assigned, store.iter_assignments())
    ids = fresh_ids(kinds, kept, old)
    agents = [_agents(corpus, kind) for kind in kinds]
    names = name_tasks(
        [kind.instruction for kind in kinds],
        [_sole_agent(corpus, kind) for kind in kinds],
        [old[id].name if id in old else None for id in ids],
        [next(iter(own), "") for own in agents],
    )
    return [
        _task(corpus, kind, id, name, own, estimate)
        for kind, id, name, own, estimate in zip(kinds, ids, names, agents, estimates, strict=True)
    ]


def _agents(corpus: Corpus, kind: Kind) -> tuple[str, ...]:
    """Who makes the calls, most frequent first."""
    agents = (corpus.agents[number] for number in ranked(corpus.agent[kind.rows]))
    return tuple(agent for agent in agents if agent is not None)


def _sole_agent(corpus: Corpus, kind: Kind) -> str | None:
    """The agent that makes the kind's calls, and hardly any others."""
    most = ranked(corpus.agent[kind.rows])[0]
    own = corpus.agent[kind.rows] == most
    everywhere = (corpus.agent == most) & (corpus.role == Role.TEACHER) & (corpus.app == corpus.app[kind.rows[0]])
    return corpus.agents[most] if own.sum() >= SOLE * max(len(own), int(everywhere.sum())) else None


def _task(corpus: Corpus, kind: Kind, id: str, name: str, agents: tuple[str, ...], estimate: float) -> Task:
    figures = measure(corpus, kind.rows)
    return Task(
        id=id,
        name=name,
        kind=figures.kind,
        app=corpus.apps[int(corpus.app[kind.rows[0]])],
        agents=agents,
        templates=kind.templates,
        calls=figures.calls,
        input_tokens=figures.input_tokens,
        output_tokens=figures.output_tokens,
        tokens_estimated=figures.tokens_estimated,
        cost_usd=figures.cost_usd,
        latency_ms=figures.latency_ms,
        repetition=figures.repetition,
        self_agreement=figures.self_agreement,
        replaceable=estimate,
        matchable=float(kind.matched.mean()),
        answers=figures.answers,
    )


def _assignments(corpus: Corpus, tasks: Sequence[Task], task_of: Ints) -> Iterator[Note]:
    numbers: list[int] = task_of.tolist()
    for call_id, number in zip(corpus.ids, numbers, strict=True):
        yield Note(call_id=call_id, task_id=None if number == NO_TASK else tasks[number].id)
