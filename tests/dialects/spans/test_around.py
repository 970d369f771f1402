"""Whose call it was, for whom, when, in which framework; and that nothing at all makes reading raise."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.dialects.spans import Span, SpanEvent, has_answer, has_prompt, is_call, read_span
from slm_instrument.records import Failure

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"}
TRACE, SPAN, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"


def read(attributes=(), **fields):
    return read_span(Span(attributes=CHAT | dict(attributes), **fields))


def test_ids_make_one_call_of_a_span_read_twice():
    one, other = (read(trace_id=TRACE, span_id=SPAN, parent_id=PARENT) for _ in range(2))
    assert one.id == other.id == TRACE + SPAN
    assert (one.trace_id, one.parent_id) == (TRACE, PARENT)
    assert read().id != read().id


def test_times():
    start = 1_750_000_000_123_456_789
    first = SpanEvent(name="First Token Stream Event", at=start + 250_000_000)
    call = read(started_at=start, ended_at=start + 1_500_000_000, events=[first])
    assert call.started_at == datetime(2025, 6, 15, 15, 6, 40, 123456, tzinfo=UTC)
    assert (call.duration_ms, call.time_to_first_token_ms) == (1500.0, 250.0)
    assert read({"gen_ai.response.time_to_first_chunk": 0.5}).time_to_first_token_ms == 500.0


def test_a_span_that_ended_before_its_stream_has_no_duration():
    first = SpanEvent(name="First Token Stream Event", at=5_000_000)
    call = read(started_at=0, ended_at=1_000_000, events=[first])
    assert (call.duration_ms, call.time_to_first_token_ms) == (None, 5.0)


@pytest.mark.parametrize(
    ("scope", "framework"),
    [
        ("openinference.instrumentation.llama_index", "llama_index"),
        ("opentelemetry.instrumentation.openai.v1", "openai"),
        ("opentelemetry.instrumentation.openai_v2", "openai"),
        ("opentelemetry.instrumentation.genai.openai", "openai"),
        ("pydantic-ai", "pydantic_ai"),
        ("haystack", "haystack"),
        ("", None),
    ],
)
def test_the_framework_is_that_of_the_scope(scope, framework):
    assert read(scope=scope).framework == framework


@pytest.mark.parametrize(
    "around",
    [
        Span(attributes={"gen_ai.agent.name": "support"}),
        Span(name="support", attributes={"openinference.span.kind": "AGENT"}),
        Span(name="x._execute_core", attributes={"openinference.span.kind": "AGENT", "graph.node.id": "support"}),
        Span(attributes={"traceloop.span.kind": "agent", "traceloop.entity.name": "support"}),
        Span(attributes={"traceloop.span.kind": "workflow", "traceloop.entity.name": "support"}),
    ],
)
def test_the_agent_is_the_nearest_around(around):
    far = Span(attributes={"gen_ai.agent.name": "supervisor"} if "agent" in str(around.attributes).lower() else {})
    assert read(ancestors=[Span(name="POST"), around, far]).agent == "support"
    assert read({"gen_ai.agent.name": "triage"}, ancestors=[around]).agent == "triage"


def test_the_user_comes_before_the_session():
    session = Span(attributes={"session.id": "s1"})
    assert read({"user.id": "u1", "session.id": "s1"}).origin == "u1"
    assert read({"session.id": "s2"}, ancestors=[Span(attributes={"user.id": "u2"})]).origin == "u2"
    assert read({"gen_ai.user": "u3"}, ancestors=[session]).origin == "u3"
    assert read({"gen_ai.conversation.id": "c1"}).origin == "c1"
    assert read({"traceloop.association.properties.user_id": "u4"}).origin == "u4"
    assert read({"metadata": '{"session_id": "s5"}'}).origin == "s5"


def test_labels_are_short_notes_without_ids_of_people():
    notes = {"release": "7", "user_id": "u1", "long": "x" * 1000, "score": 0.5}
    attributes = {f"traceloop.association.properties.{name}": value for name, value in notes.items()}
    call = read(attributes | {"tag.tags": ("a", "b")})
    assert call.labels == {"release": "7", "score": 0.5, "tags": ["a", "b"]}


def test_the_application_is_the_service():
    assert read(resource={"service.name": "desk"}).app == "desk"
    assert read(resource={"service.name": "unknown_service"}).app is None


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"http.request.method": "POST", "url.full": "https://api.openai.com/v1/chat/completions"},
        {"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e"},
        {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather"},
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.input.messages": "[]", "gen_ai.request.model": "m"},
        {"gen_ai.operation.name": "retrieval"},
        {"gen_ai.usage.input_tokens": 5, "model_name": "gpt-4o", "all_messages_events": "[]"},
        {"gen_ai.request.model": "m"},
        {"gen_ai.operation.name": ["chat"]},
    ],
)
def test_what_is_no_llm_call(attributes):
    assert not is_call(attributes)
    assert read_span(Span(attributes=attributes)) is None


NAMES = """
    openinference.span.kind llm.input_messages.0.message.role llm.input_messages.0.message.content
    llm.input_messages.0.message.contents.0.message_content.type llm.input_messages.0.message.tool_calls.0.tool_call
    llm.input_messages.0 llm.tools.0.tool.json_schema llm.invocation_parameters llm.prompts llm.token_count.prompt
    input.value output.value metadata tag.tags gen_ai.operation.name gen_ai.input.messages gen_ai.output.messages
    gen_ai.system_instructions gen_ai.tool.definitions gen_ai.prompt.0.content gen_ai.prompt.0 gen_ai.completion.0.role
    gen_ai.prompt.0.tool_calls.0.arguments gen_ai.prompt.0.tool_calls.0 gen_ai.request.model gen_ai.output.type events
    gen_ai.usage.input_tokens gen_ai.response.finish_reasons gen_ai.response.time_to_first_chunk llm.request.type
    llm.request.functions.0.parameters model_request_parameters ai.operationId ai.prompt.messages ai.prompt.tools
    ai.response.toolCalls traceloop.association.properties.user_id error.type content message tool_calls gen_ai.prompt
    gen_ai.event.content finish_reason
"""
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from(
    ["LLM", "chat", "completion", "[]", "{}", "[[", '[{"role": 1, "parts": [{"type": "tool_call"}, 5, null]}]',
     '[{"role": "user", "parts": 7}]', '[{"type": "text"}]', '{"messages": [1], "tools": 3}', "ai.x.doGenerate",
     '[{"event.name": "gen_ai.choice", "message": 3}]', "[" * 5000]
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.sampled_from(["role", "parts", "type", "content", "name", "arguments", "id"]), inner)
    ),
    max_leaves=8,
)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES.split()), VALUES, max_size=8)
KINDS = st.sampled_from(
    [{}, {"openinference.span.kind": "LLM"}, {"gen_ai.operation.name": "chat"}, {"llm.request.type": "chat"}]
)
EVENT_NAMES = """
    gen_ai.user.message gen_ai.choice exception gen_ai.content.prompt gen_ai.content.completion
    gen_ai.client.inference.operation.details
"""
EVENTS = st.builds(
    SpanEvent,
    name=st.sampled_from(EVENT_NAMES.split()),
    attributes=ATTRIBUTES,
    body=VALUES,
    at=st.none() | st.integers(0, 2**64),
)


@settings(max_examples=100)
@given(
    ATTRIBUTES,
    KINDS,
    st.lists(EVENTS, max_size=3),
    ATTRIBUTES,
    st.none() | st.integers(0, 2**64),
    st.text(st.characters()),
)
def test_nothing_makes_reading_raise(attributes, kind, events, around, at, text):
    made = attributes | kind
    has_prompt(made, events), has_answer(made, events)
    span = Span(
        name=text,
        scope=text,
        attributes=made,
        events=events,
        ancestors=[Span(attributes=around)],
        started_at=at,
        ended_at=at,
        status_description=text,
        failed=True,
        resource=around,
    )
    assert (read_span(span) is not None) == is_call(made, text)


@pytest.mark.parametrize(
    ("scope", "name", "chunk"),
    [
        ("openinference.instrumentation.openai", "ChatCompletion", "First Token Stream Event"),
        ("opentelemetry.instrumentation.openai.v1", "openai.chat", "llm.content.completion.chunk"),
    ],
)
def test_a_stream_that_was_left_early_is_no_answer(scope, name, chunk):
    chunks = (SpanEvent(name=chunk, at=5),)
    assert read(scope=scope, name=name, events=chunks).error == Failure(
        "StreamClosed", "the stream ended without a finish reason"
    )
    finished = {"gen_ai.response.finish_reasons": ["stop"]}
    assert read(finished, scope=scope, name=name, events=chunks).error is None
    assert read(scope=scope, name=name).error is None
    assert read(scope=scope, name="openai.response", events=chunks).error is None
