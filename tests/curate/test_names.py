"""Names are other names in what a student learns from: the same ones in a text and in its answer."""

import json

import pytest

from slm_instrument.curate.names import without_names
from slm_instrument.curate.sample import Sample
from slm_instrument.records import Message, ToolCall
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.policy import Level, Policy

KNOWN = {"Ann Lee": "PERSON", "Oslo": "LOCATION"}


class Known:
    """Finds some values, where they stand in words of their own; only in texts that begin as told."""

    def __init__(self, only=""):
        self.only = only

    def find_many(self, texts):
        return [
            [
                Finding(text.index(value), text.index(value) + len(value), type)
                for value, type in KNOWN.items()
                if value in text and text.startswith(self.only)
            ]
            for text in texts
        ]


@pytest.fixture
def policy():
    return Policy(level=Level.STANDARD)


def sample(text, answer):
    return Sample("call-1", text, "label", answer)


def test_the_answer_copies_the_other_name(policy):
    given = sample("Book 12 seats for Ann Lee of Oslo", Message("assistant", '{"who": "Ann Lee", "seats": 12}'))
    (made,) = without_names([given], Known(), policy, answers=True)
    who = json.loads(made.answer.text)["who"]
    assert who != "Ann Lee"
    assert made.text.startswith(f"Book 12 seats for {who} of ")
    assert not made.text.endswith("Oslo")
    assert json.loads(made.label) == {"who": who, "seats": 12}


def test_a_name_that_was_found_in_the_text_is_replaced_in_the_answer_too(policy):
    call = ToolCall("mail", '{"to": "Ann Lee", "greeting": "Dear Ann"}')
    given = sample("Mail Ann Lee", Message("assistant", None, (call,)))
    (made,) = without_names([given], Known("Mail"), policy, answers=True)
    arguments = json.loads(made.answer.tool_calls[0].arguments)
    assert made.text == f"Mail {arguments['to']}"
    assert arguments["greeting"] == f"Dear {arguments['to'].split()[0]}"
    assert made.answer.content is None
    assert "Ann" not in made.label


def test_an_answer_of_a_closed_set_stays(policy):
    given = sample("Is Ann Lee in?", Message("assistant", "Ann Lee"))
    (made,) = without_names([given], Known(), policy)
    assert "Ann Lee" not in made.text
    assert (made.label, made.answer) == (given.label, given.answer)


def test_what_has_no_names_stays_and_so_do_placeholders(policy):
    plain = sample("Mail <EMAIL_ADDRESS_1> 1250 times", Message("assistant", "<EMAIL_ADDRESS_1>"))
    assert without_names([plain], Known(), policy, answers=True) == [plain]
    named = sample("Mail <EMAIL_ADDRESS_1> for Ann Lee", Message("assistant", "<EMAIL_ADDRESS_1>"))
    (made,) = without_names([named], Known(), policy, answers=True)
    assert made.text.startswith("Mail <EMAIL_ADDRESS_1> for ")
    assert made.answer.text == "<EMAIL_ADDRESS_1>"


def test_words_of_the_task_that_are_taken_for_names_stay(policy):
    """ "Oslo" is the name of a method here; what the recogniser finds elsewhere is replaced all the same."""
    task = [sample(f"call oslo with {at}", Message("assistant", str(at))) for at in range(6)]
    named = sample("Oslo: ask Ann Lee", Message("assistant", "Oslo"))
    made = without_names([*task, named], Known(), policy, answers=True)[-1]
    assert made.text.startswith("Oslo: ask ")
    assert "Ann" not in made.text
    assert made.answer.text == "Oslo"


@pytest.mark.parametrize("small", [4, 6])
def test_a_name_that_some_write_small_is_a_name(policy, small):
    """Too few samples have it in small letters, or far more have it with a capital."""
    samples = [sample(f"oslo, {at}", Message("assistant", "")) for at in range(small)]
    samples += [sample(f"Oslo, {at}", Message("assistant", "")) for at in range(13 if small > 5 else 1)]
    assert not any("Oslo" in made.text for made in without_names(samples, Known(), policy, answers=True))
