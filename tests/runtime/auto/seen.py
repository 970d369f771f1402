"""Comparisons and transitions as a store has them."""

import random
from datetime import timedelta

from slm_instrument.store import Mode, Observation, Transition
from slm_instrument.testing.samples import NOW


def compared(agreed=True, *, mode=Mode.SHADOW, accepted=True, trace_id=None, score=0.9, bundle_id="b1", **more):
    return Observation(
        at=NOW,
        task_id="t1",
        bundle_id=bundle_id,
        mode=mode,
        accepted=accepted,
        agreed=agreed,
        score=score,
        student_ms=2.0,
        trace_id=trace_id,
        **more,
    )


def stream(count, agreement=0.97, *, seed=0, coverage=0.8, **more):
    """Comparisons of a student with that agreement, one of each trace; the clock jumps."""
    draw = random.Random(seed)
    return [
        Observation(
            at=NOW + timedelta(hours=draw.randint(-50, 50)),
            task_id="t1",
            bundle_id=more.get("bundle_id", "b1"),
            mode=more.get("mode", Mode.SHADOW),
            accepted=draw.random() < coverage,
            agreed=draw.random() < agreement,
            score=draw.random(),
            student_ms=2.0,
            call_id=f"call-{seed}-{number}",
            trace_id=f"trace-{seed}-{number}",
        )
        for number in range(count)
    ]


def transition(number, before, after, *, seq=0, bundle_id="b1"):
    return Transition(
        at=NOW,
        task_id="t1",
        bundle_id=bundle_id,
        number=number,
        before=before,
        after=after,
        because="",
        numbers={"seq": seq},
    )
