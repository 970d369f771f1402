"""Native lines as calls and back."""

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from slm_instrument import Call, Failure, Message, ToolCall, ToolSpec, Usage
from slm_instrument.errors import InputError
from slm_instrument.interchange import call_from_native, call_to_native

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAME = TEXT.filter(bool)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
OBJECT = st.dictionaries(NAME, JSON, max_size=3)
COUNT = st.none() | st.integers(0, 10**6)
CONTENT = st.none() | TEXT | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": TEXT}), max_size=2)
TOOL_CALLS = st.lists(st.builds(ToolCall, name=NAME, arguments=TEXT, id=st.none() | TEXT), max_size=2).map(tuple)
MESSAGE = st.builds(
    Message, role=NAME, content=CONTENT, tool_calls=TOOL_CALLS, tool_call_id=st.none() | TEXT, name=st.none() | TEXT
)
TOOL = st.builds(ToolSpec, name=NAME, description=st.none() | TEXT, parameters=st.none() | OBJECT)
OPTIONAL_NAME = st.none() | NAME
MILLISECONDS = st.none() | st.floats(0, 1e9)
CALL = st.builds(
    Call,
    id=NAME,
    trace_id=OPTIONAL_NAME,
    parent_id=OPTIONAL_NAME,
    call_index=COUNT,
    app=OPTIONAL_NAME,
    agent=OPTIONAL_NAME,
    provider=OPTIONAL_NAME,
    model=OPTIONAL_NAME,
    operation=NAME,
    framework=OPTIONAL_NAME,
    started_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    duration_ms=MILLISECONDS,
    time_to_first_token_ms=MILLISECONDS,
    messages=st.lists(MESSAGE, min_size=1, max_size=3).map(tuple),
    tools=st.lists(TOOL, max_size=2).map(tuple),
    response_format=st.none() | OBJECT,
    params=OBJECT,
    response=st.none() | MESSAGE,
    error=st.none() | st.builds(Failure, type=NAME, message=TEXT),
    usage=st.none() | st.builds(Usage, COUNT, COUNT, COUNT, COUNT),
    cost_usd=st.none() | st.floats(0, 1e6),
    audience=st.sampled_from(["agent", "human"]),
    origin=OPTIONAL_NAME,
    served_by=NAME,
    labels=OBJECT,
)
ASKED = {"messages": [{"role": "user", "content": "Where is it?"}]}
LINE: dict[str, Any] = {**ASKED, "response": {"role": "assistant", "content": "order_status"}}


@given(CALL)
def test_writing_a_call_and_reading_it_back_gives_the_same_call(call: Call):
    line = msgspec.json.encode(call_to_native(call))
    assert call_from_native(msgspec.json.decode(line)) == call


@given(JSON | st.fixed_dictionaries({"messages": JSON, "response": JSON, "tools": JSON, "usage": JSON, "error": JSON}))
def test_anything_is_a_call_or_an_input_error(line: Any):
    with contextlib.suppress(InputError):
        assert isinstance(call_from_native(line), Call)


def test_every_documented_field_is_read():
    look = {"name": "look", "description": "Look it up", "parameters": {"type": "object"}}
    asked = {"id": "x", "type": "function", "function": {"name": "look", "arguments": {"order": "A1"}}}
    call = call_from_native(
        {
            "id": "c1",
            "trace_id": "t1",
            "call_index": 3,
            "app": "desk",
            "agent": "router",
            "model": "gpt-4o",
            "started_at": "2026-03-01T12:00:00+02:00",
            "messages": [
                {"role": "system", "content": "Route."},
                {"role": "user", "content": [{"type": "text", "text": "Where is it?"}, "A1"]},
                {"role": "assistant", "content": None, "tool_calls": [asked]},
                {"role": "tool", "tool_call_id": "x", "name": "look", "content": "in transit"},
            ],
            "tools": [{"type": "function", "function": look}],
            "response_format": {"type": "json_object"},
            "response": {"role": "assistant", "content": "On its way."},
            "usage": {
                "prompt_tokens": 30,
                "completion_tokens": 4,
                "total_tokens": 34,
                "prompt_tokens_details": {"cached_tokens": 8},
                "completion_tokens_details": {"reasoning_tokens": 2},
            },
            "latency_ms": 412,
            "cost_usd": 0.001,
            "labels": {"gold": "order_status"},
            "task": "answer",
            "reward": 1.0,
            "note": None,
        }
    )
    assert (call.id, call.trace_id, call.call_index) == ("c1", "t1", 3)
    assert (call.app, call.agent, call.model) == ("desk", "router", "gpt-4o")
    assert call.started_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert call.started_at.tzinfo is UTC
    assert call.messages[1].text == "Where is it?\nA1"
    assert call.messages[2].tool_calls == (ToolCall("look", '{"order":"A1"}', "x"),)
    assert call.messages[3].tool_call_id == "x"
    assert call.tools == (ToolSpec("look", "Look it up", {"type": "object"}),)
    assert call.response_format == {"type": "json_object"}
    assert call.response == Message("assistant", "On its way.")
    assert call.usage == Usage(30, 4, 8, 2)
    assert (call.duration_ms, call.cost_usd) == (412, 0.001)
    assert call.labels == {"gold": "order_status", "task": "answer", "reward": 1.0}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input_tokens": 5, "output_tokens": 2}, Usage(5, 2)),
        (
            {
                "input_tokens": 5,
                "output_tokens": 2,
                "total_tokens": 7,
                "input_token_details": {"cache_read": 3},
                "output_token_details": {"reasoning": 1},
            },
            Usage(5, 2, 3, 1),
        ),
        ({"input_tokens": 5, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 4}}, Usage(5, 2, 4)),
        ({"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": 4}, Usage(5, 2, 4)),
        ({"prompt_tokens": 0, "completion_tokens": None, "prompt_tokens_details": None}, Usage(0)),
        ({"total_tokens": 7}, Usage()),
    ],
    ids=["opentelemetry", "langchain", "responses", "anthropic", "zero and null", "total only"],
)
def test_usage_is_read_under_every_name_it_has(usage: dict[str, Any], expected: Usage):
    assert call_from_native({**LINE, "usage": usage}).usage == expected


@pytest.mark.parametrize(
    ("started_at", "expected"),
    [
        ("2026-03-01T12:00:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00.25-05:00", datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=timezone(-timedelta(hours=5)))),
        (1_772_366_400, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (1_772_366_400.5, datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
        (None, None),
    ],
)
def test_times_are_aware_and_utc(started_at: Any, expected: datetime | None):
    call = call_from_native({**LINE, "started_at": started_at})
    assert call.started_at == expected
    assert getattr(call.started_at, "tzinfo", UTC) is UTC
    assert call.labels == {}


@pytest.mark.parametrize("nonsense", ["2026-15-01T12:00:00", "yesterday", "", 1e30])
def test_a_time_that_is_none_becomes_a_label_and_the_call_stays(nonsense: Any):
    call = call_from_native({**LINE, "started_at": nonsense})
    assert call.started_at is None
    assert call.labels == {"started_at": nonsense}


def test_a_missing_id_is_the_same_for_the_same_content_however_it_is_noted():
    call = call_from_native(LINE)
    reordered = dict(reversed(LINE.items()))
    noted = {**LINE, "labels": {"gold": "x"}, "task": "t", "latency_ms": 3, "usage": {"input_tokens": 1}, "id": None}
    assert call_from_native(reordered).id == call_from_native(noted).id == call.id
    assert len(call.id) == 32


def test_a_missing_id_is_the_same_in_every_release():
    # A changed derivation would import every old file a second time.
    assert call_from_native(LINE).id == "b3695d937c1c4cd0f9b24e931d69609c"


@pytest.mark.parametrize(
    "other",
    [
        {"trace_id": "t2"},
        {"call_index": 1},
        {"agent": "b"},
        {"model": "m"},
        {"started_at": "2026-03-01"},
        {"messages": [{"role": "user", "content": "Where is it"}]},
        {"response": {"role": "assistant", "content": "refund"}},
        {"tools": [{"name": "look"}]},
        {"response_format": {"type": "json_object"}},
    ],
    ids=lambda other: next(iter(other)),
)
def test_calls_that_differ_have_different_ids(other: dict[str, Any]):
    assert call_from_native({**LINE, **other}).id != call_from_native(LINE).id


def test_numbers_serve_as_ids():
    call = call_from_native({**LINE, "id": 7, "trace_id": 8})
    assert (call.id, call.trace_id) == ("7", "8")


def test_failed_and_unanswered_calls_are_calls():
    failed = call_from_native({**ASKED, "error": {"type": "RateLimitError", "message": "slow down", "code": 429}})
    assert failed.error == Failure("RateLimitError", "slow down")
    assert failed.response is None
    assert call_from_native({**ASKED, "error": "timed out"}).error == Failure("Error", "timed out")
    assert call_from_native({**ASKED, "response": None}).response is None


def test_an_answer_needs_no_role():
    assert call_from_native({**ASKED, "response": {"content": "yes"}}).response == Message("assistant", "yes")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ([], "not an object"),
        (None, "not an object"),
        ({}, "no messages"),
        ({**LINE, "messages": []}, "no messages"),
        ({**LINE, "messages": None}, "no messages"),
        ({**LINE, "messages": "hello"}, "`$.messages`"),
        ({**LINE, "messages": ["hello"]}, "`$.messages[0]`"),
        ({**LINE, "messages": [{"content": "x"}]}, "`role`"),
        ({**LINE, "messages": [{"role": 1}]}, "`$.messages[0].role`"),
        ({**LINE, "messages": [{"role": "user", "content": 5}]}, "`$.messages[0].content`"),
        ({**LINE, "messages": [{"role": "user", "tool_calls": [{"id": "x"}]}]}, "a tool call has no name"),
        ({**LINE, "messages": [{"role": "user", "tool_calls": "x"}]}, "tool_calls"),
        (ASKED, "neither response nor error"),
        ({**LINE, "response": "yes"}, "`$.response`"),
        ({**LINE, "tools": [{"function": {}}]}, "a tool has no name"),
        ({**LINE, "tools": {"name": "x"}}, "`$.tools`"),
        ({**LINE, "usage": {"input_tokens": "5"}}, "usage.input_tokens"),
        ({**LINE, "usage": {"input_tokens": 2**70}}, "usage.input_tokens"),
        ({**LINE, "usage": 5}, "`$.usage`"),
        ({**LINE, "latency_ms": "fast"}, "`$.latency_ms`"),
        ({**LINE, "call_index": 2**70}, "call_index"),
        ({**LINE, "audience": "robot"}, "audience"),
        ({**LINE, "labels": ["a"]}, "`$.labels`"),
    ],
)
def test_what_is_no_call_says_why(line: Any, reason: str):
    with pytest.raises(InputError) as caught:
        call_from_native(line)
    assert reason in str(caught.value)


def test_the_written_line_leaves_out_what_is_not_set():
    line = call_to_native(Call(id="c", messages=(Message("user", "Hi"),), response=Message("assistant", "Hello")))
    assert json.loads(json.dumps(line)) == {
        "id": "c",
        "messages": [{"role": "user", "content": "Hi"}],
        "response": {"role": "assistant", "content": "Hello"},
    }
