"""The dataset of a task: what the student learns from, and what is held out to find its gate and to prove it."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

from slm_instrument.analyze.embed import Embedder, SentenceEncoder
from slm_instrument.comparators import NORMAL_FORM, default_comparator
from slm_instrument.curate.balance import balanced
from slm_instrument.curate.gather import Example, Gathered, gather
from slm_instrument.curate.inputs import Conflicts, Input, conflicts_of, distinct, drawn, lot
from slm_instrument.curate.leniency import ceilings
from slm_instrument.curate.names import policy_of, without_names
from slm_instrument.curate.outcomes import Outcomes
from slm_instrument.curate.sample import Sample
from slm_instrument.curate.split import MOST_CALIBRATION, SPLITS, Assignment, Sizes, assign_splits, least_evidence
from slm_instrument.curate.terms import Decision, TeacherTerms
from slm_instrument.curate.twins import Clusters, cluster_twins
from slm_instrument.errors import NotEnoughDataError
from slm_instrument.privacy.lookup import Names
from slm_instrument.records import Message, new_id
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.store.base import DatasetRecord, Task
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Selection

LEAST_EXAMPLES = 4  # distinct training inputs without which an answer is not learned
CLOSED_SHARE = 0.8  # calls whose answer recurs often enough, for a task to count as a closed set
MOST_INPUTS = 20_000  # more teach a small encoder little, and cost hours on a CPU
_EASIER = 0.9  # the target that is named where calls do not suffice for a higher one


@dataclass(frozen=True, slots=True, kw_only=True)
class Curation:
    """What became of the task's calls.

    In training the majority counts where the teacher contradicts itself (``conflicts``); ``ceilings`` are what their
    ceiling would be by looser comparators, by their specs. ``twin_similarity`` is the cosine from which inputs count
    as twins (None: only equal ones but for digits). ``divided_traces`` have calls in
    training and held out. ``rare_answers`` occur too seldom to be learned as one of a set: a student that chooses from
    a set never gives them, and a held-out call with one is an error unless the gate rejects it. ``surplus`` training
    inputs were left out because their answer has very many. ``newest_test`` says whether the test is what came last, or
    drawn like the other splits.
    """

    calls: int
    usable: int
    left_out: Mapping[str, int]
    distinct_inputs: int
    clusters: int
    conflicts: Conflicts
    ceilings: Mapping[str, float]
    twin_similarity: float | None
    divided_traces: int
    rare_answers: int
    surplus: int
    newest_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A task's examples in four splits.

    ``answers`` are those that recur in training at least ``LEAST_EXAMPLES`` times, by normal form, most frequent first.
    ``teachers`` are those of all usable calls. ``comparator`` is the spec of the one that fits the form that the calls
    declare for their answers.
    """

    record: DatasetRecord
    answers: Mapping[str, Message]
    training: Sequence[Sample]
    validation: Sequence[Sample]
    calibration: Sequence[Sample]
    test: Sequence[Sample]
    curation: Curation
    teachers: Decision
    level: Level  # of redaction, at which the calls were recorded
    comparator: str = NORMAL_FORM
    names_removed: bool = False  # from the training texts

    @property
    def splits(self) -> dict[str, Sequence[Sample]]:
        """The four splits by name."""
        return {split: getattr(self, split) for split in SPLITS}

    @property
    def closed(self) -> bool:
        """Whether the answers are a closed set, which a student can choose from instead of writing them."""
        return closed_share(self) >= CLOSED_SHARE


def closed_share(dataset: Dataset) -> float:
    """The share of the training inputs whose answer recurs often enough to be learned as one of a set; 0..1."""
    return sum(sample.label in dataset.answers for sample in dataset.training) / len(dataset.training)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """What a dataset is made with, and noted with it."""

    target: float
    confidence: float
    most_inputs: int
    seed: int
    embedder: str

    @property
    def least(self) -> int:
        return least_evidence(self.target, self.confidence)


def build_dataset(
    store: Store,
    task: Task,
    *,
    target: float = 0.95,
    confidence: float = 0.95,
    terms: TeacherTerms | None = None,
    names: Names | None = None,
    embedder: Embedder | None = None,
    most_inputs: int = MOST_INPUTS,
    seed: int = 0,
) -> Dataset:
    """Make a task's dataset from its recorded calls, and save its lineage in the store.

    Args:
        store: where the calls are.
        task: a task that the analysis found.
        target: the agreement to certify later, which says how many calls must be held out.
        confidence: the certainty to certify it with.
        terms: whether the teachers' terms allow it; the package's table and policy when None.
        names: what finds names, to take them out of the training texts.
        embedder: what finds twins; the analysis's default when None.
        most_inputs: distinct inputs used at most; of more, some are drawn.
        seed: of the draws; the same calls and seed give the same dataset.

    Raises:
        NotEnoughDataError: too few usable calls to train and certify anything.
        TermsError: the terms of a teacher do not let others be trained on its answers.
        StoreError: the store fails.
    """
    embed = embedder or SentenceEncoder()
    settings = _Settings(target=target, confidence=confidence, most_inputs=most_inputs, seed=seed, embedder=embed.name)
    gathered = gather(store.iter_calls(Selection(task_id=task.id)), task, Outcomes.of(store.iter_outcomes()))
    inputs = drawn(distinct(gathered.examples), most_inputs, seed)
    _check_amount(task, gathered, len(inputs), settings)
    teachers = (terms or TeacherTerms.of()).judge(gathered.teachers)  # before anything that takes long
    clusters = cluster_twins([item.text for item in inputs], embed)
    _check_amount(task, gathered, _count(clusters), settings)
    assignment = _assign(inputs, clusters, settings)
    policy = policy_of(store, task)
    dataset = _assemble(task, gathered, inputs, clusters, assignment, teachers, policy, settings)
    if names is not None:
        training = without_names(dataset.training, names, policy, answers=not dataset.closed)
        dataset = replace(dataset, training=training, names_removed=True)
    return replace(dataset, record=store.save_dataset(dataset.record))


def _check_amount(task: Task, gathered: Gathered, usable: int, settings: _Settings) -> None:
    needed = math.ceil(settings.least / MOST_CALIBRATION)
    if usable >= needed:
        return
    reasons = ", ".join(f"{count} {reason}" for reason, count in gathered.left_out.most_common())
    easier = math.ceil(least_evidence(_EASIER, settings.confidence) / MOST_CALIBRATION)
    hint = f"; for a target of {_EASIER:g}, {easier} would do" if usable >= easier else ""
    raise NotEnoughDataError(
        f"task {task.name!r} has {usable} usable inputs that differ from each other, and {needed} are needed to "
        f"train and certify at {settings.target:g}{hint} (usable calls: {len(gathered.examples)}; left out: "
        f"{reasons or 'none'})"
    )


def _count(clusters: Clusters) -> int:
    return int(clusters.of.max()) + 1


def _assign(inputs: Sequence[Input], clusters: Clusters, settings: _Settings) -> Assignment:
    count = _count(clusters)
    sizes = [0] * count
    traces: dict[str, list[int]] = {}
    first_seen: dict[int, datetime] = {}
    for item, cluster in zip(inputs, clusters.of.tolist(), strict=True):
        sizes[cluster] += 1
        if (first_at := item.first_at) is not None:
            first_seen[cluster] = min(first_at, first_seen.get(cluster, first_at))
        for example in item.examples:
            if example.trace_id is not None:
                traces.setdefault(example.trace_id, []).append(cluster)
    wanted = Sizes.of(count, settings.least, open_answers=not _recurring(inputs))
    timed = all(item.first_at is not None for item in inputs)
    seen = [first_seen[cluster] for cluster in range(count)] if timed else None
    return assign_splits(count, sizes, traces, wanted, settings.seed, seen)


def _recurring(inputs: Sequence[Input]) -> bool:
    """Whether most inputs get an answer that others get, too."""
    counts = Counter(item.majority for item in inputs)
    return sum(count for count in counts.values() if count >= LEAST_EXAMPLES) >= CLOSED_SHARE * len(inputs)


def _assemble(
    task: Task,
    gathered: Gathered,
    inputs: Sequence[Input],
    clusters: Clusters,
    assignment: Assignment,
    teachers: Decision,
    policy: Policy,
    settings: _Settings,
) -> Dataset:
    samples, lineage = _split(inputs, clusters, assignment, settings.seed)
    training = balanced(samples["training"], settings.seed)
    learned = Counter(sample.label for sample in training)
    answers = {label: gathered.wording(label) for label, count in learned.most_common() if count >= LEAST_EXAMPLES}
    labels = {label for item in inputs for label in item.answers}
    curation = Curation(
        calls=len(gathered.examples) + gathered.left_out.total(),
        usable=len(gathered.examples),
        left_out=dict(gathered.left_out),
        distinct_inputs=len(inputs),
        clusters=_count(clusters),
        conflicts=conflicts_of(inputs),
        ceilings=ceilings(inputs, task.kind),
        twin_similarity=clusters.similarity,
        divided_traces=assignment.divided_traces,
        rare_answers=len(labels) - len(answers),
        surplus=len(samples["training"]) - len(training),
        newest_test=assignment.newest_test,
    )
    samples["training"] = training
    record = DatasetRecord(
        id=new_id(),
        task_id=task.id,
        created_at=datetime.now(UTC),
        splits=lineage,
        digest=_digest(samples),
        settings=asdict(settings) | {"unnamed": _unnamed_last(gathered, lineage)},
    )
    return Dataset(
        record=record,
        answers=answers,
        training=training,
        validation=samples["validation"],
        calibration=samples["calibration"],
        test=samples["test"],
        curation=curation,
        teachers=teachers,
        level=policy.level,
        comparator=default_comparator(task.kind, gathered.declared),
        names_removed=policy.level is Level.STRICT,  # nothing else was let out of the store
    )


def _unnamed_last(gathered: Gathered, lineage: Mapping[str, Sequence[str]]) -> int:
    """The calls behind the last one that the lineage names: they were there, so they will not be new."""
    named = {call_id for calls in lineage.values() for call_id in calls}
    last = max((at for at, each in enumerate(gathered.examples) if each.call_id in named), default=-1)
    return len(gathered.examples) - 1 - last


def _split(
    inputs: Sequence[Input], clusters: Clusters, assignment: Assignment, seed: int
) -> tuple[dict[str, list[Sample]], dict[str, list[str]]]:
    """What each split holds, and the calls that had a part in it: of a held-out cluster one call, chosen by lot."""
    by_cluster: dict[int, list[Input]] = {}
    for item, cluster in zip(inputs, clusters.of.tolist(), strict=True):
        by_cluster.setdefault(cluster, []).append(item)
    samples: dict[str, list[Sample]] = {split: [] for split in SPLITS}
    lineage: dict[str, list[str]] = {split: [] for split in SPLITS}
    for cluster, members in sorted(by_cluster.items()):
        split = assignment.split_of[cluster]
        if split == "training":
            samples[split] += [item.sample for item in members]
            lineage[split] += [example.call_id for item in members for example in item.examples]
        else:
            chosen = _chosen(members, seed)
            samples[split].append(chosen.sample)
            lineage[split].append(chosen.call_id)
    return samples, lineage


def _chosen(members: Sequence[Input], seed: int) -> Example:
    return min((example for item in members for example in item.examples), key=lambda e: lot(seed, e.call_id))


def _digest(samples: Mapping[str, Sequence[Sample]]) -> str:
    """Of what students of the dataset see, in whatever order: equal for equal contents."""
    lines = sorted(
        "\0".join((split, sample.call_id, sample.text, sample.label)).encode("utf-8", "surrogatepass")
        for split, held in samples.items()
        for sample in held
    )
    made = blake2b(digest_size=16)
    for line in lines:
        made.update(len(line).to_bytes(8, "little") + line)
    return made.hexdigest()
