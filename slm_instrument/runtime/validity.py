"""Whether an answer has the form that its call demands, and whether a student can serve a call at all.

A wrong form is never a matter of confidence: it is refused whatever the gate says.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from slm_instrument.records import Call, Message, ToolCall
from slm_instrument.runtime.schemas import violation

_NO_TOOL = ("none",)
_SOME_TOOL = ("any", "required")


def unsupported(call: Call) -> str | None:
    """Why no student can serve the call, or None."""
    for message in call.messages:
        # What an assistant said before may hold reasoning or tool-use parts: they are not what is asked.
        if message.content is None or isinstance(message.content, str) or message.role == "assistant":
            continue
        for part in message.content:
            # A student reads text only, and would answer an image by the words around it.
            if not isinstance(part.get("text"), str):
                return f"a message holds {part.get('type', 'a part')!s}, not only text"
    if call.params.get("n", 1) not in (1, None):
        return "several answers are asked for"
    if call.params.get("logprobs"):
        return "token probabilities are asked for"
    return None


def flaw(call: Call, answer: Message) -> str | None:
    """What the call demands and the answer does not give, or None."""
    if not answer.tool_calls and not answer.text.strip():
        return "the answer is empty"
    return _tool_choice_flaw(call, answer) or _tool_call_flaw(call, answer) or _format_flaw(call, answer)


def _tool_choice_flaw(call: Call, answer: Message) -> str | None:
    choice: Any = call.params.get("tool_choice")
    names = [tool_call.name for tool_call in answer.tool_calls]
    if choice in _NO_TOOL and names:
        return "a tool call where none is allowed"
    if choice in _SOME_TOOL and not names:
        return "no tool call where one is demanded"
    wanted = _chosen_tool(choice, {tool.name for tool in call.tools})
    return f"not the demanded tool {wanted!r}" if wanted is not None and set(names) != {wanted} else None


def _chosen_tool(choice: Any, offered: set[str]) -> str | None:
    if isinstance(choice, str):
        return choice if choice in offered else None
    if isinstance(choice, Mapping):
        function: Any = choice.get("function", choice)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return function.get("name") if isinstance(function, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return None


def _tool_call_flaw(call: Call, answer: Message) -> str | None:
    offered = {tool.name: tool for tool in call.tools}
    for tool_call in answer.tool_calls:
        tool = offered.get(tool_call.name)
        if tool is None:
            return f"a call of the tool {tool_call.name!r}, which is not offered"
        missing = _arguments_flaw(tool_call, tool.parameters or {})
        if missing:
            return missing
    return None


def _arguments_flaw(tool_call: ToolCall, schema: Mapping[str, Any]) -> str | None:
    arguments = _json(tool_call.arguments)
    if not isinstance(arguments, dict):
        return f"arguments of {tool_call.name!r} that are no JSON object"
    broken = violation(arguments, schema) if schema else None
    return None if broken is None else f"arguments of {tool_call.name!r}: {broken}"


def _format_flaw(call: Call, answer: Message) -> str | None:
    if not call.response_format or answer.tool_calls:
        return None
    if call.response_format.get("type") not in ("json_object", "json_schema"):
        return None
    answered = _json(answer.text)
    if not isinstance(answered, dict):
        return "no JSON object where one is demanded"
    schema = _demanded_schema(call.response_format)
    broken = violation(answered, schema) if schema else None
    return None if broken is None else f"not the demanded JSON: {broken}"


def _demanded_schema(response_format: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of a response format, as chat completions and the Responses API write it."""
    named: Any = response_format.get("json_schema", response_format)
    if not isinstance(named, Mapping):
        return None
    schema: Any = named.get("schema")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return schema if isinstance(schema, Mapping) else None  # pyright: ignore[reportUnknownVariableType]


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
