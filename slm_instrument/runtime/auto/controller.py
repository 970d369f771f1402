"""Moves students from mode to mode by what the store's comparisons show of them."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from slm_instrument.runtime.auto.evidence import e_value
from slm_instrument.runtime.auto.policy import Assessment, Exit, Policy, assess, next_exit
from slm_instrument.runtime.auto.trial import SERVING, Trial
from slm_instrument.store import Mode, Store, Transition

PAGE = 2_000  # comparisons read at once
PAGES = 10  # in one step, of one student: a process that starts beside a long history catches up bit by bit

_log = logging.getLogger("slm_instrument.runtime")


@dataclass(frozen=True, slots=True)
class Watched:
    """A student that evidence may move.

    ``target`` is the agreement it was certified for. ``mode`` is AUTO, or ON or CANARY where a person has set that, at
    ``set_at``: then evidence can only take the student back, which holds until the mode is set again. In other modes it
    is left alone.
    """

    task_id: str
    bundle_id: str
    target: float
    mode: Mode
    set_at: datetime | None = None

    @property
    def by_hand(self) -> bool:
        """Whether a person has set the mode."""
        return self.mode in SERVING


class Controller:
    """Reads new comparisons, and moves students where they suffice.

    What it decides is a function of what is in the store (:class:`slm_instrument.runtime.auto.trial.Trial`): no time
    counts, and any number of processes may do it at once, or none for a while. A move that another process has written
    is taken over.

    Not thread-safe: one thread calls it, now and then.

    Args:
        open_store: Gives the store.
        policy: How much evidence a move takes.
    """

    def __init__(self, open_store: Callable[[], Store], policy: Policy | None = None) -> None:
        self._open_store = open_store
        self._policy = policy or Policy()
        self._moved: dict[Watched, Trial] = {}
        self._assessed: dict[Watched, Trial] = {}  # apart: they have passed by moves that were not made

    def step(self, watched: Iterable[Watched]) -> list[Transition]:
        """Take in what came since the last step, and move who is to be moved; returns the moves.

        Raises:
            SlmInstrumentError: the store cannot be read or written. The next step goes on where this one stopped.
        """
        students = [each for each in watched if each.mode is Mode.AUTO or each.by_hand]
        self._moved = {each: self._moved[each] for each in students if each in self._moved}
        store = self._open_store()
        histories = _histories(store, students)
        moves: list[Transition] = []
        for student in students:
            history = histories.get(student.bundle_id, [])
            if _held(student, history):
                continue
            trial = _trial(self._moved, student, history)
            moves.extend(self._advance(store, student, trial))
        return moves

    def assess(self, student: Watched) -> Assessment:
        """Where a student stands by all comparisons there are; nothing is moved.

        Raises:
            SlmInstrumentError: the store cannot be read.
        """
        store = self._open_store()
        trial = _trial(self._assessed, student, _histories(store, [student]).get(student.bundle_id, []))
        for _ in _decidable(store, student, trial, count()):
            pass
        return assess(trial, self._policy)

    def _advance(self, store: Store, student: Watched, trial: Trial) -> Iterator[Transition]:
        for _ in _decidable(store, student, trial, range(PAGES)):
            way = next_exit(trial, self._policy)
            if way is None:
                continue
            move = _transition(student, trial, way, self._policy)
            written = False
            try:
                written = store.add_transition(move)
            finally:  # what another process has decided, or what could not be written, is read anew in the next step
                if not written:
                    del self._moved[student]
            if not written:
                return
            trial.move(move)
            _tell(move)
            yield move
            if student.by_hand:
                return


def _decidable(store: Store, student: Watched, trial: Trial, pages: Iterable[int]) -> Iterator[None]:
    """Read on, page by page, and stop wherever a move may be made."""
    if trial.over:
        return
    for _ in pages:
        page = store.evidence(student.bundle_id, after=trial.seq, limit=PAGE)
        for seq, observation in page:
            if trial.observe(seq, observation):
                yield
        if len(page) < PAGE:
            trial.catch_up()
            return


def _held(student: Watched, history: Sequence[Transition]) -> bool:
    """Whether a student was taken back since a person set its mode; comparisons still on their way move it no more."""
    if not student.by_hand or not history:
        return False
    last = history[-1]
    return last.after not in SERVING and (student.set_at is None or last.at > student.set_at)


def _trial(trials: dict[Watched, Trial], student: Watched, history: Sequence[Transition]) -> Trial:
    trial = trials.get(student)
    if trial is None or not trial.learn(history):
        trial = trials[student] = Trial(student.mode, student.target, history)
    return trial


def _histories(store: Store, students: Iterable[Watched]) -> dict[str, list[Transition]]:
    """All transitions by student, in the order of their numbers."""
    found: dict[str, list[Transition]] = {}
    for task_id in {student.task_id for student in students}:
        for transition in store.transitions(task_id=task_id):
            found.setdefault(transition.bundle_id, []).append(transition)
    return {bundle_id: sorted(moves, key=lambda move: move.number) for bundle_id, moves in found.items()}


def _transition(student: Watched, trial: Trial, way: Exit, policy: Policy) -> Transition:
    return Transition(
        at=datetime.now(UTC),
        task_id=student.task_id,
        bundle_id=student.bundle_id,
        number=trial.number + 1,
        before=trial.stage,
        after=way.after,
        because=way.because(trial),
        numbers=_numbers(trial, way, policy),
    )


def _numbers(trial: Trial, way: Exit, policy: Policy) -> dict[str, Any]:
    """What a move was decided by; ``seq`` is the comparison at which it was."""
    found = assess(trial, policy)
    return {
        "seq": trial.seq,
        "attempt": found.attempt,
        "target": found.target,
        "bar": round(way.bar, 6),
        "compared": found.compared,
        "agreed": found.agreed,
        "compared_in_stage": trial.compared_in_stage,
        "compared_last": len(trial.recent),
        "agreed_last": sum(trial.recent),
        "coverage": None if found.coverage is None else round(found.coverage, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "e_value": round(e_value(way.log_e), 3),
        "needed": round(e_value(way.log_needed), 3),
    }


def _tell(move: Transition) -> None:
    level = logging.INFO if move.after in SERVING else logging.WARNING
    moved = f"student {move.bundle_id} of task {move.task_id}: {move.before} -> {move.after}"
    _log.log(level, "%s; %s", moved, move.because)
