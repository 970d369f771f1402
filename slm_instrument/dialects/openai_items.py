"""The events of a streamed response (``/responses``), put together.

The last event holds the whole response. Where it is missing, because the stream broke off, the items are put together
from what had come of them.

Source: ``openai.types.responses`` (``*_event``).
"""

from collections.abc import Mapping
from typing import Any

from slm_instrument.dialects.shapes import listing, mapping, text

_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_TEXTS = {"response.output_text.delta": ("output_text", "text"), "response.refusal.delta": ("refusal", "refusal")}
_ARGUMENTS = {
    "response.function_call_arguments.delta": ("function_call", "arguments"),
    "response.custom_tool_call_input.delta": ("custom_tool_call", "input"),
}


class ResponseEvents:
    """Events of one response."""

    def __init__(self) -> None:
        self._response: dict[str, Any] = {}
        self._ended = False
        self._items: dict[int, dict[str, Any]] = {}
        self._parts: dict[tuple[int, int], tuple[str, str, list[str]]] = {}
        self._arguments: dict[int, tuple[str, str, list[str]]] = {}

    def add(self, name: str, data: Mapping[str, Any]) -> bool:
        """Take an event; returns whether it brings something of the answer."""
        kind = text(data.get("type")) or name
        if "response" in data:
            self._response = {**self._response, **mapping(data["response"])}
            self._ended = self._ended or kind in _ENDS
        at, delta = _number(data.get("output_index")), data.get("delta")
        if kind in ("response.output_item.added", "response.output_item.done"):
            self._items[at] = dict(mapping(data.get("item")))
        elif kind in _TEXTS and isinstance(delta, str):
            part = self._parts.setdefault((at, _number(data.get("content_index"))), (*_TEXTS[kind], []))
            part[2].append(delta)
        elif kind in _ARGUMENTS and isinstance(delta, str):
            self._arguments.setdefault(at, (*_ARGUMENTS[kind], []))[2].append(delta)
        return bool(delta)

    @property
    def complete(self) -> bool:
        """Whether the response has ended."""
        return self._ended

    def body(self) -> dict[str, Any]:
        """The response."""
        if listing(self._response.get("output")):
            return self._response
        return {**self._response, "output": self._output()}

    def _output(self) -> list[dict[str, Any]]:
        items = {at: dict(item) for at, item in self._items.items()}
        for at, (kind, field, pieces) in self._arguments.items():
            item = items.setdefault(at, {"type": kind})
            item[field] = item.get(field) or "".join(pieces)
        for at in {at for at, _ in self._parts}:
            item = items.setdefault(at, {"type": "message"})
            item["content"] = item.get("content") or self._content(at)
        return [item for _, item in sorted(items.items())]

    def _content(self, at: int) -> list[dict[str, Any]]:
        parts = sorted((index, part) for (item, index), part in self._parts.items() if item == at)
        return [{"type": kind, field: "".join(pieces)} for _, (kind, field, pieces) in parts]


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
