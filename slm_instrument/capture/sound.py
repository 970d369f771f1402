"""Calls that a store will take: every field of the type that the record says.

Integrations make sound calls. Applications that record by themselves may put anything into one, and what no database
can hold must neither be taken for a database that is down nor be a reason to lose the rest of the call.
"""

from datetime import datetime
from math import isfinite
from typing import Any

from slm_instrument.plain import plain, plain_mapping, plain_text
from slm_instrument.records import Call, Failure, Message, ToolCall, ToolSpec, Usage, new_id

MAX_COUNT = 2**31 - 1  # what a database's integer column holds

_MAYBE_TEXT = frozenset({str, type(None)})
_MAYBE_OBJECT = frozenset({dict, type(None)})
_NAMES = ("trace_id", "parent_id", "app", "agent", "provider", "model", "framework", "origin")
_NUMBERS = ("duration_ms", "time_to_first_token_ms", "cost_usd")
_COUNTS = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")


def sound(call: Call) -> Call:
    """The call itself when its fields are of their types, which takes some microseconds, else :func:`cleaned`."""
    return call if _is_sound(call) else cleaned(call)


def cleaned(call: Call) -> Call:
    """The call with nothing in it that has no JSON form or no place in a database."""
    names: dict[str, Any] = {name: _name(getattr(call, name)) for name in _NAMES}
    numbers: dict[str, Any] = {name: _number(getattr(call, name)) for name in _NUMBERS}
    return Call(
        id=_name(call.id) or new_id(),
        **names,
        **numbers,
        call_index=_count(call.call_index),
        operation=_name(call.operation) or "chat",
        started_at=call.started_at if _is_time(call.started_at) else None,
        messages=tuple(_cleaned_message(message) for message in _each(call.messages)),
        tools=tuple(_cleaned_tool(tool) for tool in _each(call.tools)),
        response_format=plain_mapping(call.response_format) or None,
        params=plain_mapping(call.params),
        response=_cleaned_message(call.response) if call.response is not None else None,
        error=_cleaned_failure(call.error),
        usage=_cleaned_usage(call.usage),
        audience="agent" if _name(call.audience) in ("agent", None) else "human",
        served_by=_name(call.served_by) or "llm",
        labels=plain_mapping(call.labels),
    )


def _is_sound(call: Any) -> bool:
    messages: Any = call.messages
    tools: Any = call.tools
    return (
        type(call.id) is str
        and type(call.audience) is str
        and call.audience in ("agent", "human")
        and type(call.operation) is str
        and type(call.served_by) is str
        and all(type(getattr(call, name)) in _MAYBE_TEXT for name in _NAMES)
        and all(_is_number(getattr(call, name)) for name in _NUMBERS)
        and _is_count(call.call_index)
        and _is_time(call.started_at)
        and type(messages) is tuple
        and all(map(_is_sound_message, _each(messages)))
        and (call.response is None or _is_sound_message(call.response))
        and (call.usage is None or _is_sound_usage(call.usage))
        and (call.error is None or _is_sound_failure(call.error))
        and type(call.response_format) in _MAYBE_OBJECT
        and type(call.params) is dict
        and type(call.labels) is dict
        and type(tools) is tuple
        and all(map(_is_sound_tool, _each(tools)))
    )


def _is_sound_message(message: Any) -> bool:
    return (
        type(message) is Message
        and type(message.role) is str
        and (type(message.content) in _MAYBE_TEXT or _are_parts(message.content))
        and type(message.tool_call_id) in _MAYBE_TEXT
        and type(message.name) in _MAYBE_TEXT
        and type(message.tool_calls) is tuple
        and all(map(_is_sound_tool_call, message.tool_calls))
    )


def _are_parts(content: Any) -> bool:
    return isinstance(content, list | tuple) and all(type(part) is dict for part in _each(content))


def _is_sound_tool_call(call: Any) -> bool:
    return (
        type(call) is ToolCall
        and type(call.name) is str
        and type(call.arguments) is str
        and type(call.id) in _MAYBE_TEXT
    )


def _is_sound_tool(tool: Any) -> bool:
    return (
        type(tool) is ToolSpec
        and type(tool.name) is str
        and type(tool.description) in _MAYBE_TEXT
        and type(tool.parameters) in _MAYBE_OBJECT
    )


def _is_sound_usage(usage: Any) -> bool:
    return type(usage) is Usage and all(_is_count(getattr(usage, name)) for name in _COUNTS)


def _is_sound_failure(error: Any) -> bool:
    return type(error) is Failure and type(error.type) is str and type(error.message) is str


def _is_time(value: Any) -> bool:
    # The first and the last year have moments that no date of another zone can name.
    return value is None or (isinstance(value, datetime) and 1 < value.year < 9999)


def _is_number(value: Any) -> bool:
    return value is None or (type(value) is float and isfinite(value)) or (type(value) is int and abs(value) < 2**53)


def _is_count(value: Any) -> bool:
    return value is None or (type(value) is int and -MAX_COUNT <= value <= MAX_COUNT)


def _name(value: Any) -> str | None:
    if value is None:
        return None
    found = plain(value)
    return plain_text(found if isinstance(found, str) else str(found)).replace("\0", "")


def _number(value: Any) -> float | None:
    try:
        made = float(value)
    except Exception:  # None, and whatever an object's __float__ does
        return None
    return made if isfinite(made) else None


def _count(value: Any) -> int | None:
    return value if type(value) is int and _is_count(value) else None


def _each(values: Any) -> tuple[Any, ...]:
    return tuple(values) if isinstance(values, list | tuple) else ()  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _cleaned_message(message: Any) -> Message:
    if not isinstance(message, Message):
        return Message("unknown", str(plain(message)))
    content = plain(message.content)
    return Message(
        role=_name(message.role) or "unknown",
        content=content if content is None or isinstance(content, str) else _parts(content),
        tool_calls=tuple(_cleaned_tool_call(call) for call in _each(message.tool_calls)),
        tool_call_id=_name(message.tool_call_id),
        name=_name(message.name),
    )


def _parts(content: Any) -> list[dict[str, Any]]:
    return [part if isinstance(part, dict) else {"type": "text", "text": str(part)} for part in _each(content)]


def _cleaned_tool_call(call: Any) -> ToolCall:
    return ToolCall(
        _name(getattr(call, "name", None)) or "", _name(getattr(call, "arguments", None)) or "",
        _name(getattr(call, "id", None)),
    )  # fmt: skip


def _cleaned_tool(tool: Any) -> ToolSpec:
    parameters = plain_mapping(getattr(tool, "parameters", None))
    return ToolSpec(_name(getattr(tool, "name", tool)) or "", _name(getattr(tool, "description", None)), parameters)


def _cleaned_failure(error: Any) -> Failure | None:
    if error is None:
        return None
    return Failure(_name(getattr(error, "type", error)) or "Error", _name(getattr(error, "message", None)) or "")


def _cleaned_usage(usage: Any) -> Usage | None:
    if usage is None:
        return None
    found = Usage(**{name: _count(getattr(usage, name, None)) for name in _COUNTS})
    return found if found != Usage() else None
