"""Native JSONL: one call a line, in OpenAI's chat form.

A line holds::

    {"id"?, "trace_id"?, "call_index"?, "app"?, "agent"?, "model"?, "started_at"?, "messages": [...], "tools"?,
     "response_format"?, "response": {"role": "assistant", "content", "tool_calls"?}, "usage"?, "latency_ms"?,
     "cost_usd"?, "labels"?, "task"?}

and, so that writing calls and reading them back loses nothing, the other fields of
:class:`~slm_instrument.records.Call` under their own names. A failed call has ``error`` for its ``response``; one that
was never answered says ``"response": null``. Everywhere else ``null`` is the same as absent. ``task`` and what is not
known become labels, and so does a ``started_at`` that is no time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec

from slm_instrument.canonical import canonical_json, digest
from slm_instrument.dialects.usage import usage_from, usage_to_native
from slm_instrument.errors import InputError
from slm_instrument.interchange.files import LogFile
from slm_instrument.interchange.form import LineForm
from slm_instrument.interchange.reading import EachIsACall, Format, OnBad, calls_in, log_bad
from slm_instrument.interchange.values import read_time
from slm_instrument.records import Call, Failure, message_from_openai, tool_from_openai

_ID_KEY = b"slm-instrument native jsonl id"  # changing it would import old files anew
_IDS = ("id", "trace_id", "parent_id", "origin")
_PLAIN = (
    "call_index",
    "app",
    "agent",
    "provider",
    "model",
    "operation",
    "framework",
    "time_to_first_token_ms",
    "response_format",
    "params",
    "cost_usd",
    "audience",
    "served_by",
)
_BLANK = Call(id="")
_KNOWN = frozenset(LineForm.__struct_fields__)
_NOT_CONTENT = frozenset({"id", "usage", "latency_ms", "time_to_first_token_ms", "cost_usd", "labels", "task"})


def read_native(path: str | Path, *, strict: bool = False, on_bad: OnBad = log_bad) -> Iterator[Call]:
    """The calls of a native JSONL file, plain, gzip or zstandard, one at a time.

    Args:
        path: the file.
        strict: stop at the first bad line instead of skipping it.
        on_bad: told of every bad line that is skipped; by default it is logged.

    Raises:
        InputError: the file cannot be read, or a line is bad and ``strict`` is set (``file:line: reason``).
    """
    return calls_in([LogFile(path)], FORMAT, strict=strict, on_bad=on_bad)


def call_from_native(line: Any) -> Call:
    """A parsed line as a call.

    A missing id is derived from who asked what, when, and what was answered, so that a file imported twice adds
    nothing, while calls that differ in ``trace_id`` or ``call_index`` alone stay two. Labels, tokens, cost and times
    taken have no part in it: a log may be written again with other notes.

    Raises:
        InputError: the line is no call; the text is the reason.
    """
    form = _checked(line)
    try:
        call = _call(form, line)
    except ValueError as error:  # from records: what a tool or message lacks
        raise InputError(str(error)) from error
    return call if call.id else with_derived_id(call)


def with_derived_id(call: Call) -> Call:
    """The call under the id that its content gives it, as :func:`call_from_native` tells."""
    content = {name: value for name, value in call_to_native(call).items() if name not in _NOT_CONTENT}
    return replace(call, id=digest(_ID_KEY, canonical_json(content)).hex())


def call_to_native(call: Call) -> dict[str, Any]:
    """A call as a native line, its defaults left out; :func:`call_from_native` is the inverse."""
    line: dict[str, Any] = {name: getattr(call, name) for name in (*_IDS, *_PLAIN)}
    line = {name: value for name, value in line.items() if value != getattr(_BLANK, name)}
    if call.started_at is not None:
        line["started_at"] = call.started_at.astimezone(UTC).isoformat()
    if call.duration_ms is not None:
        line["latency_ms"] = call.duration_ms
    line["messages"] = [message.to_openai() for message in call.messages]
    if call.tools:
        line["tools"] = [tool.to_openai() for tool in call.tools]
    if call.response is not None or call.error is None:
        line["response"] = call.response.to_openai() if call.response else None
    if call.error is not None:
        line["error"] = {"type": call.error.type, "message": call.error.message}
    if call.usage is not None:
        line["usage"] = usage_to_native(call.usage)
    if call.labels:
        line["labels"] = dict(call.labels)
    return line


def _knows(record: Mapping[str, Any]) -> bool:
    answered = "response" in record or "error" in record
    return isinstance(record.get("messages"), list) and answered and "call_type" not in record  # LiteLLM's


FORMAT = Format(lambda: EachIsACall(call_from_native), knows=_knows)
"""Native lines, for :data:`slm_instrument.interchange.formats.FORMATS`."""


def _checked(line: Any) -> LineForm:
    if not isinstance(line, Mapping):
        raise InputError(f"not an object but {type(line).__name__}")
    if not line.get("messages"):  # pyright: ignore[reportUnknownMemberType]
        raise InputError("no messages")
    try:
        form = msgspec.convert(line, LineForm)
    except msgspec.ValidationError as error:
        raise InputError(str(error)) from error
    if form.error is None and "response" not in line:
        raise InputError("neither response nor error")
    return form


def _call(form: LineForm, line: Mapping[str, Any]) -> Call:
    """Make the call, its id empty where the line has none; absent fields keep the defaults of Call."""
    given = {name: str(value) for name in _IDS if (value := getattr(form, name)) is not None}
    plain = {name: value for name in _PLAIN if (value := getattr(form, name)) is not None}
    fields: dict[str, Any] = {"id": "", **given, **plain}
    return Call(
        started_at=read_time(form.started_at),
        duration_ms=form.latency_ms,
        messages=tuple(message_from_openai(message) for message in line["messages"]),
        tools=tuple(tool_from_openai(tool) for tool in line.get("tools") or ()),
        response=message_from_openai({"role": "assistant", **line["response"]}) if form.response else None,
        error=_failure(form.error),
        usage=None if form.usage is None else usage_from(form.usage),
        labels=_labels(form, line),
        **fields,
    )


def _labels(form: LineForm, line: Mapping[str, Any]) -> dict[str, Any]:
    labels = {name: value for name, value in line.items() if name not in _KNOWN and value is not None}
    if form.started_at is not None and read_time(form.started_at) is None:
        labels["started_at"] = form.started_at  # a clock's nonsense is no reason to lose a call
    labels.update(form.labels or {})
    if form.task is not None:
        labels["task"] = form.task
    return labels


def _failure(error: str | Mapping[str, Any] | None) -> Failure | None:
    """The error as this project writes it, as a provider's error object, or as plain text."""
    if error is None:
        return None
    if isinstance(error, str):
        return Failure(type="Error", message=error)
    return Failure(type=str(error.get("type") or "Error"), message=str(error.get("message") or ""))
