"""Resident memory as calls go by: half of them left to the LLM, a quarter answered, a quarter compared in shadow."""

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.memory import resident
from benchmarks.serving.clients import call_of
from benchmarks.serving.student import with_another_task
from benchmarks.serving.workload import matched, matched_by_other, texts, unmatched
from slm_instrument import Recorder
from slm_instrument.records import Message
from slm_instrument.runtime import Substitutor

_KINDS = (unmatched, matched, unmatched, matched_by_other)
_TEXTS = texts(512)
_CATCH_UP_EVERY = 400  # a hundred comparisons, of the thousand that may wait: none is to be dropped
_TEACHER = Message("assistant", "delivery")


def memory(calls: int) -> dict[str, Any]:
    """MiB of the process after so many calls, every one in a trace of its own; recorded and compared into SQLite."""
    rss: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder, "models")
        answered, shadowed = with_another_task(models)
        modes = {answered: "on", shadowed: "shadow"}
        with Recorder(f"sqlite:///{folder}/calls.db") as recorder:
            with Substitutor(models, recorder=recorder, modes=modes, timeout_ms=5_000) as substitutor:
                started = time.monotonic()
                for number in range(calls):
                    _one(substitutor, number)
                    if number % _CATCH_UP_EVERY == 0:
                        substitutor.flush(60)
                    if (number + 1) % max(1, calls // 20) == 0:
                        rss.append((number + 1, resident()))
                substitutor.flush(60)
                seconds = time.monotonic() - started
                stats = substitutor.stats()
            recorder.flush(60)
            recorded = recorder.stats()
    return {
        "unit": "MiB",
        "calls": calls,
        "seconds": round(seconds, 1),
        "rss": rss,
        "decisions": stats,
        "recorded": recorded.written,
        "lost": recorded.dropped + recorded.errors,
    }


def _one(substitutor: Substitutor, number: int) -> None:
    kind = _KINDS[number % len(_KINDS)]
    call = call_of(kind(_TEXTS[number % len(_TEXTS)]), trace_id=f"trace-{number}")
    decision = substitutor.decide(call)
    if decision.substituted:
        substitutor.served(call, decision)
    elif decision.compare:
        substitutor.observe(call, decision, _TEACHER, teacher_ms=500.0)
