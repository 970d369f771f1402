"""An answer as OpenAI's Responses give it (``/responses``), whole or as a stream.

:mod:`~slm_instrument.dialects.openai_responses` and :mod:`~slm_instrument.dialects.openai_items` read it back.

Sources: https://platform.openai.com/docs/api-reference/responses/object and ``.../responses-streaming``,
``openai.types.responses``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from slm_instrument.dialects.answer import Answer, to_event, to_json
from slm_instrument.dialects.shapes import mapping

_Event = tuple[str, dict[str, Any]]  # type and fields

# What a response repeats of its request, and what stands there when the request does not say.
_REPEATED: Mapping[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
_REASONING: Mapping[str, Any] = {"effort": None, "summary": None}
_TEXT: Mapping[str, Any] = {"format": {"type": "text"}, "verbosity": "medium"}


def write_body(answer: Answer, asked: Mapping[str, Any]) -> bytes:
    """The response.

    Args:
        answer: The answer.
        asked: The body of the request; the response repeats its settings.

    Raises:
        ValueError: the answer is not only text and tool calls.
    """
    return to_json(_completed(answer, asked))


def write_stream(answer: Answer, asked: Mapping[str, Any]) -> bytes:
    """The events of the response; see :func:`write_body`."""
    numbered = enumerate(_events(answer, asked))
    return b"".join(to_event({"type": kind, **data, "sequence_number": n}, kind) for n, (kind, data) in numbered)


def _events(answer: Answer, asked: Mapping[str, Any]) -> Iterator[_Event]:
    completed = _completed(answer, asked)
    begun: dict[str, Any] = {**completed, "status": "in_progress", "completed_at": None, "output": [], "usage": None}
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for index, item in enumerate(completed["output"]):
        yield from _item_events(index, item)
    yield "response.completed", {"response": completed}


def _item_events(index: int, item: Mapping[str, Any]) -> Iterator[_Event]:
    is_message = item["type"] == "message"
    begun: dict[str, Any] = {**item, "status": "in_progress", **({"content": []} if is_message else {"arguments": ""})}
    yield "response.output_item.added", {"output_index": index, "item": begun}
    at = {"item_id": item["id"], "output_index": index}
    if is_message:
        yield from _text_events({**at, "content_index": 0}, item["content"][0])
    else:
        yield "response.function_call_arguments.delta", {**at, "delta": item["arguments"]}
        yield "response.function_call_arguments.done", {**at, "name": item["name"], "arguments": item["arguments"]}
    yield "response.output_item.done", {"output_index": index, "item": item}


def _text_events(at: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[_Event]:
    yield "response.content_part.added", {**at, "part": {**part, "text": ""}}
    yield "response.output_text.delta", {**at, "delta": part["text"], "logprobs": []}
    yield "response.output_text.done", {**at, "text": part["text"], "logprobs": []}
    yield "response.content_part.done", {**at, "part": part}


def _completed(answer: Answer, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"resp_{answer.id}",
        "object": "response",
        "created_at": answer.created,
        "status": "completed",
        "completed_at": answer.created,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": answer.model,
        "output": list(_items(answer)),
        "previous_response_id": None,
        "service_tier": "default",
        "reasoning": {**_REASONING, **mapping(asked.get("reasoning"))},
        "text": {**_TEXT, **mapping(asked.get("text"))},
        "usage": _no_tokens(),
        **{name: value if asked.get(name) is None else asked[name] for name, value in _REPEATED.items()},
    }


def _items(answer: Answer) -> Iterator[dict[str, Any]]:
    if answer.text is not None:
        part: dict[str, Any] = {"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}
        message = {"id": f"msg_{answer.id}", "type": "message", "status": "completed", "role": "assistant"}
        yield {**message, "content": [part]}
    for index, call in enumerate(answer.message.tool_calls):
        function = {"name": call.name, "arguments": call.arguments, "call_id": call.id}
        yield {"id": f"fc_{answer.id}{index:02}", "type": "function_call", **function, "status": "completed"}


def _no_tokens() -> dict[str, Any]:
    return {
        **dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), 0),
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
