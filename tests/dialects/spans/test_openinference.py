"""OpenInference, as its instrumentations of the OpenAI SDK, LlamaIndex, Haystack and CrewAI write it."""

import json

import pytest

from slm_instrument.dialects.spans import Span, has_prompt, read_span
from slm_instrument.records import Message, ToolCall, ToolSpec, Usage

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "weather", "description": "Now", "parameters": SCHEMA}}
SPAN = {
    "openinference.span.kind": "LLM",
    "llm.system": "openai",
    "llm.model_name": "gpt-4o-mini-2026",
    "llm.invocation_parameters": '{"model": "gpt-4o-mini", "temperature": 0.2, "stream": false, "api_key": "s"}',
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.0.message.content": "Be short.",
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.content": "Weather in Paris?",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "It rains.",
    "llm.finish_reason": "stop",
    "llm.token_count.prompt": 11,
    "llm.token_count.completion": 3,
    "llm.token_count.total": 14,
    "llm.token_count.prompt_details.cache_read": 5,
    "llm.token_count.completion_details.reasoning": 1,
}


def read(*without, **fields):
    attributes = {name: value for name, value in SPAN.items() if not name.startswith(without or "-")}
    dropped = fields.pop("dropped", 0)
    return read_span(Span(attributes=attributes | fields.pop("attributes", {}), dropped=dropped, **fields))


def test_prompt_and_answer():
    call = read(scope="openinference.instrumentation.openai")
    assert call.messages == (Message("system", "Be short."), Message("user", "Weather in Paris?"))
    assert call.response == Message("assistant", "It rains.")
    assert call.usage == Usage(11, 3, 5, 1)
    assert (call.provider, call.model, call.framework) == ("openai", "gpt-4o-mini", "openai")
    assert call.params == {"temperature": 0.2}
    assert call.labels == {"finish_reason": "stop", "response_model": "gpt-4o-mini-2026"}


def test_tools_and_tool_calls():
    asked = "message.tool_calls.0.tool_call."
    call = read(
        "llm.output_messages",
        attributes={
            "llm.tools.0.tool.json_schema": json.dumps(TOOL),
            f"llm.input_messages.2.{asked}id": "c1",
            f"llm.input_messages.2.{asked}function.name": "weather",
            f"llm.input_messages.2.{asked}function.arguments": '{"city": "Paris"}',
            "llm.input_messages.2.message.role": "assistant",
            "llm.input_messages.3.message.role": "tool",
            "llm.input_messages.3.message.tool_call_id": "c1",
            "llm.input_messages.3.message.content": "rainy",
            f"llm.output_messages.0.{asked}function.name": "weather",
            f"llm.output_messages.0.{asked}function.arguments": "{}",
        },
    )
    assert call.tools == (ToolSpec("weather", "Now", SCHEMA),)
    assert call.messages[2:] == (
        Message("assistant", None, (ToolCall("weather", '{"city": "Paris"}', "c1"),)),
        Message("tool", "rainy", tool_call_id="c1"),
    )
    assert call.response == Message("assistant", None, (ToolCall("weather", "{}"),))


def test_contents():
    first = "llm.input_messages.0.message.contents."
    call = read(
        "llm.input_messages",
        attributes={
            "llm.input_messages.0.message.role": "user",
            f"{first}0.message_content.type": "text",
            f"{first}0.message_content.text": "What?",
            f"{first}1.message_content.type": "image",
            f"{first}1.message_content.image.image.url": "https://example.org/a.png",
        },
    )
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    assert call.messages == (Message("user", [{"type": "text", "text": "What?"}, image]),)


@pytest.mark.parametrize(
    "written", [{"llm.prompts.0.prompt.text": "Once upon"}, {"llm.prompts": ("Once upon",)}], ids=["now", "before"]
)
def test_completions(written):
    call = read("llm.input", "llm.output", attributes={**written, "llm.choices.0.completion.text": " a time"})
    assert (call.operation, call.messages) == ("text_completion", (Message("user", "Once upon"),))
    assert call.response == Message("assistant", " a time")


def test_roles_that_are_an_enumerations_in_python():
    call = read(attributes={"llm.input_messages.1.message.role": "ChatRole.USER"})
    assert call.messages[1].role == "user"


def test_the_bodies_are_read_where_messages_are_absent():
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}], "tools": [TOOL]}
    answer = {"id": "chatcmpl-1", "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    values = {"input.value": json.dumps(body), "output.value": json.dumps(answer)}
    call = read("llm.input", "llm.output", attributes=values)
    assert (call.messages, call.response) == ((Message("user", "Hello"),), Message("assistant", "Hi"))
    assert (call.tools[0].name, call.labels["response_id"]) == ("weather", "chatcmpl-1")


def test_plain_values_are_read_where_there_is_nothing_else():
    call = read("llm.input", "llm.output", attributes={"input.value": "Hello", "output.value": "Hi"})
    assert (call.messages, call.response) == ((Message("user", "Hello"),), Message("assistant", "Hi"))


def test_a_prompt_that_lost_its_beginning_to_the_limit_is_read_from_the_body():
    body = {"messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Weather in Paris?"}]}
    call = read("llm.input_messages.0", attributes={"input.value": json.dumps(body)}, dropped=9)
    assert [message.role for message in call.messages] == ["system", "user"]
    assert call.labels["dropped_attributes"] == 9


def test_hidden_content_is_no_prompt():
    hidden = {"openinference.span.kind": "LLM", "input.value": "__REDACTED__"}
    assert not has_prompt(hidden)
    assert has_prompt(hidden | {"input.value": "Hello"})
    assert read_span(Span(attributes=hidden)).messages == ()


@pytest.mark.parametrize("kind", ["EMBEDDING", "TOOL", "AGENT", "CHAIN", "RETRIEVER", "RERANKER", "GUARDRAIL", "llm"])
def test_other_kinds_are_no_calls(kind):
    assert read(attributes={"openinference.span.kind": kind}) is None


def test_what_only_prepares_a_call_is_none():
    assert read(name="OpenAI.chat") is not None
    assert read(name="OpenAI._prepare_chat_with_tools") is None
