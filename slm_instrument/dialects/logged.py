"""The input and output of an LLM call as a tracing tool logged them: in whatever form the application had them.

That is a provider's request and reply, a framework's messages, text, any of these once more as JSON text, or data of
the application's own, which is then kept as its JSON.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slm_instrument.dialects import anthropic, langchain_json, openai_chat, openai_completions, openai_responses
from slm_instrument.dialects.forms import Reply, Request
from slm_instrument.dialects.openai_parts import parse, read_error, read_tool_calls
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.plain import plain, plain_text
from slm_instrument.records import Message

_BLOCKS = frozenset({"tool_use", "tool_result", "thinking", "redacted_thinking", "server_tool_use"})
_ANSWERS = ("message", "output", "messages", "response")  # where applications put what a model said
_BESIDE = frozenset({"usage_metadata", "usage", "model", "id"})
_ERROR = frozenset({"error", "type", "request_id"})
_DEEPEST = 8


def read_input(value: Any) -> Request:
    """What a model was asked; no messages when nothing was logged."""
    value = _unpacked(value)
    while set(mapping(value)) == {"input"}:  # the one argument of a function that is traced
        value = _unpacked(value["input"])
    if value is None or value in ("", [], {}):
        return Request()
    raw = mapping(value)
    if isinstance(raw.get("messages"), list | tuple):
        return _request(raw)
    if raw.get("input") is not None and (raw.keys() & {"model", "instructions", "tools"}):
        return openai_responses.read_request(raw)
    prompts = raw.get("prompts") or raw.get("prompt")
    if prompts and _is_text(prompts):
        return openai_completions.read_request({**raw, "prompt": prompts})
    return Request(messages=_messages(value) or (Message("user", _as_text(value)),))


def read_output(value: Any) -> Reply:
    """What came back; no response when nothing was logged."""
    found = _reply(_unpacked(value), _DEEPEST)
    if found is None:
        found = Reply(response=Message("assistant", _as_text(value)))
    usage = found.usage or usage_or_none(mapping(_unpacked(value)).get("usage_metadata"))
    return found if usage == found.usage else replace(found, usage=usage)


def _request(raw: Mapping[str, Any]) -> Request:
    """A request in chat form; ``messages`` may be of any form, and nested once, as LangChain does for its batches."""
    listed = _unnested(raw["messages"])
    base = openai_chat.read_request({name: value for name, value in raw.items() if name != "messages"})
    system = anthropic.read_request({"system": raw.get("system")}).messages
    tools = tuple(anthropic.read_tool(tool) for tool in listing(raw.get("tools")) if "input_schema" in mapping(tool))
    return replace(
        base,
        messages=(*system, *(message for item in listed for message in _message(item))),
        tools=tools or base.tools,
    )


def _unnested(messages: Any) -> list[Any]:
    listed = listing(messages)
    if len(listed) == 1 and isinstance(listed[0], list) and not langchain_json.is_message(listed[0]):
        return listing(listed[0])
    return listed


def _messages(value: Any) -> tuple[Message, ...]:
    """A bare message or list of messages; none when it is something else."""
    if _is_message(value):
        return _message(value)
    listed = _unnested(value)
    if not listed or not all(_is_message(item) for item in listed):
        return ()
    return tuple(message for item in listed for message in _message(item))


def _is_message(value: Any) -> bool:
    return isinstance(mapping(value).get("role"), str) or langchain_json.is_message(value)


def _message(value: Any) -> tuple[Message, ...]:
    """A message in OpenAI's, Anthropic's or LangChain's form."""
    if isinstance(value, str):
        return (Message("user", plain_text(value)),)
    if langchain_json.is_message(value):
        return (langchain_json.read_message(value),)
    if any("args" in mapping(call) for call in listing(mapping(value).get("tool_calls"))):
        return (langchain_json.read_message({**value, "type": "ai"}),)  # Langfuse's handler writes such a mixture
    parts = listing(mapping(value).get("content"))
    if any(text(mapping(part).get("type")) in _BLOCKS for part in parts):
        return anthropic.read_messages(value)
    return (openai_chat.read_message(value),)


def _reply(value: Any, depth: int) -> Reply | None:
    """The reply that a value is, or holds; None when it is in no form that is known."""
    if value is None or value in ("", [], {}):
        return Reply()
    if isinstance(value, str):
        return Reply(response=Message("assistant", plain_text(value)))
    if depth <= 0:
        return None
    if isinstance(value, list | tuple):
        return _last_answer(listing(value), depth)
    raw = mapping(value)
    if isinstance(raw.get("choices"), list):
        chat = openai_chat.read_reply(raw)
        return chat if chat.response or chat.error else openai_completions.read_reply(raw)
    if langchain_json.is_result(raw):
        return langchain_json.read_result(raw)
    if raw.get("object") == "response":
        return openai_responses.read_reply(raw)
    if langchain_json.is_message(raw):
        return langchain_json.read_answer(raw)
    return _answer(raw) or _held(raw, depth)


def _answer(raw: Mapping[str, Any]) -> Reply | None:
    """An assistant's message that is not in LangChain's form, or a provider's error."""
    if isinstance(raw.get("error"), Mapping) and raw.keys() <= _ERROR:
        return Reply(error=read_error(raw))
    if raw.get("type") == "message" and isinstance(raw.get("content"), list):
        return anthropic.read_reply(raw)
    calls = read_tool_calls(raw.get("tool_calls"))
    if not calls and (raw.get("role") != "assistant" or "content" not in raw):
        return None
    (*_, message) = _message({"role": "assistant", **raw})
    return Reply(response=message, usage=usage_or_none(raw.get("usage")), model=text(raw.get("model")))


def _held(raw: Mapping[str, Any], depth: int) -> Reply | None:
    """The answer in an application's own wrapping."""
    for name in _ANSWERS:
        if isinstance(raw.get(name), Mapping | list) and len(raw.keys() - _BESIDE) == 1:
            return _reply(raw[name], depth - 1)
    return None


def _last_answer(listed: list[Any], depth: int) -> Reply | None:
    """The last of some messages; a list of parts is one message's content."""
    if langchain_json.is_message(listed):
        return Reply(response=langchain_json.read_message(listed))
    if all(_is_message(item) or isinstance(mapping(item).get("message"), Mapping) for item in listed):
        return _reply(listed[-1], depth - 1)
    if all(text(mapping(item).get("type")) in {"text", "output_text", *_BLOCKS} for item in listed):
        return anthropic.read_reply({"content": listed})
    return None


def _unpacked(value: Any) -> Any:
    """What JSON text holds, when that is an object or list."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        found = parse(value)
        return value if found is None else found
    return value


def _as_text(value: Any) -> str:
    return plain_text(value) if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or all(isinstance(item, str) for item in listing(value))
