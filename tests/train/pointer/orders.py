"""A made-up task whose answers are spans of its prompts: orders in words, and what a teacher reads in them."""

import json
import random

from slm_instrument.canonical import AnswerKind
from slm_instrument.records import Call, Message
from slm_instrument.store import Task
from slm_instrument.template import SLOT, Pattern, Template

SYSTEM = "You read orders. Answer with JSON."
_THINGS = ["GreenLamp", "oak desk", "Kettle-9", "tea_box", "RainCoat", "chess set", "ski poles", "Bread Knife"]
_THINGS += ["camera lens", "WallClock", "copper pan", "dog bed", "garden hose", "YogaMat", "violin bow", "toy train"]
_NAMES = ["Ada", "McBride", "Zoe", "van Dyk", "Omar", "Lin", "Freja", "O'Neil", "Kowalski", "Tanaka", "Ngozi", "Ruiz"]
_PHRASES = [
    "send {thing} to {name}, {count} pieces",
    "{name} orders {count} of {thing}",
    "for {name}: {count} x {thing}",
]


def order_calls(count, seed=0):
    """Calls of an agent that reads orders; the answers are always right."""
    draw = random.Random(seed)
    for number in range(count):
        thing, name, pieces = draw.choice(_THINGS), draw.choice(_NAMES), draw.randint(2, 60)
        urgent = draw.random() < 0.5
        text = draw.choice(_PHRASES).format(thing=thing, name=name, count=pieces) + (" at once" if urgent else "")
        answer = {"item": thing, "buyer": name, "count": pieces, "urgent": urgent}
        yield Call(
            id=f"order-{seed}-{number}",
            trace_id=f"trace-{seed}-{number}",
            messages=(Message("system", SYSTEM), Message("user", f"Order: {text}")),
            response=Message("assistant", json.dumps(answer, indent=2)),
        )


def order_task():
    """The task that an analysis would find in those calls."""
    template = Template(system=Pattern((SYSTEM,)), first=Pattern(("",)), last=Pattern(("Order: ", SLOT)))
    return Task(id="orders", name="orders", kind=AnswerKind.JSON, templates=(template,))
