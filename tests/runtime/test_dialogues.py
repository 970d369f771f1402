import pytest

from slm_instrument.records import Call, Message, ToolCall
from slm_instrument.runtime import dialogues
from slm_instrument.runtime.decision import Reason
from slm_instrument.runtime.dialogues import Dialogues

EXAMPLE = (Message("user", "2+2?"), Message("assistant", "4"))


def call(turns, *, trace="trace", examples=()):
    messages = [*examples, Message("user", "book it")]
    for turn in range(turns):
        messages += [Message("assistant", None, (ToolCall("look", "{}", f"id{turn}"),)), Message("tool", "found")]
    return Call(messages=tuple(messages), trace_id=trace)


@pytest.mark.parametrize(
    "reason", [Reason.LOW_CONFIDENCE, Reason.INVALID, Reason.TIMEOUT, Reason.ERROR, Reason.UNSUPPORTED]
)
def test_what_the_llm_had_to_take_over_it_keeps(reason):
    known = Dialogues()
    known.note("task", call(0), Reason.SUBSTITUTED)
    assert not known.handed_over("task", call(1))
    known.note("task", call(1), reason)
    assert known.handed_over("task", call(2))
    assert known.handed_over("task", call(1))


def test_another_dialogue_of_the_trace_may_begin_anew():
    known = Dialogues()
    known.note("task", call(0), Reason.SUBSTITUTED)
    known.note("task", call(1), Reason.LOW_CONFIDENCE)
    assert not known.handed_over("task", call(0))


def test_other_tasks_and_traces_are_others():
    known = Dialogues()
    known.note("task", call(0), Reason.SUBSTITUTED)
    known.note("task", call(1), Reason.LOW_CONFIDENCE)
    assert not known.handed_over("other", call(2))
    assert not known.handed_over("task", call(2, trace="other"))
    assert not known.handed_over("task", call(2, trace=None))


def test_a_dialogue_that_the_llm_began_is_decided_call_by_call():
    known = Dialogues()
    known.note("task", call(0), Reason.LOW_CONFIDENCE)
    known.note("task", call(1), Reason.LOW_CONFIDENCE)
    assert not known.handed_over("task", call(2))


def test_examples_in_the_prompt_are_no_dialogue():
    known = Dialogues()
    known.note("task", call(0, examples=EXAMPLE), Reason.SUBSTITUTED)
    known.note("task", call(0, examples=EXAMPLE), Reason.LOW_CONFIDENCE)
    assert not known.handed_over("task", call(0, examples=EXAMPLE))


def test_what_is_no_failure_of_the_student_hands_nothing_over():
    known = Dialogues()
    known.note("task", call(0), Reason.SUBSTITUTED)
    known.note("task", call(1), Reason.DISABLED)
    assert not known.handed_over("task", call(2))


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(dialogues, "MOST", 3)
    known = Dialogues()
    for trace in "abcd":
        known.note("task", call(0, trace=trace), Reason.SUBSTITUTED)
        known.note("task", call(1, trace=trace), Reason.ERROR)
    assert [known.handed_over("task", call(2, trace=trace)) for trace in "abcd"] == [False, True, True, True]
