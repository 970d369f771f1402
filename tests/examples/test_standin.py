"""The stand-in for the LLM, asked by the real OpenAI client."""

import json
import subprocess
import sys
from collections.abc import Iterator

import openai
import pytest

from examples.support_desk import standin
from examples.support_desk.desk import DETAILS_PROMPT, INTENT_PROMPT, REPLY_PROMPT, ROUTING_PROMPT

MESSAGE = "Where is my tent? I ordered it on 3 March and nothing has come yet. Order: 1234-5678. This is urgent."
TOOL = {"type": "function", "function": {"name": "route_to_queue", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture(scope="module")
def client() -> Iterator[openai.OpenAI]:
    server = standin.serve()
    with server, openai.OpenAI(base_url=standin.base_url(server), api_key="none", max_retries=0) as client:
        yield client
        server.shutdown()


def ask(client: openai.OpenAI, system: str, **options):
    prompt = [{"role": "system", "content": system}, {"role": "user", "content": MESSAGE}]
    return client.chat.completions.create(model="any", messages=prompt, **options)


def test_it_answers_with_a_label(client: openai.OpenAI):
    completion = ask(client, INTENT_PROMPT)
    assert completion.choices[0].message.content == "order_status"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == "any"


def test_it_answers_with_json(client: openai.OpenAI):
    content = ask(client, DETAILS_PROMPT).choices[0].message.content
    assert json.loads(content) == {"order_id": "1234-5678", "item": "tent", "quantity": 1}


def test_it_calls_the_tool_that_is_offered(client: openai.OpenAI):
    choice = ask(client, ROUTING_PROMPT, tools=[TOOL]).choices[0]
    (call,) = choice.message.tool_calls
    assert choice.finish_reason == "tool_calls"
    assert call.function.name == "route_to_queue"
    assert json.loads(call.function.arguments) == {"queue": "shipping", "priority": "high"}


def test_it_writes_a_letter_that_takes_up_the_message(client: openai.OpenAI):
    letter = ask(client, REPLY_PROMPT).choices[0].message.content
    assert "the tent (order 1234-5678)" in letter
    assert len(letter) > 150


def test_it_counts_tokens(client: openai.OpenAI):
    usage = ask(client, INTENT_PROMPT).usage
    assert usage.prompt_tokens > len(MESSAGE) // 4
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.completion_tokens < 10


def test_what_it_cannot_do_is_an_error_of_the_api(client: openai.OpenAI):
    with pytest.raises(openai.BadRequestError, match="does not stream"):
        ask(client, INTENT_PROMPT, stream=True)
    with pytest.raises(openai.NotFoundError, match="embeddings"):
        client.embeddings.create(model="any", input="x")


def test_it_runs_in_a_process_of_its_own_while_it_is_needed():
    with standin.running() as base_url, openai.OpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        assert ask(client, INTENT_PROMPT).choices[0].message.content == "order_status"
    with (
        openai.OpenAI(base_url=base_url, api_key="none", max_retries=0) as late,
        pytest.raises(openai.APIConnectionError),
    ):
        ask(late, INTENT_PROMPT)


def test_it_ends_when_the_process_that_started_it_does():
    process = subprocess.Popen(
        [sys.executable, "-m", "examples.support_desk.standin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline().startswith(b"http://127.0.0.1:")
        process.stdin.close()  # what the system does for a killed parent
        assert process.wait(timeout=20) == 0
