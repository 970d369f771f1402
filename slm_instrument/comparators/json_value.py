"""Comparing JSON answers by value, with places that do not count, and counting where answers differ.

A *place* is written as keys with dots between them, ``order.items.*.note``: ``*`` is any key, and any item of an array;
``**`` is any number of steps, so ``**.note`` is every ``note`` and ``**`` alone is every place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal, cast

import msgspec

from slm_instrument.canonical import AnswerKind, agree, canonical_json, normal_form
from slm_instrument.comparators.base import Comparator, Field
from slm_instrument.records import Message

Place = tuple[str, ...]

ITEM = "*"  # the step from an array to its items
_ANYWHERE = "**"
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class ByValue(Comparator):
    """What :class:`Json` and tool calls have in common: values reduced to what counts in them.

    Args:
        ignore: places that do not count.
        unordered: places of arrays whose order does not count.
        empty: ``absent``: a field that is null or an empty text, array or object counts as one that is not there.
    """

    ignore: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    empty: Literal["distinct", "absent"] = "distinct"

    def reduced(self, value: Any, place: Place = ()) -> Any:
        """The value without what does not count in it."""
        if isinstance(value, Mapping):
            return self._reduced_object(cast("Mapping[str, Any]", value), place)
        if not isinstance(value, list):
            return value
        items = cast("list[Any]", value)
        if _any_matches(self.ignore, (*place, ITEM)):
            return []
        reduced = [self.reduced(item, (*place, ITEM)) for item in items]
        return sorted(reduced, key=canonical_json) if _any_matches(self.unordered, place) else reduced

    def _reduced_object(self, value: Mapping[str, Any], place: Place) -> dict[str, Any]:
        reduced = {
            key: self.reduced(item, (*place, key))
            for key, item in value.items()
            if not _any_matches(self.ignore, (*place, key))
        }
        if self.empty == "absent":
            return {key: item for key, item in reduced.items() if not _is_empty(item)}
        return reduced


@dataclass(frozen=True, slots=True)
class Json(ByValue):
    """JSON answers agree that have the same value, whatever the order of keys, spacing or a Markdown fence.

    Answers of another kind compare by normal form.
    """

    def agrees(self, given: Message, wanted: Message) -> bool:
        """Whether the values are the same in all that counts."""
        one, other = _value(given), _value(wanted)
        if one is _ABSENT or other is _ABSENT:
            return agree(given, wanted)
        return same(self.reduced(one), self.reduced(other))

    def tally(self, fields: dict[str, Field], given: Message, wanted: Message) -> None:
        """Count the fields of both answers; one that is no JSON has none."""
        one, other = _value(given), _value(wanted)
        if one is not _ABSENT or other is not _ABSENT:
            tally(fields, self.reduced(one), self.reduced(other), ())


def tally(fields: dict[str, Field], given: Any, wanted: Any, place: Place) -> None:
    """Count, place by place, where two reduced values agree; items of arrays are compared by their position."""
    if _are(dict, given, wanted):
        one, other = _object(given), _object(wanted)
        for key in (*other, *(key for key in one if key not in other)):
            tally(fields, one.get(key, _ABSENT), other.get(key, _ABSENT), (*place, key))
    elif _are(list, given, wanted):
        for pair in zip_longest(_array(given), _array(wanted), fillvalue=_ABSENT):
            tally(fields, *pair, (*place, ITEM))
    else:
        count(fields.setdefault(".".join(place), Field()), given, wanted)


def count(field: Field, given: Any, wanted: Any) -> None:
    """Count a pair of values in one place."""
    if given is _ABSENT:
        field.missing += 1
    elif wanted is _ABSENT:
        field.unexpected += 1
    elif same(given, wanted):
        field.agreed += 1
    else:
        field.different += 1


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: 1 is not true."""
    return canonical_json(one) == canonical_json(other)


def _value(message: Message) -> Any:
    form = normal_form(message)
    return msgspec.json.decode(form.text) if form.kind is AnswerKind.JSON else _ABSENT


def _are(kind: type, given: Any, wanted: Any) -> bool:
    """Whether both are containers of that kind, one of which may be absent, with something in at least one."""
    there = [side for side in (given, wanted) if side is not _ABSENT]
    return all(isinstance(side, kind) for side in there) and any(there)


def _object(value: Any) -> Mapping[str, Any]:
    return {} if value is _ABSENT else value


def _array(value: Any) -> Sequence[Any]:
    return () if value is _ABSENT else value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def _any_matches(patterns: Sequence[str], place: Place) -> bool:
    return any(_matches(tuple(pattern.split(".")), place) for pattern in patterns)


def _matches(pattern: Place, place: Place) -> bool:
    if not pattern:
        return not place
    if pattern[0] == _ANYWHERE:
        return any(_matches(pattern[1:], place[skipped:]) for skipped in range(len(place) + 1))
    return bool(place) and pattern[0] in (ITEM, place[0]) and _matches(pattern[1:], place[1:])
