"""The students of a models folder: which serves which task, and which of them a call belongs to."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from slm_instrument.errors import BundleError, NotFoundError
from slm_instrument.privacy.retired import why_retired
from slm_instrument.records import Call
from slm_instrument.redaction.policy import Policies
from slm_instrument.runtime.bundle import Bundle, find_bundles
from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.runtime.lineup import Lineup
from slm_instrument.runtime.manifest import MANIFEST, Manifest, decode_manifest
from slm_instrument.runtime.masking import Asked, ask_of
from slm_instrument.runtime.serving import Servable
from slm_instrument.runtime.student import Student, load_student
from slm_instrument.store import Mode
from slm_instrument.template import Match, Prompt, Slots, Template, TemplateIndex

LoadStudent = Callable[[Bundle], Student]

_log = logging.getLogger("slm_instrument.runtime")


@dataclass(frozen=True, slots=True)
class Route:
    """A call, the students of its task, and where the call's prompt matches their templates."""

    lineup: Lineup
    call: Call
    match: Match[str]
    policies: Policies

    def to(self, servable: Servable) -> Callable[[], Asked] | None:
        """What makes the question to a student; None when the prompt is of none of its templates.

        Students of one task may have learned from different templates, and each knows the slots of its own only. Making
        the question redacts the prompt where the student wants that, which takes some 100 us.
        """
        template, slots = self.match.template, self.match.slots
        if template not in servable.templates:
            found = _slots_in(servable.templates, self.call)
            if found is None:
                return None
            template, slots = found
        return lambda: ask_of(self.call, template, slots, servable.redaction, self.policies)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A bundle whose manifest can be read, with what is wrong with the rest of it."""

    path: Path
    manifest: Manifest
    bundle: Bundle | None
    error: str | None
    retired: str | None

    @property
    def rank(self) -> tuple[bool, bool, bool, float, str]:
        """Sound before broken, in service before retired, certified before not, then the newest."""
        manifest = self.manifest
        sound, serves = self.error is None, self.retired is None
        return (sound, serves, manifest.may_answer, manifest.created_at.timestamp(), manifest.id)

    @property
    def identity(self) -> str:
        """Tells it from what may come to lie in the same folder."""
        digest = self.bundle.manifest_sha256 if self.bundle is not None else ""
        return f"{self.path} {self.manifest.id} {digest} {self.error or ''} {self.retired or ''}"

    @property
    def unusable(self) -> tuple[Reason, str] | None:
        """Why it cannot serve."""
        if self.error is not None:
            return Reason.ERROR, self.error
        if self.retired is not None:
            return Reason.UNSUPPORTED, f"its student is retired: {self.retired}"
        if not self.manifest.may_answer:
            return Reason.UNSUPPORTED, f"its student is not certified ({self.manifest.certificate.verdict})"
        return None


class Fleet:
    """The students of every task, and the index that finds the task of a call.

    Args:
        servables: The best of a task first.
        unreadable: What is wrong with bundles of which not even the task is known.
        policies: What this process redacts, which it does to prompts before a student is asked.
    """

    def __init__(
        self, servables: Iterable[Servable], *, unreadable: Iterable[str] = (), policies: Policies | None = None
    ) -> None:
        self._policies = policies or Policies()
        self._unreadable = tuple(unreadable)
        self._by_task = _lineups(servables)
        templates = {
            task_id: dict.fromkeys(template for servable in lineup.servables for template in servable.templates)
            for task_id, lineup in self._by_task.items()
        }
        self._index = TemplateIndex((task_id, tuple(of_task)) for task_id, of_task in templates.items())

    @classmethod
    def load(
        cls,
        models: str | Path,
        *,
        load_student: LoadStudent = load_student,
        policies: Policies | None = None,
        known: "Fleet | None" = None,
        looked_at: datetime | None = None,
    ) -> "Fleet":
        """Read the bundles of a folder. What cannot be used is logged, and refused when a call asks for it.

        A task is served by certified bundles that are sound; a task that has none keeps one that says why.

        Args:
            models: The folder.
            load_student: Makes a student of a bundle.
            policies: What this process redacts.
            known: What was read before: students of bundles that are still the same stay in memory.
            looked_at: When it was read before: what is new has come since.
        """
        candidates, unreadable = _candidates(models)
        if not candidates and not unreadable:
            _log.warning("no student in %s: every call is left to the LLM", models)
        before = {each.identity: each for each in known.every_servable} if known is not None else {}
        servables = [
            before.get(each.identity) or _servable(each, load_student)
            for each in sorted(candidates, key=lambda each: each.rank, reverse=True)
        ]
        for servable in servables if known is not None else ():
            if servable.identity not in before:
                servable.came_at = looked_at
        return cls(servables, unreadable=unreadable, policies=policies)

    @property
    def lineups(self) -> tuple[Lineup, ...]:
        """The students by task."""
        return tuple(self._by_task.values())

    @property
    def servables(self) -> tuple[Servable, ...]:
        """The best student of every task."""
        return tuple(lineup.first for lineup in self._by_task.values())

    @property
    def every_servable(self) -> tuple[Servable, ...]:
        """All students of all tasks."""
        return tuple(servable for lineup in self._by_task.values() for servable in lineup.servables)

    def find(self, call: Call) -> Route | Decision:
        """The call's students, or the decision that there is none."""
        match = self._index.find(Prompt.of_call(call))
        if match is not None and not match.rivals:
            return Route(self._by_task[match.owner], call, match, self._policies)
        if match is not None:
            rivals = ", ".join(sorted(self._by_task[task].task_name for task in (match.owner, *match.rivals)))
            return Decision(mode=Mode.OFF, reason=Reason.NO_MATCH, detail=f"its prompt fits several tasks: {rivals}")
        if self._unreadable:
            # It may be of the task whose bundle is broken: "no match" would be a guess.
            return Decision(mode=Mode.OFF, reason=Reason.ERROR, detail="; ".join(self._unreadable))
        return Decision(mode=Mode.OFF, reason=Reason.NO_MATCH)

    def require_students(self, models: str | Path) -> None:
        """Load every student that may serve, and make sure that there is one to ask.

        Raises:
            NotFoundError: there is no bundle.
            BundleError: there are bundles, and all are broken.
            MissingExtraError: a student needs a package that is not installed.
        """
        broken = [s.unusable[1] for s in self.servables if s.unusable is not None and s.unusable[0] is Reason.ERROR]
        if len(broken) == len(self.servables):
            for error in (*self._unreadable, *broken):
                raise BundleError(error)
            raise NotFoundError(f"{models}: no bundle there; make one with: slm-instrument train TASK --out {models}")
        for servable in self.servables:
            if servable.unusable is None:
                servable.student()

    def close(self, *, but: "Fleet | None" = None) -> None:
        """Let all worker threads end, but those of students that another fleet has too."""
        kept = but.every_servable if but is not None else ()
        for servable in self.every_servable:
            if servable not in kept:
                servable.close()


def _lineups(servables: Iterable[Servable]) -> dict[str, Lineup]:
    """Students by task: those that may answer; where there are none, the first that there is."""
    of_task: dict[str, list[Servable]] = {}
    for servable in servables:
        of_task.setdefault(servable.task_id, []).append(servable)
    return {
        task_id: Lineup(tuple(each for each in there if each.unusable is None) or (there[0],))
        for task_id, there in of_task.items()
    }


def _slots_in(templates: Iterable[Template], call: Call) -> tuple[Template, Slots] | None:
    prompt = Prompt.of_call(call)
    return next(
        ((each, slots) for each in templates if (slots := each.match(prompt)) is not None),
        None,
    )


def _candidates(models: str | Path) -> tuple[list[_Candidate], list[str]]:
    candidates: list[_Candidate] = []
    unreadable: list[str] = []
    for path, bundle in find_bundles(models):
        if isinstance(bundle, Bundle):
            candidates.append(_Candidate(path, bundle.manifest, bundle, None, why_retired(path)))
            continue
        _log.warning("a bundle cannot be used: %s", bundle)
        manifest = _manifest_of_broken(path)
        if manifest is None:
            unreadable.append(str(bundle))
        else:
            candidates.append(_Candidate(path, manifest, None, str(bundle), why_retired(path)))
    return candidates, unreadable


def _manifest_of_broken(path: Path) -> Manifest | None:
    """What a broken bundle says it is: enough to tell which calls it would have been for."""
    with suppress(OSError, BundleError):
        return decode_manifest((path / MANIFEST).read_bytes())
    return None


def _servable(candidate: _Candidate, load_student: LoadStudent) -> Servable:
    bundle = candidate.bundle

    def load() -> Student:
        if bundle is None:
            raise BundleError(candidate.error or f"{candidate.path}: cannot be used")
        return load_student(bundle)

    return Servable(
        task_id=candidate.manifest.task_id,
        task_name=candidate.manifest.task_name,
        bundle_id=candidate.manifest.id,
        templates=candidate.manifest.templates,
        redaction=candidate.manifest.redaction.level if candidate.manifest.redaction else "off",
        comparator=candidate.manifest.comparator,
        created_at=candidate.manifest.created_at,
        target=candidate.manifest.certificate.target,
        model_bytes=sum(file.bytes for file in candidate.manifest.files.values()),
        identity=candidate.identity,
        latency_ms=candidate.manifest.test.latency_ms,
        load=load,
        unusable=candidate.unusable,
    )
