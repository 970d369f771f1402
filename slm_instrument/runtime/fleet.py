"""The students of a models folder: which serves which task, and which of them a call belongs to."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from slm_instrument.errors import BundleError, NotFoundError
from slm_instrument.privacy.retired import why_retired
from slm_instrument.records import Call
from slm_instrument.redaction.policy import Policies
from slm_instrument.runtime.bundle import Bundle, find_bundles
from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.runtime.manifest import MANIFEST, Manifest, decode_manifest
from slm_instrument.runtime.masking import Asked, ask_of
from slm_instrument.runtime.serving import Servable
from slm_instrument.runtime.student import Student, load_student
from slm_instrument.store import Mode
from slm_instrument.template import Match, Prompt, TemplateIndex

LoadStudent = Callable[[Bundle], Student]

_log = logging.getLogger("slm_instrument.runtime")


@dataclass(frozen=True, slots=True)
class Route:
    """A call's student, and the call's slots."""

    servable: Servable
    call: Call
    match: Match[str]
    policies: Policies

    def asked(self) -> Asked:
        """What to ask the student with; redacting a prompt takes some 100 us."""
        return ask_of(self.call, self.match.template, self.match.slots, self.servable.redaction, self.policies)


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
    """One servable per task, and the index that finds the task of a call.

    Args:
        servables: At most one per task.
        unreadable: What is wrong with bundles of which not even the task is known.
        policies: What this process redacts, which it does to prompts before a student is asked.
    """

    def __init__(
        self, servables: Iterable[Servable], *, unreadable: Iterable[str] = (), policies: Policies | None = None
    ) -> None:
        self._policies = policies or Policies()
        self.servables = tuple(servables)
        self._unreadable = tuple(unreadable)
        self._by_task = {servable.task_id: servable for servable in self.servables}
        self._index = TemplateIndex((servable.task_id, servable.templates) for servable in self.servables)

    @classmethod
    def load(
        cls, models: str | Path, *, load_student: LoadStudent = load_student, policies: Policies | None = None
    ) -> "Fleet":
        """Read the bundles of a folder. What cannot be used is logged, and refused when a call asks for it.

        A task is served by its newest certified bundle. Where that is broken an older one takes its place.
        """
        candidates, unreadable = _candidates(models)
        best: dict[str, _Candidate] = {}
        for candidate in sorted(candidates, key=lambda each: each.rank):
            best[candidate.manifest.task_id] = candidate
        if not best and not unreadable:
            _log.warning("no student in %s: every call is left to the LLM", models)
        return cls([_servable(each, load_student) for each in best.values()], unreadable=unreadable, policies=policies)

    def find(self, call: Call) -> Route | Decision:
        """The call's student, or the decision that there is none."""
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

    def close(self) -> None:
        """Let all worker threads end."""
        for servable in self.servables:
            servable.close()


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
        latency_ms=candidate.manifest.test.latency_ms,
        load=load,
        unusable=candidate.unusable,
    )
