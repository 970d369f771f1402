"""LangSmith runs, in the shapes that its tracers, wrappers and decorators write."""

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
from slm_instrument.interchange.langsmith import LangSmithReader, call_from_run
from slm_instrument.interchange.reading import calls_in


def lc(name: str, /, **kwargs: Any) -> dict[str, Any]:
    return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", name], "kwargs": kwargs}


AI = lc(
    "AIMessage",
    content="",
    type="ai",
    tool_calls=[{"name": "look", "args": {"order": "A1"}, "id": "call_1", "type": "tool_call"}],
    usage_metadata={
        "input_tokens": 30,
        "output_tokens": 4,
        "total_tokens": 34,
        "input_token_details": {"cache_read": 8},
    },
    response_metadata={"model_name": "gpt-4o-2024-08-06", "finish_reason": "tool_calls", "id": "chatcmpl-1"},
    invalid_tool_calls=[],
)
TOOL = {"type": "function", "function": {"name": "look", "description": "Look it up", "parameters": {}}}
RUN = {
    "id": "11111111-1111-4111-8111-111111111111",
    "name": "ChatOpenAI",
    "run_type": "llm",
    "start_time": "2026-03-01T12:00:00.250000",
    "end_time": "2026-03-01T12:00:01.500000",
    "first_token_time": "2026-03-01T12:00:00.750000",
    "serialized": {"lc": 1, "type": "constructor", "id": ["langchain", "chat_models", "openai", "ChatOpenAI"]},
    "extra": {
        "invocation_params": {"model": "gpt-4o", "temperature": 0.0, "tools": [TOOL], "_type": "openai-chat"},
        "metadata": {
            "ls_provider": "openai",
            "ls_model_name": "gpt-4o",
            "ls_model_type": "chat",
            "langgraph_node": "lookup",
            "thread_id": "thread-9",
            "customer": "gold",
        },
    },
    "inputs": {
        "messages": [
            [
                lc("SystemMessage", content="You look up orders.", type="system"),
                lc("HumanMessage", content=[{"type": "text", "text": "Where is A1?"}], type="human"),
            ]
        ]
    },
    "outputs": {"generations": [[{"text": "", "type": "ChatGeneration", "message": AI}]], "llm_output": None},
    "error": None,
    "tags": ["prod", "seq:step:2"],
    "trace_id": "22222222-2222-4222-8222-222222222222",
    "parent_run_id": "33333333-3333-4333-8333-333333333333",
    "session_name": "shop",
    "total_cost": "0.00025",
}


def call(**changes: Any) -> Call:
    made = call_from_run({**RUN, **changes})
    assert made is not None
    return made


def test_everything_that_a_run_tells_is_read():
    made = call()
    assert (made.id, made.trace_id, made.parent_id) == (RUN["id"], RUN["trace_id"], RUN["parent_run_id"])
    assert (made.app, made.agent, made.provider, made.model) == ("shop", "lookup", "openai", "gpt-4o")
    assert (made.operation, made.framework) == ("chat", "langchain")
    assert made.started_at == datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    assert (made.duration_ms, made.time_to_first_token_ms, made.cost_usd) == (1250, 500, 0.00025)
    assert made.messages == (Message("system", "You look up orders."), Message("user", "Where is A1?"))
    assert made.tools == (ToolSpec("look", "Look it up"),)
    assert made.params == {"temperature": 0.0}
    assert made.response == Message("assistant", None, (ToolCall("look", '{"order": "A1"}', "call_1"),))
    assert made.usage == Usage(30, 4, 8)
    assert (made.origin, made.audience) == ("thread-9", "agent")
    assert made.labels == {
        "finish_reason": "tool_calls",
        "response_id": "chatcmpl-1",
        "response_model": "gpt-4o-2024-08-06",
        "customer": "gold",
        "node": "lookup",
        "tags": ["prod"],
        "run_name": "ChatOpenAI",
    }


def test_runs_that_are_no_llm_calls_are_passed_over():
    assert call_from_run({**RUN, "run_type": "chain"}) is None
    assert call_from_run({**RUN, "run_type": "tool"}) is None


def test_a_trace_with_its_runs_inside_is_taken_apart():
    chain = {**RUN, "id": "chain", "run_type": "chain", "inputs": {"x": 1}}
    broken = {**RUN, "id": "broken", "inputs": {}}
    inner = {**chain, "child_runs": [{**RUN, "id": "one"}, {**RUN, "id": "two"}]}
    assert [made.id for made in LangSmithReader().read({**chain, "child_runs": [inner]}) or ()] == ["one", "two"]
    assert LangSmithReader().read({**chain, "child_runs": [chain]}) is None
    read = iter(LangSmithReader().read({**inner, "child_runs": [broken, {**RUN, "id": "one"}]}) or ())
    assert next(read).id == "one"
    with pytest.raises(InputError, match="the run has no inputs"):
        next(read)


def test_a_completion_model_has_prompts():
    metadata = {"metadata": {"ls_model_type": "llm"}}
    made = call(
        inputs={"prompts": ["Say yes"]},
        outputs={"generations": [[{"text": "yes", "type": "Generation"}]]},
        extra=metadata,
    )
    assert (made.operation, made.messages) == ("text_completion", (Message("user", "Say yes"),))
    assert made.response == Message("assistant", "yes")


def test_a_wrapped_openai_client_logs_request_and_reply():
    inputs = {"messages": [{"role": "user", "content": "2 + 2?"}], "model": "gpt-4o", "temperature": 1, "tools": [TOOL]}
    answer = {"role": "assistant", "content": "4", "tool_calls": None, "refusal": None}
    outputs = {
        "id": "chatcmpl-2",
        "choices": [{"finish_reason": "stop", "index": 0, "message": answer}],
        "model": "gpt-4o-2024-08-06",
        "usage_metadata": {"input_tokens": 5, "output_tokens": 1, "total_tokens": 6},
    }
    made = call(inputs=inputs, outputs=outputs, extra={}, serialized=None)
    assert made.response == Message("assistant", "4")
    assert (made.usage, made.model, made.framework) == (Usage(5, 1), "gpt-4o", None)
    assert (made.params, made.tools) == ({"temperature": 1}, (ToolSpec("look", "Look it up"),))


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ({"messages": [{"role": "user", "content": "2 + 2?"}]}, {"output": "4"}),
        ({"messages": [["user", "2 + 2?"]]}, {"message": {"role": "assistant", "content": "4"}}),
        ({"messages": [("human", "2 + 2?")]}, {"messages": [{"role": "assistant", "content": "4"}]}),
        ({"input": [{"role": "user", "content": "2 + 2?"}]}, {"output": {"role": "assistant", "content": "4"}}),
        ({"messages": [{"type": "human", "data": {"content": "2 + 2?"}}]}, {"role": "assistant", "content": "4"}),
        ({"messages": [{"type": "human", "content": "2 + 2?"}]}, {"output": {"type": "ai", "content": "4"}}),
        ({"prompt": "2 + 2?"}, {"content": [{"type": "text", "text": "4"}], "role": "assistant"}),
    ],
    ids=str,
)
def test_a_function_of_ones_own_may_log_in_many_forms(inputs: Any, outputs: Any):
    made = call(inputs=inputs, outputs=outputs, extra=None)
    assert made.messages == (Message("user", "2 + 2?"),)
    assert made.response == Message("assistant", "4")


def test_data_of_no_known_form_is_kept_as_its_json():
    made = call(inputs={"question": "2 + 2?"}, outputs={"label": "maths"}, extra=None)
    assert made.messages == (Message("user", '{"question": "2 + 2?"}'),)
    assert made.response == Message("assistant", '{"label": "maths"}')


def test_a_failed_run_tells_its_exception_and_not_its_traceback():
    trouble = "RateLimitError('Slow down')Traceback (most recent call last):\n\n  File \"x.py\", line 1, in f\n\n"
    made = call(outputs={"generations": [[]]}, error=trouble)
    assert (made.response, made.error) == (None, Failure("RateLimitError", "Slow down"))
    assert call(outputs=None, error="it broke").error == Failure("Error", "it broke")


def test_tokens_stand_beside_the_outputs_where_they_say_nothing():
    counts = {"prompt_tokens": 9, "completion_tokens": "2", "prompt_token_details": {"cache_read": 3}}
    assert call(outputs={"output": "4"}, **counts).usage == Usage(9, 2, 3)


def test_a_mark_of_the_application_says_that_a_person_is_talked_to():
    assert call(extra={"metadata": {"audience": "human"}}).audience == "human"


def test_a_table_of_runs_is_read_as_well(tmp_path: Path):
    file = tmp_path / "runs.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(RUN)
        table.writerow([json.dumps(cell) if isinstance(cell, dict | list) else cell for cell in RUN.values()])
    (made,) = calls_in([LogFile(file)], format_named("langsmith"), strict=True)
    assert made == call()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"messages": []}, "not a run of LangSmith"),
        ("text", "not a run of LangSmith"),
        ({**RUN, "inputs": {}}, "the run has no inputs"),
    ],
)
def test_what_is_no_run_is_told_why(record: Any, reason: str):
    with pytest.raises(InputError, match=reason):
        call_from_run(record)
