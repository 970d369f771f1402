"""What of a student's answer no comparison with the API's shows."""

from openai import AzureOpenAI

from slm_instrument import Message, ToolCall
from slm_instrument_openai import wrap_openai

CHAT = {"model": "gpt-x", "messages": [{"role": "system", "content": "Sort."}, {"role": "user", "content": "Parcel?"}]}
TOOLS = [{"type": "function", "function": {"name": "track", "parameters": {"type": "object"}}}]
ARGUMENTS = '{"n": 1}'


def test_the_bytes_of_a_students_stream_are_still_to_be_read(bare, recorder, substitute):
    client = wrap_openai(bare, recorder, substitute(CHAT, "shipping"))
    with client.chat.completions.with_streaming_response.create(**CHAT, stream=True) as raw:
        assert not raw.http_response.is_stream_consumed
        assert b"".join(raw.http_response.iter_raw()).endswith(b"data: [DONE]\n\n")
        assert raw.elapsed.total_seconds() > 0
    assert raw.http_response.is_closed


def test_azure(server, recorder, substitute, call):
    azure = AzureOpenAI(azure_endpoint=server.url, api_key="key", api_version="2025-01-01")
    answer = wrap_openai(azure, recorder, substitute(CHAT, "shipping")).chat.completions.create(**CHAT)
    assert (answer.choices[0].message.content, server.requests) == ("shipping", [])
    assert call().provider == "azure.ai.openai"
    azure.close()


def test_every_tool_call_has_an_id_of_its_own(bare, recorder, substitute):
    twice = Message("assistant", None, (ToolCall("track", ARGUMENTS), ToolCall("track", ARGUMENTS, "from training")))
    client = wrap_openai(bare, recorder, substitute({**CHAT, "tools": TOOLS}, twice))
    answers = [client.chat.completions.create(**CHAT, tools=TOOLS) for _ in range(50)]
    ids = {call.id for answer in answers for call in answer.choices[0].message.tool_calls}
    assert len(ids) == 100
