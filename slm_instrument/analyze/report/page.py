"""An analysis as one page for a browser: figures, a map of the calls, where the money goes, and every task's card."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slm_instrument.analyze.report import paper
from slm_instrument.analyze.report.contents import brief_call, named, task_card, whole_call
from slm_instrument.analyze.report.document import document, write_private
from slm_instrument.analyze.report.plain import share_to_json
from slm_instrument.analyze.report.tally import Source, Sum, Tally, tally
from slm_instrument.analyze.report.texts import Texts, fair_limit, visible
from slm_instrument.analyze.result import Analysis
from slm_instrument.progress import Listener, Stage
from slm_instrument.records import Call
from slm_instrument.store.base import Task
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Selection

if TYPE_CHECKING:
    from slm_instrument.analyze.cards.savings import Prices, Saving
    from slm_instrument.analyze.embed import Embedder, Vectors

MAX_TASKS = 500  # on a page, those with the most calls; --json has all
MAX_DOTS = 2_000  # on the map, and a few more where there are many tasks
EXAMPLE_CHARS = 4_000_000  # of all calls that are shown whole
MIN_CHARS, MAX_CHARS = 1_500, 16_000  # of one of these
MEANING_CHARS = 120_000  # of what varies in all calls of the map, by which they are placed; this bounds the time
CALL_CHARS = 400  # of one of them: what matters comes first
READ_AT_ONCE = 500
EMBED_AT_ONCE = 512

NO_TASK = -1
OTHER_TASK = -2  # one that the page does not show


@dataclass(slots=True)
class _Dots:
    """The calls of the map, and of them those that are shown whole."""

    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    tasks: list[int] = field(default_factory=list[int])
    varies: list[str] = field(default_factory=list[str])
    number_of: dict[str, int] = field(default_factory=dict[str, int])


def write_page(
    path: Path,
    analysis: Analysis,
    store: Store,
    *,
    embed: "Embedder",
    savings: "Mapping[str, Saving] | None" = None,
    prices: "Prices | None" = None,
    progress: Listener | None = None,
) -> None:
    """Write the analysis as one HTML file that opens without a network.

    The file holds prompts and answers as the store has them, so it is written for its owner alone (mode 0600), and
    whole or not at all.

    Args:
        path: where to; what is there is replaced.
        analysis: what was found.
        store: where the calls are.
        embed: what places calls on the map by meaning.
        savings: by task id, what a student would save.
        prices: the user's prices of tokens, by which calls are counted.
        progress: told how far each stage is.

    Raises:
        InputError: the file cannot be written there.
        StoreError: the store cannot be read.
    """
    tasks = analysis.tasks[:MAX_TASKS]
    counted = tally(store.iter_noted(), tasks, analysis.unassigned, shown=MAX_DOTS, prices=prices)
    texts = Texts()
    dots = _read(store, tasks, counted, texts, progress)
    values = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        **_figures(analysis),
        "tasks": [_card(task, counted, dots, (savings or {}).get(task.id)) for task in tasks],
        "flow": _flow(counted.sums, tasks),
        "calls": dots.calls,
        "map": _map(tasks, dots, embed, progress),
        "texts": texts.values,
    }
    write_private(path, document(values))


def _figures(analysis: Analysis) -> dict[str, Any]:
    return {
        "summary": {
            "calls": analysis.calls,
            "tasks": len(analysis.tasks),
            "unassigned": analysis.unassigned,
            "failed": analysis.failed,
            "student": analysis.student,
            "human": analysis.human,
        },
        "total": share_to_json(analysis.total),
        "agents": [{"agent": named(share.agent), **share_to_json(share)} for share in analysis.agents],
        "paper": {
            "title": paper.TITLE,
            "url": paper.URL,
            "estimates": [estimate._asdict() for estimate in paper.ESTIMATES],
        },
    }


def _read(store: Store, tasks: Sequence[Task], counted: Tally, texts: Texts, progress: Listener | None) -> _Dots:
    """Read the sampled calls and the tasks' examples; a call that has been erased since is left out."""
    from slm_instrument.analyze.sampling import slot_text  # with numpy
    from slm_instrument.template import Prompt

    task_of = {id: NO_TASK for id in counted.sampled.get(None, ())}
    for number, task in enumerate(tasks):
        task_of |= dict.fromkeys((*counted.sampled[task.id], *task.typical, *task.unusual), number)
    examples = {id for task in tasks for id in (*task.typical, *task.unusual)}
    budget = min(MAX_CHARS, max(MIN_CHARS, EXAMPLE_CHARS // max(1, len(examples))))
    stage = Stage("reading calls for the report", len(task_of), progress)
    dots = _Dots()
    for call in _calls(store, list(task_of)):
        number = task_of[call.id]
        varies = slot_text(tasks[number].templates if number != NO_TASK else (), Prompt.of_call(call))
        shown = brief_call(call, varies, texts)
        if call.id in examples:
            shown |= whole_call(call, texts, budget)
        dots.number_of[call.id] = len(dots.calls)
        dots.calls.append(shown)
        dots.tasks.append(number)
        dots.varies.append(visible(varies[:CALL_CHARS]))
        stage.step()
    stage.finish()
    return dots


def _calls(store: Store, ids: Sequence[str]) -> Iterator[Call]:
    for start in range(0, len(ids), READ_AT_ONCE):
        yield from store.iter_calls(Selection(ids=tuple(ids[start : start + READ_AT_ONCE])))


def _card(task: Task, counted: Tally, dots: _Dots, saving: "Saving | None") -> dict[str, Any]:
    def numbers(ids: Sequence[str]) -> list[int]:
        return [dots.number_of[id] for id in ids if id in dots.number_of]

    card = task_card(task, counted.trends.get(task.id), None if saving is None else asdict(saving))
    return card | {"typical": numbers(task.typical), "unusual": numbers(task.unusual)}


def _flow(sums: Mapping[Source, Sum], tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Calls, tokens and cost of each agent's part in each task."""
    numbers: dict[str | None, int] = {None: NO_TASK, **{task.id: number for number, task in enumerate(tasks)}}
    return [
        {
            "app": named(source.app),
            "agent": named(source.agent),
            "task": numbers.get(source.task_id, OTHER_TASK),
            **asdict(total),
        }
        for source, total in sums.items()
    ]


def _map(tasks: Sequence[Task], dots: _Dots, embed: "Embedder", progress: Listener | None) -> dict[str, Any]:
    """Islands and dots; a dot's number is its call's."""
    import numpy as np

    from slm_instrument.analyze.report.layout import lay_out

    numbers = sorted(set(dots.tasks))
    stage = Stage("drawing the map", len(dots.calls), progress)
    if not numbers:
        return {"islands": [], "dots": []}
    vectors = np.concatenate(list(_meanings(dots.varies, embed, stage)))
    of_task = np.array(dots.tasks)
    rows = [np.flatnonzero(of_task == number) for number in numbers]
    about = [visible(tasks[number].instruction[:CALL_CHARS]) if number != NO_TASK else "" for number in numbers]
    apps = [tasks[number].app if number != NO_TASK else None for number in numbers]
    islands, places = lay_out([vectors[own] for own in rows], embed(about), apps)
    in_order = np.empty_like(places)
    in_order[np.concatenate(rows)] = places
    return {
        "islands": [
            {"task": number, "x": round(island.x, 2), "y": round(island.y, 2), "r": round(island.radius, 2)}
            for number, island in zip(numbers, islands, strict=True)
        ],
        "dots": [[round(x, 2), round(y, 2), task] for (x, y), task in zip(in_order.tolist(), dots.tasks, strict=True)],
    }


def _meanings(texts: Sequence[str], embed: "Embedder", stage: Stage) -> "Iterator[Vectors]":
    limit = fair_limit([len(text) for text in texts], MEANING_CHARS)
    for start in range(0, len(texts), EMBED_AT_ONCE):
        part = [text[:limit] for text in texts[start : start + EMBED_AT_ONCE]]
        yield embed(part)
        stage.step(len(part))
