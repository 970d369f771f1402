"""JSON schemas of what a task's calls were answered, inferred from the answers.

Every answer that was seen is valid under its schema, and the schema allows little more: properties that no answer had
are not in it, those that every answer had are required, strings that are few and recur over several traces are an enum.
What a tool's author declared names and describes the properties, and lists what an enum may hold.

Not made with a library: those at hand (genson, genschema) merge types, but know nothing of traces, so they would list
one customer's name as a choice or a property; and they keep every property that ever occurred.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from slm_instrument.analyze.cards.declared import Declared
from slm_instrument.analyze.cards.shape import MAX_DEPTH, Objects, Shape, Strings, merged
from slm_instrument.canonical import AnswerKind, canonical_json, normal_form
from slm_instrument.records import Call, Message, ToolSpec

JSON = ""  # the name of the schema of answers that are JSON themselves
MOSTLY = 0.5  # of a task's texts that must be JSON for the schema to say what its answers are
ENUM_MEAN = 5  # times that the strings of an enum occur on average: fewer are strings that happen to recur
MAX_BYTES = 16_384  # of a schema; a larger one is written to fewer levels
MAX_TOOLS = 64  # the most called ones

Schema = dict[str, Any]


@dataclass(slots=True)
class _Tool:
    """The arguments that a tool was called with, and how its author declared them."""

    shape: Shape = field(default_factory=Shape)
    calls: int = 0
    declared: bytes = b""

    def declare(self, parameters: Any) -> None:
        """Take a declaration; of several versions the longest stands, in whatever order they come."""
        text = canonical_json(parameters)
        self.declared = max(self.declared, text, key=lambda each: (len(each), each))


def schemas_of(calls: Iterable[Call]) -> dict[str, Schema]:
    """Schemas (draft 2020-12) of the arguments of each tool by its name, and under ``""`` of answers that are JSON.

    The calls may come in any order. Memory is bounded by how many different places and tools the answers have. A tool
    whose arguments were never JSON has no schema, nor have JSON answers where most texts are none.
    """
    answers = _Answers()
    for call in calls:
        if call.response is not None:
            answers.add(call, call.response)
    return answers.schemas()


@dataclass(slots=True)
class _Answers:
    tools: dict[str, _Tool] = field(default_factory=dict[str, _Tool])
    json: Shape = field(default_factory=Shape)
    json_texts: int = 0
    texts: int = 0

    def add(self, call: Call, answer: Message) -> None:
        trace = call.trace_id or call.id
        for name, arguments in _arguments(answer):
            self._tool(name, call.tools).shape.add(arguments, trace)
        if answer.tool_calls:
            return
        self.texts += 1
        form = normal_form(answer)
        if form.kind is AnswerKind.JSON:
            self.json_texts += 1
            self.json.add(msgspec.json.decode(form.text), trace)

    def schemas(self) -> dict[str, Schema]:
        most_called = sorted(self.tools, key=lambda name: (-self.tools[name].calls, name))[:MAX_TOOLS]
        schemas = {name: _schema(self.tools[name].shape, self.tools[name].declared) for name in sorted(most_called)}
        mostly_json = self.json_texts and self.json_texts >= MOSTLY * self.texts
        return {JSON: _schema(self.json), **schemas} if mostly_json else schemas

    def _tool(self, name: str, offered: Iterable[ToolSpec]) -> _Tool:
        tool = self.tools.setdefault(name, _Tool())
        tool.calls += 1
        for spec in offered:
            if spec.name == name and spec.parameters:
                tool.declare(spec.parameters)
        return tool


def _arguments(answer: Message) -> Iterator[tuple[str, Any]]:
    """Name and arguments of the tool calls whose arguments are JSON."""
    for made in answer.tool_calls:
        try:
            yield made.name, msgspec.json.decode(made.arguments)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            continue


def _schema(shape: Shape, declared: bytes = b"") -> Schema:
    """The shape's schema, as deep as fits; any value is valid where none does."""
    author = Declared.of(msgspec.json.decode(declared) if declared else None)
    for depth in range(MAX_DEPTH, -1, -1):
        schema = _written(shape, author, depth)
        if len(canonical_json(schema)) <= MAX_BYTES:
            return schema
    return {}


def _written(shape: Shape, author: Declared, depth: int) -> Schema:
    if shape.deeper:
        return {}
    plain = set(shape.scalars)
    if "integer" in plain and author.fractional:
        plain.add("number")
    if "number" in plain:
        plain.discard("integer")  # every whole number is one
    choices: list[Schema] = []
    if shape.strings.times:
        enum = _enum(shape.strings, author)
        choices += [{"type": "string", "enum": enum}] if enum else []
        plain |= set() if enum else {"string"}
    if shape.arrays:
        choices.append(_array(shape.items, author, depth))
    if shape.objects.times:
        choices.append(_object(shape.objects, author, depth))
    return _either(sorted(plain), choices)


def _either(plain: list[str], choices: list[Schema]) -> Schema:
    if plain:
        choices = [{"type": plain[0] if len(plain) == 1 else plain}, *choices]
    return choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {}


def _enum(strings: Strings, author: Declared) -> list[str]:
    """The strings of a place where they are few, in an order that does not change; empty where they are free."""
    values = strings.values
    if not values:
        return []
    often = strings.times >= ENUM_MEAN * len(values)
    if values.keys() <= set(author.enum):
        return [each for each in author.enum if each in values or not often]
    return sorted(values) if often and all(seen.recurs for seen in values.values()) else []


def _array(items: Shape | None, author: Declared, depth: int) -> Schema:
    if items is None or depth == 0:
        return {"type": "array"}
    return {"type": "array", "items": _described(items, author.items, depth - 1)}


def _object(objects: Objects, author: Declared, depth: int) -> Schema:
    if depth == 0:
        return {"type": "object"}
    named: dict[str, Shape] = {}
    required: list[str] = []
    unnamed = [] if objects.others is None else [objects.others]
    for name, known in sorted((objects.properties or {}).items()):
        always = known.seen.times == objects.times
        if known.seen.recurs or (always and objects.times > 1) or name in author:
            named[name] = known.shape
            required += [name] if always else []
        else:
            unnamed.append(known.shape)
    schema: Schema = {"type": "object"}
    if named:
        schema["properties"] = {name: _described(shape, author.at(name), depth - 1) for name, shape in named.items()}
    if required:
        schema["required"] = required
    rest = _described(merged(unnamed), author.others, depth - 1) if unnamed else False
    return {**schema, "additionalProperties": rest}


def _described(shape: Shape, author: Declared, depth: int) -> Schema:
    schema = _written(shape, author, depth)
    description = author.description
    return {**schema, "description": description} if description else schema
