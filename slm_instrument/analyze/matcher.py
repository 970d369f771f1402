"""Which task one call is of, as it happens: by template, by a template that it is near, by what it means.

For services that route or label live traffic by the tasks that an analysis found. Students are matched by template
alone (:mod:`slm_instrument.runtime`): a call that is merely near a template is not one that was certified.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from slm_instrument.analyze.embed import Embedder
from slm_instrument.analyze.kinds import about
from slm_instrument.store.base import Task
from slm_instrument.template import NearIndex, Prompt, Slots, TemplateIndex


class By(StrEnum):
    """How a call was recognised."""

    TEMPLATE = "template"
    NEAR = "near"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Recognised:
    """The task of a call, how it was recognised, and what varies in its prompt where a template says so."""

    task_id: str
    by: By
    slots: Slots | None = None


class TaskMatcher:
    """Finds the tasks of prompts. Immutable, so threads share it freely.

    Args:
        tasks: of one application.
        embed: the embedder of the analysis; without it, calls are not recognised by meaning.
    """

    def __init__(self, tasks: Sequence[Task], embed: Embedder | None = None) -> None:
        owners = [(task.id, task.templates) for task in tasks]
        self._index = TemplateIndex(owners)
        self._near = NearIndex(owners)
        self._embed = embed
        found_by_meaning = [task for task in tasks if task.centre]
        self._ids = [task.id for task in found_by_meaning]
        self._reach = np.array([task.reach for task in found_by_meaning])
        self._centres = np.array([np.frombuffer(task.centre, dtype="<f4") for task in found_by_meaning])

    def find(self, prompt: Prompt) -> Recognised | None:
        """The task of a prompt, or None."""
        match = self._index.find(prompt)
        if match is not None:
            return Recognised(match.owner, By.TEMPLATE, match.slots)
        near = self._near.find(prompt)
        if near is not None:
            return Recognised(near.owner, By.NEAR)
        if self._embed is None or not self._ids:
            return None
        similar = self._centres @ self._embed([about(prompt.system, prompt.first or prompt.last)])[0]
        nearest = int(np.argmax(similar))
        return Recognised(self._ids[nearest], By.MEANING) if similar[nearest] >= self._reach[nearest] else None
