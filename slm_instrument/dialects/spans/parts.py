"""Messages in the form of ``gen_ai.input.messages``: a role and typed parts.

Source: OpenTelemetry semantic conventions for generative AI, the JSON schemas of input messages, output messages,
system instructions and tool definitions (semantic-conventions 1.38 to 1.41, then semantic-conventions-genai 0.1.0).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from slm_instrument.dialects.openai_chat import read_message as read_chat_message
from slm_instrument.dialects.openai_parts import read_content, read_tools, tool_call
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.spans.forms import structured
from slm_instrument.plain import plain, plain_media, plain_text
from slm_instrument.records import Content, Message, ToolSpec

_RESULTS = ("response", "result", "content")  # names that a tool's result has had


def read_messages(value: Any) -> tuple[Message, ...]:
    """A prompt, given as structure or as JSON text. Results of tools become messages of their own, as in a chat."""
    return tuple(message for raw in listing(structured(value)) for message in _messages(mapping(raw)))


def read_answers(value: Any) -> tuple[tuple[Message, str | None], ...]:
    """The answers, each with its finish reason."""
    found = [mapping(raw) for raw in listing(structured(value))]
    return tuple((_answer(raw), text(raw.get("finish_reason"))) for raw in found if raw)


def read_instructions(value: Any) -> tuple[Message, ...]:
    """System instructions, which stand beside the prompt: parts, or text."""
    parts = structured(value)
    if not isinstance(parts, list | tuple):
        said = text(value) if isinstance(value, str) else None
        return (Message("system", said),) if said else ()
    content = _content(listing(parts))
    return (Message("system", content),) if content else ()


def read_tool_definitions(value: Any) -> tuple[ToolSpec, ...]:
    """The tools on offer."""
    return read_tools(structured(value))


def _messages(raw: Mapping[str, Any]) -> Iterable[Message]:
    if "parts" not in raw:  # chat form, which some write under the new name
        return (read_chat_message(raw),) if raw else ()
    role, name = text(raw.get("role")) or "unknown", text(raw.get("name"))
    parts = [mapping(part) for part in listing(raw.get("parts"))]
    results = [_result(part) for part in parts if part.get("type") == "tool_call_response"]
    others = [part for part in parts if part.get("type") != "tool_call_response"]
    return (*results, _message(role, name, others)) if others or not results else results


def _message(role: str, name: str | None, parts: list[Mapping[str, Any]]) -> Message:
    asked = [part for part in parts if part.get("type") == "tool_call"]
    calls = tuple(tool_call(part.get("name"), part.get("arguments"), part.get("id")) for part in asked)
    others = [part for part in parts if part.get("type") != "tool_call"]
    return Message(role, _content(others, answer=role == "assistant", has_calls=bool(calls)), calls, name=name)


def _answer(raw: Mapping[str, Any]) -> Message:
    if "parts" not in raw:
        return read_chat_message(raw, role="assistant")
    return _message("assistant", None, [mapping(part) for part in listing(raw.get("parts"))])


def _result(part: Mapping[str, Any]) -> Message:
    found = next((part[name] for name in _RESULTS if part.get(name) is not None), None)
    content = plain_text(found) if isinstance(found, str) else json.dumps(plain(found)) if found is not None else ""
    return Message("tool", content, tool_call_id=text(part.get("id")))


def _content(parts: list[Any], *, answer: bool = False, has_calls: bool = False) -> Content:
    if not parts:
        return None if has_calls else ""
    return read_content([_part(part) for part in parts], answer=answer, has_calls=has_calls)


def _part(part: Any) -> Any:
    """A part in chat form."""
    raw = mapping(part)
    if not raw:
        return part
    kind, content, media = raw.get("type"), raw.get("content"), text(raw.get("mime_type"))
    if kind == "text":
        return {"type": "text", "text": content if isinstance(content, str) else raw.get("text") or ""}
    if kind == "refusal":
        return {"type": "refusal", "refusal": content}
    if raw.get("modality") == "image" and kind in ("blob", "uri"):
        url = raw.get("uri") if kind == "uri" else f"data:{media or 'image/*'};base64,{content}"
        return {"type": "image_url", "image_url": {"url": plain_media(url)}}
    return plain_media(raw)
