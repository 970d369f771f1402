"""The time of one call: what a declined one gains by substitution, and how long an accepted one takes.

Calls with and without substitution take turns, so that both see the same machine. Where other processes want its cores,
the median is theirs as much as ours: so there is also what the fastest tenth of the calls took, which nobody came
between, and the CPU time of this process, all its threads together.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.serving.clients import AskAsync, Client, agent, call_of, langchain, openai
from benchmarks.serving.server import serving
from benchmarks.serving.student import models_folder
from benchmarks.serving.workload import TASK_NAME, matched, texts, unmatched
from slm_instrument.runtime import Reason, Substitutor

WARM_UP = 30

Took = tuple[float, float]  # seconds by the clock, and of CPU time
Timed = Callable[[str], Took]
Run = Callable[[Any], Any]  # runs a coroutine on an event loop


@dataclass(frozen=True, slots=True)
class Way:
    """A way of asking, without (where there is such a thing) and with substitution."""

    name: str
    bare: Timed | None
    ours: Timed


def declined(rounds: int, calls: int) -> dict[str, Any]:
    """What is added to a call that is left to the LLM, which answers at once, in microseconds."""
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        server = stack.enter_context(serving())
        on, off = (stack.enter_context(substituting(mode)) for mode in ("on", "off"))
        run = stack.enter_context(asyncio.Runner()).run
        for case, substitutor, last in (("no match", on, unmatched), ("off", off, matched)):
            lasts = [last(text) for text in texts(calls)]
            for name, took in _rounds(ways(substitutor, server, run), lasts, rounds).items():
                rows.append({"case": case, "way": name, **_added(took)})
        expect(on, Reason.NO_MATCH)
        expect(off, Reason.DISABLED)
    return {"unit": "us", "rows": rows}


def accepted(rounds: int, calls: int) -> dict[str, Any]:
    """How long a call takes that a student answers, in milliseconds, on one core and one thread of ONNX Runtime."""
    stay_on_one_core()
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        server = stack.enter_context(serving())
        on = stack.enter_context(substituting("on"))
        run = stack.enter_context(asyncio.Runner()).run
        lasts = [matched(text) for text in texts(calls)]
        ours = [Way(way.name, None, way.ours) for way in ways(on, server, run)]
        for name, took in _rounds(ours, lasts, rounds).items():
            rows.append({"way": name, **_whole(took)})
        expect(on, Reason.SUBSTITUTED)
    return {"unit": "ms", "rows": rows}


@contextmanager
def substituting(mode: str) -> Generator[Substitutor]:
    """A substitutor of the student, which is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        options: Any = {"modes": {TASK_NAME: mode}, "timeout_ms": 5_000}  # a busy machine must not change the answers
        with Substitutor(models_folder(), store=f"sqlite:///{folder}/calls.db", **options) as substitutor:
            substitutor.warm()
            yield substitutor


def expect(substitutor: Substitutor, reason: Reason) -> None:
    """Make sure that what was measured is what was meant.

    Raises:
        RuntimeError: some decisions were others.
    """
    others = {name: calls for name, calls in substitutor.stats().items() if calls and name != reason}
    if others:
        raise RuntimeError(f"{reason} was to be measured, and there was {others}")


def ways(substitutor: Substitutor, server: str, run: Run) -> list[Way]:
    """All ways of asking."""
    clients = {
        "SlmChatModel": (langchain(None), langchain(substitutor)),
        "SlmMiddleware": (agent(None), agent(substitutor)),
        "wrap_openai": (openai(None, server), openai(substitutor, server)),
    }
    found = [
        Way("decide", None, lambda last: _decide(substitutor, last)),
        Way("adecide", None, lambda last: run(_adecide(substitutor, last))),
    ]
    for name, (bare, ours) in clients.items():
        found.append(Way(name, _sync(bare), _sync(ours)))
        found.append(Way(f"{name}, async", _async(bare.aask, run), _async(ours.aask, run)))
    return found


def now() -> Took:
    """A moment, by the clock and in CPU time of this process."""
    return time.perf_counter(), time.process_time()


def since(started: Took) -> Took:
    """What has gone by since then."""
    return time.perf_counter() - started[0], time.process_time() - started[1]


def stay_on_one_core() -> None:
    """Leave all cores but one to others, where the system lets us choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _decide(substitutor: Substitutor, last: str) -> Took:
    call = call_of(last)
    started = now()
    substitutor.decide(call)
    return since(started)


async def _adecide(substitutor: Substitutor, last: str) -> Took:
    call = call_of(last)
    started = now()
    await substitutor.adecide(call)
    return since(started)


def _sync(client: Client) -> Timed:
    def timed(last: str) -> Took:
        started = now()
        client.ask(last)
        return since(started)

    return timed


def _async(ask: AskAsync, run: Run) -> Timed:
    async def timed(last: str) -> Took:
        started = now()
        await ask(last)
        return since(started)

    return lambda last: run(timed(last))


def _rounds(asked: Sequence[Way], lasts: Sequence[str], rounds: int) -> dict[str, list[tuple[list[Took], list[Took]]]]:
    """Every way in every round, so that no way has the machine's quiet minute to itself."""
    found: dict[str, list[tuple[list[Took], list[Took]]]] = {way.name: [] for way in asked}
    for _ in range(rounds):
        for way in asked:
            found[way.name].append(_turns(way, lasts))
    return found


def _turns(way: Way, lasts: Sequence[str]) -> tuple[list[Took], list[Took]]:
    """What every call took, without and with substitution, by turns."""
    without: list[Took] = []
    with_it: list[Took] = []
    for number, last in enumerate([*lasts[:WARM_UP], *lasts]):
        bare = way.bare(last) if way.bare is not None else (0.0, 0.0)
        ours = way.ours(last)
        if number >= WARM_UP:
            without.append(bare)
            with_it.append(ours)
    return without, with_it


def _added(rounds: Sequence[tuple[list[Took], list[Took]]]) -> dict[str, Any]:
    """The medians over the rounds of what is added to the median call, in microseconds."""
    clock, cpu = ([(_median(ours, at) - _median(bare, at)) * 1e6 for bare, ours in rounds] for at in (0, 1))
    return {
        "bare": round(median(_median(bare, 0) for bare, _ in rounds) * 1e6, 1),
        "added": round(median(clock), 1),
        "added_cpu": round(median(cpu), 1),
        "added_fastest": round(median(_at(0.1, ours) - _at(0.1, bare) for bare, ours in rounds) * 1e6, 1),
        "added_p99": round(median(_at(0.99, ours) - _at(0.99, bare) for bare, ours in rounds) * 1e6, 1),
        "rounds": [round(each, 1) for each in clock],
    }


def _whole(rounds: Sequence[tuple[list[Took], list[Took]]]) -> dict[str, Any]:
    """The medians over the rounds, in milliseconds."""
    medians = [_median(ours, 0) * 1e3 for _, ours in rounds]
    return {
        "median": round(median(medians), 2),
        "cpu": round(median(_median(ours, 1) for _, ours in rounds) * 1e3, 2),
        "fastest": round(median(_at(0.1, ours) for _, ours in rounds) * 1e3, 2),
        "p99": round(median(_at(0.99, ours) for _, ours in rounds) * 1e3, 2),
        "rounds": [round(each, 2) for each in medians],
    }


def _median(took: Sequence[Took], which: int) -> float:
    return median(each[which] for each in took)


def _at(share: float, took: Sequence[Took]) -> float:
    """Seconds by the clock that this share of the calls did not exceed."""
    return sorted(clock for clock, _ in took)[int(len(took) * share)]
