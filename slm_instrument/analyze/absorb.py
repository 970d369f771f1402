"""A window of calls taken in: which calls are of the tasks that are known, and what tasks are new."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan

import numpy as np

from slm_instrument.analyze.corpus import KINDS, NO_ANSWER, Corpus, Floats, Ints, Role
from slm_instrument.analyze.describe import placeholder
from slm_instrument.analyze.embed import Embedder
from slm_instrument.analyze.granularity import NORMAL, Grain
from slm_instrument.analyze.identity import fresh_ids, inherited
from slm_instrument.analyze.kinds import Kind, find_kinds
from slm_instrument.analyze.mine import Mined
from slm_instrument.analyze.reading import Window
from slm_instrument.analyze.recognise import recognised
from slm_instrument.analyze.semantics import ANY_FORM, NOISE, Centre
from slm_instrument.canonical import AnswerKind
from slm_instrument.progress import Listener, Stage
from slm_instrument.store.base import Task
from slm_instrument.store.selecting import Note


@dataclass(frozen=True, slots=True)
class Absorbed:
    """All tasks there are now, and the task and variant of each row of the window, by number; ``NOISE`` for none."""

    corpus: Corpus
    tasks: list[Task]
    task: Ints
    variant: Ints

    def notes(self) -> Iterator[Note]:
        """What is to be noted of each call."""
        corpus = self.corpus
        for row, call_id in enumerate(corpus.ids):
            task, variant, answer = int(self.task[row]), int(self.variant[row]), int(corpus.answer[row])
            cost = float(corpus.cost_usd[row])
            yield Note(
                call_id=call_id,
                task_id=None if task == NOISE else self.tasks[task].id,
                variant=None if variant == NOISE else variant,
                prompt=int(corpus.prompt[row]),
                answer=None if answer == NO_ANSWER else answer,
                kind=None if answer == NO_ANSWER else KINDS[int(corpus.kind[row])],
                input_tokens=int(corpus.input_tokens[row]),
                output_tokens=int(corpus.output_tokens[row]),
                tokens_estimated=bool(corpus.tokens_estimated[row]),
                cost_usd=None if isnan(cost) else cost,
            )


def absorb(
    window: Window,
    tasks: Sequence[Task],
    embed: Embedder,
    *,
    min_calls: int,
    before: Mapping[str, str],
    grain: Grain = NORMAL,
    progress: Listener | None = None,
) -> Absorbed:
    """Take in a window, application by application: two applications share no task, however alike their prompts are.

    Args:
        window: the calls.
        tasks: those that are known.
        embed: the embedder.
        min_calls: fewest calls of a new task.
        before: the tasks that calls were of in an analysis that this one replaces; a new task inherits the id.
        grain: how much alike the calls of one task are.
        progress: told how far it is.
    """
    corpus = window.corpus
    taken = Absorbed(corpus, list(tasks), np.full(len(corpus), NOISE), np.full(len(corpus), NOISE))
    stage = Stage("finding tasks", len(corpus.apps), progress)
    for app in range(len(corpus.apps)):
        _absorb_app(window, app, taken, embed, min_calls=min_calls, before=before, grain=grain)
        stage.step()
    return taken


def _absorb_app(
    window: Window,
    app: int,
    taken: Absorbed,
    embed: Embedder,
    *,
    min_calls: int,
    before: Mapping[str, str],
    grain: Grain,
) -> None:
    corpus, tasks = window.corpus, taken.tasks
    own = np.flatnonzero(corpus.app == app)
    numbers = [number for number, task in enumerate(tasks) if task.app == corpus.apps[app]]
    known = [_kind_of(tasks[number]) for number in numbers]
    rows = own[corpus.role[own] == Role.TEACHER]
    old = np.arange(len(corpus)) < window.again
    found = find_kinds(corpus, rows, embed, min_calls=min_calls, known=known, old=old, grain=grain)
    for number, kind in zip(numbers, found.kinds, strict=False):
        tasks[number] = replace(tasks[number], templates=kind.templates)
    fresh = found.kinds[len(known) :]
    kinds_before = {corpus.ids[row]: kind - len(known) for row, kind in _pairs(rows, found.kind) if kind >= len(known)}
    kept = inherited(kinds_before, before)
    for kind, id in zip(fresh, fresh_ids(fresh, kept, (task.id for task in tasks)), strict=True):
        numbers.append(len(tasks))
        tasks.append(_task_of(kind, id, corpus.apps[app]))
    number_of = np.array([*numbers, NOISE], dtype=np.int64)
    taken.task[rows], taken.variant[rows] = number_of[found.kind], found.variant
    # No evidence, but of a task all the same.
    others = own[(corpus.role[own] == Role.STUDENT) | (corpus.role[own] == Role.FAILED)]
    mined = [Mined(number, template) for number in numbers for template in tasks[number].templates]
    best = recognised(corpus, mined, others)
    taken.task[others] = np.array([each.group for each in mined] + [NOISE], dtype=np.int64)[best]
    variants = [variant for number in numbers for variant in range(len(tasks[number].templates))]
    taken.variant[others] = np.array([*variants, NOISE], dtype=np.int64)[best]


def _kind_of(task: Task) -> Kind:
    vector: Floats = np.frombuffer(task.centre, dtype="<f4")
    return Kind(
        templates=task.templates,
        instruction=task.instruction,
        # What the answers of a closed set are besides is not known.
        form=ANY_FORM if task.kind is AnswerKind.CLOSED_SET else KINDS.index(task.kind),
        centre=Centre(vector.astype(np.float32), task.reach) if len(vector) else None,
    )


def _task_of(kind: Kind, id: str, app: str | None) -> Task:
    return Task(
        id=id,
        name=placeholder(id),
        kind=KINDS[kind.form],
        app=app,
        templates=kind.templates,
        instruction=kind.instruction,
        centre=b"" if kind.centre is None else kind.centre.vector.astype("<f4").tobytes(),
        reach=0.0 if kind.centre is None else kind.centre.reach,
    )


def _pairs(rows: Ints, numbers: Ints) -> Iterator[tuple[int, int]]:
    return zip(rows.tolist(), numbers.tolist(), strict=True)
