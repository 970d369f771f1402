"""What has become of a task since its last student was made, read from the store."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from slm_instrument.curate.outcomes import Outcomes
from slm_instrument.errors import BundleError, NotFoundError
from slm_instrument.records import SERVED_BY_LLM, Call
from slm_instrument.refine.attempts import Attempt, Attempts
from slm_instrument.runtime.manifest import MANIFEST, Manifest, decode_manifest
from slm_instrument.store.base import BundleRecord, DatasetRecord, Mode, Task, Transition, Verdict
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Noted
from slm_instrument.template import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A task and what came of it.

    ``mode`` is that of its flag, None where nobody ever set one. Usable calls are those that a student may learn from:
    a language model answered them for an agent, a template recognises the prompt, and no outcome says that they failed;
    what students answered never counts. ``usable`` are all of them, with ``prompts`` different prompts. The last
    dataset was made of ``known`` of them, and ``new`` ones have come since, ``last_known`` being the id of the newest
    call in it.

    ``bundle`` is the newest student, whatever its verdict; ``target`` and ``comparator`` are what was to be certified
    of it, ``recognised`` the templates that it has; all are empty without one. ``served`` says that there is a student
    that may answer calls. ``demotion`` is the last time a student was moved down, where that was after the last dataset
    and it has not come up again, ``since_demotion`` the usable calls since then. ``unfinished`` says that the last
    dataset has no student, ``attempt`` what is noted of trainings that did not end well. ``drift`` says what has
    drifted, once somebody has looked.
    """

    task: Task
    mode: Mode | None
    usable: int = 0
    prompts: int = 0
    known: int = 0
    new: int = 0
    last_known: str | None = None
    bundle: BundleRecord | None = None
    target: float | None = None
    comparator: str | None = None
    recognised: tuple[Template, ...] = ()
    served: bool = False
    demotion: Transition | None = None
    since_demotion: int = 0
    unfinished: bool = False
    attempt: Attempt | None = None
    drift: str | None = None


def read_histories(store: Store, tasks: Sequence[Task], attempts: Attempts) -> list[History]:
    """The tasks' histories, in their order. Goes over what the analysis noted of all calls, once."""
    flags = store.flags()
    datasets = {task.id: _last_dataset(store, task.id) for task in tasks}
    demotions = {task_id: _demotion(store, task_id, dataset) for task_id, dataset in datasets.items()}
    counts = {
        task_id: _Count(_calls_of(dataset), at.at if (at := demotions[task_id]) else None, _unnamed(dataset))
        for task_id, dataset in datasets.items()
    }
    _count(counts, store.iter_noted(), Outcomes.of(store.iter_outcomes()))
    histories: list[History] = []
    for task in tasks:
        flag, dataset, count = flags.get(task.id), datasets[task.id], counts[task.id]
        bundles = store.bundles(task_id=task.id)
        manifest = _manifest(bundles[0]) if bundles else None
        histories.append(
            History(
                task=task,
                mode=flag.mode if flag else None,
                usable=count.known + count.new,
                prompts=len(count.prompts),
                known=max(count.known, len(count.lineage)),  # calls that are past their time were known, too
                new=count.new,
                last_known=count.last_known,
                bundle=bundles[0] if bundles else None,
                target=manifest.certificate.target if manifest else None,
                comparator=manifest.comparator if manifest else None,
                recognised=manifest.templates if manifest else (),
                served=any(each.verdict is Verdict.CERTIFIED and each.retired_at is None for each in bundles),
                demotion=demotions[task.id],
                since_demotion=count.since_demotion,
                unfinished=dataset is not None and dataset.id not in {bundle.dataset_id for bundle in bundles},
                attempt=_since(attempts.of(task.id), bundles[0] if bundles else None),
            )
        )
    return histories


class _Count:
    """The calls of a task, counted in order of arrival: those up to the last one in the dataset were known to it.

    A dataset names not all that it was made from: of inputs that are alike, one is held out. How many ``unnamed`` ones
    lie behind the last that it names, it says.
    """

    def __init__(self, lineage: frozenset[str], demoted_at: datetime | None, unnamed: int = 0) -> None:
        self.lineage = lineage
        self.known = self.new = self.since_demotion = 0
        self._unnamed = unnamed
        self.last_known: str | None = None
        self.prompts: set[int | None] = set()
        self._demoted_at = demoted_at

    def add(self, noted: Noted, *, usable: bool) -> None:
        """Take a call, and count it if it is usable."""
        if usable:
            self.new += 1
            self.prompts.add(noted.prompt)
            if self._demoted_at and noted.started_at and noted.started_at > self._demoted_at:
                self.since_demotion += 1
        if noted.call_id in self.lineage:  # also one of which it was said since that it failed
            self.known, self.new, self.last_known = self.known + self.new, 0, noted.call_id

    def settle(self) -> None:
        """When all calls are taken: those that were there without being named were known."""
        there = min(self._unnamed, self.new) if self.last_known is not None else 0
        self.known, self.new = self.known + there, self.new - there


def _count(counts: Mapping[str, _Count], notes: Iterable[Noted], outcomes: Outcomes) -> None:
    for noted in notes:
        count = counts.get(noted.task_id) if noted.task_id is not None else None
        if count is not None:
            count.add(noted, usable=_usable(noted, outcomes))
    for count in counts.values():
        count.settle()


def _usable(noted: Noted, outcomes: Outcomes) -> bool:
    """As curation would find, as far as the analysis noted it."""
    return (
        noted.served_by == SERVED_BY_LLM
        and noted.audience == "agent"
        and noted.answer is not None
        and noted.variant is not None
        and not outcomes.failed(Call(id=noted.call_id, trace_id=noted.trace_id))
    )


def _last_dataset(store: Store, task_id: str) -> DatasetRecord | None:
    with suppress(NotFoundError):
        return store.find_dataset(task_id)
    return None


def _calls_of(dataset: DatasetRecord | None) -> frozenset[str]:
    return frozenset(call_id for calls in dataset.splits.values() for call_id in calls) if dataset else frozenset()


def _unnamed(dataset: DatasetRecord | None) -> int:
    return int(dataset.settings.get("unnamed", 0)) if dataset else 0


def _demotion(store: Store, task_id: str, dataset: DatasetRecord | None) -> Transition | None:
    last = {moved.bundle_id: moved for moved in store.transitions(task_id=task_id)}
    down = [moved for moved in last.values() if moved.taken_back]
    later = [moved for moved in down if dataset is None or moved.at > dataset.created_at]
    return max(later, key=lambda moved: moved.at, default=None)


def _since(attempt: Attempt | None, bundle: BundleRecord | None) -> Attempt | None:
    """The attempt, where it came after the student: somebody may have trained one otherwise."""
    return attempt if attempt and (bundle is None or attempt.at > bundle.created_at) else None


def _manifest(bundle: BundleRecord) -> Manifest | None:
    """What the bundle says of itself, where it still lies where it was written."""
    with suppress(OSError, BundleError):
        return decode_manifest((Path(bundle.path) / MANIFEST).read_bytes())
    return None
