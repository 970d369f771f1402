"""The conventions of OpenTelemetry, as attributes."""

import json

import pytest

from slm_instrument.dialects.spans import Span, SpanEvent, read_span
from slm_instrument.records import Failure, Message, ToolCall, ToolSpec, Usage

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
PROMPT = [
    {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]},
    {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Paris"}}],
    },
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "rainy"}]},
]
ANSWER = [{"role": "assistant", "parts": [{"type": "text", "content": "It rains."}], "finish_reason": "stop"}]
RECORDED = (
    Message("user", "Weather in Paris?"),
    Message("assistant", None, (ToolCall("weather", '{"city": "Paris"}', "c1"),)),
    Message("tool", "rainy", tool_call_id="c1"),
)


def span(attributes=(), **fields):
    made = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini"}
    return Span(attributes=made | dict(attributes), **fields)


@pytest.mark.parametrize("written", [json.dumps, tuple], ids=["as JSON text", "as structure"])
def test_prompt_and_answer(written):
    call = read_span(
        span(
            {
                "gen_ai.input.messages": written(PROMPT),
                "gen_ai.output.messages": written(ANSWER),
                "gen_ai.system_instructions": written([{"type": "text", "content": "Be short."}]),
                "gen_ai.tool.definitions": written(
                    [{"type": "function", "name": "weather", "description": "Now", "parameters": SCHEMA}]
                ),
                "gen_ai.response.model": "gpt-4o-mini-2026",
                "gen_ai.response.id": "chatcmpl-1",
                "gen_ai.response.finish_reasons": ("stop",),
                "gen_ai.usage.input_tokens": 11,
                "gen_ai.usage.output_tokens": 3,
                "gen_ai.usage.cache_read.input_tokens": 5,
                "gen_ai.usage.reasoning.output_tokens": 1,
            }
        )
    )
    assert call.messages == (Message("system", "Be short."), *RECORDED)
    assert call.response == Message("assistant", "It rains.")
    assert call.tools == (ToolSpec("weather", "Now", SCHEMA),)
    assert call.usage == Usage(11, 3, 5, 1)
    assert (call.provider, call.model, call.operation) == ("openai", "gpt-4o-mini", "chat")
    assert call.labels == {"finish_reason": "stop", "response_id": "chatcmpl-1", "response_model": "gpt-4o-mini-2026"}


def test_an_answer_that_is_a_tool_call_keeps_the_arguments_as_written():
    part = {"type": "tool_call", "id": "c1", "name": "weather", "arguments": '{"city":  "Paris"}'}
    answer = [{"role": "assistant", "parts": [part], "finish_reason": "tool_call"}]
    call = read_span(span({"gen_ai.input.messages": PROMPT, "gen_ai.output.messages": answer}))
    assert call.response == Message("assistant", None, (ToolCall("weather", '{"city":  "Paris"}', "c1"),))


def test_what_was_thought_aloud_is_left_out():
    parts = [
        {"type": "reasoning", "content": "Hm."},
        {"type": "text", "content": "It "},
        {"type": "text", "content": "rains."},
    ]
    call = read_span(span({"gen_ai.output.messages": [{"role": "assistant", "parts": parts}]}))
    assert call.response == Message("assistant", "It rains.")


def test_media_are_kept_by_link_or_size():
    parts = [
        {"type": "text", "content": "What?"},
        {"type": "uri", "modality": "image", "uri": "https://example.org/a.png"},
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "A" * 9000},
        {"type": "file", "modality": "document", "file_id": "f1"},
    ]
    call = read_span(span({"gen_ai.input.messages": [{"role": "user", "parts": parts}]}))
    text, link, blob, file = call.messages[0].content
    assert text == {"type": "text", "text": "What?"}
    assert link == {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    assert blob["image_url"]["url"].startswith("data:image/png;base64,<9022 characters, sha256:")
    assert file == {"type": "file", "modality": "document", "file_id": "f1"}


def test_results_of_tools_in_a_users_message_become_messages():
    parts = [
        {"type": "tool_call_response", "id": "c1", "result": {"degrees": 9}},
        {"type": "tool_call_response", "id": "c2", "result": "dry"},
        {"type": "text", "content": "Go on."},
    ]
    call = read_span(span({"gen_ai.input.messages": [{"role": "user", "parts": parts}]}))
    assert call.messages == (
        Message("tool", '{"degrees": 9}', tool_call_id="c1"),
        Message("tool", "dry", tool_call_id="c2"),
        Message("user", "Go on."),
    )


def test_chat_form_under_the_new_name():
    prompt = [{"role": "user", "content": "Hello"}]
    call = read_span(
        span({"gen_ai.input.messages": json.dumps(prompt), "gen_ai.output.messages": '[{"content":"Hi"}]'})
    )
    assert (call.messages, call.response) == ((Message("user", "Hello"),), Message("assistant", "Hi"))


def test_parameters():
    call = read_span(
        span(
            {
                "gen_ai.request.temperature": 0.2,
                "gen_ai.request.max_tokens": 50,
                "gen_ai.request.stop_sequences": ("END",),
                "gen_ai.request.seed": 7,
                "gen_ai.request.choice.count": 2,
                "gen_ai.is_streaming": False,
                "gen_ai.output.type": "json",
            }
        )
    )
    assert call.params == {"temperature": 0.2, "max_tokens": 50, "stop": ["END"], "seed": 7, "n": 2}
    assert call.response_format == {"type": "json_object"}


def test_names_of_before():
    call = read_span(
        Span(
            attributes={
                "gen_ai.system": "OpenAI",
                "gen_ai.request.model": "gpt-4",
                "gen_ai.usage.prompt_tokens": 4,
                "gen_ai.usage.completion_tokens": 2,
                "gen_ai.openai.request.seed": 7,
                "gen_ai.openai.request.response_format": "json_object",
                "gen_ai.prompt.0.role": "user",
                "gen_ai.prompt.0.content": "Hello",
            }
        )
    )
    assert (call.provider, call.usage, call.params) == ("openai", Usage(4, 2), {"seed": 7})
    assert call.response_format == {"type": "json_object"}


def test_the_event_that_holds_all_of_a_call():
    details = SpanEvent(
        name="gen_ai.client.inference.operation.details",
        attributes={"gen_ai.input.messages": PROMPT, "gen_ai.output.messages": ANSWER, "gen_ai.usage.input_tokens": 3},
    )
    call = read_span(span(events=[details]))
    assert (call.messages, call.response, call.usage) == (RECORDED, Message("assistant", "It rains."), Usage(3))


def test_a_failure():
    raised = SpanEvent(
        name="exception", attributes={"exception.type": "openai.BadRequestError", "exception.message": "too long"}
    )
    call = read_span(span({"gen_ai.input.messages": PROMPT}, failed=True, events=[raised], status_description="no"))
    assert (call.error, call.response) == (Failure("BadRequestError", "too long"), None)
    call = read_span(span({"error.type": "timeout"}, failed=True, status_description="no answer in 5 s"))
    assert call.error == Failure("timeout", "no answer in 5 s")


def test_an_exception_that_did_not_end_the_call_is_no_failure():
    raised = SpanEvent(name="exception", attributes={"exception.type": "KeyError"})
    assert read_span(span(events=[raised])).error is None


def test_pydantic_ai_of_before():
    events = [
        {"event.name": "gen_ai.system.message", "content": "Be short.", "role": "system"},
        {"event.name": "gen_ai.user.message", "content": "Hello", "role": "user"},
        {"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "content": "Hi"}},
    ]
    tools = {"function_tools": [{"name": "weather", "description": "Now", "parameters_json_schema": SCHEMA}]}
    call = read_span(
        span({"events": json.dumps(events), "model_request_parameters": json.dumps(tools)}, scope="pydantic-ai")
    )
    assert call.messages == (Message("system", "Be short."), Message("user", "Hello"))
    assert call.response == Message("assistant", "Hi")
    assert call.tools == (ToolSpec("weather", "Now", SCHEMA),)
    assert call.framework == "pydantic_ai"


def test_vercels_model_calls():
    prompt = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        {
            "role": "assistant",
            "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "weather", "input": {}}],
        },
        {
            "role": "tool",
            "content": [{"type": "tool-result", "toolCallId": "c1", "output": {"type": "text", "value": "rainy"}}],
        },
    ]
    attributes = {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.prompt.messages": json.dumps(prompt),
        "ai.prompt.tools": [json.dumps({"type": "function", "name": "weather", "inputSchema": SCHEMA})],
        "ai.response.text": "It rains.",
        "ai.response.finishReason": "stop",
        "ai.telemetry.metadata.userId": "u1",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
    }
    call = read_span(Span(attributes=attributes))
    assert call.messages == (
        Message("system", "Be short."),
        Message("user", "Weather?"),
        Message("assistant", None, (ToolCall("weather", "{}", "c1"),)),
        Message("tool", "rainy", tool_call_id="c1"),
    )
    assert (call.response, call.origin, call.tools) == (
        Message("assistant", "It rains."),
        "u1",
        (ToolSpec("weather", None, SCHEMA),),
    )
    assert read_span(Span(attributes=attributes | {"ai.operationId": "ai.generateText"})) is None
