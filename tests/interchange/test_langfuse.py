"""Langfuse observations, in the shapes of its API, its interface and its exports to blob storage."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from slm_instrument import Call, Failure, Message, ToolCall, ToolSpec, Usage
from slm_instrument.errors import InputError
from slm_instrument.interchange import format_named
from slm_instrument.interchange.files import LogFile
from slm_instrument.interchange.langfuse import call_from_observation
from slm_instrument.interchange.reading import calls_in

TOOL = {"type": "function", "function": {"name": "look"}}
ASKED = {"messages": [{"role": "system", "content": "Route."}, {"role": "user", "content": "Hi"}], "tools": [TOOL]}
ANSWER = {"role": "assistant", "content": "greeting"}
OBSERVATION = {
    "id": "0a1b2c3d4e5f6071",
    "traceId": "5f6071820a1b2c3d4e5f60718293a4b5",
    "type": "GENERATION",
    "name": "OpenAI-generation",
    "startTime": "2026-03-01T12:00:00.250Z",
    "endTime": "2026-03-01T12:00:01.500Z",
    "completionStartTime": "2026-03-01T12:00:00.750Z",
    "model": "gpt-4o-mini-2024-07-18",
    "modelParameters": {"temperature": "0.5", "max_tokens": 100, "api_key": "never"},
    "input": ASKED,
    "output": ANSWER,
    "metadata": {"langgraph_node": "router", "customer": "gold"},
    "level": "DEFAULT",
    "statusMessage": None,
    "parentObservationId": "6071820a1b2c3d4e",
    "environment": "production",
    "usage": {"unit": "TOKENS", "input": 30, "output": 4, "total": 34},
    "usageDetails": {"input": 22, "input_cached_tokens": 8, "output": 3, "output_reasoning_tokens": 1, "total": 34},
    "costDetails": {"input": 0.0001, "output": 0.0002, "total": 0.0003},
    "calculatedTotalCost": 0.0003,
    "promptName": "router",
    "promptVersion": 3,
}
# What the interface's export joins from the trace.
JOINED = {"traceName": "shop", "traceTags": ["prod"], "userId": "user-7", "scores": {"quality": [1]}}


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def blob_row() -> dict[str, Any]:
    """A row of the enriched export: snake case, payloads as JSON text, times without a zone."""
    row = {snake(name): value for name, value in (OBSERVATION | JOINED).items() if name != "usage"}
    row |= {"input": json.dumps(ASKED), "output": json.dumps(ANSWER), "tags": row.pop("trace_tags")}
    row |= {"provided_model_name": row.pop("model"), "total_cost": row.pop("calculated_total_cost")}
    row |= {name: row[name].replace("T", " ").replace("Z", "000") for name in row if name.endswith("_time")}
    row["model_parameters"] = json.dumps(row["model_parameters"])
    return row


def call(**changes: Any) -> Call:
    made = call_from_observation({**OBSERVATION, **changes})
    assert made is not None
    return made


def test_everything_that_an_observation_tells_is_read():
    made = call(**JOINED)
    assert (made.id, made.trace_id, made.parent_id) == (
        "0a1b2c3d4e5f6071",
        "5f6071820a1b2c3d4e5f60718293a4b5",
        "6071820a1b2c3d4e",
    )
    assert (made.agent, made.model, made.origin) == ("router", "gpt-4o-mini-2024-07-18", "user-7")
    assert made.started_at == datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    assert (made.duration_ms, made.time_to_first_token_ms, made.cost_usd) == (1250, 500, 0.0003)
    assert made.messages == (Message("system", "Route."), Message("user", "Hi"))
    assert (made.tools, made.response) == ((ToolSpec("look"),), Message("assistant", "greeting"))
    assert made.params == {"temperature": 0.5, "max_tokens": 100}
    assert made.usage == Usage(30, 4, 8, 1)
    assert made.labels == {
        "customer": "gold",
        "node": "router",
        "tags": ["prod"],
        "name": "OpenAI-generation",
        "trace_name": "shop",
        "environment": "production",
        "prompt_name": "router",
        "prompt_version": "3",
    }


def test_the_export_to_blob_storage_gives_the_same_call():
    assert call_from_observation(blob_row()) == call(**JOINED)


def test_the_table_of_the_interface_gives_the_same_call(tmp_path: Path):
    row = OBSERVATION | JOINED
    file = tmp_path / "1741_observations.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(row)
        table.writerow([json.dumps(cell) if isinstance(cell, dict | list) else cell for cell in row.values()])
    (made,) = calls_in([LogFile(file)], format_named("langfuse"), strict=True)
    assert made == call(**JOINED)


@pytest.mark.parametrize("key", ["data", "observations"])
def test_pages_of_the_api_and_a_downloaded_trace_are_taken_apart(key: str, tmp_path: Path):
    span = {**OBSERVATION, "id": "span", "type": "SPAN"}
    file = tmp_path / "page.json"
    file.write_text(json.dumps({"trace": {"id": "t"}, key: [span, OBSERVATION], "meta": {"page": 1}}, indent=2))
    (made,) = calls_in([LogFile(file)], format_named("langfuse"), strict=True)
    assert made == call()


def test_only_generations_are_calls():
    kinds = ["SPAN", "EVENT", "TOOL", "AGENT", "EMBEDDING"]
    assert [call_from_observation({**OBSERVATION, "type": kind}) for kind in kinds] == [None] * 5


def test_a_langchain_application_logs_its_own_messages():
    asked = [{"role": "system", "content": "Route."}, {"role": "user", "content": "Where is A1?"}]
    look = {"name": "look", "args": {"order": "A1"}, "id": "call_1", "type": "tool_call"}
    made = call(input=asked, output={"role": "assistant", "content": "", "tool_calls": [look]}, modelParameters=None)
    assert made.messages[1] == Message("user", "Where is A1?")
    assert made.response is not None
    assert [(asked.name, asked.id) for asked in made.response.tool_calls] == [("look", "call_1")]
    assert made.response.tool_calls == (ToolCall("look", '{"order": "A1"}', "call_1"),)


@pytest.mark.parametrize(
    "answer", ["Fine, thanks.", '{"label": "refund"}', '{"message": "hello"}', "[1, 2]", "{broken"]
)
def test_text_stays_the_text_that_it_was(answer: str):
    made = call(input="How are you?", output=answer)
    assert made.messages == (Message("user", "How are you?"),)
    assert made.response == Message("assistant", answer)


def test_an_observation_at_level_error_is_a_failed_call():
    made = call(level="ERROR", statusMessage="RateLimitError: slow down", output=None)
    assert (made.response, made.error) == (None, Failure("Error", "RateLimitError: slow down"))


@pytest.mark.parametrize(
    "changes",
    [
        {"usageDetails": None},
        {"usageDetails": {}, "usage": {"promptTokens": 30, "completionTokens": 4}},
        {"usageDetails": None, "usage": None, "inputUsage": 30, "outputUsage": "4"},
        {"usageDetails": {"prompt_tokens": 30, "completion_tokens": 4}},
    ],
    ids=str,
)
def test_older_forms_of_usage_are_read(changes: dict[str, Any]):
    assert call(**changes).usage == Usage(30, 4)


def test_a_session_is_the_origin_where_no_user_is_named():
    assert call(sessionId="s-1").origin == "s-1"
    assert call(sessionId="s-1", userId="u-1").origin == "u-1"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"id": "x"}, "not an observation of Langfuse"),
        (None, "not an observation of Langfuse"),
        ({**OBSERVATION, "input": None}, "the observation has no input"),
        ({**OBSERVATION, "input": "[]"}, "the observation has no input"),
    ],
)
def test_what_is_no_observation_is_told_why(record: Any, reason: str):
    with pytest.raises(InputError, match=reason):
        call_from_observation(record)
