"""Looking into parsed JSON of unknown shape: the value when it is what one hopes for, else something empty."""

from collections.abc import Mapping
from typing import Any, cast

from slm_instrument.plain import plain_text


def mapping(value: Any) -> Mapping[str, Any]:
    """The value when it is an object, else an empty one."""
    if isinstance(value, dict):  # ten times as fast to tell as a Mapping
        return cast("dict[str, Any]", value)
    if value is None or isinstance(value, str | int):  # so is what one finds instead, most of the time
        return {}
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def listing(value: Any) -> list[Any]:
    """The value as a list when it is a list or tuple, else an empty one."""
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else []


def text(value: Any) -> str | None:
    """The value when it is text and not empty, with a UTF-8 form; else None."""
    return plain_text(value) if isinstance(value, str) and value else None


def number(value: Any) -> float | None:
    """The value when it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < float("inf") else None
