"""Tasks by where they come from, as a tree: application, agent, task, variant of the prompt."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from slm_instrument.analyze.report.texts import visible
from slm_instrument.store.base import Task

NO_NAME = "(no name)"


def tasks_tree(tasks: Sequence[Task]) -> RenderableType:
    """The tree; a task is where most of its calls come from, and names its other agents."""
    if not tasks:
        return Text("no tasks; run: slm-instrument analyze")
    root = Tree(Text("applications"), hide_root=True)
    for app, of_app in _grouped((task.app or NO_NAME, task) for task in tasks):
        branch = root.add(_label(app, of_app))
        for agent, of_agent in _grouped((next(iter(task.agents), NO_NAME), task) for task in of_app):
            twig = branch.add(_label(agent, of_agent))
            for task in of_agent:
                _add(twig, task)
    return root


def _add(branch: Tree, task: Task) -> None:
    also = f"; also of {', '.join(task.agents[1:])}" if len(task.agents) > 1 else ""
    leaf = branch.add(Text.assemble((visible(task.name), "bold"), visible(f"  {task.id}  {task.calls:,} calls{also}")))
    if len(task.templates) > 1:
        for number, calls in enumerate(task.variant_calls, 1):
            leaf.add(Text(f"variant {number}  {calls:,} calls", style="dim"))


def _label(name: str, tasks: Sequence[Task]) -> Text:
    return Text(visible(f"{name}  {sum(task.calls for task in tasks):,} calls in {len(tasks):,} tasks"))


def _grouped(pairs: Iterable[tuple[str, Task]]) -> list[tuple[str, list[Task]]]:
    """Tasks by name, those with the most calls first."""
    groups = defaultdict[str, list[Task]](list)
    for name, task in pairs:
        groups[name].append(task)
    return sorted(groups.items(), key=lambda group: -sum(task.calls for task in group[1]))
