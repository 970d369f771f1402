"""One system measured in a process of its own: python -m benchmarks.peers.worker SYSTEM --sink URL; prints JSON.

Half of the calls without the system come before a block of calls with it and half after, so that both see the same
machine, also one that is getting slower. A block ends when all that it left behind is exported, and the CPU time of the
whole process until then is its own. By default it is longer than the batches of 512 that most systems export, so that
exporting goes on beside the calls as it does in production.
"""

import argparse
import asyncio
import gc
import json
import os
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles

from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig

from benchmarks.peers.systems import System, set_up
from benchmarks.peers.workload import InstantModel, marked

PAUSE_S = 0.001  # between calls that are paced
WARM_UP = 60  # calls

Calls = list[list[BaseMessage]]
Block = Callable[[Calls, RunnableConfig], list[int]]
Measured = tuple[list[int], float]  # nanoseconds of each call, CPU seconds of all


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds a call."""

    p50: float
    p99: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way of calling, without and with the system; how many of the calls with it were exported."""

    bare: Figures
    with_system: Figures
    sent: int
    delivered: int


def sync_block(calls: Calls, config: RunnableConfig, pause: float) -> list[int]:
    model, took = InstantModel(), list[int]()
    for messages in calls:
        started = time.perf_counter_ns()
        model.invoke(messages, config=config)
        took.append(time.perf_counter_ns() - started)
        if pause:
            time.sleep(pause)
    return took


async def async_block(calls: Calls, config: RunnableConfig, pause: float) -> list[int]:
    model, took = InstantModel(), list[int]()
    for messages in calls:
        started = time.perf_counter_ns()
        await model.ainvoke(messages, config=config)
        took.append(time.perf_counter_ns() - started)
        if pause:
            await asyncio.sleep(pause)
    return took


class Measurement:
    """The blocks of one process. ``delivered`` asks how many distinct calls have arrived since it was asked last."""

    def __init__(self, system: System, switch: Callable[[bool], None], delivered: Callable[[], int]) -> None:
        self._system, self._switch, self._delivered = system, switch, delivered
        self._made = 0

    def way(self, block: Block, calls: int, length: int) -> Way:
        """Measure one way of calling."""
        for on in (False, True):
            self._block(block, WARM_UP, on=on)
        self._delivered()
        bare: list[Measured] = []
        with_system: list[Measured] = []
        for _ in range(calls // length):
            bare.append(self._block(block, length // 2, on=False))
            with_system.append(self._block(block, length, on=True))
            bare.append(self._block(block, length - length // 2, on=False))
        return Way(_figures(bare), _figures(with_system), calls // length * length, self._delivered())

    def _block(self, block: Block, length: int, *, on: bool) -> Measured:
        calls = [marked(f"{os.getpid()}x{self._made}-{number}") for number in range(length)]
        self._made += 1
        self._switch(on)
        config: RunnableConfig = {"callbacks": self._system.callbacks} if on else {}
        gc.collect()
        before = time.process_time()
        took = block(calls, config)
        if on:
            self._system.flush()
        return took, time.process_time() - before


def _figures(blocks: Sequence[Measured]) -> Figures:
    took = [each / 1e3 for times, _ in blocks for each in times]
    cuts = quantiles(took, n=100)
    return Figures(cuts[49], cuts[98], sum(cpu for _, cpu in blocks) / len(took) * 1e6)


def _delivered(system: System, sink: str) -> Callable[[], int]:
    if system.stored is None:
        return lambda: int(urllib.request.urlopen(f"{sink}/seen", timeout=60).read())
    stored, before = system.stored, [0]

    def new() -> int:
        now = stored()
        before.append(now)
        return now - before[-2]

    return new


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("system")
    parser.add_argument("--sink", required=True, help="address of benchmarks.peers.sink")
    parser.add_argument("--calls", type=int, required=True, help="calls with the system, for each way")
    parser.add_argument("--block", type=int, required=True, help="calls in a block")
    args = parser.parse_args()
    with set_up(args.system, args.sink) as (system, switch), asyncio.Runner() as runner:
        measurement = Measurement(system, switch, _delivered(system, args.sink))
        ways: dict[str, Block] = {
            "sync, back to back": lambda calls, config: sync_block(calls, config, 0),
            "sync, paced": lambda calls, config: sync_block(calls, config, PAUSE_S),
            "async, back to back": lambda calls, config: runner.run(async_block(calls, config, 0)),
            "async, paced": lambda calls, config: runner.run(async_block(calls, config, PAUSE_S)),
        }
        found = {name: asdict(measurement.way(block, args.calls, args.block)) for name, block in ways.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
