"""The processes that are put to the test: agents that record at a steady rate, and the one that starts after a crash.

Ids are ``WORKER-NUMBER``. ``acks[worker * room + number]`` is the monotonic time (seconds, one clock for all processes)
at which ``record()`` returned, or zero when it did not. The array is shared memory of the process that kills: what was
written there before the kill is to be seen.
"""

import os
import random
import resource
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any

from slm_instrument import Recorder
from slm_instrument.capture import RecorderStats
from slm_instrument.records import Call, Message
from slm_instrument.store import open_store

BEFORE, DURING, AFTER, END = range(4)  # phases of an outage
SYSTEM = Message("system", "You sort the messages of a shop. " * 31)

Shared = Any  # a raw value or array of multiprocessing: their types have no public names


@dataclass(frozen=True, slots=True)
class Load:
    """What is recorded where: ``rate`` calls a second by each worker, ``room`` calls of each at most.

    Each of the ``threads`` is a worker, and so is each of the ``forks``, a forked child of the process.
    """

    url: str
    rate: float
    room: int = 1_000_000
    threads: int = 1
    forks: int = 0
    queue: int = 10_000
    spool_bytes: int = 1 << 30

    @property
    def workers(self) -> int:
        """How many record at once."""
        return self.threads + self.forks

    def recorder(self) -> Recorder:
        """A recorder for it."""
        return Recorder(self.url, queue=self.queue, spool_bytes=self.spool_bytes)

    def paced(self, worker: int) -> Iterator[Call]:
        """A worker's calls, each when it is due."""
        began = time.monotonic()
        for number in range(self.room):
            time.sleep(max(0.0, began + number / self.rate - time.monotonic()))
            yield call(worker, number)


def call(worker: int, number: int) -> Call:
    """A call with a prompt of 2 KB: half of it repeats in every call, half is new and packs badly."""
    text = random.Random(worker << 32 | number).randbytes(500).hex()
    messages = (SYSTEM, Message("user", text))
    return Call(id=name(worker, number), agent="triage", messages=messages, response=Message("assistant", "shipping"))


def name(worker: int, number: int) -> str:
    """The id of a worker's call."""
    return f"{worker}-{number:06}"


def processes() -> ForkServerContext:
    """Makes processes that start at once and inherit nothing: all are forked from one that only imported modules."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def stored(url: str) -> list[str]:
    """The ids in a store in order of arrival, every call read whole."""
    store = open_store(url, create=False)
    try:
        return [call.id for call in store.iter_calls()]
    finally:
        store.close()


def record_until_killed(load: Load, acks: Shared) -> None:
    """Record with all workers for as long as the process that is to kill them lives."""
    os.setpgid(0, 0)  # so that one signal ends the children too
    recorder = load.recorder()

    def work(worker: int) -> None:
        for number, one in enumerate(load.paced(worker)):
            recorder.record(one)
            acks[worker * load.room + number] = time.monotonic()

    for worker in range(load.threads):
        threading.Thread(target=work, args=(worker,), daemon=True).start()
    for worker in range(load.threads, load.workers):
        time.sleep(0.05)
        if os.fork() == 0:
            work(worker)
    killer = parent_process()
    if killer is not None:
        killer.join()
    os.killpg(0, signal.SIGKILL)


def start_again(url: str, answer: Connection) -> None:
    """Be the process that starts after a crash; sends whether all was written in time, and the counts."""
    recorder = Recorder(url)
    recorder.record(call(999, 0))
    recorder.flush(60)  # says False when the last line of the spool was torn by the kill
    answer.send((recorder.flush(60), recorder.stats()))
    recorder.close()


@dataclass(frozen=True, slots=True)
class Steady:
    """What became of a process's calls; ``record_us`` took the calls made in the phase DURING, memory grew by MB."""

    submitted: int
    flushed: bool
    stats: RecorderStats
    record_us: list[float]
    grown_mb: float


def record_through(load: Load, phase: Shared, answer: Connection) -> None:
    """Record until the phase is END, then flush and send a :class:`Steady`."""
    recorder = load.recorder()
    took: list[float] = []
    submitted, memory = 0, 0.0
    for one in load.paced(0):
        started = time.perf_counter_ns()
        recorder.record(one)
        ended = time.perf_counter_ns()
        submitted += 1
        if phase.value == DURING:
            took.append((ended - started) / 1e3)
            memory = memory or peak_mb()
        if phase.value == END:
            break
    flushed = recorder.flush(120)
    answer.send(Steady(submitted, flushed, recorder.stats(), took, peak_mb() - memory))
    recorder.close()


def peak_mb() -> float:
    """The most memory this process has had resident, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
