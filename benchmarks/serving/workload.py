"""What is asked: prompts of 2 KB, of a task that there is a student for and of one that there is none for."""

import random
from collections.abc import Iterator

from slm_instrument.records import Call, Message
from slm_instrument.template import SLOT, Pattern, Template

TASK_ID = "shop-intent"
TASK_NAME = "shop intent"
SYSTEM = "You label the messages of an online shop. Answer with one word. " + "Do as the handbook says. " * 75
TEMPLATE = Template(system=Pattern((SYSTEM,)), first=Pattern(("",)), last=Pattern(("Message: ", SLOT, "\nLabel:")))
OTHER_TEMPLATE = Template(system=Pattern((SYSTEM,)), first=Pattern(("",)), last=Pattern(("Mail: ", SLOT, "\nLabel:")))

_INTENTS = {
    "refund": ("i want my money back for {}", "please refund {}", "reimburse me for {}", "give back my money for {}"),
    "delivery": ("where is {}", "when will {} arrive", "has {} been shipped yet", "track the parcel with {}"),
    "broken": ("{} arrived smashed", "{} does not switch on", "there is a crack in {}", "{} stopped working"),
    "cancel": ("cancel {}", "i no longer want {}, stop the order", "do not send {} any more", "annul my order of {}"),
}
_THINGS = (
    *("the lamp", "a green sofa", "my headphones", "the coffee grinder", "two bicycle tyres", "a box of tea"),
    *("the garden hose", "my winter boots", "an oak desk", "the phone case", "a chess set", "the rain jacket"),
    *("my camera lens", "a violin bow", "the bread knife", "a paper lantern", "the ski poles", "my reading glasses"),
)
_OPENINGS = ("", "hello, ", "good morning, ", "sorry to bother you, ", "dear team, ", "quick question: ")
_ENDINGS = ("", " thanks", " it was a present", " i am moving soon and need this settled before the weekend")


def labelled_calls(count: int, seed: int = 0) -> Iterator[Call]:
    """Calls of the task with the right answers, phrased in many ways: texts of 5 to 35 tokens."""
    draw = random.Random(seed)
    for number in range(count):
        intent = draw.choice(sorted(_INTENTS))
        yield Call(
            id=f"call-{seed}-{number}",
            trace_id=f"trace-{seed}-{number}",
            messages=messages(matched(_text(draw, intent))),
            response=Message("assistant", intent),
        )


def texts(count: int, seed: int = 1) -> list[str]:
    """What customers write."""
    draw = random.Random(seed)
    return [_text(draw, draw.choice(sorted(_INTENTS))) for _ in range(count)]


def messages(last: str) -> tuple[Message, Message]:
    """The prompt with that last message."""
    return Message("system", SYSTEM), Message("user", last)


def matched(text: str) -> str:
    """The last message of a call of the task."""
    return f"Message: {text}\nLabel:"


def matched_by_other(text: str) -> str:
    """The last message of a call of the other task, which the same student serves."""
    return f"Mail: {text}\nLabel:"


def unmatched(text: str) -> str:
    """The last message of a call that is of no task."""
    return f"Sort this, please: {text}"


def _text(draw: random.Random, intent: str) -> str:
    core = draw.choice(_INTENTS[intent]).format(draw.choice(_THINGS))
    return draw.choice(_OPENINGS) + core + draw.choice(_ENDINGS)
