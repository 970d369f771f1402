"""The rows of a store that are not calls: tasks, and what became of them, datasets, bundles, flags, observations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from slm_instrument.canonical import AnswerKind
from slm_instrument.template import Template


class Mode(StrEnum):
    """What the runtime does with a task's calls."""

    OFF = "off"  # the LLM answers, the student is not asked
    SHADOW = "shadow"  # the LLM answers, the student is compared with it in the background
    CANARY = "canary"  # as ON, for a share of the traces
    ON = "on"  # the student answers what its gate accepts, the LLM the rest
    AUTO = "auto"  # one of the others, by what live comparisons have shown of the student


class Verdict(StrEnum):
    """What certification says of a student."""

    CERTIFIED = "CERTIFIED"  # agreement on accepted calls is at least the target, at the stated confidence
    INSUFFICIENT = "INSUFFICIENT"  # not shown, on the evidence there is: stays on the LLM
    FAILED = "FAILED"  # shown to be under the target at every threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A recurring kind of call.

    ``agents`` make the calls, most of them first, ``agent_calls`` says how many each. ``templates`` are the variants of
    the prompt, ``variant_calls`` how many calls each recognises; ``matchable`` is the share of the calls that any of
    them does by the prompt alone, which is what the runtime can do. ``instruction`` is the static text that tells the
    task from the others of its application.

    ``answers`` are the normal forms of a closed set, most frequent first, and empty for other kinds. ``schemas`` are
    JSON schemas of what was answered: of the arguments of each tool by its name, of JSON answers under ``""``.
    ``typical`` and ``unusual`` are the ids of calls that show the task: those in the middle of it, and its edges; they,
    the schemas and the estimate are of a sample that was drawn when the task had ``sampled_of`` calls.

    ``replaceable`` is the share of the calls that a nearest-neighbour lookup over the other calls would have answered
    as the teacher did: an estimate made before any training, in 0..1, out of ``asked`` calls that were looked up.
    ``repetition`` is the share of calls whose whole prompt occurs again, ``self_agreement`` the share of these that got
    that prompt's usual answer. Tokens are the provider's count, or estimated from the text when ``tokens_estimated``.
    ``growth`` is how many times as many calls the second half of the task's time saw as the first; None where calls
    have no times.
    """

    id: str
    name: str
    kind: AnswerKind
    app: str | None = None
    agents: tuple[str, ...] = ()
    agent_calls: tuple[int, ...] = ()
    templates: tuple[Template, ...] = ()
    variant_calls: tuple[int, ...] = ()
    instruction: str = ""
    centre: bytes = b""
    reach: float = 0.0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0  # of the input, those that the provider had cached
    tokens_estimated: bool = False
    cost_usd: float | None = None
    latency_ms: float | None = None
    repetition: float = 0.0
    self_agreement: float | None = None
    replaceable: float = 0.0
    asked: int = 0
    matchable: float = 0.0
    answers: tuple[str, ...] = ()
    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    typical: tuple[str, ...] = ()
    unusual: tuple[str, ...] = ()
    sampled_of: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    growth: float | None = None

    @property
    def tokens(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisRecord:
    """One run of the analysis: when, over how many calls, with what settings."""

    id: str
    started_at: datetime
    calls: int
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecord:
    """A training set as it was used: the split of every call in it, which is the lineage of the bundle made from it.

    ``digest`` is of what is in it, ``settings`` are what it was made with. ``version`` numbers the different contents
    that a task's datasets had, from 1; the store gives it, and the same content has the same version. It is 0 for a
    dataset that no store has taken yet.
    """

    id: str
    task_id: str
    created_at: datetime
    splits: Mapping[str, Sequence[str]]  # split name -> call ids
    erased_calls: int = 0  # of these, since it was made, by request of their origins
    version: int = 0
    digest: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRecord:
    """A student that was made: where it lies, what was certified of it, and since when it may not serve any more."""

    id: str
    task_id: str
    dataset_id: str | None
    created_at: datetime
    path: str
    verdict: Verdict
    manifest_sha256: str
    retired_at: datetime | None = None
    retired_because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """The mode of a task. The task id ``*`` is the kill switch: while it is ``off``, everything is."""

    task_id: str
    mode: Mode
    rate: float = 1.0  # share of the traces that students may answer, in canary, on and auto; the others are compared
    set_at: datetime
    set_by: str


KILL_SWITCH = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A student compared with its teacher on one live call."""

    at: datetime
    task_id: str
    bundle_id: str
    mode: Mode
    accepted: bool  # by the gate
    agreed: bool
    score: float
    student_ms: float
    teacher_ms: float | None = None
    call_id: str | None = None
    trace_id: str | None = None  # or what else stays the same within a run of the agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A student was moved from one mode to another, on evidence.

    ``number`` counts a bundle's transitions from 1. ``numbers`` are what it was decided by. What a student was moved to
    last is its stage; one that was never moved is in shadow.
    """

    at: datetime
    task_id: str
    bundle_id: str
    number: int
    before: Mode
    after: Mode
    because: str
    numbers: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def taken_back(self) -> bool:
        """Whether the student may answer less than before."""
        return _STAGES.index(self.after) < _STAGES.index(self.before)


_STAGES = (Mode.OFF, Mode.SHADOW, Mode.CANARY, Mode.ON)  # those a student can be in, by how much it may answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many calls were decided in one way, within an hour; ``student_ms`` is what students took for all of them.

    ``task_id`` and ``bundle_id`` are empty for calls of no task that has a student.
    """

    hour: datetime
    task_id: str
    bundle_id: str
    mode: Mode
    reason: str  # of slm_instrument.runtime.Reason
    calls: int
    student_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How many comparisons with its teacher a student had, and how they went.

    ``accepted`` are those that its gate accepted, no more than the first of a trace: calls of one trace resemble each
    other, and are no evidence of their own. ``agreed`` are those of them in which it agreed with the teacher.
    ``student_ms`` is what it took for all ``comparisons``.
    """

    task_id: str
    bundle_id: str
    comparisons: int
    accepted: int
    agreed: int
    student_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """How many of a task's recorded calls an answerer served, and how fast."""

    task_id: str | None
    served_by: str
    calls: int
    duration_ms: float | None  # median


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Somebody read contents through the command line, or changed who may, or what is kept.

    ``subject`` says of what (a task's id, an application, ``*``); ``detail`` holds counts and names, never contents.
    """

    at: datetime
    who: str
    action: str
    subject: str = "*"
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])
