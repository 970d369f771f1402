"""An answer as OpenAI's chat completions give it (``/chat/completions``), whole or as a stream.

:mod:`~slm_instrument.dialects.openai_chat` and :mod:`~slm_instrument.dialects.openai_chunks` read it back.

Sources: https://platform.openai.com/docs/api-reference/chat/object and ``.../chat-streaming``, ``openai.types.chat``.
"""

from collections.abc import Iterator
from typing import Any

from slm_instrument.dialects.answer import Answer, to_event, to_json
from slm_instrument.records import ToolCall

_DONE = b"data: [DONE]\n\n"


def write_body(answer: Answer) -> bytes:
    """The chat completion.

    Raises:
        ValueError: the answer is not only text and tool calls.
    """
    calls = [{"id": call.id, "type": "function", "function": _function(call)} for call in answer.message.tool_calls]
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message | ({"tool_calls": calls} if calls else {}), **_end(answer)}
    return to_json({**_envelope(answer, "chat.completion"), "choices": [choice], "usage": _no_tokens()})


def write_stream(answer: Answer, *, usage: bool) -> bytes:
    """The chunks of the chat completion, as server-sent events.

    Args:
        answer: The answer.
        usage: Whether the tokens were asked for, with ``stream_options={"include_usage": True}``.

    Raises:
        ValueError: the answer is not only text and tool calls.
    """
    around = _envelope(answer, "chat.completion.chunk") | ({"usage": None} if usage else {})
    unfinished = {"logprobs": None, "finish_reason": None}
    choices: list[dict[str, Any]] = [{"index": 0, "delta": delta, **unfinished} for delta in _deltas(answer)]
    choices.append({"index": 0, "delta": {}, **_end(answer)})
    chunks = [to_event({**around, "choices": [choice]}) for choice in choices]
    if usage:
        chunks.append(to_event({**around, "choices": [], "usage": _no_tokens()}))
    return b"".join((*chunks, _DONE))


def _deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    text = answer.text
    yield {"role": "assistant", "content": None if text is None else "", "refusal": None}
    if text:
        yield {"content": text}
    for index, call in enumerate(answer.message.tool_calls):
        begun = {"name": call.name, "arguments": ""}
        yield {"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": begun}]}
        yield {"tool_calls": [{"index": index, "function": {"arguments": call.arguments}}]}


def _envelope(answer: Answer, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": kind,
        "created": answer.created,
        "model": answer.model,
        "service_tier": "default",
        "system_fingerprint": None,
    }


def _end(answer: Answer) -> dict[str, Any]:
    return {"logprobs": None, "finish_reason": "tool_calls" if answer.message.tool_calls else "stop"}


def _function(call: ToolCall) -> dict[str, str]:
    return {"name": call.name, "arguments": call.arguments}


def _no_tokens() -> dict[str, Any]:
    completion = ("reasoning_tokens", "audio_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens")
    return {
        **dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 0),
        "prompt_tokens_details": dict.fromkeys(("cached_tokens", "audio_tokens"), 0),
        "completion_tokens_details": dict.fromkeys(completion, 0),
    }
