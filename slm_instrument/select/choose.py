"""Which models are worth trying for a task on this machine, and why the others are not.

A *candidate* is a family of students together with the model that it would be made of. It must suit the answers, be
allowed by its licence, hold the task's prompts, fit the memory, answer in time, be trained in time, and be there. What
fails is kept with its reason and its figures: a choice that cannot be argued with cannot be trusted.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from slm_instrument.canonical import AnswerKind
from slm_instrument.config import Settings
from slm_instrument.errors import ConfigError
from slm_instrument.hub import hub_reachable
from slm_instrument.select.available import Place, place_of
from slm_instrument.select.catalogue import Catalogue, LicenceKind, Model, catalogue
from slm_instrument.select.cost import MEGABYTE, Cost, Precision, predict
from slm_instrument.select.facts import TaskFacts
from slm_instrument.select.machine import Machine

LADDER = ("nearest", "classifier", "pointer", "few-shot", "generator")  # cheapest first
ENCODED = frozenset({"nearest", "classifier", "pointer"})
LEAST_LATENCY_MS = 1_000.0  # nobody minds a student that is slower than a very fast teacher and costs nothing
MEMORY_SHARE = 0.5  # of what is free: agents run on the same machine
LEAST_RECURRING = 0.2  # share of the inputs whose answer recurs, to look answers up
# What does not fit an encoder is cut off or refused, and stays on the LLM: that costs coverage, not agreement. A
# generator must have room for nearly every prompt with its answer, or it writes without an end.
ENCODER_FIT, GENERATOR_FIT = 0.9, 0.99
_ASKS = {
    LicenceKind.PERMISSIVE: "is permissive, which is not allowed",
    LicenceKind.CONDITIONS: "sets conditions",
    LicenceKind.NON_COMMERCIAL: "is for non-commercial use",
    LicenceKind.UNKNOWN: "is not in the table of licences",
}
_MADE_OF_PROMPTS = frozenset({AnswerKind.JSON, AnswerKind.TOOL_CALL, AnswerKind.SHORT_TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is allowed. ``licences`` are kinds of licences, or names of single ones.

    ``memory`` is in bytes, None: half of what is free on the machine. ``latency_ms`` is for a median answer, None: as
    long as the teacher takes, or a second where that is more. ``minutes`` are for one training.
    """

    licences: frozenset[str] = frozenset({LicenceKind.PERMISSIVE.value})
    memory: int | None = None
    latency_ms: float | None = None
    minutes: float = 60.0
    precision: Precision = "int8"

    @classmethod
    def of(
        cls,
        licences: Iterable[str],
        *,
        memory_mb: int | None,
        latency_ms: float | None,
        minutes: float,
        precision: Precision,
    ) -> "Policy":
        """From what a user says: ``licences`` are allowed besides permissive ones, memory is in megabytes.

        Raises:
            ConfigError: a licence that is neither a kind nor the name of one that a model of the catalogue has.
        """
        allowed = {licence.lower() for licence in licences}
        if unknown := sorted(allowed - _known_licences() if allowed else ()):
            raise ConfigError(
                f"--allow-licence {unknown[0]}: there is no such licence; a kind ({', '.join(LicenceKind)}) or a name "
                f"is known: {', '.join(sorted(_known_licences() - set(LicenceKind)))}"
            )
        return cls(
            licences=cls().licences | allowed,
            memory=None if memory_mb is None else memory_mb * MEGABYTE,
            latency_ms=latency_ms,
            minutes=minutes,
            precision=precision,
        )


def _known_licences() -> set[str]:
    """What a licence can be called: kinds, the table's names, and what models' own cards say."""
    known = catalogue(Settings.from_env().models)
    named = {model.licence.lower() for model in known.models if model.licence}
    return {kind.value for kind in LicenceKind} | set(known.licences) | named


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A student worth trying: its family, the model it would be made of, what it would cost, and where the model is."""

    student: str
    model: Model
    cost: Cost
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What is not worth trying, and why.

    Without a model it is the family with any model, without a student the model in any family.
    """

    student: str | None
    model: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Candidates, cheapest family first and in it the fastest to answer; and all that was rejected."""

    facts: TaskFacts
    machine: Machine
    policy: Policy
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejection, ...]

    def base_of(self, student: str) -> str | None:
        """The model to start from for a family: the first candidate's folder, file or name; None without one."""
        first = next((each.model for each in self.candidates if each.student == student), None)
        return None if first is None else first.path or first.name

    def objection(self, student: str) -> str | None:
        """Why a family is not worth trying; None when it is."""
        if any(each.student == student for each in self.candidates):
            return None
        own = next((each for each in self.rejected if each.student == student), None)
        if own is None:
            return "no model that it could be made of is allowed and at hand"
        return own.reason if own.model is None else f"of {own.model}: {own.reason}"


def choose(
    facts: TaskFacts,
    models: Catalogue,
    machine: Machine,
    policy: Policy | None = None,
    *,
    reachable: Callable[[], bool] = hub_reachable,
) -> Choice:
    """Choose what to try for a task.

    Args:
        facts: of the task.
        models: to choose from.
        machine: that the student runs and is trained on.
        policy: what is allowed.
        reachable: whether the hub answers.
    """
    policy = policy or Policy()
    rejected = [
        Rejection(student=student, model=None, reason=reason)
        for student in LADDER
        if (reason := _unsuitable(student, facts))
    ]
    suitable = [student for student in LADDER if student not in {each.student for each in rejected}]
    candidates: list[Candidate] = []
    for model in models.models:
        if reason := _unusable(model, models, policy):
            rejected.append(Rejection(student=None, model=model.name, reason=reason))
            continue
        place = place_of(model, reachable)
        if place is None:
            reason = "it is not on this machine, and the hub cannot be reached"
            rejected.append(Rejection(student=None, model=model.name, reason=reason))
            continue
        for student in _students(model, suitable):
            cost = predict(student, model, facts, machine, policy.precision)
            if reason := next(_objections(student, model, cost, facts, machine, policy), None):
                rejected.append(Rejection(student=student, model=model.name, reason=reason))
            else:
                candidates.append(Candidate(student=student, model=model, cost=cost, place=place))
    candidates.sort(key=lambda each: (LADDER.index(each.student), each.cost.answer_ms, not each.place.here))
    return Choice(facts=facts, machine=machine, policy=policy, candidates=tuple(candidates), rejected=tuple(rejected))


def _unsuitable(student: str, facts: TaskFacts) -> str | None:
    """Why a family does not suit a task's answers, whatever it is made of."""
    if student == "nearest" and facts.recurring < LEAST_RECURRING:
        return f"it looks up answers, and {facts.recurring:.0%} of the inputs have one that another input got too"
    if student == "classifier" and not facts.closed:
        return "it chooses from a closed set of answers, and these are none"
    if student in ("pointer", "few-shot", "generator") and facts.closed:
        return "the answers are a closed set, which a classifier chooses from for less"
    if student == "pointer" and facts.kind not in _MADE_OF_PROMPTS:
        return f"it puts answers together from words of the prompt, and {facts.kind.value.replace('_', ' ')} is not so"
    return None


def _unusable(model: Model, models: Catalogue, policy: Policy) -> str | None:
    """Why a model is out, whatever is made of it."""
    licence = models.licence(model)
    if licence.kind.value not in policy.licences and model.licence.lower() not in policy.licences:
        if not model.licence:
            return "it names no licence (--allow-licence unknown takes it all the same)"
        limits = f": {licence.limits}" if licence.limits else ""
        return f"its licence, {model.licence}, {_ASKS[licence.kind]}{limits} (--allow-licence {model.licence})"
    if model.export == "fails":
        return model.note or "its export to ONNX fails"
    return None


def _students(model: Model, suitable: Iterable[str]) -> list[str]:
    """The families that a model can be the start of."""
    encoder = model.family == "encoder"
    return [
        student for student in suitable if (student in ENCODED) == encoder and (student != "nearest" or model.frozen)
    ]


def _objections(
    student: str, model: Model, cost: Cost, facts: TaskFacts, machine: Machine, policy: Policy
) -> Iterator[str]:
    """What a candidate exceeds, with figures."""
    if model.family == "encoder":
        needed, what = facts.prompt(ENCODER_FIT), f"{ENCODER_FIT:.0%} of the prompts take up to"
    else:
        needed = facts.prompt(GENERATOR_FIT) + facts.answer(GENERATOR_FIT)
        what = f"prompts and answers take up to (99th percentiles) {facts.prompt(GENERATOR_FIT):,} + "
        what += f"{facts.answer(GENERATOR_FIT):,} ="
    if needed > model.context:
        yield f"its context of {model.context:,} tokens is too short: {what} {needed:,}"
    memory, free = policy.memory, machine.free_memory
    if memory is None and free is not None:
        memory = int(MEMORY_SHARE * free)
    if memory is not None and cost.memory > memory:
        yield f"at work it would take {_mb(cost.memory)}, more than the {_mb(memory)} that are allowed"
    latency = policy.latency_ms
    if latency is None and facts.latency_ms is not None:
        latency = max(LEAST_LATENCY_MS, facts.latency_ms)
    if latency is not None and cost.answer_ms > latency:
        whose = "the LLM takes" if latency == facts.latency_ms else "are allowed"
        took = f"{cost.answer_ms:,.0f} ms on this machine"
        yield f"an answer would take {took}, more than the {latency:,.0f} ms that {whose}"
    if free is not None and cost.training_memory > free:
        yield f"its training would take {_mb(cost.training_memory)}, more than the {_mb(free)} that are free"
    if machine.accelerator is None and cost.training_minutes > policy.minutes:
        yield (
            f"its training would take {cost.training_minutes:,.0f} minutes on {machine.cores} cores, more than the "
            f"{policy.minutes:,.0f} that are allowed (--budget-minutes)"
        )


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:,.0f} MB"
