"""Anything a framework hands us, as data that has a JSON form.

Records hold plain data only: what a store writes must not fail on an object somewhere in a tool's schema, and must not
change when the application changes that object later.
"""

from collections.abc import Mapping
from hashlib import sha256
from math import isfinite
from typing import Any

MAX_DEPTH = 32  # deeper than any schema or message; ends cycles
MAX_BLOB = 4096  # characters of a media part that are kept as they are: a link, a short thumbnail


def plain_text(text: str) -> str:
    """The text, with lone surrogates replaced: they have no UTF-8 form."""
    if text.isascii():
        return str(text)
    return text.encode("utf-8", "replace").decode("utf-8")


def plain(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A copy of a value as JSON data: containers by content, classes by name, other objects as ``<ClassName>``.

    Objects are never asked to describe themselves: a ``repr`` may be huge, hold a secret, or raise.
    """
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if isfinite(value) else None
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _plain_container(value, depth)
    return f"<{value.__name__ if isinstance(value, type) else type(value).__name__}>"


def plain_mapping(value: Any) -> dict[str, Any]:
    """:func:`plain` of a mapping; empty for anything else."""
    found = plain(value)
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def plain_media(value: Any, depth: int = MAX_DEPTH) -> Any:
    """:func:`plain` of a part of a message that is no text: long strings become their length and SHA-256.

    An image in a prompt is megabytes of base64; which image it was is what a record must tell.
    """
    if isinstance(value, Mapping) and depth > 0:
        items: Any = value.items()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return {_key(key): plain_media(item, depth - 1) for key, item in items}
    if isinstance(value, list | tuple) and depth > 0:
        return [plain_media(item, depth - 1) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, str) and len(value) > MAX_BLOB:
        raw = value.encode("utf-8", "replace")
        head = value[:64].partition(",")[0] + "," if value.startswith("data:") else ""
        return f"{plain_text(head)}<{len(value)} characters, sha256:{sha256(raw).hexdigest()}>"
    return plain(value, depth)


def _plain_container(value: Any, depth: int) -> Any:
    if depth <= 0:
        return "<too deep>"
    if isinstance(value, Mapping):
        items: Any = value.items()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return {_key(key): plain(item, depth - 1) for key, item in items}
    return [plain(item, depth - 1) for item in value]


def _key(key: Any) -> str:
    found = plain(key)
    return found if isinstance(found, str) else str(found)
