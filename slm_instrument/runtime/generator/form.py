"""How an answer is written for a generator to learn and say, and how it is worded again as the teacher would.

A generator is taught compact text: JSON without spaces and with its keys in one order, tool calls as a JSON list of
names and arguments, prose as it is. On AutoCodeRover's extraction that is 59 tokens an answer instead of 78 as the
teacher indents it, and every token costs a pass through the model. What the student says is read back, and written with
the indentation, spacing and Markdown fence that most of the teacher's answers had.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Literal, NoReturn, cast

import msgspec

from slm_instrument.records import Message, ToolCall

Kind = Literal["calls", "json", "text"]

MOST_KEYS = 64  # of an object; one with more is a map, whose keys have no usual order
_SAMPLED = 500  # answers whose layout is looked at
CALLS = "calls"  # the first step of the paths in tool calls' arguments
_INDENTS = (None, 2, 4, 1, 3, "\t")
_SPACINGS = ((",", ":"), (", ", ": "))
_FENCES = (None, "json", "")


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How a JSON value is laid out. ``fence`` is the language of a Markdown code fence around it, None for no fence."""

    indent: int | str | None = None
    comma: str = ","
    colon: str = ":"
    ascii: bool = False
    fence: str | None = None

    def write(self, value: Any) -> str:
        """The value as text."""
        text = json.dumps(
            value, indent=self.indent, separators=(self.comma, self.colon), ensure_ascii=self.ascii, allow_nan=False
        )
        return text if self.fence is None else f"```{self.fence}\n{text}\n```"


COMPACT = Layout()


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a task's answers.

    ``kinds`` are those that occur, so that text which is none of them can be told to be no answer. ``layout`` is of
    JSON answers or of tool calls' arguments; ``order`` names the usual order of an object's keys by the path to it.
    """

    kinds: tuple[Kind, ...] = ("text",)
    layout: Layout = COMPACT
    order: Mapping[str, tuple[str, ...]] = {}

    @classmethod
    def learn(cls, messages: Iterable[Message]) -> "Form":
        """The form of these answers, as most of them have it."""
        kinds: Counter[Kind] = Counter()
        orders = _Orders()
        written: list[tuple[str, Any]] = []
        for message in messages:
            kinds[_kind(message)] += 1
            for path, text in _json_texts(message):
                value = container(text)
                if value is not None:
                    orders.add(path, value)
                    written.append((text, value))
        present: tuple[Kind, ...] = tuple(kind for kind, _ in kinds.most_common()) or ("text",)
        return cls(kinds=present, layout=_layout(written[:_SAMPLED]), order=orders.usual())

    def target(self, message: Message) -> str:
        """What the student is to say for this answer to be its own."""
        if message.tool_calls:
            return COMPACT.write([self._said(call) for call in message.tool_calls])
        value = container(message.text)
        return message.text.strip() if value is None else COMPACT.write(self._ordered("", value))

    def message(self, text: str) -> Message | None:
        """The answer that the student's text is, in the teacher's wording; None for text that is no answer."""
        value = container(text)
        if "calls" in self.kinds and (calls := self._calls(value)):
            return Message("assistant", None, calls)
        if value is not None:
            return Message("assistant", self.layout.write(value)) if "json" in self.kinds else None
        broken = text.lstrip()[:1] in ("{", "[") and self.kinds != ("text",)
        said = "text" in self.kinds and text.strip() and not broken
        return Message("assistant", text.strip()) if said else None

    def _said(self, call: ToolCall) -> dict[str, Any]:
        arguments = _decoded(call.arguments)
        # What the teacher wrote that is no JSON object is said as a string, and read back as it was.
        known = self._ordered(f"{CALLS}/{call.name}", arguments) if isinstance(arguments, dict) else call.arguments
        return {"name": call.name, "arguments": known}

    def _calls(self, value: Any) -> tuple[ToolCall, ...] | None:
        if not isinstance(value, list):
            return None
        calls = [self._call(item) for item in cast("list[Any]", value)]
        return tuple(call for call in calls if call is not None) if all(calls) else None

    def _call(self, item: Any) -> ToolCall | None:
        if not isinstance(item, dict):
            return None
        said = cast("dict[str, Any]", item)
        name, arguments = said.get("name"), said.get("arguments")
        if not isinstance(name, str) or not isinstance(arguments, dict | str):
            return None
        return ToolCall(name, arguments if isinstance(arguments, str) else self.layout.write(arguments))

    def _ordered(self, path: str, value: Any) -> Any:
        """The value with its objects' keys in the usual order, unusual ones last."""
        if isinstance(value, list):
            return [self._ordered(f"{path}/*", item) for item in cast("list[Any]", value)]
        if not isinstance(value, dict):
            return value
        held = cast("dict[str, Any]", value)
        place = {key: at for at, key in enumerate(self.order.get(path, ()))}
        keys = sorted(held, key=lambda key: place.get(key, len(place)))
        return {key: self._ordered(f"{path}/{key}", held[key]) for key in keys}


def container(text: str) -> Any | None:
    """The object or array that a text is, also inside a Markdown fence; None for other text."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text.partition("\n")[2].removesuffix("```").strip()
    value = _decoded(text) if text[:1] in ("{", "[") else None
    return value if isinstance(value, dict | list) else None  # pyright: ignore[reportUnknownVariableType]


def escaped(text: str) -> str:
    """A text as it stands inside a JSON string of a target."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _decoded(text: str) -> Any | None:
    try:
        return json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _kind(message: Message) -> Kind:
    if message.tool_calls:
        return "calls"
    return "text" if container(message.text) is None else "json"


def _json_texts(message: Message) -> list[tuple[str, str]]:
    """Texts of a message that may be JSON, each with the path of the value in it."""
    if message.tool_calls:
        return [(f"{CALLS}/{call.name}", call.arguments) for call in message.tool_calls]
    return [] if container(message.text) is None else [("", message.text.strip())]


def _layout(written: Sequence[tuple[str, Any]]) -> Layout:
    """The layout in which most texts are written as they are; compact where none fits any."""
    candidates = [
        Layout(indent=indent, comma=comma if indent is None else ",", colon=colon, ascii=ascii, fence=fence)
        for indent, (comma, colon), ascii, fence in product(_INDENTS, _SPACINGS, (False, True), _FENCES)
    ]
    fits = [sum(layout.write(value) == text for text, value in written) for layout in candidates]
    return candidates[fits.index(max(fits))] if any(fits) else COMPACT


class _Orders:
    """The orders in which objects at each path had their keys."""

    def __init__(self) -> None:
        self._seen: dict[str, Counter[tuple[str, ...]]] = {}

    def add(self, path: str, value: Any) -> None:
        if isinstance(value, list):
            for item in cast("list[Any]", value):
                self.add(f"{path}/*", item)
        elif isinstance(value, dict):
            held = cast("dict[str, Any]", value)
            self._seen.setdefault(path, Counter())[tuple(held)] += 1
            for key, item in held.items():
                self.add(f"{path}/{key}", item)

    def usual(self) -> dict[str, tuple[str, ...]]:
        merged = {path: _merged(orders) for path, orders in sorted(self._seen.items())}
        maps = tuple(f"{path}/" for path, keys in merged.items() if len(keys) > MOST_KEYS)
        return {
            path: keys
            for path, keys in merged.items()
            if 1 < len(keys) <= MOST_KEYS and not f"{path}/".startswith(maps)
        }


def _merged(orders: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """One order of all keys: the most frequent orders stand, and each further key comes after the one before it."""
    keys: list[str] = []
    for order, _ in sorted(orders.items(), key=lambda item: (-item[1], item[0])):
        if len(keys) > MOST_KEYS:
            break
        at = 0
        for key in order:
            if key in keys:
                at = keys.index(key) + 1
            else:
                keys.insert(at, key)
                at += 1
    return tuple(keys)
