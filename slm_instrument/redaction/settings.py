"""Policies read from ``$SLM_INSTRUMENT_REDACTION`` and from the file it may name."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from slm_instrument.config import Settings
from slm_instrument.errors import ConfigError
from slm_instrument.redaction.policy import Level, Policies, Recogniser, Rule

VARIABLE = "SLM_INSTRUMENT_REDACTION"

_LEVELS = ", ".join(Level)


class _RuleTable(msgspec.Struct, forbid_unknown_fields=True):
    """A ``[[rules]]`` table of the file, and what stands above the first of them."""

    app: str | None = None
    agent: str | None = None
    task: str | None = None
    level: Level | None = None
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    patterns: dict[str, str] = {}

    def rule(self) -> Rule:
        """The table as a rule."""
        return Rule(
            app=self.app,
            agent=self.agent,
            task=self.task,
            level=self.level,
            allow=self.allow,
            deny=self.deny,
            off=self.off,
            recognisers=_recognisers(self.patterns),
        )


def _recognisers(patterns: Mapping[str, str]) -> tuple[Recogniser, ...]:
    if not patterns:
        return ()
    from slm_instrument.redaction.custom import PatternRecogniser  # RE2 is loaded where it is needed

    return tuple(PatternRecogniser(type, pattern) for type, pattern in patterns.items())


class _File(msgspec.Struct, forbid_unknown_fields=True):
    level: Level | None = None
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    patterns: dict[str, str] = {}
    rules: list[_RuleTable] = []

    def all(self) -> list[Rule]:
        """The rules in their order, first the one that fits everything."""
        first = _RuleTable(level=self.level, allow=self.allow, deny=self.deny, off=self.off, patterns=self.patterns)
        return [first.rule(), *(table.rule() for table in self.rules)]


def read_policies(setting: str | None = None) -> Policies:
    r"""What a setting says, by default ``$SLM_INSTRUMENT_REDACTION``; an empty one redacts all at level standard.

    Entries have commas (or semicolons) between them; what they say adds up, and of levels the last that fits counts::

        standard                                   every call
        standard,shop=strict,shop/router=secrets   app "shop" strictly, its agent "router" for secrets only
        standard,*/judge=off                       an agent of that name in any app (* and ? as in file names)
        standard,task:refund*=strict               tasks of such names, before they are trained on or exported
        @redaction.toml                            what a file says; entries after it refine it

    and the file::

        level = "standard"
        allow = ["support@example.com"]            # never replaced
        deny = ["Project Nightjar"]                # always replaced
        off = ["IP_ADDRESS"]                       # types that are left alone
        [patterns]                                 # RE2's syntax; of a pattern with a group, the group is replaced
        EMPLOYEE_ID = 'E-\d{6}'
        [[rules]]                                  # added to what stands above, where it fits
        app = "shop"                               # and, or: agent = "router", task = "refund*"
        level = "strict"                           # and, or: allow, deny, off, patterns

    Raises:
        ConfigError: a level, entry, file, key or pattern that means nothing.
    """
    rules: list[Rule] = []
    for entry in re.split(r"[;,]", Settings.from_env().redaction if setting is None else setting):
        entry = entry.strip()
        if entry.startswith("@"):
            rules += _read_file(Path(entry[1:].strip()))
        elif entry:
            rules.append(_rule(entry))
    return Policies(rules)


def _rule(entry: str) -> Rule:
    where, found, level = entry.rpartition("=")
    where = where.strip()
    if found and not where:
        raise ConfigError(f"{VARIABLE}: {entry!r} names no app, agent or task before its '='")
    try:
        wanted = Level(level.strip().lower())
    except ValueError:
        raise ConfigError(f"{VARIABLE}: {level.strip()!r} in {entry!r} is no level ({_LEVELS})") from None
    if where.startswith("task:"):
        return Rule(task=where.removeprefix("task:").strip(), level=wanted)
    app, _, agent = where.partition("/")
    return Rule(app=app or None, agent=agent or None, level=wanted)


def _read_file(path: Path) -> list[Rule]:
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(raw, _File).all()
    except OSError as e:
        raise ConfigError(f"{VARIABLE}: {path} cannot be read: {e.strerror}") from e
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as e:
        raise ConfigError(f"{VARIABLE}: {path}: {e}") from e
