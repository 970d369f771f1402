"""Which task a live call is of, by its prompt alone.

The index holds the templates of all students that are loaded. Templates are kept by the tools they offer and the answer
form they demand, both of which must be equal, so that a call of another kind costs one dictionary look-up; within a
kind the most specific template that matches wins.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slm_instrument.template import Prompt, Slots, Template

_Kind = tuple[tuple[str, ...], str]  # names of the tools, response format


@dataclass(frozen=True, slots=True)
class Match:
    """A call's task and what varies in the call.

    ``rivals`` are other tasks with a template that matches and fixes just as much: the prompt does not tell them apart.
    """

    task_id: str
    template: Template
    slots: Slots
    rivals: tuple[str, ...] = ()


class TemplateIndex:
    """Finds the task of a prompt among the templates of many tasks. Immutable, so threads share it freely."""

    def __init__(self, tasks: Iterable[tuple[str, Sequence[Template]]]) -> None:
        entries = [(template, task_id) for task_id, templates in tasks for template in templates]
        entries.sort(key=lambda entry: -entry[0].static_chars)
        self._by_kind: dict[_Kind, list[tuple[Template, str]]] = {}
        for template, task_id in entries:
            self._by_kind.setdefault((template.tools, template.response_format), []).append((template, task_id))

    def find(self, prompt: Prompt) -> Match | None:
        """The task of the most specific template that matches, or None."""
        found: tuple[Template, str, Slots] | None = None
        rivals: set[str] = set()
        for template, task_id in self._by_kind.get((prompt.tools, prompt.response_format), ()):
            if found is not None and template.static_chars < found[0].static_chars:
                break
            slots = template.match(prompt)
            if slots is None:
                continue
            if found is None:
                found = (template, task_id, slots)
            elif task_id != found[1]:
                rivals.add(task_id)
        return None if found is None else Match(found[1], found[0], found[2], tuple(sorted(rivals)))
