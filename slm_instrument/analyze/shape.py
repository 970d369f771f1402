"""What kind of thing an answer is, its content aside: what tells instructions from data.

Who asks for something else gets something else: a list, a verdict, a query. Who asks the same of other data gets the
same kind of thing. So the text in a prompt that goes with the shape of the answer is an instruction.
"""

import msgspec

from slm_instrument.canonical import Answer, AnswerKind
from slm_instrument.records import Message

MAX_KEYS = 12  # of an object; more are data
STEP = 4.0  # of two lengths that count as different, the longer is at least so many times the shorter


def shape_of(message: Message, answer: Answer) -> str:
    """The tools called, the keys of a JSON object, or about how long a text is."""
    if answer.kind is AnswerKind.TOOL_CALL:
        return f"call {' '.join(sorted({call.name for call in message.tool_calls}))}"
    if answer.kind is AnswerKind.JSON:
        value = msgspec.json.decode(answer.text)
        if isinstance(value, dict):
            keys = sorted(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
            return f"object {' '.join(keys)}" if len(keys) <= MAX_KEYS else "object"
        return "array"
    fenced = "code " if message.text.lstrip().startswith("```") else ""
    length, step = len(answer.text), 0
    while length >= STEP:
        length, step = length / STEP, step + 1
    return f"{fenced}text {step}"
