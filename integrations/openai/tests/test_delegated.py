"""What no student answers goes to the LLM byte for byte, and the LLM's answer is compared where that is wanted."""

import asyncio
import queue
import threading
import time

import pytest

from slm_instrument import Message, Recorder
from slm_instrument.capture import annotate, covers
from slm_instrument.runtime import Reason
from slm_instrument.runtime.testing import ScriptedStudent
from slm_instrument_openai import wrap_openai
from slm_instrument_openai.http import tap_of

CHAT = {"model": "gpt-x", "messages": [{"role": "system", "content": "Sort."}, {"role": "user", "content": "Parcel?"}]}
RESPOND = {"model": "gpt-x", "input": "Parcel?", "store": False}
UNSURE = ScriptedStudent(lambda text: "shipping", accepted=False)
SOON = {"retry-after-ms": "1"}

WAYS = {
    "create": lambda c: c.chat.completions.create(**CHAT),
    "stream": lambda c: c.chat.completions.create(**CHAT, stream=True),
    "raw": lambda c: c.chat.completions.with_raw_response.create(**CHAT).parse(),
    "responses": lambda c: c.responses.create(**RESPOND),
}


@pytest.fixture
def spy(monkeypatch):
    """What a substitutor was asked, and what it said."""

    def watch(substitutor):
        seen = []
        decide = substitutor.decide

        def decided(call, **options):
            seen.append((call, decide(call, **options), options))
            return seen[-1][1]

        monkeypatch.setattr(substitutor, "decide", decided)
        return seen

    return watch


def said(way, say):
    if way == "stream":
        return say.Answer(chunks=say.words("ship", "ping"))
    return say.response(say.said("shipping")) if way == "responses" else say.completion("shipping")


def dumps(answer):
    return [each.model_dump() for each in answer] if hasattr(answer, "__next__") else answer.model_dump()


@pytest.mark.parametrize("mode", ["off", "shadow", "canary:0", "on:0", "on"])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_to_the_llm_is_unchanged(way, mode, server, say, bare, recorder, substitute, calls):
    """Off, compared, not sampled, audited, and not accepted by the gate."""
    server.say(said(way, say))
    expected = dumps(WAYS[way](bare))
    substitutor = substitute(server.requests[0][2], UNSURE if mode == "on" else "shipping", mode)
    assert dumps(WAYS[way](wrap_openai(bare, recorder, substitutor))) == expected
    bare_request, request = server.requests
    assert request == bare_request
    (found,) = calls()
    assert (found.response, found.served_by) == (Message("assistant", "shipping"), "llm")
    assert substitutor.flush(10)
    assert substitutor.stats()["observed"] == (mode in ("shadow", "canary:0", "on:0"))


@pytest.mark.parametrize("student", ["shipping", "billing"])
def test_the_llms_answer_is_compared(student, server, say, bare, recorder, store, substitute, call):
    server.say(say.Answer(chunks=say.words("ship", "ping")))
    client = wrap_openai(bare, recorder, substitute(CHAT, student, "shadow"))
    assert len(list(client.chat.completions.create(**CHAT, stream=True))) == 4
    found = call()
    assert client._client.slm_tap.substitution.substitutor.flush(10)
    (observation,) = store.observations()
    assert observation.agreed == (student == "shipping")
    assert observation.call_id == found.id
    assert observation.teacher_ms == pytest.approx(found.duration_ms)


def test_async_answers_are_compared(server, say, make_async, recorder, substitute, calls):
    server.say(say.completion("shipping"), say.Answer(chunks=say.words("shipping")))
    substitutor = substitute(CHAT, "shipping", "shadow")

    async def ask():
        async with make_async() as bare:
            client = wrap_openai(bare, recorder, substitutor)
            await client.chat.completions.create(**CHAT)
            async for _ in await client.chat.completions.create(**CHAT, stream=True):
                pass

    asyncio.run(ask())
    assert len(calls()) == 2
    assert substitutor.flush(10)
    assert substitutor.stats()["observed"] == 2


def test_no_half_of_an_answer_is_compared(server, say, bare, recorder, substitute, calls):
    server.say(
        say.Answer(chunks=say.words("ship", "ping")),
        say.Answer(chunks=say.words("ship", "ping")[:2], cut=True),
        say.Answer({"error": {"message": "no"}}, 400),
    )
    substitutor = substitute(CHAT, "shipping", "shadow")
    client = wrap_openai(bare, recorder, substitutor)
    client.chat.completions.create(**CHAT, stream=True).close()
    with pytest.raises(Exception, match=r"Connection error|peer closed connection"):  # older SDKs say httpx's words
        list(client.chat.completions.create(**CHAT, stream=True))
    with pytest.raises(Exception, match="no"):
        client.chat.completions.create(**CHAT)
    assert len(calls()) == 3
    assert substitutor.flush(10)
    assert (substitutor.stats()["SHADOW"], substitutor.stats()["observed"]) == (3, 0)


@pytest.mark.parametrize("recorded", [True, False])
def test_reading_the_llms_answer_takes_none_of_the_callers_time(recorded, server, say, bare, recorder, substitute):
    server.say(say.completion("shipping"))
    substitutor = substitute(CHAT, "shipping", "shadow", recorder=recorder if recorded else None)
    seen = queue.SimpleQueue()
    substitutor.observe = lambda *given, **named: seen.put((threading.current_thread(), given[2]))
    wrap_openai(bare, substitutor=substitutor).chat.completions.create(**CHAT)
    thread, teacher = seen.get(timeout=10)
    assert thread is not threading.current_thread()
    assert teacher == Message("assistant", "shipping")


@pytest.mark.parametrize("status", [500, 429])
def test_a_call_is_decided_once_however_often_it_is_sent(status, server, say, bare, recorder, substitute, calls):
    failure = say.Answer({"error": {"message": "oops"}}, status, SOON)
    server.say(failure, failure, say.completion("shipping"))
    substitutor = substitute(CHAT, "shipping", "shadow")
    client = wrap_openai(bare, recorder, substitutor).with_options(max_retries=2)
    client.chat.completions.create(**CHAT)
    (found,) = calls()
    assert found.labels["attempts"] == 3
    assert substitutor.flush(10)
    assert substitutor.stats() == {"SHADOW": 1, "observed": 1, "dropped": 0}


def test_what_is_decided_on_is_what_is_recorded(server, say, bare, store, monkeypatch, substitute, spy):
    server.say(say.completion("shipping"))
    with Recorder(store, app="desk", human="concierge*") as recorder:
        substitutor = substitute(CHAT, "shipping", "shadow", recorder=recorder)
        seen = spy(substitutor)
        with annotate(agent="concierge-de", trace_id="t1", labels={"step": 1}):
            wrap_openai(bare, recorder, substitutor).chat.completions.create(**CHAT, temperature=0, user="ann")
        assert recorder.flush(20)
    ((decided, _, _),) = seen
    (found,) = store.iter_calls()
    for name in ("id", "trace_id", "parent_id", "app", "agent", "audience", "provider", "model", "operation"):
        assert getattr(decided, name) == getattr(found, name)
    for name in ("framework", "messages", "tools", "response_format", "params"):
        assert getattr(decided, name) == getattr(found, name)
    assert (found.app, found.agent, found.audience, found.trace_id) == ("desk", "concierge-de", "human", "t1")
    assert (decided.origin, decided.labels.items() <= found.labels.items()) == ("ann", True)


def test_the_callers_timeout_is_told(server, say, bare, recorder, substitute, spy):
    server.say(say.completion("shipping"))
    substitutor = substitute(CHAT, "shipping")
    seen = spy(substitutor)
    client = wrap_openai(bare, recorder, substitutor)
    client.chat.completions.create(**CHAT, timeout=3)
    client.with_options(timeout=None).chat.completions.create(**CHAT)
    assert [options for _, _, options in seen] == [{"within_s": 3}, {"within_s": None}]


def test_the_duration_of_the_llms_answer_is_its_own(server, say, bare, recorder, substitute, call):
    server.say(say.completion("shipping"))
    slow = ScriptedStudent(lambda text: time.sleep(0.4) or "shipping", accepted=False)
    client = wrap_openai(bare, recorder, substitute(CHAT, slow, timeout_ms=5_000))
    client.chat.completions.create(**CHAT)
    assert call().duration_ms < 350


def test_a_call_that_is_recorded_further_up_is_left_alone(server, say, bare, recorder, substitute, calls):
    server.say(say.completion("shipping"))
    substitutor = substitute(CHAT, "shipping")
    uncover = covers(lambda: True)
    try:
        wrap_openai(bare, recorder, substitutor).chat.completions.create(**CHAT)
    finally:
        uncover()
    assert (len(server.requests), calls()) == (1, [])
    assert substitutor.stats()["UNSUPPORTED"] == 1


def test_switched_off_for_the_process(server, say, bare, recorder, substitute, monkeypatch, calls):
    server.say(say.completion("shipping"))
    client = wrap_openai(bare, recorder, substitute(CHAT, "shipping"))
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    client.chat.completions.create(**CHAT)
    assert (len(server.requests), calls()) == (1, [])


def test_without_a_recorder(server, say, bare, store, substitute):
    server.say(say.completion("shipping"), say.Answer(chunks=say.words("shipping")))
    shadow = substitute(CHAT, "shipping", "shadow", recorder=None)
    client = wrap_openai(bare, substitutor=shadow)
    client.chat.completions.create(**CHAT)
    list(client.chat.completions.create(**CHAT, stream=True))
    deadline = time.monotonic() + 10
    while shadow.stats()["observed"] < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert shadow.stats()["observed"] == 2
    assert store.count_calls() == 0
    answer = wrap_openai(bare, substitutor=substitute(CHAT, "shipping", recorder=None)).chat.completions.create(**CHAT)
    assert (answer.choices[0].message.content, len(server.requests)) == ("shipping", 2)


def test_the_substitutors_recorder_is_the_default(server, say, bare, substitute, call):
    server.say(say.completion("shipping"))
    wrap_openai(bare, substitutor=substitute(CHAT, "shipping", "off")).chat.completions.create(**CHAT)
    assert call().response == Message("assistant", "shipping")


def test_wrapping_again(bare, recorder, substitute):
    first, second = substitute(CHAT, "a"), substitute(CHAT, "b")
    client = wrap_openai(bare, recorder, first)
    assert wrap_openai(client) is client
    assert wrap_openai(client, recorder, first) is client
    other = wrap_openai(client, substitutor=second)
    assert tap_of(other._client).substitution.substitutor is second
    assert tap_of(other._client).recorder is recorder
    assert tap_of(client._client).substitution.substitutor is first
    with Recorder("memory://") as another:
        assert tap_of(wrap_openai(client, another)._client).substitution.substitutor is first


def test_a_substitutor_is_needed(bare, recorder):
    with pytest.raises(TypeError, match="a Substitutor is needed"):
        wrap_openai(bare, recorder, "models/")


def test_a_students_call_is_recorded_once_and_named(bare, recorder, substitute, call):
    substitutor = substitute(CHAT, "shipping")
    with annotate(trace_id="t1"):
        answer = wrap_openai(bare, recorder, substitutor).chat.completions.create(**CHAT)
    found = call()
    assert recorder.stats().submitted == 1
    assert answer.id == f"chatcmpl-{found.id.replace('-', '')}"
    assert (answer.model, found.model) == (found.served_by, "gpt-x")
    assert (found.trace_id, found.response) == ("t1", Message("assistant", "shipping"))
    assert answer._request_id.startswith("req_")
    assert substitutor.stats()[Reason.SUBSTITUTED] == 1
