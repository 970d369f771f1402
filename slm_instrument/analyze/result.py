"""What an analysis returns."""

from dataclasses import dataclass
from typing import NamedTuple

from slm_instrument.store.base import Task


class Spent(NamedTuple):
    """Tokens by what they are priced as; ``cached`` is a part of ``input``.

    They need not be whole numbers: the replaceable part of a call is a share of it.
    """

    input: float = 0
    cached: float = 0
    output: float = 0


_NOTHING = Spent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What an agent spends on language models, and how much of it small ones could take over.

    The shares, in 0..1, are of its calls, tokens and cost; they add up the tasks' estimates. ``agent`` is None for the
    calls of no named agent. ``cost_usd`` and its share are None where no price is known. ``spent`` are its tokens, and
    ``replaceable_spent`` those that small models could take over.
    """

    agent: str | None
    calls: int
    tokens: int
    cost_usd: float | None
    replaceable_calls: float
    replaceable_tokens: float
    replaceable_cost: float | None
    spent: Spent = _NOTHING
    replaceable_spent: Spent = _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The tasks found in a store, most calls first, and what they leave out.

    ``calls`` are all that were read. Tasks count those a language model answered for an agent; beside these there are
    ``unassigned`` ones of no task, ``failed`` ones, those answered by a ``student`` and those that talk to a
    ``human``. Of all, ``new`` ones were read by no analysis before. ``remarks`` are sentences on what else was done.
    """

    id: str
    tasks: tuple[Task, ...]
    calls: int
    unassigned: int
    failed: int
    student: int
    human: int
    total: Share
    agents: tuple[Share, ...]
    new: int = 0
    remarks: tuple[str, ...] = ()
