"""New tasks named by a language model of the user's, application by application."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from slm_instrument.analyze.cards.naming import SHOWN_EXAMPLES, Namer, Unnamed, name_with_model
from slm_instrument.analyze.report.contents import answer_text
from slm_instrument.progress import Listener, Stage
from slm_instrument.records import Call
from slm_instrument.store.base import Task
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Selection


def named_by(
    namer: Namer, store: Store, tasks: Sequence[Task], *, keep: Collection[str], progress: Listener | None = None
) -> tuple[list[Task], tuple[str, ...]]:
    """The tasks under the model's names, and what became of asking, a sentence for each application.

    Args:
        namer: the model.
        store: where the examples are.
        tasks: all tasks.
        keep: ids of those whose names stay: somebody may have come to use them.
        progress: told how far it is.
    """
    by_app = defaultdict[str | None, list[Task]](list)
    for task in tasks:
        if task.id not in keep:
            by_app[task.app].append(task)
    stage = Stage("naming tasks", sum(map(len, by_app.values())), progress)
    names: dict[str, str] = {}
    remarks: list[str] = []
    for app, own in by_app.items():
        taken = [task.name for task in tasks if task.app == app and task.id in keep]
        naming = name_with_model(namer, [_unnamed(store, task) for task in own], taken=taken)
        names |= {task.id: name for task, name in zip(own, naming.names, strict=True)}
        remarks.append(f"{app}: {naming.sentence}" if app else naming.sentence)
        stage.step(len(own))
    return [replace(task, name=names.get(task.id, task.name)) for task in tasks], tuple(remarks)


def _unnamed(store: Store, task: Task) -> Unnamed:
    shown = Selection(ids=task.typical[:SHOWN_EXAMPLES])
    return Unnamed(
        name=task.name,
        instruction=task.instruction,
        kind=task.kind,
        answers=task.answers,
        examples=[(_prompt(call), answer_text(call)) for call in store.iter_calls(shown)],
    )


def _prompt(call: Call) -> str:
    """What varies most from call to call: the last message."""
    return call.messages[-1].text if call.messages else ""
