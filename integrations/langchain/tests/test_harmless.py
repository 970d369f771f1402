"""Nothing that LangChain or anyone else hands to the callback reaches the caller as an error, or changes its result.

PEERS 13: instrumentation crashes the application.
"""

import asyncio
import gc
import inspect
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, Generation, LLMResult

from slm_instrument import Recorder
from slm_instrument_langchain import SlmCallbackHandler


class Hostile:
    """Raises whatever is asked of it, but for its class."""

    def __getattr__(self, name):
        raise RuntimeError("hostile")

    def fail(self, *args):
        raise RuntimeError("hostile")

    __str__ = __repr__ = __eq__ = __hash__ = __bool__ = __len__ = __iter__ = __getitem__ = __call__ = fail
    __int__ = __index__ = __float__ = __contains__ = __deepcopy__ = __reduce__ = fail


class Opaque:
    """Raises even then."""

    def __getattribute__(self, name):
        raise RuntimeError("hostile")


class HostileError(Exception):
    def __str__(self):
        raise RuntimeError("hostile")


LOOP: dict = {"list": []}
LOOP["list"].append(LOOP)
DEEP: list = []
for _ in range(2_000):
    DEEP = [DEEP]

ODD = st.sampled_from([
    None, 0, -1, True, 1e400, 10**5_000, "", "x" * 100_000, "\ud800", b"\xff", (), [], {}, [None], {1: 2}, {"a": {}},
    LOOP, DEEP, int, object(), lambda: None, {"type": "text"}, {"tools": [{}], "stop": object()},
    {"user_id": object(), "ls_provider": 3, "langgraph_node": []}, {"token_usage": "many"}, {"total_cost": "free"},
]) | st.builds(Hostile)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.builds(object),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.dictionaries(st.sampled_from(["type", "text", "image_url", "id", "x"]), JSON, max_size=4)
CONTENTS = st.text(st.characters()) | st.lists(st.text() | PARTS, max_size=3)
TOOL_CALLS = st.lists(
    st.fixed_dictionaries(
        {"name": st.text(), "args": st.dictionaries(st.text(), JSON | ODD, max_size=2), "id": st.none() | st.text()}
    ),
    max_size=2,
)
KWARGS = st.dictionaries(st.sampled_from(["tool_calls_", "function_call", "model_name", "x"]), JSON | ODD, max_size=2)
MESSAGES = st.one_of(
    st.builds(HumanMessage, CONTENTS, additional_kwargs=KWARGS, name=st.none() | st.text()),
    st.builds(SystemMessage, CONTENTS),
    st.builds(AIMessage, CONTENTS, tool_calls=TOOL_CALLS, additional_kwargs=KWARGS, response_metadata=KWARGS),
    st.builds(ToolMessage, CONTENTS, tool_call_id=st.text(), artifact=ODD),
    st.builds(FunctionMessage, CONTENTS, name=st.text()),
    st.builds(ChatMessage, CONTENTS, role=st.text()),
)
ALL_ODD = ODD | st.builds(Opaque)
METADATA = st.dictionaries(
    st.sampled_from(["user_id", "ls_provider", "ls_model_name", "langgraph_node", "release", "audience", "x"]),
    JSON | ALL_ODD,
    max_size=4,
)
WAYS = st.sampled_from(["invoke", "ainvoke", "stream", "astream"])


@pytest.fixture(scope="module")
def handler():
    with Recorder("memory://") as recorder:
        yield SlmCallbackHandler(recorder)


SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@SETTINGS
@given(
    st.lists(MESSAGES, min_size=1, max_size=3),
    st.builds(AIMessage, CONTENTS, tool_calls=TOOL_CALLS, response_metadata=KWARGS),
    METADATA,
    KWARGS,
    WAYS,
)
def test_no_message_shape_is_disturbed_or_lost(scripted, handler, prompt, answer, metadata, options, way):
    class Echo(scripted):
        def _message(self, messages):
            return answer.model_copy()

    before = handler.recorder.stats()
    result = outcome(Echo().bind(**options), prompt, {"metadata": metadata}, way)
    recorded = outcome(Echo().bind(**options), prompt, {"metadata": metadata, "callbacks": [handler]}, way)
    # LangChain itself refuses some of these messages: then it must refuse them just so with the handler.
    assert type(result) is type(recorded)
    assert result == recorded or str(result) == str(recorded)
    if handler._runs:  # LangChain let them fall in an error of its own, which still has hold of them
        gc.collect()
    assert handler.recorder.flush(5), "each is recorded, none refused"
    after = handler.recorder.stats()
    assert after.written - before.written == after.submitted - before.submitted
    assert handler.errors == 0
    assert not handler._runs
    if not isinstance(result, type):
        assert after.submitted == before.submitted + 1


def outcome(model, prompt, config, way):
    """What the caller sees: the fields of the answer, or the class of the error."""

    async def read():
        if way == "ainvoke":
            return [await model.ainvoke(prompt, config=config)]
        return [chunk async for chunk in model.astream(prompt, config=config)]

    try:
        if way == "invoke":
            answers = [model.invoke(prompt, config=config)]
        else:
            answers = list(model.stream(prompt, config=config)) if way == "stream" else asyncio.run(read())
    except Exception as e:
        return type(e)
    fields = ("content", "tool_calls", "additional_kwargs", "response_metadata", "usage_metadata", "name")
    return [seen(getattr(answer, field)) for answer in answers for field in fields]


def seen(value):
    """A value as something that can be compared, whatever is in it."""
    kind = type(value)
    if kind is dict and value is not LOOP:
        return [(key, seen(item)) for key, item in value.items()]
    if kind is list and value is not DEEP:
        return [seen(item) for item in value]
    return repr(value) if kind in {str, float} else value if kind is int else id(value)


EVENTS = sorted(name for name in dir(SlmCallbackHandler) if name.startswith("on_"))
IDS = st.sampled_from([UUID(int=n) for n in range(1, 4)])
UNFINISHED = st.builds(lambda kind: kind.model_construct(), st.sampled_from([AIMessage, HumanMessage, AIMessageChunk]))
ODD_MESSAGES = MESSAGES | UNFINISHED | st.builds(lambda c: HumanMessage.model_construct(content=c), ALL_ODD)
RESULTS = st.builds(
    lambda kind, answer, info: LLMResult.model_construct(
        generations=[[kind.model_construct(message=answer, text=answer, generation_info=info)]], llm_output=info
    ),
    st.sampled_from([ChatGeneration, Generation]),
    ODD_MESSAGES | ALL_ODD,
    ALL_ODD,
) | st.sampled_from([LLMResult(generations=[]), LLMResult(generations=[[]]), LLMResult.model_construct()])
VALUES = st.one_of(
    ALL_ODD,
    st.lists(st.lists(ODD_MESSAGES | ALL_ODD, max_size=2), max_size=2),
    RESULTS,
    st.sampled_from([ValueError("no"), HostileError(), KeyboardInterrupt()]),
    METADATA,
)
CALLS = st.fixed_dictionaries(
    {"event": st.sampled_from(EVENTS), "run_id": IDS | VALUES, "args": st.lists(VALUES, min_size=3, max_size=3)},
    optional={
        name: VALUES
        for name in ("tags", "metadata", "invocation_params", "options", "name", "chunk", "response", "batch_size")
    }
    | {"parent_run_id": IDS | VALUES},
)


@SETTINGS
@given(st.lists(CALLS, min_size=1, max_size=8))
def test_no_event_at_all_raises_in_whatever_order_they_come(events):
    """Ends without starts, starts twice, wrong types: each is recorded or counted, and the handler goes on."""
    with Recorder("memory://") as recorder:
        handler = SlmCallbackHandler(recorder)
        for given_ in events:
            method = getattr(handler, given_["event"])
            takes = [p.name for p in inspect.signature(method).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
            options = {name: value for name, value in given_.items() if name not in {"event", "args", *takes}}
            assert method(*given_["args"][: len(takes)], **options) is None
        handler.trace_of(events[0]["run_id"])
        run_id = uuid4()
        handler.on_chat_model_start({}, [[HumanMessage("well?")]], run_id=run_id)
        handler.on_llm_end(LLMResult(generations=[[ChatGeneration(message=AIMessage("yes"))]]), run_id=run_id)
        recorder.flush(5)
        stats = recorder.stats()
        assert stats.written + stats.errors == stats.submitted
        assert stats.written >= 1
        assert len(handler._runs) <= sum("start" in each["event"] for each in events)


def test_a_handlers_own_failure_is_said_once_and_counted(handler, caplog):
    handler = SlmCallbackHandler(handler.recorder)
    for _ in range(3):
        handler.on_chat_model_start({}, None, run_id=uuid4())
    assert handler.errors == 3
    assert [record.message for record in caplog.records] == [
        "slm_instrument: a LangChain event could not be recorded (further ones are only counted)"
    ]


def test_every_kind_of_message_is_tried():
    """So that a kind that LangChain adds is not forgotten above."""
    kinds = {kind for kind in all_subclasses(BaseMessage) if kind.__module__.startswith("langchain_core.messages")}
    tried = {HumanMessage, SystemMessage, AIMessage, ToolMessage, FunctionMessage, ChatMessage}
    assert {kind for kind in kinds if not kind.__name__.endswith("Chunk")} - tried == {
        kind for kind in kinds if kind.__name__ == "RemoveMessage"
    }


def all_subclasses(kind):
    return {kind, *(deeper for each in kind.__subclasses__() for deeper in all_subclasses(each))} - {BaseMessage}
