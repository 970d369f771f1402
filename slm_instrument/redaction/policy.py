"""What is redacted where: levels, allow and deny lists, recognisers of the user's own, per app, agent and task.

:func:`read_policies` makes them from ``$SLM_INSTRUMENT_REDACTION`` (see there for its form); in code::

    Policies([Rule(level=Level.STRICT, app="shop"), Rule(app="shop", off=frozenset({"IP_ADDRESS"}))], [my_recogniser])
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Protocol

from slm_instrument.records import Call
from slm_instrument.redaction.findings import Finding

_REMEMBERED = 10_000  # apps and agents whose policy is remembered

_numbers = itertools.count(1)


class Level(StrEnum):
    """How much is removed.

    ``secrets``: credentials only. ``standard``: all that deterministic recognisers find, at write; names and the like
    before training and export. ``strict``: unsure findings too, and nothing is read out before names have been removed.
    """

    OFF = "off"
    SECRETS = "secrets"
    STANDARD = "standard"
    STRICT = "strict"


class Recogniser(Protocol):
    """A user's own recogniser. It must take time in proportion to the text; when it raises, the text is withheld."""

    def find(self, text: str) -> Iterable[Finding]:
        """What is found in the text."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """What is redacted in a text. Compared by identity; ``number`` names it within this process.

    ``allow`` and ``deny`` hold texts, compared without regard to capitals; ``off`` holds types that are left alone.
    """

    level: Level = Level.STANDARD
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    recognisers: tuple[Recogniser, ...] = ()
    number: int = field(default_factory=lambda: next(_numbers), init=False)

    def __post_init__(self) -> None:
        for name in ("allow", "deny"):
            object.__setattr__(self, name, frozenset(text.casefold() for text in getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is added where it fits: ``app``, ``agent`` and ``task`` are patterns (``*``, ``?``), and None fits any.

    A rule with a ``task`` fits only where a task is known, which is before training and export, never at write.
    """

    app: str | None = None
    agent: str | None = None
    task: str | None = None
    level: Level | None = None
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    recognisers: tuple[Recogniser, ...] = ()

    def fits(self, app: str | None, agent: str | None, task: str | None) -> bool:
        """Whether the rule is for calls of this app and agent (and task)."""
        wanted = ((self.app, app), (self.agent, agent), (self.task, task))
        return all(pattern is None or fnmatchcase(name or "", pattern) for pattern, name in wanted)


class Policies:
    """The policy of each call. Rules add up in their order; of their levels the last counts. Thread-safe."""

    def __init__(self, rules: Iterable[Rule] = (), recognisers: Sequence[Recogniser] = ()) -> None:
        self._rules = (Rule(level=Level.STANDARD, recognisers=tuple(recognisers)), *rules)
        self._made: dict[tuple[Rule, ...], Policy] = {}
        self._known: dict[tuple[str | None, str | None, str | None], Policy] = {}

    def of(self, call: Call, task: str | None = None) -> Policy:
        """The policy of a call; the same object for the same rules."""
        return self.policy(call.app, call.agent, task)

    def policy(self, app: str | None = None, agent: str | None = None, task: str | None = None) -> Policy:
        """The policy of an app's agent's calls, ``task`` being a task's name where it is known."""
        key = (app, agent, task)
        policy = self._known.get(key)
        if policy is None:
            fitting = tuple(rule for rule in self._rules if rule.fits(app, agent, task))
            policy = self._made.setdefault(fitting, _sum(fitting))
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = policy
        return policy


def _sum(rules: Sequence[Rule]) -> Policy:
    return Policy(
        level=next(rule.level for rule in reversed(rules) if rule.level is not None),
        allow=frozenset[str]().union(*(rule.allow for rule in rules)),
        deny=frozenset[str]().union(*(rule.deny for rule in rules)),
        off=frozenset[str]().union(*(rule.off for rule in rules)),
        recognisers=tuple(recogniser for rule in rules for recogniser in rule.recognisers),
    )
