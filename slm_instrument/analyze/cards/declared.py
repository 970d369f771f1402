"""What a tool's author declared of its arguments, looked up place by place.

Only what an inferred schema can take over is read: names of properties, enums, descriptions, and numbers that need not
be whole. References and alternatives are followed, because that is how frameworks write optional arguments.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

MAX_DESCRIPTION = 200  # characters
_MAX_NODES = 64  # alternatives in one place: a schema may refer to itself
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Declared:
    """A place in a declared schema: the schemas that may hold there, none where nothing was declared."""

    root: Node
    nodes: tuple[Node, ...]

    @classmethod
    def of(cls, schema: Node | None) -> "Declared":
        """The top of a schema."""
        root = schema or {}
        return cls(root, _expanded(root, [root]))

    def at(self, name: str) -> "Declared":
        """The place of a property."""
        return self._below(_mapping(node.get("properties")).get(name) for node in self.nodes)

    @property
    def items(self) -> "Declared":
        """The place of an array's items."""
        return self._below(node.get("items") for node in self.nodes)

    @property
    def others(self) -> "Declared":
        """The place of properties that are not named."""
        return self._below(node.get("additionalProperties") for node in self.nodes)

    @property
    def description(self) -> str | None:
        """What the author says of it."""
        texts = (node.get("description") for node in self.nodes)
        return next((text[:MAX_DESCRIPTION] for text in texts if isinstance(text, str) and text), None)

    @property
    def fractional(self) -> bool:
        """Whether numbers that are not whole are allowed."""
        return any("number" in (node.get("type"), *_sequence(node.get("type"))) for node in self.nodes)

    @property
    def enum(self) -> tuple[str, ...]:
        """The strings that are allowed; empty where any are."""
        choices = [each for node in self.nodes for each in (*_sequence(node.get("enum")), node.get("const"))]
        return tuple(dict.fromkeys(each for each in choices if isinstance(each, str)))

    def __contains__(self, name: str) -> bool:
        return any(name in _mapping(node.get("properties")) for node in self.nodes)

    def _below(self, schemas: Iterator[Any]) -> "Declared":
        return Declared(self.root, _expanded(self.root, [_mapping(schema) for schema in schemas if schema]))


def _expanded(root: Node, schemas: Sequence[Node]) -> tuple[Node, ...]:
    """The schemas with those that they refer to and choose from."""
    found: list[Node] = []
    waiting = list(schemas)
    while waiting and len(found) < _MAX_NODES:
        node = waiting.pop(0)
        found.append(node)
        target = _resolved(root, node.get("$ref"))
        waiting += [target] if target else []
        waiting += [_mapping(each) for key in _ALTERNATIVES for each in _sequence(node.get(key))]
    return tuple(found)


def _resolved(root: Node, reference: Any) -> Node:
    """What a reference within the schema (``#/$defs/Name``) names; nothing for any other."""
    node: Any = root
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return {}
    for step in reference.removeprefix("#/").split("/"):
        node = _mapping(node).get(step.replace("~1", "/").replace("~0", "~"))
    return _mapping(node)


def _mapping(value: Any) -> Node:
    return cast("Node", value) if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()
