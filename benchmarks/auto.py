"""Auto mode in simulation: students of known agreement, moved by the controller and the policy that the runtime uses.

    python -m benchmarks.auto [--runs N] [--only NAME]

A run is the life of one student from shadow on, 20,000 calls long. As at run time every call is compared in shadow, all
but a tenth of the traces in canary, the audited share in on, and the controller looks again and again: here after every
50 comparisons or 100 calls. The target is 0.95. Comparisons are kept in a list, all else is the package's own code.
The alarm that takes students back from on is also heard alone, for longer than 20,000 calls last.
Figures go to ``benchmarks/results/auto.json``; the exit code is 1 where something promised was not kept.
"""

import argparse
import json
import logging
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any, cast

from benchmarks.machine import machine
from slm_instrument.runtime.auto import Controller, Policy, Watched
from slm_instrument.runtime.auto.evidence import Alarm
from slm_instrument.runtime.flags import CANARY_RATE
from slm_instrument.store import Mode, Observation, Store, Transition

RESULTS = Path(__file__).parent / "results" / "auto.json"
TARGET = 0.95
CALLS = 20_000
BATCH = 50
LONGEST = 200_000  # comparisons that an alarm is waited for
LONGEST_WAIT = 100  # calls between two looks
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """A student as it is in truth, and its traffic.

    ``falls_to`` is its agreement from ``falls_after`` calls after it was first on. Of a trace of several calls, all
    agree or none do where ``together``. ``told`` is False where the store is not told which comparisons are of one
    trace: to see what counting one of each is worth. Those that a promise is about have more ``runs``.
    """

    name: str
    agreement: float
    audited: float = 0.05
    coverage: float = 0.8
    falls_to: float | None = None
    falls_after: int = 2_000
    calls_per_trace: int = 1
    together: bool = False
    told: bool = True
    runs: int = 200


STUDENTS = (
    Student(name="good", agreement=0.97, runs=500),
    Student(name="good, audit 10 %", agreement=0.97, audited=0.1),
    Student(name="good, all accepted", agreement=0.97, coverage=1.0),
    Student(name="better", agreement=0.99),
    Student(name="just over", agreement=0.96),
    Student(name="at the target", agreement=0.95),
    Student(name="just under", agreement=0.94),
    Student(name="bad", agreement=0.90, runs=500),
    Student(name="very bad", agreement=0.70),
    Student(name="falls to 0.85, audit 10 %", agreement=0.97, falls_to=0.85, audited=0.1, runs=500),
    Student(name="falls to 0.85, audit 5 %", agreement=0.97, falls_to=0.85),
    Student(name="falls to 0.5, audit 5 %", agreement=0.97, falls_to=0.5),
    Student(name="falls to 0.93, audit 5 %", agreement=0.97, falls_to=0.93),
    Student(name="good, traces of 5", agreement=0.97, calls_per_trace=5, together=True),
    Student(name="at the target, traces of 5", agreement=0.95, calls_per_trace=5, together=True),
    Student(name="the same, every call counted", agreement=0.95, calls_per_trace=5, together=True, told=False),
)


@dataclass(slots=True)
class Comparisons:
    """What the controller needs of a store, in memory: rows in SQLite take longer than all that is measured."""

    seen: list[tuple[int, Observation]] = field(default_factory=list[tuple[int, Observation]])
    moves: list[Transition] = field(default_factory=list[Transition])

    def evidence(self, bundle_id: str, *, after: int = 0, limit: int | None = None) -> list[tuple[int, Observation]]:
        """Those after a number."""
        return self.seen[after : None if limit is None else after + limit]

    def transitions(self, *, task_id: str | None = None) -> list[Transition]:
        """All."""
        return list(self.moves)

    def add_transition(self, transition: Transition) -> bool:
        """Keep it."""
        self.moves.append(transition)
        return True


@dataclass(slots=True)
class Life:
    """What became of one student; times are in calls from the start."""

    first_on: int | None = None
    withdrawn: int | None = None
    taken_back: int = 0  # from on
    fell: int | None = None
    caught: int | None = None
    wrong: int = 0  # answers given to the agent that the LLM would have given otherwise
    wrong_since_fall: int = 0
    stage: Mode = Mode.SHADOW


def main() -> None:
    """Run the benchmark."""
    options = arguments()
    logging.getLogger("slm_instrument").setLevel(logging.ERROR)  # a line for each move, else
    rows: list[dict[str, Any]] = []
    alarms = [] if options.only else [*map(false_alarms, (0.95, 0.96, 0.97)), *map(falls, (0.93, 0.9, 0.85, 0.5))]
    for alarm in alarms:
        print(alarm, flush=True)
    for student in STUDENTS:
        if options.only in student.name:
            rows.append(summary(student, [live(student, seed) for seed in range(min(student.runs, options.runs))]))
            print(told(rows[-1]), flush=True)
    if not options.only:
        figures = {"machine": machine(), "calls": CALLS, "target": TARGET}
        figures |= {"alarms": alarms, "students": rows}
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    broken = [f"{row['name']}: {promise}" for row in rows for promise in broken_promises(row)]
    if broken:
        sys.exit("\n".join(broken))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=500, help="of each student at the most")
    parser.add_argument("--only", default="", help="students with this in their name; nothing is written then")
    return parser.parse_args()


def live(student: Student, seed: int) -> Life:
    """One student's life."""
    draw, store, life = random.Random(seed), Comparisons(), Life()
    controller = Controller(lambda: cast(Store, store))
    watched = [Watched("task", "student", TARGET, Mode.AUTO)]
    looked_at = looked_after = 0
    for call, (trace, students_turn, agrees, accepted) in enumerate(traffic(student, draw, life)):
        if life.stage is Mode.OFF or (life.caught is not None and student.falls_to is not None):
            break
        if students_turn:
            answered(life, accepted, agrees)
        else:
            of_trace = trace if student.told and student.calls_per_trace > 1 else None
            store.seen.append((len(store.seen) + 1, observation(life.stage, of_trace, accepted, agrees)))
        if len(store.seen) - looked_after >= BATCH or call - looked_at >= LONGEST_WAIT:
            looked_at, looked_after = call, len(store.seen)
            for move in controller.step(watched):
                note(life, move, call)
        if student.falls_to is not None and life.first_on is not None and call == life.first_on + student.falls_after:
            life.fell = call
    return life


def traffic(student: Student, draw: random.Random, life: Life) -> Iterator[tuple[str, bool, bool, bool]]:
    """Calls: trace, whether it is the student's turn, whether it agrees with the LLM, whether its gate accepts."""
    uniform = draw.random
    left, trace, share, luck = 0, 0, 0.0, 0.0
    for _ in range(CALLS):
        if not left:
            left, trace, share, luck = student.calls_per_trace, trace + 1, uniform(), uniform()
        left -= 1
        agreement = student.agreement if life.fell is None else student.falls_to or 0.0
        agrees = (luck if student.together else uniform()) < agreement
        answers = {Mode.CANARY: CANARY_RATE, Mode.ON: 1 - student.audited}.get(life.stage, 0.0)
        yield str(trace), share < answers, agrees, uniform() < student.coverage


def answered(life: Life, accepted: bool, agrees: bool) -> None:
    """The student's answer is used, where its gate accepts it."""
    if accepted and not agrees:
        life.wrong += 1
        life.wrong_since_fall += life.fell is not None


_ROW = Observation(
    at=NOW, task_id="task", bundle_id="student", mode=Mode.SHADOW, accepted=True, agreed=True, score=0.9, student_ms=1.0
)


@lru_cache(maxsize=64)
def observation(stage: Mode, trace: str | None, accepted: bool, agrees: bool) -> Observation:
    return replace(_ROW, mode=stage, accepted=accepted, agreed=agrees, trace_id=trace)


def note(life: Life, move: Transition, call: int) -> None:
    """Take a move down."""
    life.stage = move.after
    if move.after is Mode.ON and life.first_on is None:
        life.first_on = call
    if move.after is Mode.OFF:
        life.withdrawn = call
    if move.before is Mode.ON:
        life.taken_back += 1
        if life.fell is not None and life.caught is None:
            life.caught = call


def false_alarms(agreement: float, runs: int = 30) -> dict[str, Any]:
    """Comparisons until the alarm sounds at a student that has not fallen."""
    waits = [heard(random.Random(seed), agreement) for seed in range(runs)]
    longest = sum(wait == LONGEST for wait in waits)
    return {"agreement": agreement, "runs": runs, "mean_comparisons": round(mean(waits)), "cut_at_longest": longest}


def falls(agreement: float, runs: int = 400) -> dict[str, Any]:
    """Comparisons until it sounds after a fall from 0.97."""
    waits = [heard(random.Random(seed), agreement, before=500) for seed in range(runs)]
    return {"falls_to": agreement, "runs": runs, "comparisons": spread(waits)}


def heard(draw: random.Random, agreement: float, *, before: int = 0) -> int:
    """How many comparisons it takes, not counting those at 0.97 before."""
    alarm, needed = Alarm(TARGET), Policy().alarm_on / (1 - TARGET)
    for _ in range(before):
        alarm.add(draw.random() < 0.97)
    for compared in range(1, LONGEST):
        alarm.add(draw.random() < agreement)
        if alarm.value >= needed:
            return compared
    return LONGEST


def summary(student: Student, lives: Sequence[Life]) -> dict[str, Any]:
    """The figures of a student over all runs; shares are of the runs."""
    fell = [life for life in lives if life.fell is not None]
    row: dict[str, Any] = {
        "name": student.name,
        "runs": len(lives),
        "agreement": student.agreement,
        "falls_to": student.falls_to,
        "audited": student.audited,
        "coverage": student.coverage,
        "on": share(lives, lambda life: life.first_on is not None),
        "kept": share(lives, lambda life: life.first_on is not None and not life.taken_back),
        "withdrawn": share(lives, lambda life: life.withdrawn is not None),
        "times_taken_back": round(mean(life.taken_back for life in lives), 3),
        "ends_in": {mode.value: share(lives, lambda life, mode=mode: life.stage is mode) for mode in Mode},
        "calls_until_on": spread([life.first_on for life in lives]),
        "calls_until_withdrawn": spread([life.withdrawn for life in lives]),
        "wrong_answers": spread([life.wrong for life in lives]),
    }
    if student.falls_to is not None:
        row["fell"] = len(fell)
        row["caught"] = share(fell, lambda life: life.caught is not None)
        row["wrong_answers_since_fall"] = spread([life.wrong_since_fall for life in fell])
    return row


def share(lives: Sequence[Life], which: Callable[[Life], bool]) -> float:
    return round(sum(map(which, lives)) / len(lives), 4) if lives else 0.0


def spread(values: Sequence[int | None]) -> dict[str, float] | None:
    """Median and 90th percentile of those that are there; None for fewer than ten."""
    known = [value for value in values if value is not None]
    if len(known) < 10:
        return None
    return {"median": median(known), "p90": round(quantiles(known, n=10)[-1], 1)}


def broken_promises(row: dict[str, Any]) -> Iterator[str]:
    """What issue 7 asks of auto mode, and the promise of the policy."""
    if row["agreement"] == 0.97 and row["falls_to"] is None and row["kept"] < 0.95:
        yield f"promoted and kept in {row['kept']:.1%} of the runs only"
    if row["agreement"] <= TARGET and "every call" not in row["name"] and row["on"] > 0.05:
        yield f"past canary in {row['on']:.1%} of the runs"
    if row["falls_to"] == 0.85 and row["audited"] == 0.1 and row["wrong_answers_since_fall"]["median"] >= 200:
        yield f"taken out after {row['wrong_answers_since_fall']['median']} wrong answers"


def told(row: dict[str, Any]) -> str:
    """A line for a person."""
    line = f"{row['name']:32} on {row['on']:6.1%}  kept {row['kept']:6.1%}  withdrawn {row['withdrawn']:6.1%}"
    for label, key in (
        ("calls until on", "calls_until_on"),
        ("until withdrawn", "calls_until_withdrawn"),
        ("wrong since the fall", "wrong_answers_since_fall"),
    ):
        if row.get(key):
            line += f"  {label} {row[key]['median']:.0f} (p90 {row[key]['p90']:.0f})"
    return line


if __name__ == "__main__":
    main()
