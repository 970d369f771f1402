"""What JSON values look like, place by place: types, names of properties, strings that recur.

A shape grows with the places of the values, not with their number, and is the same in whatever order they come: every
limit is on a set of things seen, so it is passed by the same values in any order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from slm_instrument.redaction.placeholders import split_at_placeholders

MAX_PROPERTIES = 64  # names in one object; more are data, as in a table by customer
MAX_VALUES = 32  # distinct strings in one place; more are free text
MAX_CHARS = 80  # of a string that may be one of few
MAX_DEPTH = 8
SEVERAL = 3  # traces that something must recur in, to be of the task and not of one person's data


@dataclass(slots=True)
class Seen:
    """How often something occurred, and in which traces, of which no more than :data:`SEVERAL` are remembered."""

    times: int = 0
    traces: set[str] = field(default_factory=set[str])

    @property
    def recurs(self) -> bool:
        """Whether it occurred in several traces."""
        return len(self.traces) >= SEVERAL

    def add(self, trace: str) -> None:
        """Count one occurrence."""
        self.times += 1
        if len(self.traces) < SEVERAL:
            self.traces.add(trace)

    def merge(self, other: "Seen") -> None:
        """Count what the other has counted."""
        self.times += other.times
        for trace in other.traces:
            if len(self.traces) < SEVERAL:
                self.traces.add(trace)


@dataclass(slots=True)
class Strings:
    """The strings of a place; ``values`` is None when they are too many, too long or personal."""

    times: int = 0
    values: dict[str, Seen] | None = field(default_factory=dict[str, Seen])

    def add(self, text: str, trace: str) -> None:
        """Take one string."""
        self.times += 1
        if self.values is None:
            return
        if len(text) > MAX_CHARS or is_personal(text):
            self.values = None
            return
        self.values.setdefault(text, Seen()).add(trace)
        self._bound()

    def merge(self, other: "Strings") -> None:
        """Take what the other has taken."""
        self.times += other.times
        if self.values is None or other.values is None:
            self.values = None
            return
        for text, seen in other.values.items():
            self.values.setdefault(text, Seen()).merge(seen)
        self._bound()

    def _bound(self) -> None:
        if self.values is not None and len(self.values) > MAX_VALUES:
            self.values = None


@dataclass(slots=True)
class Property:
    """A property of an object: where it occurred, and its values."""

    seen: Seen
    shape: "Shape"


@dataclass(slots=True)
class Objects:
    """The objects of a place: their properties by name, and the values of those whose name is not kept."""

    times: int = 0
    properties: dict[str, Property] | None = field(default_factory=dict[str, Property])  # None: too many
    others: "Shape | None" = None

    def add(self, value: Mapping[str, Any], trace: str, depth: int) -> None:
        """Take one object."""
        self.times += 1
        for name, own in value.items():
            if self.properties is None or is_personal(name):
                self._unnamed().add(own, trace, depth)
                continue
            known = self.properties.setdefault(name, Property(Seen(), Shape()))
            known.seen.add(trace)
            known.shape.add(own, trace, depth)
            self._bound()

    def merge(self, other: "Objects") -> None:
        """Take what the other has taken."""
        self.times += other.times
        if other.others is not None:
            self._unnamed().merge(other.others)
        if other.properties is None:
            self._forget_names()
        for name, own in (other.properties or {}).items():
            if self.properties is None:
                self._unnamed().merge(own.shape)
                continue
            known = self.properties.setdefault(name, Property(Seen(), Shape()))
            known.seen.merge(own.seen)
            known.shape.merge(own.shape)
            self._bound()

    def _unnamed(self) -> "Shape":
        if self.others is None:
            self.others = Shape()
        return self.others

    def _bound(self) -> None:
        if self.properties is not None and len(self.properties) > MAX_PROPERTIES:
            self._forget_names()

    def _forget_names(self) -> None:
        for own in (self.properties or {}).values():
            self._unnamed().merge(own.shape)
        self.properties = None


@dataclass(slots=True)
class Shape:
    """The values of a place. ``scalars`` are JSON type names; ``deeper`` says that some lie below the deepest level."""

    scalars: set[str] = field(default_factory=set[str])
    strings: Strings = field(default_factory=Strings)
    objects: Objects = field(default_factory=Objects)
    arrays: int = 0
    items: "Shape | None" = None
    deeper: bool = False

    def add(self, value: Any, trace: str, depth: int = MAX_DEPTH) -> None:
        """Take one value, as a JSON decoder gives it, and look into it ``depth`` levels deep."""
        if isinstance(value, str):
            self.strings.add(value, trace)
        elif isinstance(value, Mapping | list):
            if depth == 0:
                self.deeper = True
            elif isinstance(value, Mapping):
                self.objects.add(cast("Mapping[str, Any]", value), trace, depth - 1)
            else:
                self._add_items(cast("Sequence[Any]", value), trace, depth - 1)
        else:
            self.scalars.add(_scalar(value))

    def merge(self, other: "Shape") -> None:
        """Take what the other has taken."""
        self.scalars |= other.scalars
        self.strings.merge(other.strings)
        self.objects.merge(other.objects)
        self.arrays += other.arrays
        self.deeper |= other.deeper
        if other.items is not None:
            self._items().merge(other.items)

    def _add_items(self, values: Sequence[Any], trace: str, depth: int) -> None:
        self.arrays += 1
        for value in values:
            self._items().add(value, trace, depth)

    def _items(self) -> "Shape":
        if self.items is None:
            self.items = Shape()
        return self.items


def merged(shapes: Iterable[Shape]) -> Shape:
    """What all of the shapes have taken."""
    whole = Shape()
    for shape in shapes:
        whole.merge(shape)
    return whole


def is_personal(text: str) -> bool:
    """Whether redaction took something out of a text: its placeholder is numbered by trace and recurs by chance."""
    return len(split_at_placeholders(text)) > 1


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "number"
