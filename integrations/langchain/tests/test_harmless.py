"""Nothing that LangChain or anyone else hands to the callback reaches the caller as an error, or changes its result."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from langchain_core.messages import AIMessage, ChatMessage, HumanMessage, SystemMessage, ToolMessage

from slm_instrument import Recorder
from slm_instrument_langchain import SlmCallbackHandler

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.builds(object),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.dictionaries(st.sampled_from(["type", "text", "image_url", "id", "x"]), JSON, max_size=4)
CONTENTS = st.text(st.characters()) | st.lists(st.text() | PARTS, max_size=3)
TOOL_CALLS = st.lists(
    st.fixed_dictionaries(
        {"name": st.text(), "args": st.dictionaries(st.text(), JSON, max_size=2), "id": st.none() | st.text()}
    ),
    max_size=2,
)
KWARGS = st.dictionaries(st.sampled_from(["tool_calls_", "function_call", "x"]), JSON, max_size=2)
MESSAGES = st.one_of(
    st.builds(HumanMessage, CONTENTS, additional_kwargs=KWARGS, name=st.none() | st.text()),
    st.builds(SystemMessage, CONTENTS),
    st.builds(AIMessage, CONTENTS, tool_calls=TOOL_CALLS, additional_kwargs=KWARGS, response_metadata=KWARGS),
    st.builds(ToolMessage, CONTENTS, tool_call_id=st.text()),
    st.builds(ChatMessage, CONTENTS, role=st.text()),
)
METADATA = st.dictionaries(
    st.sampled_from(["user_id", "ls_provider", "ls_model_name", "langgraph_node", "release", "x"]), JSON, max_size=4
)


@pytest.fixture(scope="module")
def handler():
    with Recorder("memory://") as recorder:
        yield SlmCallbackHandler(recorder)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(MESSAGES, min_size=1, max_size=3), st.builds(AIMessage, CONTENTS, tool_calls=TOOL_CALLS), METADATA, KWARGS
)
def test_no_message_shape_is_disturbed_or_lost(scripted, handler, prompt, answer, metadata, options):
    class Echo(scripted):
        def _message(self, messages):
            return answer.model_copy()

    before = handler.recorder.stats()
    result = outcome(Echo(), prompt, {"metadata": metadata}, options)
    with_handler = outcome(Echo(), prompt, {"metadata": metadata, "callbacks": [handler]}, options)
    # LangChain itself refuses some of these messages: then it must refuse them just so with the handler.
    assert same(result, with_handler)
    handler.recorder.flush(20)
    after = handler.recorder.stats()
    assert after.written - before.written == after.submitted - before.submitted, "each is recorded, none refused"
    assert handler.errors == 0
    if not isinstance(result, type):
        assert after.submitted == before.submitted + 1


def outcome(model, prompt, config, options):
    try:
        return model.bind(**options).invoke(prompt, config=config)
    except Exception as e:
        return type(e)


def same(one, other):
    if isinstance(one, type) or isinstance(other, type):
        return one is other
    fields = ("content", "tool_calls", "additional_kwargs", "response_metadata", "usage_metadata", "name")
    return all(repr(getattr(one, field)) == repr(getattr(other, field)) for field in fields)


class Hostile:
    def __getattribute__(self, name):
        raise RuntimeError("hostile")


HOSTILE = st.sampled_from([None, 0, "", "text", b"", [], [None], [[None]], {}, {"a": 1}, object(), int]) | st.builds(
    Hostile
)


@settings(max_examples=100, deadline=None)
@given(st.lists(HOSTILE, min_size=8, max_size=8), st.booleans())
def test_no_argument_at_all_makes_an_event_raise(values, known):
    with Recorder("memory://") as recorder:
        handler = SlmCallbackHandler(recorder)
        run_id = uuid4()
        a, b, c, d, e, f, g, h = values
        start = handler.on_chat_model_start if known else handler.on_llm_start
        start(a, b, run_id=run_id, parent_run_id=c, tags=d, metadata=e, invocation_params=f, options=g, name=h)
        handler.on_llm_new_token(a, run_id=run_id, chunk=b)
        handler.on_stream_event(c, run_id=run_id)
        handler.on_chain_start(a, b, run_id=run_id, parent_run_id=c)
        handler.on_chain_end(d, run_id=run_id)
        if known:
            handler.on_llm_end(e, run_id=run_id)
        handler.on_llm_error(f, run_id=run_id, response=g)
        handler.on_llm_end(h, run_id=uuid4())
        recorder.flush(20)
