"""Whatever goes wrong with a student, the LLM answers as if there were none, and the reason is counted."""

import asyncio
import threading
import time

import pydantic
import pytest

from slm_instrument import Message, ToolCall
from slm_instrument.runtime import Substitutor
from slm_instrument.runtime.testing import ScriptedStudent
from slm_instrument_openai import exchange as exchanges, wrap_openai
from slm_instrument_openai.http import tap_of

CHAT = {"model": "gpt-x", "messages": [{"role": "system", "content": "Sort."}, {"role": "user", "content": "Parcel?"}]}
TOOLS = [{"type": "function", "function": {"name": "track", "parameters": {"type": "object", "required": ["n"]}}}]
FORM = {"type": "json_schema", "json_schema": {"name": "label", "schema": {"type": "object"}}}


class Released:
    """Something that hangs until the test is over."""

    def __init__(self):
        self.event = threading.Event()

    def __call__(self, text):
        self.event.wait(30)
        return "too late"


@pytest.fixture
def hanging():
    hanging = Released()
    yield hanging
    hanging.event.set()


def raising(text):
    raise RuntimeError("the model is broken")


def slow(text):
    time.sleep(0.5)
    return "too late"


def calling(name, arguments):
    return Message("assistant", None, (ToolCall(name, arguments),))


FAULTS = {
    "raises": (raising, {}, "ERROR"),
    "runs out of memory": (lambda text: [].__getitem__(MemoryError), {}, "ERROR"),
    "is slow": (slow, {}, "TIMEOUT"),
    "is not sure": (ScriptedStudent(lambda text: "billing", accepted=False), {}, "LOW_CONFIDENCE"),
    "says nothing": (lambda text: "", {}, "INVALID"),
    "writes no JSON": (lambda text: '{"label": ', {"response_format": FORM}, "INVALID"),
    "calls an unknown tool": (lambda text: calling("delete", "{}"), {"tools": TOOLS}, "INVALID"),
    "calls a tool without an argument": (lambda text: calling("track", "{}"), {"tools": TOOLS}, "INVALID"),
    "calls a tool with no JSON": (lambda text: calling("track", "n=1"), {"tools": TOOLS}, "INVALID"),
}
STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])


def llm(say, streamed):
    return say.Answer(chunks=say.words("ship", "ping")) if streamed else say.completion("shipping")


def text_of(answer):
    if isinstance(answer, pydantic.BaseModel):
        return answer.choices[0].message.content
    return "".join(chunk.choices[0].delta.content or "" for chunk in answer)


async def atext_of(answer):
    if isinstance(answer, pydantic.BaseModel):
        return text_of(answer)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in answer])


@STREAMED
@pytest.mark.parametrize("fault", FAULTS)
def test_the_llm_answers_when_a_student(fault, streamed, server, say, bare, recorder, substitute, call):
    student, asked, reason = FAULTS[fault]
    server.say(llm(say, streamed))
    substitutor = substitute({**CHAT, **asked}, student, timeout_ms=100)
    substitutor.warm()
    client = wrap_openai(bare, recorder, substitutor)
    assert text_of(client.chat.completions.create(**CHAT, **asked, stream=streamed)) == "shipping"
    assert substitutor.stats()[reason] == 1
    assert (call().served_by, call().response.text) == ("llm", "shipping")


@STREAMED
@pytest.mark.parametrize("fault", FAULTS)
def test_the_llm_answers_async_when_a_student(fault, streamed, server, say, make_async, recorder, substitute, call):
    student, asked, reason = FAULTS[fault]
    server.say(llm(say, streamed))
    substitutor = substitute({**CHAT, **asked}, student, timeout_ms=100)
    substitutor.warm()

    async def ask():
        async with make_async() as bare:
            client = wrap_openai(bare, recorder, substitutor)
            return await atext_of(await client.chat.completions.create(**CHAT, **asked, stream=streamed))

    assert asyncio.run(ask()) == "shipping"
    assert substitutor.stats()[reason] == 1
    assert (call().served_by, call().response.text) == ("llm", "shipping")


def test_a_student_that_hangs_takes_half_of_the_callers_time(server, say, bare, recorder, substitute, hanging):
    server.say(say.completion("shipping"))
    substitutor = substitute(CHAT, hanging, timeout_ms=60_000)
    started = time.perf_counter()
    answer = wrap_openai(bare, recorder, substitutor).chat.completions.create(**CHAT, timeout=0.6)
    assert text_of(answer) == "shipping"
    assert 0.25 < time.perf_counter() - started < 0.6 * 2
    assert substitutor.stats()["TIMEOUT"] == 1


def test_a_cancelled_task(server, make_async, recorder, substitute, hanging, call):
    substitutor = substitute(CHAT, hanging, timeout_ms=60_000)

    async def ask():
        async with make_async() as bare:
            client = wrap_openai(bare, recorder, substitutor)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.chat.completions.create(**CHAT), 0.2)

    asyncio.run(ask())
    assert (call().error.type, call().response, call().served_by) == ("CancelledError", None, "llm")
    assert server.requests == []
    assert not list(exchanges._unfinished)


def test_an_interrupt_from_the_keyboard(server, bare, recorder, substitute, call):
    def interrupted(call, **options):
        raise KeyboardInterrupt

    substitutor = substitute(CHAT, "shipping")
    substitutor.decide = interrupted
    with pytest.raises(KeyboardInterrupt):
        wrap_openai(bare, recorder, substitutor).chat.completions.create(**CHAT)
    assert (call().error.type, server.requests) == ("KeyboardInterrupt", [])


def test_the_event_loop_is_free_while_a_student_thinks(server, make_async, recorder, substitute):
    substitutor = substitute(CHAT, slow, timeout_ms=5_000)

    async def ask():
        ticks = 0
        async with make_async() as bare:
            asked = asyncio.create_task(wrap_openai(bare, recorder, substitutor).chat.completions.create(**CHAT))
            while not asked.done():
                await asyncio.sleep(0.01)
                ticks += 1
            return text_of(await asked), ticks

    answer, ticks = asyncio.run(ask())
    assert answer == "too late"  # it was not
    assert ticks > 10


def test_a_closed_substitutor(server, say, bare, recorder, substitute, calls):
    server.say(say.completion("shipping"))
    substitutor = substitute(CHAT, "shipping")
    client = wrap_openai(bare, recorder, substitutor)
    substitutor.close()
    for _ in range(3):
        assert text_of(client.chat.completions.create(**CHAT)) == "shipping"
    assert len(calls()) == 3


def test_no_models_at_all(server, say, bare, recorder, store, tmp_path, call):
    server.say(say.completion("shipping"))
    with Substitutor(tmp_path / "none", store=store, recorder=recorder) as substitutor:
        assert text_of(wrap_openai(bare, recorder, substitutor).chat.completions.create(**CHAT)) == "shipping"
        assert substitutor.stats()["NO_MATCH"] == 1
    assert call().served_by == "llm"


def test_a_students_stream_may_be_left_early(server, bare, recorder, substitute, call):
    client = wrap_openai(bare, recorder, substitute(CHAT, "shipping"))
    with client.chat.completions.create(**CHAT, stream=True) as stream:
        next(stream)
    assert call().response == Message("assistant", "shipping")
    assert (call().served_by[:4], call().error, server.requests) == ("slm:", None, [])


def test_a_students_async_stream_may_be_left_early(server, make_async, recorder, substitute, call):
    substitutor = substitute(CHAT, "shipping")

    async def ask():
        async with (
            make_async() as bare,
            await wrap_openai(bare, recorder, substitutor).chat.completions.create(**CHAT, stream=True) as stream,
        ):
            async for _ in stream:
                break

    asyncio.run(ask())
    assert call().response == Message("assistant", "shipping")


def test_an_answer_that_the_api_could_not_give(server, say, bare, recorder, substitute, call, caplog):
    server.say(say.completion("shipping"))
    picture = [{"type": "text", "text": "here"}, {"type": "image_url", "image_url": {"url": "x"}}]
    client = wrap_openai(bare, recorder, substitute(CHAT, lambda text: Message("assistant", picture)))
    assert text_of(client.chat.completions.create(**CHAT)) == "shipping"
    assert call().served_by == "llm"
    assert tap_of(client._client).errors == 1
    assert "put to a student" in caplog.text


@pytest.mark.parametrize("broken", ["decide", "refuse", "served"])
def test_a_substitutor_that_raises(broken, server, say, bare, recorder, substitute, caplog):
    """It promises not to; should it ever, the caller gets an answer all the same."""
    server.say(say.completion("shipping"))
    substitutor = substitute(CHAT, "shipping")
    setattr(substitutor, broken, raising)
    client = wrap_openai(bare, recorder, substitutor)
    assert text_of(client.chat.completions.create(**CHAT, store=broken == "refuse")) == "shipping"
    assert tap_of(client._client).errors == 1


def test_a_closed_client_raises_as_ever(server, say, make_async, recorder, substitute):
    substitutor = substitute(CHAT, "shipping")

    async def ask():
        async with make_async() as bare:
            client = wrap_openai(bare, recorder, substitutor)
        with pytest.raises(Exception, match=r"Connection error|closed"):
            await client.chat.completions.create(**CHAT)

    asyncio.run(ask())
    assert "SUBSTITUTED" not in substitutor.stats()


def test_calls_at_the_same_time(server, say, make_async, recorder, substitute, calls):
    """Half of them by the student, half by the LLM; every caller gets the answer to its own question."""
    server.say(say.completion("the LLM's"))
    sure = lambda text: text if int(text) % 2 else ""  # noqa: E731

    async def ask_all():
        async with make_async() as bare:
            substitutor = substitute(CHAT, lambda text: sure(text.splitlines()[0]))
            client = wrap_openai(bare, recorder, substitutor).with_options(max_retries=9)  # the server is a small one

            async def ask(n):
                prompt = [CHAT["messages"][0], {"role": "user", "content": str(n)}]
                return text_of(await client.chat.completions.create(model="gpt-x", messages=prompt))

            return await asyncio.gather(*map(ask, range(30)))

    answers = asyncio.run(ask_all())
    assert answers == [str(n) if n % 2 else "the LLM's" for n in range(30)]
    found = calls()
    assert sorted(int(call.messages[1].text) for call in found) == list(range(30))
    assert all((call.served_by == "llm") == (int(call.messages[1].text) % 2 == 0) for call in found)
