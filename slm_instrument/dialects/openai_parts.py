"""What OpenAI's wire formats have in common: content parts, tool calls, tools, errors, the user.

Everything is read into the chat form (:class:`~slm_instrument.records.Message`). Media are kept by size and SHA-256.
What a model thought aloud is no part of what it said, and is left out: students are not trained to repeat it.

Sources: OpenAI reference of chat completions, Responses and completions; the SDK's ``openai.types``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.plain import plain, plain_mapping, plain_media, plain_text
from slm_instrument.records import Content, Failure, ToolCall, ToolSpec

_THOUGHTS = frozenset({"reasoning", "reasoning_text", "reasoning_content", "summary_text", "thinking"})
_TEXTS = frozenset({"text", "input_text", "output_text"})
_MAX_LABELS = 32
_MAX_LABEL_CHARS = 200
_MAX_ERROR_CHARS = 2_000


def parse(data: bytes | str) -> Any:
    """The JSON of a body; None when it is none."""
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):  # msgspec.DecodeError is a ValueError
        pass
    try:  # laxer: NaN, lone surrogates
        return json.loads(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)
    except (ValueError, RecursionError):
        return None


def read_content(content: Any, *, answer: bool = False, has_calls: bool = False) -> Content:
    """A message's content in chat form.

    Args:
        content: Text, a list of parts in the form of any of OpenAI's interfaces, or something else.
        answer: Whether a model wrote it: then parts that are all text are one text.
        has_calls: Whether there are tool calls beside it: then it is None when it is empty.
    """
    if content is None or content == "":
        return None if has_calls else ""
    if isinstance(content, str):
        return plain_text(content)
    parts = [read_part(part) for part in listing(content)] if isinstance(content, list) else [_unknown(content)]
    parts = [part for part in parts if text(part.get("type")) not in _THOUGHTS]
    if (answer or len(parts) == 1) and all(_is_text(part, answer) for part in parts):
        return "".join(part["text"] for part in parts) or (None if has_calls else "")
    return parts


def read_part(part: Any) -> dict[str, Any]:
    """A content part in chat form."""
    if isinstance(part, str):
        return {"type": "text", "text": plain_text(part)}
    if not isinstance(part, Mapping):
        return _unknown(part)
    raw = cast("Mapping[str, Any]", part)
    kind = text(raw.get("type"))
    if kind in _TEXTS and isinstance(raw.get("text"), str):
        return _text_part(raw)
    if kind == "refusal" and isinstance(raw.get("refusal"), str):
        return {"type": "refusal", "refusal": plain_text(raw["refusal"])}
    if kind == "input_image":
        image = {"url": raw.get("image_url"), "file_id": raw.get("file_id"), "detail": raw.get("detail")}
        return {"type": "image_url", "image_url": _media(image)}
    if kind == "input_file":
        return {"type": "file", "file": _media({name: value for name, value in raw.items() if name != "type"})}
    return plain_media(raw)


def read_tool_calls(calls: Any) -> tuple[ToolCall, ...]:
    """The tool calls of a message in chat form, ``function`` and ``custom`` ones."""
    return tuple(_tool_call(mapping(call)) for call in listing(calls) if isinstance(call, Mapping))


def tool_call(name: Any, arguments: Any, call_id: Any = None) -> ToolCall:
    """A tool call of whatever was found; arguments that are no text become their JSON."""
    if not isinstance(arguments, str):
        arguments = "" if arguments is None else json.dumps(plain(arguments))
    return ToolCall(text(name) or "", plain_text(arguments), text(call_id))


def read_tools(tools: Any) -> tuple[ToolSpec, ...]:
    """The offered tools, in chat form (also the old ``functions``) or in that of Responses."""
    return tuple(_tool(cast("Mapping[str, Any]", tool)) for tool in listing(tools) if isinstance(tool, Mapping))


def read_response_format(raw: Any) -> dict[str, Any] | None:
    """The demanded form of the answer; None for plain text, which is the default."""
    found = plain_mapping(raw)
    return None if found.get("type") == "text" else found or None


def read_error(raw: Any) -> Failure | None:
    """The error that a body tells of: OpenAI's ``{"error": {...}}``, Ollama's and FastAPI's forms; None for none."""
    body = mapping(raw)
    error = body.get("error") or body.get("detail")
    if error is None and body.get("object") == "error":  # vLLM
        error = body
    if not error:
        return None
    if isinstance(error, str):
        return Failure("error", plain_text(error)[:_MAX_ERROR_CHARS])
    found = mapping(error)
    message = text(found.get("message")) or json.dumps(plain(error))
    kind = text(found.get("code")) or text(found.get("type")) or "error"
    return Failure(kind, message[:_MAX_ERROR_CHARS])


def read_origin(body: Mapping[str, Any]) -> str | None:
    """The end user that a request names."""
    return text(body.get("safety_identifier")) or text(body.get("user"))


def read_metadata(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the user noted on a request: short values only."""
    found: dict[str, Any] = {}
    for name, value in mapping(body.get("metadata")).items():
        if len(found) < _MAX_LABELS and _is_short(value):
            found[plain_text(str(name))] = plain(value)
    return found


def _tool_call(raw: Mapping[str, Any]) -> ToolCall:
    custom = mapping(raw.get("custom"))
    if custom:
        return tool_call(custom.get("name"), custom.get("input"), raw.get("id"))
    function = mapping(raw.get("function")) or raw
    return tool_call(function.get("name"), function.get("arguments"), raw.get("id"))


def _tool(raw: Mapping[str, Any]) -> ToolSpec:
    inner = mapping(raw.get("function")) or mapping(raw.get("custom")) or raw
    # A provider's own tools (web search, code interpreter) have a type and no name.
    name = text(inner.get("name")) or text(raw.get("type")) or "unknown"
    return ToolSpec(name, text(inner.get("description")), plain_mapping(inner.get("parameters")) or None)


def _text_part(raw: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: plain_media(value) for name, value in raw.items() if name not in ("type", "text") and value}
    return {**kept, "type": "text", "text": plain_text(raw["text"])}


def _is_text(part: Mapping[str, Any], answer: bool) -> bool:
    """Whether a part is nothing but text; an answer's may have annotations, a prompt's cache marks are kept."""
    return part.get("type") == "text" and isinstance(part.get("text"), str) and (answer or len(part) == 2)


def _media(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain_media(value) for name, value in raw.items() if value is not None}


def _unknown(value: Any) -> dict[str, Any]:
    return {"type": "unknown", "value": plain_media(value)}


def _is_short(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _MAX_LABEL_CHARS)


def counted(name: str, found: Sequence[Any]) -> dict[str, int]:
    """A label that tells how many there are, where there are several."""
    return {name: len(found)} if len(found) > 1 else {}
