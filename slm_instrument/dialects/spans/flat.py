"""Nested data out of flat attributes: ``llm.input_messages.0.message.role`` and the like."""

from collections.abc import Mapping
from typing import Any, cast

MAX_PARTS = 24  # of a name; ends what is made to be deep


def nested(attributes: Mapping[str, Any], prefix: str) -> Any:
    """What stands under ``prefix``: dicts, and lists where all names are numbers; None when nothing does.

    >>> nested({"m.0.role": "user", "m.2.role": "tool", "n": 1}, "m")
    [{'role': 'user'}, {'role': 'tool'}]

    Gaps in the numbers are closed. Where a name is both a value and the beginning of others, the first one stays.
    """
    tree: dict[str, Any] = {}
    start = prefix + "."
    for name, value in attributes.items():
        if name.startswith(start):
            _put(tree, name[len(start) :].split("."), value)
    return _listed(tree) if tree else None


def listed(attributes: Mapping[str, Any], prefix: str) -> list[Any]:
    """:func:`nested` where a list is hoped for; empty when there is none."""
    found = nested(attributes, prefix)
    return cast("list[Any]", found) if isinstance(found, list) else []


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    if len(path) > MAX_PARTS:
        return
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        tree = cast("dict[str, Any]", inner)
    tree.setdefault(path[-1], value)


def _listed(tree: dict[str, Any]) -> Any:
    made = {
        name: _listed(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        for name, value in tree.items()
    }
    if all(name.isascii() and name.isdecimal() and len(name) < 10 for name in made):
        return [made[name] for name in sorted(made, key=int)]
    return made
