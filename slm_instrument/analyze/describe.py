"""Tasks described: their figures over all calls, and what a sample of the calls shows of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from slm_instrument.analyze.cards.examples import examples_of
from slm_instrument.analyze.cards.growth import growth_of
from slm_instrument.analyze.cards.measure import Columns, measure
from slm_instrument.analyze.cards.names import name_tasks
from slm_instrument.analyze.cards.schemas import schemas_of
from slm_instrument.analyze.corpus import Ints, Role, counted, ranked
from slm_instrument.analyze.embed import Embedder
from slm_instrument.analyze.estimate import answers_recur, estimate
from slm_instrument.analyze.ledger import Ledger
from slm_instrument.analyze.sampling import draw
from slm_instrument.canonical import AnswerKind, normal_form
from slm_instrument.progress import Listener, Stage
from slm_instrument.store.base import Task
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Selection

# Characters that are embedded, of a task and of all tasks together, which bounds the time.
MIN_CHARS, MAX_CHARS, ALL_CHARS = 12_000, 80_000, 400_000
EXAMPLES_CHARS = 6_000  # where answers never recur, so that there are only examples to choose
SOLE = 0.9  # of a task's calls and of the agent's, for the two to be one thing
CHANGED = 0.1  # more calls than when a sample was drawn: another is drawn


def describe(
    store: Store, ledger: Ledger, tasks: Sequence[Task], embed: Embedder, progress: Listener | None = None
) -> list[Task]:
    """The tasks with all their figures. A sample is drawn anew of those only that have grown since the last one.

    Args:
        store: where the calls are.
        ledger: all analysed calls; its numbers of tasks are those of ``tasks``.
        tasks: what was found, with the figures of the last time.
        embed: the embedder.
        progress: told how far it is.
    """
    rows_of = ledger.by_task(len(tasks))
    budget = ALL_CHARS / max(1, sum(map(len, rows_of)))
    stage = Stage("describing tasks", len(tasks), progress)
    described: list[Task] = []
    for task, rows in zip(tasks, rows_of, strict=True):
        figured = _counted(store, ledger, task, rows)
        if len(rows) and _has_grown(task, len(rows)):
            max_chars = min(MAX_CHARS, max(MIN_CHARS, int(budget * len(rows))))
            max_chars = max_chars if answers_recur(ledger, rows) else EXAMPLES_CHARS
            figured = _shown(store, ledger, figured, rows, embed, max_chars)
        described.append(figured)
        stage.step()
    return _named(ledger, described, rows_of)


def placeholder(task_id: str) -> str:
    """What a task is named until it is described."""
    return f"task-{task_id}"


def _has_grown(task: Task, calls: int) -> bool:
    return not task.typical or calls > (1 + CHANGED) * task.sampled_of


def _counted(store: Store, ledger: Ledger, task: Task, rows: Ints) -> Task:
    if not len(rows):
        return replace(task, calls=0, input_tokens=0, output_tokens=0, variant_calls=(0,) * len(task.templates))
    figures = measure(
        Columns(
            prompt=ledger.prompt[rows],
            answer=ledger.answer[rows],
            kind=ledger.kind[rows],
            input_tokens=ledger.input_tokens[rows],
            output_tokens=ledger.output_tokens[rows],
            tokens_estimated=ledger.tokens_estimated[rows],
            cost_usd=ledger.cost_usd[rows],
            latency_ms=ledger.latency_ms[rows],
        )
    )
    kind, answers = figures.kind, _labels(store, ledger, rows, figures.answers)
    if kind is AnswerKind.CLOSED_SET and not answers:  # long texts that happen to recur
        kind = AnswerKind.SHORT_TEXT
    growth = growth_of(ledger.started[rows])
    variants = ledger.variant[rows]
    matched = variants[(variants >= 0) & (variants < len(task.templates))]
    agents = [(ledger.agents[number], count) for number, count in counted(ledger.agent[rows])]
    named = [(agent, count) for agent, count in agents if agent is not None]
    return replace(
        task,
        kind=kind,
        answers=answers,
        agents=tuple(agent for agent, _ in named),
        agent_calls=tuple(count for _, count in named),
        variant_calls=tuple(np.bincount(matched, minlength=len(task.templates)).tolist()),
        matchable=len(matched) / len(rows),
        calls=figures.calls,
        input_tokens=figures.input_tokens,
        output_tokens=figures.output_tokens,
        cached_tokens=int(ledger.cached_tokens[rows].sum()),
        tokens_estimated=figures.tokens_estimated,
        cost_usd=figures.cost_usd,
        latency_ms=figures.latency_ms,
        repetition=figures.repetition,
        self_agreement=figures.self_agreement,
        first_at=growth.first_at,
        last_at=growth.last_at,
        growth=growth.growth,
    )


def _shown(store: Store, ledger: Ledger, task: Task, rows: Ints, embed: Embedder, max_chars: int) -> Task:
    sample = draw(store, ledger, rows, task.templates, max_chars=max_chars)
    if not len(sample.rows):
        return task
    vectors = embed(sample.texts)
    estimated = estimate(ledger, rows, sample.rows, vectors)
    shown = examples_of(
        [call.id for call in sample.calls],
        vectors,
        prompts=ledger.prompt[sample.rows],
        answers=ledger.answer[sample.rows],
        lengths=np.array([len(text) for text in sample.texts], dtype=np.int64),
    )
    return replace(
        task,
        replaceable=estimated.replaceable,
        asked=estimated.asked,
        schemas=schemas_of(sample.calls),
        typical=shown.typical,
        unusual=shown.unusual,
        sampled_of=len(rows),
    )


def _labels(store: Store, ledger: Ledger, rows: Ints, keys: Sequence[int]) -> tuple[str, ...]:
    """The texts of answers, read from a call each."""
    if not keys:
        return ()
    answers, first = np.unique(ledger.answer[rows], return_index=True)
    at: dict[int, int] = dict(zip(answers.tolist(), rows[first].tolist(), strict=True))
    ids = {ledger.ids[at[key]]: key for key in keys}
    text: dict[int, str] = {}
    for call in store.iter_calls(Selection(ids=tuple(ids))):
        if call.response is not None:
            text[ids[call.id]] = normal_form(call.response).text
    return tuple(text[key] for key in keys if text.get(key))


def _named(ledger: Ledger, tasks: Sequence[Task], rows_of: Sequence[Ints]) -> list[Task]:
    names = name_tasks(
        [task.instruction for task in tasks],
        [_sole_agent(ledger, rows) for rows in rows_of],
        [None if task.name == placeholder(task.id) else task.name for task in tasks],
        [next(iter(task.agents), "") for task in tasks],
    )
    return [replace(task, name=name) for task, name in zip(tasks, names, strict=True)]


def _sole_agent(ledger: Ledger, rows: Ints) -> str | None:
    """The agent that makes the calls, and hardly any others."""
    if not len(rows):
        return None
    most = ranked(ledger.agent[rows])[0]
    own = ledger.agent[rows] == most
    everywhere = (ledger.agent == most) & (ledger.role == Role.TEACHER) & (ledger.app == ledger.app[rows[0]])
    return ledger.agents[most] if own.sum() >= SOLE * max(len(own), int(everywhere.sum())) else None
