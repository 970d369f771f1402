"""What a student is asked with: placeholders where its training texts had them, and the way back from its answer."""

import pytest

from slm_instrument.records import Call, Message, ToolCall
from slm_instrument.redaction.policy import Level, Policies, Rule
from slm_instrument.runtime.masking import ask_of
from slm_instrument.runtime.student import Prediction
from slm_instrument.template import SLOT, Pattern, Prompt, Template

TEMPLATE = Template(Pattern(("You serve ", SLOT, ".")), Pattern(("",)), Pattern(("Mail: ", SLOT)))


def asked(text, level="standard", policies=None, template=TEMPLATE):
    call = Call(messages=(Message("system", "You serve shop@example.com."), Message("user", f"Mail: {text}")))
    slots = template.match(Prompt.of_call(call))
    return ask_of(call, template, slots, level, policies or Policies())


def said(content=None, calls=()):
    message = Message("assistant", content, calls)
    return Prediction(message=message, score=1, accepted=True, label="x")


def test_a_live_prompt_and_one_from_the_store_look_alike():
    live = asked("I am ann@example.org, write to bob@example.org")
    stored = asked("I am <EMAIL_ADDRESS_4>, write to <EMAIL_ADDRESS_2>")
    assert live.text.splitlines()[0] == "I am <EMAIL_ADDRESS_1>, write to <EMAIL_ADDRESS_2>"
    assert live.text == stored.text


def test_an_answer_has_the_values_again():
    live = asked("write to bob@example.org")
    assert live.answered(said("to <EMAIL_ADDRESS_1>")).message.content == "to bob@example.org"
    tool = ToolCall("mail", '{"to": "<EMAIL_ADDRESS_1>"}', "id1")
    assert live.answered(said(calls=(tool,))).message.tool_calls == (
        ToolCall("mail", '{"to": "bob@example.org"}', "id1"),
    )


@pytest.mark.parametrize("text", ["nobody is named", "write to bob@example.org"])
def test_an_answer_with_a_placeholder_of_nothing_is_not_given(text):
    with pytest.raises(ValueError, match="a placeholder that its prompt has not"):
        asked(text).answered(said("to <EMAIL_ADDRESS_3>"))


def test_a_student_of_plain_texts_is_asked_with_plain_texts():
    plain = asked("write to bob@example.org", level="off")
    assert plain.text.splitlines()[0] == "write to bob@example.org"
    assert plain.answered(said("<EMAIL_ADDRESS_1>")).message.content == "<EMAIL_ADDRESS_1>"


def test_a_process_that_redacts_nothing_does_what_the_student_learned():
    off = Policies([Rule(level=Level.OFF)])
    assert asked("write to bob@example.org", policies=off).text.splitlines()[0] == "write to <EMAIL_ADDRESS_1>"


@pytest.mark.parametrize("text", ["nothing personal", "", "a" * 10_000])
def test_most_texts_pass_as_they_are(text):
    assert asked(text).text == asked(text, level="off").text.replace("shop@example.com", "<EMAIL_ADDRESS_1>")
