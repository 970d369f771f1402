"""Whether a teacher's terms let others be trained on its answers, and what a training does about it.

What is known of providers' terms and models' licences is a table, ``teacher_terms.toml``, with a source for every row;
docs/teacher-terms.md shows it. Most of them forbid models that *compete* with the provider's. Whether a student that
answers one task inside one's own agent competes is a matter of reading, and often of a contract that nobody but the
user has seen. So this says what the terms limit and lets the user decide. It is not legal advice.

==============  ===================================================  =====================================
the terms       which means                                          under ``refuse``, ``warn``, ``allow``
==============  ===================================================  =====================================
``allowed``     no limit on training on answers is known             trained, trained, trained
``restricted``  not for some purpose, or under conditions            refused, said, said
``unknown``     the table has no row, or nobody has read the terms   refused, said, said
``forbidden``   no training on answers, whatever for                 refused, refused, said
==============  ===================================================  =====================================

``warn`` is the default. To refuse what is only restricted would turn most users away, for a clause that mostly does
not mean them, and teach them to switch the check off unread; to say nothing would be dishonest; and what is forbidden
whatever it is for must not be done because nobody looked. ``allow`` is a decision, and the bundle keeps who took it.
"""

import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from slm_instrument.config import current_user
from slm_instrument.errors import ConfigError, TermsError
from slm_instrument.records import Call

logger = logging.getLogger("slm_instrument")


class TermsVerdict(StrEnum):
    """What terms say of training on answers; see the table above."""

    ALLOWED = "allowed"
    RESTRICTED = "restricted"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"


class TermsPolicy(StrEnum):
    """What a training does about it; see the table above."""

    REFUSE = "refuse"
    WARN = "warn"
    ALLOW = "allow"


_READ = {"text": "read", "quotes": "read in quotations", "memory": "not seen, from memory", "own": ""}
_STOPS = {
    TermsPolicy.REFUSE: frozenset(TermsVerdict) - {TermsVerdict.ALLOWED},
    TermsPolicy.WARN: frozenset({TermsVerdict.FORBIDDEN}),
    TermsPolicy.ALLOW: frozenset[TermsVerdict](),
}


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who answered, as recorded. Names are what providers and frameworks call themselves: no two need agree."""

    provider: str | None
    model: str | None

    @classmethod
    def of(cls, call: Call) -> "Teacher":
        """The teacher of a call.

        A server that speaks OpenAI's language is recorded as ``openai`` and its address; then the address is what says
        whose terms hold.
        """
        address = call.labels.get("server_address")
        elsewhere = call.provider == "openai" and isinstance(address, str)
        return cls(address if elsewhere else call.provider, call.model)

    def __str__(self) -> str:
        return " ".join((self.provider or "(unknown provider)", self.model or "(unknown model)"))


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the table: whose terms, what they limit in a few words, and where that is written.

    ``providers`` and ``models`` are shell globs without regard to capitals; an empty list matches any, also none. A
    model is matched by what follows its last ``/`` and without OpenAI's ``ft:``, so that ``meta-llama/Llama-3.1-8B``
    and a fine-tuned ``ft:gpt-4o:acme::1`` are found; a glob with a ``/`` in it is matched by the whole name.
    ``basis`` says how the source was read: its text, as others quote it, not at all (from memory), or by the user
    (own). ``seen`` is when.
    """

    name: str
    verdict: TermsVerdict
    limits: str
    document: str
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    url: str = ""
    basis: Literal["text", "quotes", "memory", "own"] = "own"
    seen: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not self.providers and not self.models:
            raise ValueError("a row names neither providers nor models")

    @property
    def source(self) -> str:
        """Document, address, and how it was read."""
        read = f"{_READ[self.basis]} {self.seen}" if self.seen else _READ[self.basis]
        return ", ".join(part for part in (self.document, self.url, read) if part)

    def match(self, teacher: Teacher) -> bool:
        """Whether the row is about that teacher."""
        return _match(self.providers, teacher.provider) and _match(self.models, teacher.model)


_NO_ROW = Terms(
    name="not in the table",
    verdict=TermsVerdict.UNKNOWN,
    limits="its terms are not in the table",
    document="",
    providers=("*",),
)


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    terms: tuple[Terms, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A teacher, how many calls it answered, and the terms that hold for it."""

    teacher: Teacher
    calls: int
    terms: Terms

    def __str__(self) -> str:
        return f"{self.teacher} ({self.calls:,} calls) is {self.terms.verdict}: {self.terms.limits}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on a dataset's teachers, most calls first, and who took their limits on, where somebody did."""

    policy: TermsPolicy
    teachers: tuple[Judged, ...]
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True)
class TeacherTerms:
    """The table that counts and what to do about it."""

    policy: TermsPolicy
    table: Sequence[Terms]

    @classmethod
    def of(cls, policy: str = "", file: Path | str = "") -> "TeacherTerms":
        """From settings.

        Args:
            policy: ``refuse``, ``warn`` or ``allow``; warn when empty.
            file: Rows of the user's own in the form of ``teacher_terms.toml``, which come before the package's.

        Raises:
            ConfigError: there is no such policy, or the file cannot be read or means nothing.
        """
        try:
            chosen = TermsPolicy(policy or TermsPolicy.WARN)
        except ValueError:
            raise ConfigError(f"{policy!r} is no policy for teachers' terms: say {', '.join(TermsPolicy)}") from None
        return cls(chosen, (*(_read(Path(file)) if file else ()), *known_terms()))

    def find(self, teacher: Teacher) -> Terms:
        """The first row that is about a teacher; one that says so where there is none."""
        return next((row for row in self.table if row.match(teacher)), _NO_ROW)

    def judge(self, teachers: Mapping[Teacher, int]) -> Decision:
        """Decide on the teachers of a dataset, given with their numbers of calls; log a line for each that is limited.

        Raises:
            TermsError: the policy refuses one of them.
        """
        ranked = sorted(teachers.items(), key=lambda item: (-item[1], str(item[0])))
        judged = tuple(Judged(teacher, calls, self.find(teacher)) for teacher, calls in ranked)
        refused = [one for one in judged if one.terms.verdict in _STOPS[self.policy]]
        if refused:
            raise TermsError(_refusal(refused, self.policy))
        limited = [one for one in judged if one.terms.verdict is not TermsVerdict.ALLOWED]
        for one in limited:
            logger.warning("teacher's terms: %s%s", one, f" ({one.terms.source})" if one.terms.source else "")
        acknowledged = self.policy is TermsPolicy.ALLOW and limited
        return Decision(self.policy, judged, current_user() if acknowledged else None)


def known_terms() -> tuple[Terms, ...]:
    """The package's table."""
    return _parse((files("slm_instrument.curate") / "teacher_terms.toml").read_text(encoding="utf-8"))


def _read(file: Path) -> tuple[Terms, ...]:
    try:
        return _parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # no UTF-8, no TOML, a field that is missing, misspelt or of the wrong type
        raise ConfigError(f"{file}: {error}") from error


def _parse(text: str) -> tuple[Terms, ...]:
    return msgspec.convert(tomllib.loads(text), type=_Table).terms


def _match(globs: Sequence[str], name: str | None) -> bool:
    whole = (name or "").lower()
    bare = whole.rpartition("/")[2].removeprefix("ft:")
    return not globs or any(fnmatchcase(whole if "/" in glob else bare, glob.lower()) for glob in globs)


def _refusal(refused: Sequence[Judged], policy: TermsPolicy) -> str:
    named = "; ".join(map(str, refused))
    documents = ", ".join(dict.fromkeys(one.terms.document for one in refused if one.terms.document))
    return (
        f"teachers' terms stand against this training, by the policy {policy}: {named}"
        f"{f' (see {documents})' if documents else ''}. If you may train on these answers, say so with "
        "--teacher-terms allow, which the bundle keeps, or in rows of your own with --teacher-terms-file"
    )
