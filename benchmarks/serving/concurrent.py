"""Calls a second with 32 at once, from threads and from tasks of one event loop, beside the bare client.

Where other processes want the cores too, calls a second say little; what a call takes of CPU time, and how many cores
the process got, say what it would be.
"""

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.serving.clients import Client, langchain, openai
from benchmarks.serving.latency import Took, now, since, substituting
from benchmarks.serving.server import serving
from benchmarks.serving.workload import matched, texts, unmatched
from slm_instrument.runtime import Reason, Substitutor

AT_ONCE = 32

Lasts = Callable[[int], str]  # from the number of a call to its last message
_TEXTS = texts(512)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in a second, with so much CPU time for each, on so many cores."""

    calls_per_second: float
    cpu_ms: float
    cores: float

    @classmethod
    def of(cls, calls: int, started: Took) -> "Rate":
        """That many calls since then."""
        clock, cpu = since(started)
        return cls(calls / clock, cpu / calls * 1e3, cpu / clock)


@dataclass(frozen=True, slots=True)
class Load:
    """A client under load: which calls it is asked, and how long its LLM takes. Without substitution it is bare."""

    name: str
    wait_ms: int
    lasts: Lasts
    substituted: bool


def _all(number: int) -> str:
    return matched(_TEXTS[number % len(_TEXTS)])


def _half(number: int) -> str:
    return (matched if number % 2 else unmatched)(_TEXTS[number % len(_TEXTS)])


LOADS = (
    Load("bare", 0, _all, substituted=False),
    Load("all answered by the student", 0, _all, substituted=True),
    Load("half of them", 0, _half, substituted=True),
    Load("bare", 20, _all, substituted=False),
    Load("half of them", 20, _half, substituted=True),
)


def throughput(rounds: int, seconds: float) -> dict[str, Any]:
    """Calls a second of every client, asked in both ways, under every load; the medians over the rounds."""
    found: dict[tuple[str, str, str, int], list[Rate]] = {}
    with ExitStack() as stack:
        server = stack.enter_context(serving())
        substitutor = stack.enter_context(substituting("on"))
        for _ in range(rounds):
            for load, (name, client) in itertools.product(LOADS, _clients(substitutor, server)):
                made = client(load)
                for way, measure in (("threads", _in_threads), ("event loop", _on_a_loop)):
                    rate = measure(made, load.lasts, seconds)
                    found.setdefault((name, way, load.name, load.wait_ms), []).append(rate)
        _expect_answers(substitutor)
    rows = [
        {
            "client": client,
            "way": way,
            "load": load,
            "llm_ms": wait_ms,
            "calls_per_second": round(median(rate.calls_per_second for rate in rates)),
            "cpu_ms": round(median(rate.cpu_ms for rate in rates), 2),
            "cores": round(median(rate.cores for rate in rates), 2),
            "rounds": [round(rate.calls_per_second) for rate in rates],
        }
        for (client, way, load, wait_ms), rates in found.items()
    ]
    return {"unit": "calls a second", "at_once": AT_ONCE, "rows": rows}


def _clients(substitutor: Substitutor, server: str) -> Iterator[tuple[str, Callable[[Load], Client]]]:
    def of(load: Load) -> Substitutor | None:
        return substitutor if load.substituted else None

    yield "LangChain model", lambda load: langchain(of(load), load.wait_ms)
    yield "OpenAI client", lambda load: openai(of(load), server, load.wait_ms)


def _in_threads(client: Client, lasts: Lasts, seconds: float) -> Rate:
    numbers = itertools.count()
    ready = threading.Barrier(AT_ONCE + 1)
    done = threading.Event()

    def work(worker: int) -> None:
        client.ask(lasts(worker))  # its connection, if it needs one
        ready.wait()
        while not done.is_set():
            client.ask(lasts(next(numbers)))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    ready.wait()
    started, before = now(), next(numbers)  # this thread may be the last to go on
    time.sleep(seconds)
    done.set()
    for thread in threads:
        thread.join()
    return Rate.of(next(numbers) - before - 1, started)


def _on_a_loop(client: Client, lasts: Lasts, seconds: float) -> Rate:
    async def main() -> Rate:
        numbers = itertools.count()
        await _all_of(lambda worker: client.aask(lasts(worker)))
        started = now()

        async def work(_worker: int) -> None:
            while time.perf_counter() < started[0] + seconds:
                await client.aask(lasts(next(numbers)))

        await _all_of(work)
        rate = Rate.of(next(numbers), started)
        await client.aclose()
        return rate

    return asyncio.run(main())


async def _all_of(work: Callable[[int], Awaitable[object]]) -> None:
    await asyncio.gather(*(work(worker) for worker in range(AT_ONCE)))


def _expect_answers(substitutor: Substitutor) -> None:
    """Every matched call must have been answered by the student.

    Raises:
        RuntimeError: some were not.
    """
    fine = {Reason.SUBSTITUTED, Reason.NO_MATCH}
    others = {name: calls for name, calls in substitutor.stats().items() if calls and name not in fine}
    if others:
        raise RuntimeError(f"matched calls were to be answered by the student, and there was {others}")
