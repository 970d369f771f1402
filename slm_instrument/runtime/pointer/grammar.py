"""The grammar of a task's answers, learned from the teacher's: which symbols may stand where.

An answer is the walk over its tree. At every place of the tree, named by its *path*, one symbol is chosen among those
that training answers have there::

    form      whether the answer is JSON, tool calls or text
    object    an object with these keys; its values follow, in this order
    array     an array; every element starts with a symbol of its own, ``end`` closes the array
    call      a call of this tool; its arguments follow
    literal   this very JSON value
    copy      a span of the prompt, as it stands or changed as the payload says (:mod:`.spans`)
    compose   a text in pieces: ``copy`` and ``glue`` (this very text) until ``end``
    refuse    the answer goes on as no answer in training did, so none is given

A sequence of actions that keeps to the grammar always builds a valid answer; see "Don't parse, generate!" (Rongali et
al. 2020, arXiv 2001.11458) for parsers that point so.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec

from slm_instrument.errors import BundleError

Kind = Literal["form", "object", "array", "call", "literal", "copy", "compose", "glue", "end", "refuse"]
ROOT = ""


class Symbol(msgspec.Struct, frozen=True, array_like=True):
    """A choice. ``payload``: the form, the tool, the text of a glue, the change of a copy, or JSON (keys, a value)."""

    kind: Kind
    payload: str = ""


END = Symbol("end")
REFUSE = Symbol("refuse")


class Action(NamedTuple):
    """A symbol chosen at a path, and for a copy the text of the span."""

    path: str
    symbol: Symbol
    span: str | None = None


class Refused(Exception):
    """The walk has come to a ``refuse``."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call in an answer's tree."""

    name: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's tree: its form (``json``, ``calls`` or ``text``) and its value."""

    form: str
    value: Any


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """How the teacher usually writes JSON: indentation in spaces (None: on one line) and the code fence around it."""

    indent: int | None = None
    fence: str | None = None


class Spans(msgspec.Struct, frozen=True):
    """What the spans that are copied at a path have in common: characters that none of them has, and that each has."""

    never: str = ""
    always: str = ""


class Grammar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All symbols, for every path the numbers of those that may stand there, and the wording of JSON.

    ``spans`` are the rules for what may be copied at a path, where enough was copied to learn them.
    """

    symbols: tuple[Symbol, ...]
    paths: dict[str, tuple[int, ...]]
    wording: Wording
    spans: dict[str, Spans] = msgspec.field(default_factory=dict[str, Spans])

    @classmethod
    def decode(cls, data: bytes) -> "Grammar":
        """Read what :meth:`encode` wrote.

        Raises:
            BundleError: it is no grammar.
        """
        try:
            grammar = msgspec.json.decode(data, type=cls)
        except msgspec.MsgspecError as error:
            raise BundleError(f"the grammar cannot be read: {error}") from error
        if ROOT not in grammar.paths or any(
            not numbers or not all(0 <= number < len(grammar.symbols) for number in numbers)
            for numbers in grammar.paths.values()
        ):
            raise BundleError("the grammar has a path without symbols")
        return grammar

    def encode(self) -> bytes:
        """As JSON."""
        return msgspec.json.encode(self)


Walk = Generator[str, tuple[Symbol, Any], Any]


def build() -> Generator[str, tuple[Symbol, Any], Answer]:
    """Build an answer: yields the path of every choice, is sent the symbol and the value copied, returns the answer.

    Raises:
        Refused: the symbol sent was ``refuse``.
    """
    symbol, _ = yield from _choose(ROOT)
    form = symbol.payload
    return Answer(form, (yield from _value(form)))


def replay(actions: Sequence[tuple[Symbol, Any]]) -> "str | Answer":
    """Where a walk stands after these choices: the path of the next, or the answer when it is complete.

    Raises:
        Refused: one of them is ``refuse``.
    """
    walk = build()
    try:
        path = next(walk)
        for action in actions:
            path = walk.send(action)
    except StopIteration as finished:
        return finished.value
    return path


def _choose(path: str) -> Generator[str, tuple[Symbol, Any], tuple[Symbol, Any]]:
    symbol, copied = yield path
    if symbol.kind == "refuse":
        raise Refused
    return symbol, copied


def _value(path: str) -> Walk:
    symbol, copied = yield from _choose(path)
    return (yield from _rest(path, symbol, copied))


def _rest(path: str, symbol: Symbol, copied: Any) -> Walk:
    """The value whose first symbol was chosen."""
    match symbol.kind:
        case "literal":
            return msgspec.json.decode(symbol.payload)
        case "copy":
            return copied
        case "object":
            fields: dict[str, Any] = {}
            for key in msgspec.json.decode(symbol.payload, type=list[str]):
                fields[key] = yield from _value(member(path, key))
            return fields
        case "call":
            return ToolUse(symbol.payload, (yield from _value(member(path, symbol.payload))))
        case "array":
            return (yield from _until_end(element(path)))
        case "compose":
            pieces = yield from _until_end(piece(path))
            return "".join(pieces)
        case "glue":
            return symbol.payload
        case _:
            raise ValueError(f"no value starts with {symbol.kind}")


def _until_end(path: str) -> Generator[str, tuple[Symbol, Any], list[Any]]:
    values: list[Any] = []
    while (chosen := (yield from _choose(path)))[0].kind != "end":
        values.append((yield from _rest(path, *chosen)))
    return values


def member(path: str, key: str) -> str:
    """The path of an object's value, or of a tool's arguments."""
    return f"{path}.{key}"


def element(path: str) -> str:
    """The path of an array's elements."""
    return f"{path}[]"


def piece(path: str) -> str:
    """The path of the pieces of a composed text."""
    return f"{path}<>"
