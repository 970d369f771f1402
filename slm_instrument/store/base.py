"""What a store can do, and the rows that are not calls.

A store keeps calls as they were made, the tasks that an analysis found in them, and what became of the tasks: datasets,
bundles, flags and observations. :class:`Store` is the whole of what the rest of the package uses;
:func:`slm_instrument.store.open_store` makes one from an address.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from slm_instrument.canonical import AnswerKind
from slm_instrument.records import Call
from slm_instrument.template import Template

if TYPE_CHECKING:
    from slm_instrument.redaction.policy import Policies
    from slm_instrument.vault import KeyProvider  # with cryptography, which who asks for a Mode needs not


class Mode(StrEnum):
    """What the runtime does with a task's calls."""

    OFF = "off"  # the LLM answers, the student is not asked
    SHADOW = "shadow"  # the LLM answers, the student is compared with it in the background
    CANARY = "canary"  # as ON, for a share of the traces
    ON = "on"  # the student answers what its gate accepts, the LLM the rest


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
    ``typical`` and ``unusual`` are the ids of calls that show the task: those in the middle of it, and its edges.

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
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
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
    first_at: datetime | None = None
    last_at: datetime | None = None
    growth: float | None = None

    @property
    def tokens(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which calls to read: those that meet every condition.

    ``after`` and ``until`` are numbers of arrival, as :meth:`Store.spans` gives them: behind the one, up to the other.
    ``pending`` calls are those that no analysis has read, ``unassigned`` ones were read and are of no task.
    """

    task_id: str | None = None
    ids: tuple[str, ...] | None = None
    after: int = 0
    until: int | None = None
    pending: bool = False
    unassigned: bool = False
    since: datetime | None = None  # of the start, or of the arrival where that is not known


EVERY_CALL = Selection()


class Span(NamedTuple):
    """Calls next to each other in order of arrival: behind one number, up to another, and how many."""

    after: int
    until: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the analysis noted of a call: its task, and the figures that would else need its texts again.

    ``prompt`` and ``answer`` are 63 bits of keyed digests, equal for equal prompts and for answers that say the same;
    ``answer`` and ``kind`` are None without an answer. ``variant`` is the number of the task's template that recognises
    the prompt. ``cost_usd`` is as recorded, or by list price.
    """

    call_id: str
    task_id: str | None = None
    variant: int | None = None
    prompt: int | None = None
    answer: int | None = None
    kind: AnswerKind | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    tokens_estimated: bool = False
    cost_usd: float | None = None


class Noted(NamedTuple):
    """A call that was analysed, in figures: its note, and what its row says."""

    call_id: str
    task_id: str | None
    variant: int | None
    prompt: int | None
    answer: int | None
    kind: str | None
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool
    cost_usd: float | None
    app: str | None
    agent: str | None
    trace_id: str | None
    started_at: datetime | None
    duration_ms: float | None
    audience: str
    served_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisRecord:
    """One run of the analysis: when, over how many calls, with what settings."""

    id: str
    started_at: datetime
    calls: int
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecord:
    """A training set as it was used: the split of every call in it, which is the lineage of the bundle made from it."""

    id: str
    task_id: str
    created_at: datetime
    splits: Mapping[str, Sequence[str]]  # split name -> call ids
    erased_calls: int = 0  # of these, since it was made, by request of their origins


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
    rate: float = 1.0  # share of the traces, in canary
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


class Store(Protocol):
    """Where calls and what is made of them are kept. All methods are safe to call from several threads.

    Raises:
        StoreError: from any method, when the store cannot be reached, read or written.
    """

    @property
    def url(self) -> str:
        """The address, a password in it masked."""
        ...

    @property
    def key_provider(self) -> "KeyProvider":
        """What holds the store's master key."""
        ...

    @property
    def policies(self) -> "Policies":
        """What is redacted in which call."""
        ...

    def add_calls(self, calls: Sequence[Call]) -> int:
        """Write calls; one whose id is already there is left as it is. Returns how many were new."""
        ...

    def count_calls(self, *, task_id: str | None = None) -> int:
        """How many calls there are, or how many of a task."""
        ...

    def iter_calls(self, where: Selection = EVERY_CALL, *, batch: int = 500) -> Iterator[Call]:
        """Calls in order of arrival, read in batches: memory does not grow with the store."""
        ...

    def spans(self, where: Selection = EVERY_CALL, *, size: int) -> list[Span]:
        """The selected calls cut into runs of at most ``size``, in order of arrival."""
        ...

    def save_analysis(self, analysis: AnalysisRecord, tasks: Sequence[Task], notes: Iterable[Note]) -> None:
        """Make these the current tasks, and note what was found of calls, in one transaction.

        What was noted of other calls stays, but where their task is no longer: then they are as if never analysed.
        """
        ...

    def iter_noted(self) -> Iterator[Noted]:
        """What was noted of every call that was analysed, in order of arrival."""
        ...

    def tasks(self) -> list[Task]:
        """The current tasks, most calls first."""
        ...

    def find_task(self, id_or_name: str) -> Task:
        """The task of that id, or of that name.

        Raises:
            NotFoundError: none, or several of that name.
        """
        ...

    def iter_assignments(self) -> Iterator[tuple[str, str | None]]:
        """(call id, task id or None) of every call that was analysed, in order of arrival."""
        ...

    def save_dataset(self, dataset: DatasetRecord) -> None:
        """Write a dataset with its lineage."""
        ...

    def save_bundle(self, bundle: BundleRecord) -> None:
        """Write that a student was made."""
        ...

    def bundles(self, *, task_id: str | None = None) -> list[BundleRecord]:
        """Students made, newest first."""
        ...

    def retired_bundles(self) -> dict[str, str]:
        """Why students may not serve any more, by id; the others are not in it. Processes ask this twice a second."""
        ...

    def set_flag(self, flag: Flag) -> None:
        """Set a task's mode and keep the history."""
        ...

    def flags(self) -> dict[str, Flag]:
        """The current flags by task id."""
        ...

    def flag_history(self, task_id: str | None = None) -> list[Flag]:
        """All settings ever made, oldest first."""
        ...

    def add_observations(self, observations: Sequence[Observation]) -> None:
        """Write comparisons of students with their teachers."""
        ...

    def observations(self, *, task_id: str | None = None) -> list[Observation]:
        """Comparisons, oldest first."""
        ...

    def served(self) -> list[Served]:
        """Calls by the task they were assigned to and by who answered them."""
        ...

    def add_audit(self, record: AuditRecord) -> None:
        """Write down who did what."""
        ...

    def audit(self) -> list[AuditRecord]:
        """Who did what, oldest first."""
        ...

    def close(self) -> None:
        """Give back connections; the store cannot be used after."""
        ...
