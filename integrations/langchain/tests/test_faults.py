"""Whatever breaks, the LLM answers, and nothing is raised."""

import asyncio
import time

import pytest

from integrations.langchain.tests.asking import MATCHING, OTHER, Listener, joined, say_hello
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.testing import ScriptedStudent
from slm_instrument_langchain import SlmChatModel


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        (lambda text: text[99], "ERROR"),
        (lambda text: time.sleep(0.5) or "late", "TIMEOUT"),
        (lambda _: "", "INVALID"),
        (lambda _: Message("assistant", None, (ToolCall("no_such_tool", "{}", "c1"),)), "INVALID"),
    ],
)
def test_the_student_fails(make, scripted, way, student, reason):
    substitutor = make(ScriptedStudent(student), timeout_ms=100)
    if reason == "TIMEOUT":
        substitutor.warm()
    came = way(SlmChatModel(scripted(answer=say_hello), substitutor), MATCHING)
    assert joined(came).content == "You said: hello there"
    assert substitutor.reasons == [reason]


@pytest.mark.parametrize("method", ["decide", "adecide", "served", "observe"])
def test_the_substitutor_breaks(make, scripted, way, monkeypatch, method, caplog):
    def broken(*args, **kwargs):
        raise RuntimeError("a bug of ours")

    substitutor = make(ScriptedStudent(str.upper), mode="shadow" if method == "observe" else "on")
    monkeypatch.setattr(substitutor, method, broken)
    model = SlmChatModel(scripted(answer=say_hello), substitutor)
    for _ in range(2):
        came = way(model, MATCHING)
    if model.errors:
        assert model.errors == 2
        assert joined(came).content == "You said: hello there"
        assert caplog.text.count("substitution failed") == 1
    else:  # the other of the two ways to decide
        assert method in ("decide", "adecide")
        assert joined(came).content == "HELLO"


def test_a_task_that_is_cancelled_stays_so(make, scripted):
    substitutor = make(ScriptedStudent(lambda _: time.sleep(0.5) or "late"))
    substitutor.warm()
    listener = Listener()
    model = SlmChatModel(scripted(), substitutor)

    async def work():
        task = asyncio.create_task(model.ainvoke(MATCHING, {"callbacks": [listener]}))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    assert listener.heard == []
    assert model.errors == 0
    assert model.invoke(OTHER).content == f"You said: {OTHER}"


def test_the_loop_is_free_while_the_student_thinks(make, scripted):
    substitutor = make(ScriptedStudent(lambda _: time.sleep(0.4) or "late"))
    substitutor.warm()

    async def work():
        task = asyncio.create_task(SlmChatModel(scripted(), substitutor).ainvoke(MATCHING))
        turns = 0
        while not task.done():
            await asyncio.sleep(0.01)
            turns += 1
        return turns, await task

    turns, answer = asyncio.run(work())
    assert answer.content == "late"
    assert turns > 10


def test_what_the_llm_raises_is_the_callers(make, scripted, way):
    class Down(Exception):
        pass

    for mode in ("on", "shadow"):
        substitutor = make(ScriptedStudent(str.upper, accepted=False), mode=mode)
        with pytest.raises(Down):
            way(SlmChatModel(scripted(answer=lambda _: Down()), substitutor), MATCHING)


def test_wrong_input_is_the_models_matter(make, scripted):
    model = SlmChatModel(scripted(), make(ScriptedStudent(str.upper)))
    with pytest.raises(ValueError, match="Invalid input type"):
        model.invoke(17)


def test_the_kill_switch(make, scripted, monkeypatch):
    model = SlmChatModel(scripted(), make(ScriptedStudent(str.upper)))
    assert model.invoke(MATCHING).content == "HELLO"
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    assert model.invoke(MATCHING).content == f"You said: {MATCHING}"
