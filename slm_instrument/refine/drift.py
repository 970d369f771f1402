"""Drift: whether a task's recent calls are others than those that its student was made for.

Looked at are calls from before and after the last dataset was made. Of all the task's calls some are drawn, whoever
answered them: those that a student leaves to the LLM are the unusual ones, and would always look like drift. From a
trace comes one call, since those of one trace are alike. A live student's scores are looked at by
:mod:`slm_instrument.runtime.auto.drift`.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from heapq import heappush, heapreplace

from slm_instrument.analyze.embed import Embedder
from slm_instrument.analyze.sampling import SLOT_CHARS, slot_text
from slm_instrument.curate.twins import mask_digits
from slm_instrument.errors import BundleError
from slm_instrument.refine.energy import distance
from slm_instrument.refine.history import History
from slm_instrument.runtime.auto.drift import score_drift
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.held_out import read_held_out
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Noted, Selection
from slm_instrument.template import Prompt, Template, best_match

MOST = 250  # calls drawn from before and from after
LEAST = 50  # of either, to say anything
MISSED = 0.1  # share of the recent prompts that the student does not recognise, for it to be worth new templates


def drifts(store: Store, histories: Sequence[History], embed: Embedder) -> dict[str, str]:
    """What has drifted, by task id, as half a sentence with its figures; the tasks that have not are not in it.

    Args:
        store: where the calls are.
        histories: of tasks that have a student and a dataset.
        embed: the embedder.
    """
    if not histories:
        return {}
    draws = {each.task.id: _Draw(each.last_known) for each in histories}
    _draw(draws, store.iter_noted())
    found = {each.task.id: _drift(store, each, draws[each.task.id], embed) for each in histories}
    return {task_id: drift for task_id, drift in found.items() if drift is not None}


def _drift(store: Store, history: History, draw: "_Draw", embed: Embedder) -> str | None:
    """The first that is found; the cheapest is looked for first."""
    since = _prompts(store, draw.since.ids)
    if len(since) < LEAST:
        return None
    return (
        _of_templates(history, since)
        or _of_scores(store, history)
        or _of_inputs(history, _prompts(store, draw.before.ids), since, embed)
    )


def _of_templates(history: History, since: Sequence[Prompt]) -> str | None:
    missed = sum(best_match(history.recognised, prompt) is None for prompt in since) / len(since)
    return None if missed < MISSED else f"its student does not recognise {missed:.0%} of the recent prompts"


def _of_scores(store: Store, history: History) -> str | None:
    if history.bundle is None:
        return None
    with suppress(BundleError):  # of a student that is not where it was, nothing is known
        held_out = read_held_out(Bundle.load(history.bundle.path))
        if held_out is not None:
            observed = store.observations(task_id=history.task.id)
            own = [each for each in observed if each.bundle_id == history.bundle.id]
            drift = score_drift((held_out.calibration + held_out.test).scores, own)
            return drift.sentence if drift.found else None
    return None


def _of_inputs(history: History, before: Sequence[Prompt], since: Sequence[Prompt], embed: Embedder) -> str | None:
    if len(before) < LEAST:
        return None
    templates = history.task.templates
    found = distance(embed(_texts(templates, before)), embed(_texts(templates, since)))
    return f"its prompts changed (energy distance {found.share:.3f}, p = {found.p:.3f})" if found.seen else None


def _texts(templates: Sequence[Template], prompts: Sequence[Prompt]) -> list[str]:
    """What varies in the prompts, numbers and dates aside, which change every day."""
    return [mask_digits(slot_text(templates, prompt)[:SLOT_CHARS]) for prompt in prompts]


class _Sample:
    """So many calls drawn at random, one a trace: those of the smallest digests."""

    def __init__(self) -> None:
        self._held: list[tuple[int, str]] = []  # digests negated: the largest is at the front
        self._traces: set[str] = set()

    @property
    def ids(self) -> list[str]:
        return [call_id for _, call_id in sorted(self._held)]

    def add(self, noted: Noted) -> None:
        trace = noted.trace_id or noted.call_id
        if trace in self._traces:
            return
        self._traces.add(trace)
        lot = -int.from_bytes(blake2b(noted.call_id.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        if len(self._held) < MOST:
            heappush(self._held, (lot, noted.call_id))
        elif lot > self._held[0][0]:
            heapreplace(self._held, (lot, noted.call_id))


class _Draw:
    """Samples of a task's calls, up to a call and behind it."""

    def __init__(self, last_known: str | None) -> None:
        self.before, self.since = _Sample(), _Sample()
        self._last_known = last_known

    def add(self, noted: Noted) -> None:
        if noted.variant is not None and noted.audience == "agent":
            (self.since if self._last_known is None else self.before).add(noted)
        if noted.call_id == self._last_known:
            self._last_known = None


def _draw(draws: Mapping[str, _Draw], notes: Iterable[Noted]) -> None:
    for noted in notes:
        draw = draws.get(noted.task_id) if noted.task_id is not None else None
        if draw is not None:
            draw.add(noted)


def _prompts(store: Store, ids: Sequence[str]) -> list[Prompt]:
    return [Prompt.of_call(call) for call in store.iter_calls(Selection(ids=tuple(ids)))]
