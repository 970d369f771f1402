"""Customer messages: made by a small grammar, and read again by the same grammar.

A message is one or two *frames* of an intent (``frames.txt``: how somebody says what he wants) with their slots filled,
among an optional greeting, an order number, a quantity, a cue of who writes or how pressing it is, and an ending.
:func:`generate` makes messages; it keeps every fourth frame for the held-out ones, so that these ask in words that
nobody used before. :func:`read` finds out what a message means by looking for the frames in it: this is how the
stand-in for the LLM knows the answers without being told any.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from examples.support_desk import phrases

OTHER = "other"
ORDER_NUMBER = re.compile(r"\b(?:\d{4}-\d{4}|\d{6})\b")
QUEUES = {
    "order_status": "shipping",
    "change_address": "shipping",
    "cancel_order": "shipping",
    "return_item": "returns",
    "damaged_item": "returns",
    "refund_status": "billing",
    "invoice_request": "billing",
    "payment_problem": "billing",
    "technical_help": "technical",
    OTHER: "general",
}
INTENTS = tuple(QUEUES)
HELD_OUT_EVERY = 4

_CHOICE = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_FILLERS = {"item": phrases.ITEMS, "city": phrases.CITIES, "name": phrases.NAMES, "date": phrases.DATES}
_QUANTITIES = {"2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "two": 2, "three": 3, "four": 4, "ten": 10, "a dozen": 12}
_SLOT_EXPRESSIONS = {name: f"(?:{'|'.join(fillers)})" for name, fillers in _FILLERS.items()} | {
    "order": ORDER_NUMBER.pattern,
    "quantity": f"(?P<quantity>{'|'.join(_QUANTITIES)})",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message says, as far as the support desk cares."""

    intent: str
    priority: str  # normal, high
    order_id: str | None
    item: str | None
    quantity: int

    @property
    def queue(self) -> str:
        """Where it belongs."""
        return QUEUES[self.intent]


@dataclass(frozen=True, slots=True)
class CustomerMessage:
    """A message, what it means, and the frames it was made from."""

    text: str
    meaning: Meaning
    frames: tuple[str, ...]


def generate(count: int, *, seed: int, held_out: bool = False) -> list[CustomerMessage]:
    """Make different messages: the same ones for the same seed, from the held-out frames or from the others."""
    rng = random.Random(f"{seed} {held_out}")
    frames = {intent: _side(lines, held_out) for intent, lines in frames_by_intent().items()}
    made: dict[str, CustomerMessage] = {}
    while len(made) < count:
        intent = rng.choice(list(frames))
        message = _message(rng, intent, rng.sample(frames[intent], k=rng.choice((1, 2))))
        made[message.text] = message
    return list(made.values())


def read(text: str) -> Meaning:
    """What a message says, by the grammar; of intent OTHER when no frame is in it."""
    order, item = ORDER_NUMBER.search(text), _one_of(phrases.ITEMS).search(text)
    pressing = _one_of((*phrases.URGENT, *phrases.LOYAL)).search(text)
    return Meaning(
        intent=_intent(text),
        priority="high" if pressing else "normal",
        order_id=order.group() if order else None,
        item=item.group() if item else None,
        quantity=_quantity(text),
    )


@cache
def frames_by_intent() -> dict[str, list[str]]:
    """The lines of ``frames.txt``."""
    frames: dict[str, list[str]] = {}
    intent = OTHER
    for line in Path(__file__).with_name("frames.txt").read_text("utf-8").splitlines():
        if line.startswith("== "):
            intent = line.removeprefix("== ")
        elif line and not line.startswith("#"):
            frames.setdefault(intent, []).append(line)
    return frames


def _side(lines: Sequence[str], held_out: bool) -> list[str]:
    return [line for at, line in enumerate(lines) if (at % HELD_OUT_EVERY == HELD_OUT_EVERY - 1) == held_out]


def _message(rng: random.Random, intent: str, frames: Sequence[str]) -> CustomerMessage:
    frame = " ".join(frames)
    cue, high = _cue(rng)
    quantity = rng.choice(list(_QUANTITIES)) if rng.random() < 0.1 and "{item}" in frame else None
    slots = {name: rng.choice(fillers) for name, fillers in _FILLERS.items()}
    slots |= {"order": _order_number(rng), "quantity": quantity or ""}
    sentences = [
        rng.choice(phrases.OPENERS) if rng.random() < 0.3 else "",
        frame,
        rng.choice(phrases.ORDER_NOTES) if "{order}" not in frame and rng.random() < 0.1 else "",
        rng.choice(phrases.QUANTITY_NOTES) if quantity else "",
        rng.choice(phrases.CLOSERS) if rng.random() < 0.25 else "",
    ]
    sentences.insert(rng.choice((1, 2, 4)), cue)
    pattern = " ".join(sentence for sentence in sentences if sentence)
    text = _SLOT.sub(lambda slot: slots[slot[1]], _CHOICE.sub(lambda choice: rng.choice(choice[1].split("|")), pattern))
    meaning = Meaning(
        intent=intent,
        priority="high" if high else "normal",
        order_id=slots["order"] if "{order}" in pattern else None,
        item=slots["item"] if "{item}" in pattern else None,
        quantity=_QUANTITIES[quantity] if quantity else 1,
    )
    return CustomerMessage(text=text.lower() if rng.random() < 0.1 else text, meaning=meaning, frames=tuple(frames))


def _cue(rng: random.Random) -> tuple[str, bool]:
    """A sentence on who writes or how pressing it is, or none, and whether that makes it a matter of high priority."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(phrases.URGENT if kind < 0.25 else phrases.LOYAL), True
    return (rng.choice(phrases.CALM) if kind < 0.65 else ""), False


def _order_number(rng: random.Random) -> str:
    digits = f"{rng.randrange(10**7, 10**8)}"
    return rng.choice((digits[:6], f"{digits[:4]}-{digits[4:]}"))


@cache
def _readers() -> list[tuple[re.Pattern[str], str]]:
    """Frames as regular expressions, the longest first: a short one may be part of a longer."""
    frames = [(frame, intent) for intent, lines in frames_by_intent().items() for frame in lines]
    return [(_expression(frame), intent) for frame, intent in sorted(frames, key=lambda one: -len(one[0]))]


@cache
def _expression(frame: str) -> re.Pattern[str]:
    """A frame as a regular expression: a choice may hold slots, slots hold no choice."""
    outer = "".join(
        f"(?:{'|'.join(map(_slots_expression, part[1:-1].split('|')))})"
        if part.startswith("[")
        else _slots_expression(part)
        for part in re.split(r"(\[[^\]]*\])", frame)
    )
    return re.compile(outer, re.IGNORECASE)


def _slots_expression(text: str) -> str:
    return "".join(
        _SLOT_EXPRESSIONS[part[1:-1]] if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{\w+\})", text)
    )


def _intent(text: str) -> str:
    return next((intent for expression, intent in _readers() if expression.search(text)), OTHER)


def _quantity(text: str) -> int:
    found = (_expression(note).search(text) for note in phrases.QUANTITY_NOTES)
    return next((_QUANTITIES[match["quantity"].lower()] for match in found if match), 1)


@cache
def _one_of(texts: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, texts))})(?!\w)", re.IGNORECASE)
