"""The dataset of a task: what the student learns from, and what is held out to find its gate and to prove it."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

from slm_instrument.analyze.embed import Embedder, SentenceEncoder
from slm_instrument.curate.gather import Example, Gathered, gather
from slm_instrument.curate.names import policy_of, without_names
from slm_instrument.curate.sample import Sample
from slm_instrument.curate.split import MOST_CALIBRATION, SPLITS, Assignment, Sizes, assign_splits, least_evidence
from slm_instrument.curate.terms import Decision, TeacherTerms
from slm_instrument.curate.twins import Clusters, cluster_twins
from slm_instrument.errors import ConfigError, NotEnoughDataError
from slm_instrument.privacy.lookup import Names
from slm_instrument.records import Message, new_id
from slm_instrument.redaction.policy import Level
from slm_instrument.store.base import DatasetRecord, Task
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Selection

LEAST_EXAMPLES = 4  # distinct training inputs without which an answer is not learned
CLOSED_SHARE = 0.8  # calls whose answer recurs often enough, for a task to count as a closed set
MOST_INPUTS = 20_000  # more teach a small encoder little, and cost hours on a CPU


@dataclass(frozen=True, slots=True, kw_only=True)
class Curation:
    """What became of the task's calls.

    ``conflicting_inputs`` are inputs that the teacher answered differently at different times; in training the majority
    counts. ``twin_similarity`` is the cosine from which inputs count as twins (None: only equal ones but for digits).
    ``divided_traces`` have calls both in training and held out. ``rare_answers`` occur too seldom to be learned: the
    student never gives them, and a held-out call with one is an error unless the gate rejects it.
    """

    calls: int
    usable: int
    left_out: Mapping[str, int]
    distinct_inputs: int
    clusters: int
    conflicting_inputs: int
    twin_similarity: float | None
    divided_traces: int
    rare_answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A task's examples in four splits.

    ``answers`` are those to learn, by normal form, most frequent first. ``teachers`` are those of all usable calls.
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
    names_removed: bool = False  # from the training texts


@dataclass(frozen=True, slots=True)
class _Input:
    """A distinct input with all its calls."""

    text: str
    examples: Sequence[Example]

    @property
    def majority(self) -> str:
        """The answer most often given; the first one given, of equally frequent ones."""
        return Counter(example.label for example in self.examples).most_common(1)[0][0]


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
        ConfigError: the task's answers are no closed set.
        TermsError: the terms of a teacher do not let others be trained on its answers.
        StoreError: the store fails.
    """
    gathered = gather(store.iter_calls(Selection(task_id=task.id)), task)
    inputs = _draw(_distinct(gathered.examples), most_inputs, seed)
    least = least_evidence(target, confidence)
    _check_amount(task, gathered, len(inputs), least)
    _check_closed(task, inputs)
    teachers = (terms or TeacherTerms.of()).judge(gathered.teachers)  # before anything that takes long
    clusters = cluster_twins([item.text for item in inputs], embedder or SentenceEncoder())
    _check_amount(task, gathered, _count(clusters), least)
    assignment = _assign(inputs, clusters, least, seed)
    policy = policy_of(store, task)
    dataset = _assemble(task, gathered, inputs, clusters, assignment, teachers, policy.level, seed)
    if names is not None:
        training = without_names(dataset.training, names, policy)
        dataset = replace(dataset, training=training, names_removed=True)
    store.save_dataset(dataset.record)
    return dataset


def _distinct(examples: Iterable[Example]) -> list[_Input]:
    by_text: dict[str, list[Example]] = {}
    for example in examples:
        by_text.setdefault(example.text, []).append(example)
    return [_Input(text, tuple(held)) for text, held in by_text.items()]


def _draw(inputs: list[_Input], most: int, seed: int) -> list[_Input]:
    if len(inputs) <= most:
        return inputs
    drawn = set(sorted(range(len(inputs)), key=lambda at: _lot(seed, inputs[at].text))[:most])
    return [item for at, item in enumerate(inputs) if at in drawn]


def _check_amount(task: Task, gathered: Gathered, distinct: int, least: int) -> None:
    needed = math.ceil(least / MOST_CALIBRATION)
    if distinct >= needed:
        return
    reasons = ", ".join(f"{count} {reason}" for reason, count in gathered.left_out.most_common())
    raise NotEnoughDataError(
        f"task {task.name!r} has {distinct} usable inputs that differ from each other, and {needed} are needed to "
        f"train and certify (usable calls: {len(gathered.examples)}; left out: {reasons or 'none'})"
    )


def _check_closed(task: Task, inputs: Sequence[_Input]) -> None:
    counts = Counter(item.majority for item in inputs)
    recurring = sum(count for count in counts.values() if count >= LEAST_EXAMPLES)
    if recurring < CLOSED_SHARE * len(inputs):
        raise ConfigError(
            f"the classifier student needs a closed set of answers, and task {task.name!r} ({task.kind}) has "
            f"{len(counts)} different answers to {len(inputs)} inputs"
        )


def _count(clusters: Clusters) -> int:
    return int(clusters.of.max()) + 1


def _assign(inputs: Sequence[_Input], clusters: Clusters, least: int, seed: int) -> Assignment:
    count = _count(clusters)
    sizes = [0] * count
    traces: dict[str, list[int]] = {}
    for item, cluster in zip(inputs, clusters.of.tolist(), strict=True):
        sizes[cluster] += 1
        for example in item.examples:
            if example.trace_id is not None:
                traces.setdefault(example.trace_id, []).append(cluster)
    return assign_splits(count, sizes, traces, Sizes.of(count, least), seed)


def _assemble(
    task: Task,
    gathered: Gathered,
    inputs: Sequence[_Input],
    clusters: Clusters,
    assignment: Assignment,
    teachers: Decision,
    level: Level,
    seed: int,
) -> Dataset:
    by_cluster: dict[int, list[_Input]] = {}
    for item, cluster in zip(inputs, clusters.of.tolist(), strict=True):
        by_cluster.setdefault(cluster, []).append(item)
    samples: dict[str, list[Sample]] = {split: [] for split in SPLITS}
    lineage: dict[str, list[str]] = {split: [] for split in SPLITS}
    for cluster, members in sorted(by_cluster.items()):
        split = assignment.split_of[cluster]
        if split == "training":
            samples[split] += [Sample(item.examples[0].call_id, item.text, item.majority) for item in members]
            lineage[split] += [example.call_id for item in members for example in item.examples]
        else:
            chosen = min(
                (example for item in members for example in item.examples), key=lambda e: _lot(seed, e.call_id)
            )
            samples[split].append(Sample(chosen.call_id, chosen.text, chosen.label))
            lineage[split].append(chosen.call_id)
    learned = Counter(sample.label for sample in samples["training"])
    answers = {label: gathered.wording(label) for label, count in learned.most_common() if count >= LEAST_EXAMPLES}
    labels = {example.label for item in inputs for example in item.examples}
    return Dataset(
        record=DatasetRecord(id=new_id(), task_id=task.id, created_at=datetime.now(UTC), splits=lineage),
        answers=answers,
        training=samples["training"],
        validation=samples["validation"],
        calibration=samples["calibration"],
        test=samples["test"],
        curation=Curation(
            calls=len(gathered.examples) + gathered.left_out.total(),
            usable=len(gathered.examples),
            left_out=dict(gathered.left_out),
            distinct_inputs=len(inputs),
            clusters=len(by_cluster),
            conflicting_inputs=sum(len({example.label for example in item.examples}) > 1 for item in inputs),
            twin_similarity=clusters.similarity,
            divided_traces=assignment.divided_traces,
            rare_answers=len(labels) - len(answers),
        ),
        teachers=teachers,
        level=level,
        names_removed=level is Level.STRICT,  # nothing else was let out of the store
    )


def _lot(seed: int, key: str) -> bytes:
    return blake2b(f"{seed}:{key}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
