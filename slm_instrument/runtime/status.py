"""Where every task stands: its mode, its student, who answers its calls and what that saves."""

from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from slm_instrument.records import SERVED_BY_LLM, SERVED_BY_SLM
from slm_instrument.store.base import KILL_SWITCH, Mode, Served, Task, Verdict
from slm_instrument.store.protocol import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """One task's state. ``bundle`` is the newest that may serve, retired ones passed over.

    ``llm_calls`` are counted as of the last analysis, ``slm_calls`` as of now.

    ``llm_ms`` and ``slm_ms`` are median durations in milliseconds. ``saved_usd`` is what the calls answered by a
    student would have cost at the task's mean price of a call, the student's own compute not subtracted; None when the
    log has no prices. ``agreement`` is the share of accepted live comparisons in which the student agreed with the LLM.
    """

    id: str
    name: str
    mode: Mode
    bundle: str | None
    verdict: Verdict | None
    llm_calls: int
    slm_calls: int
    llm_ms: float | None
    slm_ms: float | None
    compared: int
    agreement: float | None
    saved_usd: float | None


def status(store: Store) -> list[TaskStatus]:
    """The state of every task, most calls first."""
    modes = {task_id: flag.mode for task_id, flag in store.flags().items()}
    killed = modes.get(KILL_SWITCH) is Mode.OFF
    served = store.served()
    return [
        _status(store, task, Mode.OFF if killed else modes.get(task.id, Mode.OFF), served) for task in store.tasks()
    ]


def to_json(statuses: list[TaskStatus]) -> dict[str, Any]:
    """The states as plain JSON values."""
    return {"tasks": [asdict(each) for each in statuses]}


def render_table(statuses: list[TaskStatus]) -> Table:
    """The states for a terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("task", "mode", "student", "verdict"):
        table.add_column(heading, overflow="fold")
    for heading in ("by LLM", "by student", "LLM ms", "student ms", "compared", "agreement", "saved"):
        table.add_column(heading, justify="right")
    for each in statuses:
        table.add_row(
            each.name,
            each.mode,
            each.bundle or "-",
            each.verdict or "-",
            f"{each.llm_calls:,}",
            f"{each.slm_calls:,}",
            _number(each.llm_ms, "{:.0f}"),
            _number(each.slm_ms, "{:.1f}"),
            f"{each.compared:,}",
            _number(each.agreement, "{:.3f}"),
            _number(each.saved_usd, "${:.4f}"),
        )
    return table


def _status(store: Store, task: Task, mode: Mode, served: list[Served]) -> TaskStatus:
    bundles = store.bundles(task_id=task.id)
    bundle = next((each for each in bundles if each.retired_at is None), None)
    llm = [each for each in served if each.task_id == task.id and each.served_by == SERVED_BY_LLM]
    # By the bundle, not by the assignment: calls answered since the last analysis are not assigned yet.
    students = {SERVED_BY_SLM + each.id for each in bundles}
    slm = [each for each in served if each.served_by in students]
    slm_calls = sum(each.calls for each in slm)
    accepted = [each for each in store.observations(task_id=task.id) if each.accepted]
    price = task.cost_usd / task.calls if task.cost_usd is not None and task.calls else None
    return TaskStatus(
        id=task.id,
        name=task.name,
        mode=mode,
        bundle=bundle.id if bundle else None,
        verdict=bundle.verdict if bundle else None,
        llm_calls=sum(each.calls for each in llm),
        slm_calls=slm_calls,
        llm_ms=llm[0].duration_ms if llm else None,
        slm_ms=max(slm, key=lambda each: each.calls).duration_ms if slm else None,
        compared=len(accepted),
        agreement=sum(each.agreed for each in accepted) / len(accepted) if accepted else None,
        saved_usd=price * slm_calls if price is not None else None,
    )


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)
