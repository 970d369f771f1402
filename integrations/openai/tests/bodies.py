"""What is asked, and what OpenAI says to it, as its API reference has it: bodies and events."""

import json

import pydantic
from openai import pydantic_function_tool

CHAT = {
    "model": "gpt-x",
    "messages": [{"role": "system", "content": "Sort."}, {"role": "user", "content": "My parcel?"}],
}
RESPOND = {"model": "gpt-x", "instructions": "Sort.", "input": "My parcel?", "store": False}


class Label(pydantic.BaseModel):
    label: str


class Track(pydantic.BaseModel):
    n: int


TOOLS = [pydantic_function_tool(Track, name="track")]
FUNCTIONS = [{"type": "function", "name": "track", "parameters": TOOLS[0]["function"]["parameters"], "strict": True}]
ARGUMENTS = '{"n": 1}'
JSON = '{"label": "shipping"}'

NO_TOKENS = {
    "prompt_tokens": 19,
    "completion_tokens": 10,
    "total_tokens": 29,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
AROUND = {"id": "chatcmpl-B9", "created": 1741569952, "model": "gpt-x-2026", "service_tier": "default"}
AROUND |= {"system_fingerprint": "fp_44709d6fcb"}


def completion(content, tool_calls=None):
    message = {"role": "assistant", "content": content, "refusal": None, "annotations": []}
    message |= {"tool_calls": tool_calls} if tool_calls else {}
    choice = {"index": 0, "message": message, "logprobs": None}
    choice["finish_reason"] = "tool_calls" if tool_calls else "stop"
    return {**AROUND, "object": "chat.completion", "choices": [choice], "usage": NO_TOKENS}


def chunks(*deltas, finish_reason="stop", usage=False):
    around = {**AROUND, "object": "chat.completion.chunk"} | ({"usage": None} if usage else {})
    said = []
    for delta, end in [*((delta, None) for delta in deltas), ({}, finish_reason)]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}
        said.append(as_event({**around, "choices": [choice]}))
    if usage:
        said.append(as_event({**around, "choices": [], "usage": NO_TOKENS}))
    return [*said, b"data: [DONE]\n\n"]


def as_event(body, name=None):
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(body)}\n\n".encode()


CALLED = {"id": "call_abc", "type": "function", "function": {"name": "track", "arguments": ARGUMENTS}}
TEXT_CHUNKS = ({"role": "assistant", "content": "", "refusal": None}, {"content": "shipping"})
CALL_CHUNKS = (
    {"role": "assistant", "content": None, "refusal": None},
    {"tool_calls": [{"index": 0, **CALLED, "function": {"name": "track", "arguments": ""}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": ARGUMENTS}}]},
)


def response(item, **fields):
    return {
        "id": "resp_67",
        "object": "response",
        "created_at": 1741476542,
        "status": "completed",
        "completed_at": 1741476543,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": "Sort.",
        "max_output_tokens": None,
        "max_tool_calls": None,
        "metadata": {},
        "model": "gpt-x-2026",
        "output": [item] if item else [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "default",
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": 36,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 87,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 123,
        },
        "user": None,
        **fields,
    }


def message_item(text):
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
    return {"id": "msg_67", "type": "message", "status": "completed", "content": [part], "role": "assistant"}


CALL_ITEM = {
    "id": "fc_67",
    "type": "function_call",
    "status": "completed",
    "arguments": ARGUMENTS,
    "call_id": "call_abc",
    "name": "track",
}


def response_events(item, *between, **fields):
    done = response(item, **fields)
    begun = {**done, "status": "in_progress", "completed_at": None, "output": [], "usage": None}
    empty = {"content": []} if item["type"] == "message" else {"arguments": ""}
    named = [
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
        ("response.output_item.added", {"output_index": 0, "item": {**item, "status": "in_progress", **empty}}),
        *((name, {"item_id": item["id"], "output_index": 0, **data}) for name, data in between),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": done}),
    ]
    return [as_event({"type": name, **data, "sequence_number": n}, name) for n, (name, data) in enumerate(named)]


def text_events(said, **fields):
    item = message_item(said)
    (part,) = item["content"]
    return response_events(
        item,
        ("response.content_part.added", {"content_index": 0, "part": {**part, "text": ""}}),
        ("response.output_text.delta", {"content_index": 0, "delta": said, "logprobs": []}),
        ("response.output_text.done", {"content_index": 0, "text": said, "logprobs": []}),
        ("response.content_part.done", {"content_index": 0, "part": part}),
        **fields,
    )


CALL_EVENTS = response_events(
    CALL_ITEM,
    ("response.function_call_arguments.delta", {"delta": ARGUMENTS}),
    ("response.function_call_arguments.done", {"arguments": ARGUMENTS, "name": "track"}),
    tools=FUNCTIONS,
)
FORM = {"format": {"type": "json_schema", "name": "Label", "schema": Label.model_json_schema(), "strict": True}}
FORM["format"]["schema"]["additionalProperties"] = False
FORM["verbosity"] = "medium"
