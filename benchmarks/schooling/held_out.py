"""Students asked calls that they were never trained on, gate and all, and the figures of their answers."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from slm_instrument.canonical import normal_form
from slm_instrument.records import Call
from slm_instrument.runtime.bounds import agreement_lower_bound
from slm_instrument.runtime.decision import Decision
from slm_instrument.runtime.fleet import Fleet
from slm_instrument.runtime.serving import Servable

OUT_OF_SCOPE = "oos"  # the label that CLINC150 gives to what is none of its intents


@dataclass(slots=True)
class Replayed:
    """Answers of one student: each with its score, whether the gate took it, and whether it agreed."""

    scores: list[float] = field(default_factory=list[float])
    accepted: list[bool] = field(default_factory=list[bool])
    agreed: list[bool] = field(default_factory=list[bool])
    milliseconds: list[float] = field(default_factory=list[float])
    failed: int = 0
    in_scope: list[bool] = field(default_factory=list[bool])
    let_through: int = 0

    def add(self, servable: Servable, decision_s: float, call: Call, prediction: Any) -> None:
        """Take one answer."""
        teacher = call.response
        assert teacher is not None
        agreed = servable.agrees(prediction.message, teacher, trusted=True)
        out_of_scope = normal_form(teacher).text == OUT_OF_SCOPE
        self.scores.append(prediction.score)
        self.accepted.append(prediction.accepted)
        self.agreed.append(agreed)
        self.milliseconds.append(decision_s * 1e3)
        self.in_scope.append(not out_of_scope)
        self.let_through += out_of_scope and prediction.accepted and not agreed

    def figures(self) -> dict[str, Any]:
        """As plain values; shares are None where there is nothing to share out."""
        calls = len(self.agreed)
        taken = [agreed for agreed, accepted in zip(self.agreed, self.accepted, strict=True) if accepted]
        scoped = [agreed for agreed, inside in zip(self.agreed, self.in_scope, strict=True) if inside]
        outside = calls - len(scoped)
        return {
            "calls": calls,
            "failed": self.failed,
            "agreement_without_gate": _share(self.agreed),
            "coverage": len(taken) / calls if calls else None,
            "agreement": _share(taken),
            "agreement_low": agreement_lower_bound(sum(taken), len(taken)) if taken else None,
            "p50_ms": median(self.milliseconds) if calls else None,
            "p99_ms": quantiles(self.milliseconds, n=100)[98] if calls > 1 else None,
            **({"in_scope_agreement": _share(scoped), "out_of_scope": outside} if outside else {}),
            **({"out_of_scope_let_through": self.let_through / outside} if outside else {}),
        }


def replay_ungated(fleet: Fleet, calls: Iterable[Call]) -> dict[str, Replayed]:
    """What every student says to the calls of its task, also where its gate refuses; by task id."""
    answers: dict[str, Replayed] = {servable.task_id: Replayed() for servable in fleet.servables}
    for call in calls:
        started = time.perf_counter()
        route = fleet.find(call)
        if isinstance(route, Decision) or call.response is None or call.error is not None:
            continue
        servable = route.lineup.first
        of_task, question = answers[servable.task_id], route.to(servable)
        if question is None:
            continue
        try:
            prediction = servable.ask(question)
        except Exception as error:  # counted: at run time the LLM would answer
            print(f"{servable.task_name}: {error!r}")
            of_task.failed += 1
            continue
        of_task.add(servable, time.perf_counter() - started, call, prediction)
    return answers


def _share(values: list[bool]) -> float | None:
    return sum(values) / len(values) if values else None
