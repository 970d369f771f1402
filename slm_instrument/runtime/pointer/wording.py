"""Between an assistant message and the tree of its answer, in the teacher's usual wording."""

import json
from typing import Any

import msgspec

from slm_instrument.canonical import AnswerKind, normal_form
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.pointer.grammar import Answer, ToolUse, Wording


def read(message: Message) -> Answer | None:
    """The tree of an answer; None for one that has none: tool calls whose arguments are not JSON."""
    answer = normal_form(message)
    if answer.kind is AnswerKind.TOOL_CALL:
        try:
            calls = [ToolUse(call.name, msgspec.json.decode(call.arguments)) for call in message.tool_calls]
        except msgspec.DecodeError:
            return None
        return Answer("calls", calls)
    if answer.kind is AnswerKind.JSON:
        return Answer("json", msgspec.json.decode(unfenced(message.text)[0]))
    return Answer("text", message.text.strip())


def write(answer: Answer, wording: Wording) -> Message:
    """The message of an answer; its tool calls have no ids yet."""
    if answer.form == "calls":
        calls = (ToolCall(call.name, json.dumps(call.arguments, ensure_ascii=False)) for call in answer.value)
        return Message("assistant", tool_calls=tuple(calls))
    if answer.form == "json":
        return Message("assistant", _fenced(answer.value, wording))
    return Message("assistant", str(answer.value))


def usual(texts: list[str]) -> Wording:
    """The wording of most of these JSON texts."""
    if not texts:
        return Wording()
    wordings = [_wording(text) for text in texts]
    return max(wordings, key=wordings.count)


def unfenced(text: str) -> tuple[str, str | None]:
    """A JSON text without the Markdown fence around it, and the fence's first line."""
    text = text.strip()
    if not (text.startswith("```") and text.endswith("```")):
        return text, None
    first, _, rest = text.partition("\n")
    return rest.removesuffix("```").strip(), first


def _wording(text: str) -> Wording:
    body, fence = unfenced(text)
    second = body.partition("\n")[2]
    return Wording(indent=len(second) - len(second.lstrip(" ")) if second else None, fence=fence)


def _fenced(value: Any, wording: Wording) -> str:
    body = json.dumps(value, ensure_ascii=False, indent=wording.indent)
    return body if wording.fence is None else f"{wording.fence}\n{body}\n```"
