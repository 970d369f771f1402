"""OpenAI chat completions (``/chat/completions``), as OpenAI, Azure and all that are compatible with them speak it.

Source: https://platform.openai.com/docs/api-reference/chat, ``openai.types.chat``.
"""

from collections.abc import Mapping
from typing import Any

from slm_instrument.dialects.forms import Reply, Request
from slm_instrument.dialects.openai_parts import (
    counted,
    read_content,
    read_error,
    read_metadata,
    read_origin,
    read_response_format,
    read_tool_calls,
    read_tools,
)
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.plain import plain_media, plain_text
from slm_instrument.records import Message, ToolCall


def read_request(body: Any) -> Request:
    """What a model was asked."""
    raw = mapping(body)
    params = read_params(raw)
    if "tool_choice" not in params and raw.get("function_call") is not None:
        params |= read_params({"tool_choice": raw["function_call"]})
    return Request(
        messages=tuple(read_message(message) for message in listing(raw.get("messages"))),
        tools=read_tools(raw.get("tools") or raw.get("functions")),
        response_format=read_response_format(raw.get("response_format")),
        params=params,
        model=text(raw.get("model")),
        origin=read_origin(raw),
        labels=read_metadata(raw),
    )


def read_reply(body: Any) -> Reply:
    """What came back: the first choice, or the error. A choice without a message gives no answer."""
    raw = mapping(body)
    choices = [mapping(choice) for choice in listing(raw.get("choices"))]
    choice = mapping(choices[0] if choices else None)
    message = choice.get("message")
    return Reply(
        response=read_message(message, role="assistant") if isinstance(message, Mapping) else None,
        error=None if choices else read_error(raw),
        usage=usage_or_none(raw.get("usage") or mapping(raw.get("x_groq")).get("usage")),
        model=text(raw.get("model")),
        id=text(raw.get("id")),
        finish_reason=text(choice.get("finish_reason")),
        labels=counted("choices", choices),
    )


def read_message(message: Any, role: str | None = None) -> Message:
    """A message of a prompt, or with a ``role`` the answer, whose role some providers leave out."""
    raw = mapping(message)
    calls = _tool_calls(raw)
    said = role or text(raw.get("role")) or "unknown"
    return Message(
        role=said,
        content=_content(raw, calls, answer=said == "assistant") if raw else read_content(message),
        tool_calls=calls,
        tool_call_id=text(raw.get("tool_call_id")),
        name=text(raw.get("name")),
    )


def _tool_calls(raw: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    calls = read_tool_calls(raw.get("tool_calls"))
    legacy = raw.get("function_call")
    return calls or (read_tool_calls([{"function": legacy}]) if isinstance(legacy, Mapping) else ())


def _content(raw: Mapping[str, Any], calls: tuple[ToolCall, ...], *, answer: bool) -> Any:
    """The content, with a refusal and a spoken answer, which stand beside it, as parts of it."""
    beside: list[dict[str, Any]] = []
    if text(raw.get("refusal")):
        beside.append({"type": "refusal", "refusal": plain_text(raw["refusal"])})
    audio = raw.get("audio")
    if isinstance(audio, Mapping) and audio:
        spoken = mapping(audio)
        said = {name: plain_media(value) for name, value in spoken.items() if name != "transcript"}
        beside.append({"type": "audio", "text": text(spoken.get("transcript")) or "", "audio": said})
    content = read_content(raw.get("content"), answer=answer, has_calls=bool(calls or beside))
    if not beside:
        return content
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    return [*(content or ()), *beside]
