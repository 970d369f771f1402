"""Calls as an agent makes them, made on the recorder's thread as the integrations make theirs.

A prompt is 2 KB: a system message that repeats, and a question of random words, so that no two calls are alike and
compression finds what it finds in prose and no more. The answer is one of a few labels.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from slm_instrument import Recorder
from slm_instrument.records import Call, Message, Usage

_random = random.Random(0)
_letters = "eeeeeeeetttttaaaaaooooiiiinnnnsssshhhhrrrrddllluucmwfgypbvk"
_words = ["".join(_random.choices(_letters, k=_random.randint(2, 11))) for _ in range(4_000)]
_prose = " ".join(_words[min(int(_random.paretovariate(0.6)), 4_000) - 1] for _ in range(200_000))
_QUESTION_CHARS = 1_050
_ANSWERS = tuple(Message("assistant", label) for label in ("shipping", "billing", "returns", "account", "other"))
_SYSTEM = Message("system", "You sort the messages of customers. " + _prose[-914:])


def make_call(number: int) -> Call:
    """Call number so and so."""
    start = number * 7_919 % (len(_prose) - _QUESTION_CHARS)
    question = Message("user", f"Message {number}: {_prose[start : start + _QUESTION_CHARS]}")
    return Call(
        id=f"call-{number:012}",
        trace_id=f"trace-{number // 4:012}",
        app="benchmark",
        agent="sorter",
        provider="benchmark",
        model="instant-1",
        framework="none",
        started_at=datetime.now(UTC),
        duration_ms=1.5,
        messages=(_SYSTEM, question),
        response=_ANSWERS[number % len(_ANSWERS)],
        usage=Usage(input_tokens=500, output_tokens=1),
    )


def offer(recorder: Recorder, first: int, step: int, rate: float, seconds: float) -> int:
    """Hand in calls first, first + step, ... at a rate; returns how many. Late ones are made up for at once."""
    started, made = time.perf_counter(), 0
    while (passed := time.perf_counter() - started) < seconds:
        for _ in range(int(passed * rate) - made):
            recorder.submit(partial(make_call, first + made * step))
            made += 1
        time.sleep(0.001)
    return made


def offer_all(recorder: Recorder, calls: int, *, waiting: int, seen: Callable[[int], None]) -> None:
    """Hand in calls as fast as they are written, at most so many waiting in memory or on disk; tell of every 1000."""
    for number in range(calls):
        if number % 1000 == 0:
            seen(number)
        if number % 100 == 0:
            while (now := recorder.stats()).queued + now.spooled > waiting:
                time.sleep(0.002)
        recorder.submit(partial(make_call, number))
