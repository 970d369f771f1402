"""Streams and calls that end early: read whole, half-read, broken, cancelled, dropped."""

import asyncio
import contextlib
import gc

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.llms import LLM
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.outputs import GenerationChunk
from langchain_core.runnables import RunnableLambda

from slm_instrument.records import Failure, Message, Usage

PROMPT = [SystemMessage("Answer shortly."), HumanMessage("Where is my parcel?")]
ANSWER = "You said: Where is my parcel?"


def only(calls):
    (call,) = calls()
    return call


def test_stream(scripted, config, calls):
    chunks = list(scripted(delay_s=0.01).stream(PROMPT, config=config))
    assert "".join(chunk.content for chunk in chunks) == ANSWER
    call = only(calls)
    assert call.response == Message("assistant", ANSWER)
    assert call.usage == Usage(11, 3)
    assert 10 <= call.time_to_first_token_ms < call.duration_ms


def test_astream(scripted, config, calls):
    async def read():
        return [chunk.content async for chunk in scripted(delay_s=0.01).astream(PROMPT, config=config)]

    assert "".join(asyncio.run(read())) == ANSWER
    call = only(calls)
    assert (call.response, call.usage) == (Message("assistant", ANSWER), Usage(11, 3))
    assert 10 <= call.time_to_first_token_ms < call.duration_ms


def test_astream_events(scripted, config, calls):
    async def read():
        return [event async for event in scripted().astream_events(PROMPT, config=config, version="v2")]

    assert asyncio.run(read())[-1]["data"]["output"].content == ANSWER
    assert only(calls).response == Message("assistant", ANSWER)


@pytest.mark.skipif(not hasattr(BaseChatModel, "stream_events"), reason="this langchain-core has no such events")
@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
def test_stream_events_v3(scripted, config, calls):
    stream = scripted(delay_s=0.01).stream_events(PROMPT, config=config, version="v3")
    assert str(stream.text) == ANSWER
    call = only(calls)
    assert call.response == Message("assistant", ANSWER)
    assert call.time_to_first_token_ms < call.duration_ms


def test_a_stream_left_early_is_recorded_with_what_came(scripted, config, calls):
    stream = scripted().stream(PROMPT, config=config)
    assert next(stream).content == "You "
    stream.close()
    call = only(calls)
    assert call.error.type == "GeneratorExit"
    assert call.response == Message("assistant", "You ")


def test_an_async_stream_left_early(scripted, config, calls):
    async def read():
        stream = scripted().astream(PROMPT, config=config)
        async for _ in stream:
            break
        await stream.aclose()

    asyncio.run(read())
    assert only(calls).error.type == "GeneratorExit"


def test_a_stream_that_breaks_is_recorded_with_what_came(scripted, config, calls):
    with pytest.raises(ConnectionError, match="line went dead"):
        list(scripted(fail_at_chunk=2).stream(PROMPT, config=config))
    call = only(calls)
    assert call.error == Failure("ConnectionError", "the line went dead")
    assert call.response == Message("assistant", "You said: ")


def test_a_cancelled_call(scripted, config, calls):
    async def cancel():
        task = asyncio.create_task(scripted(delay_s=30).ainvoke(PROMPT, config=config))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert only(calls).error.type == "CancelledError"


def test_a_call_that_timed_out_and_the_task_that_goes_on(scripted, config, calls):
    async def work():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(scripted(delay_s=30).ainvoke("slow", config=config), 0.05)
        for n in range(3):
            await scripted().ainvoke(f"fast {n}", config=config)

    asyncio.run(work())
    assert [call.error.type if call.error else call.messages[0].content for call in calls()] == [
        "CancelledError",
        "fast 0",
        "fast 1",
        "fast 2",
    ]


def test_a_stream_that_is_dropped_unread(scripted, config, calls):
    stream = scripted().stream(PROMPT, config=config)
    next(stream)
    del stream
    gc.collect()
    call = only(calls)
    assert (call.error.type, call.response) == ("GeneratorExit", Message("assistant", "You "))


def test_a_reader_that_fails_leaves_the_stream_recorded(scripted, config, calls):
    def read():
        for _ in scripted().stream(PROMPT, config=config):
            raise KeyError("the reader's own")

    with pytest.raises(KeyError, match="reader's own"):
        read()
    gc.collect()
    assert only(calls).error.type == "GeneratorExit"


def test_a_stream_whose_task_is_cancelled(scripted, config, calls):
    async def read():
        async for _ in scripted(delay_s=0.02).astream(PROMPT, config=config):
            pass

    async def work():
        task = asyncio.create_task(read())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    call = only(calls)
    assert call.error.type == "CancelledError"
    assert call.response.content.startswith("You ")


def test_a_call_under_a_timeout_of_a_task_that_lives_on(scripted, config, calls, handler):
    """LangChain's ``ainvoke`` says nothing when it is cancelled, and ``asyncio.timeout`` ends no task."""

    async def work():
        for n in range(3):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.03):
                    await scripted(delay_s=30).ainvoke(f"slow {n}", config=config)
            await asyncio.sleep(0)
        gc.collect()
        assert not handler._runs, "seen at once, not when the task ends"
        await scripted().ainvoke("fast", config=config)

    asyncio.run(work())
    assert [(call.messages[0].content, call.error and call.error.type) for call in calls()] == [
        ("slow 0", "CancelledError"),
        ("slow 1", "CancelledError"),
        ("slow 2", "CancelledError"),
        ("fast", None),
    ]


def test_a_cancelled_call_whose_id_someone_else_holds(scripted, config, calls):
    """Tracers keep runs, and so their ids, when LangChain does not tell them of the end."""
    held = []

    class Tracer(BaseCallbackHandler):
        def on_chat_model_start(self, serialized, messages, *, run_id, **kwargs):
            held.append(run_id)

    async def work():
        both = {"callbacks": [*config["callbacks"], Tracer()]}
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(scripted(delay_s=30).ainvoke("slow", config=both), 0.03)

    asyncio.run(work())
    assert only(calls).error.type == "CancelledError"
    assert len(held) == 1


def test_of_a_batch_generated_at_once_of_which_one_fails_each_is_recorded(scripted, config, calls):
    """LangChain reports the end of the one that failed only."""
    model = scripted(answer=lambda text: ValueError("no") if text == "two" else "yes")
    with pytest.raises(ValueError, match="no"):
        model.generate([[HumanMessage(text)] for text in ("one", "two", "three")], callbacks=config["callbacks"])
    gc.collect()
    assert {call.messages[0].content: call.error.type for call in calls()} == {
        "one": "Unfinished",
        "two": "ValueError",
        "three": "Unfinished",
    }


def test_events_of_a_chain_half_read(scripted, config, calls):
    """LangChain streams on behalf of ``invoke`` then, and reports the end without what had come."""
    chain = RunnableLambda(lambda text: text) | scripted(delay_s=0.01)

    async def read():
        stream = chain.astream_events("hello there", config=config, version="v2")
        async for event in stream:
            if event["event"] == "on_chat_model_stream":
                break
        await stream.aclose()

    asyncio.run(read())
    call = only(calls)
    assert call.error.type == "CancelledError"
    assert call.response.content.startswith("You ")


@pytest.mark.filterwarnings("ignore:astream_events version='v1'")
def test_events_of_the_first_version(scripted, config, calls):
    async def read():
        return [event async for event in scripted().astream_events(PROMPT, config=config, version="v1")]

    assert asyncio.run(read())
    assert only(calls).response == Message("assistant", ANSWER)


@pytest.mark.skipif(not hasattr(BaseChatModel, "stream_events"), reason="this langchain-core has no such events")
@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
def test_astream_events_v3(scripted, config, calls):
    async def read():
        stream = await scripted(delay_s=0.01).astream_events(PROMPT, config=config, version="v3")
        return str(await stream.text)

    assert asyncio.run(read()) == ANSWER
    call = only(calls)
    assert (call.response, call.error) == (Message("assistant", ANSWER), None)
    assert call.time_to_first_token_ms < call.duration_ms


class Letters(LLM):
    """A completion model that streams."""

    @property
    def _llm_type(self):
        return "letters"

    def _call(self, prompt, stop=None, run_manager=None, **kwargs):
        return prompt

    def _stream(self, prompt, stop=None, run_manager=None, **kwargs):
        for letter in prompt:
            chunk = GenerationChunk(text=letter)
            run_manager.on_llm_new_token(letter, chunk=chunk)
            yield chunk


def test_a_completion_model_streams_too(config, calls):
    assert "".join(Letters().stream("one", config=config)) == "one"
    stream = Letters().stream("two", config=config)
    next(stream)
    stream.close()
    whole, left = calls()
    assert (whole.response, whole.error) == (Message("assistant", "one"), None)
    assert whole.time_to_first_token_ms is not None
    assert (left.response, left.error.type) == (Message("assistant", "t"), "GeneratorExit")
