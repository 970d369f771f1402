"""Values keep their shape, whatever is taken out of their texts."""

import json
import logging
from dataclasses import dataclass

import pytest

from slm_instrument.records import Message, ToolCall, ToolSpec
from slm_instrument.redaction import redactor
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.placeholders import WITHHELD, Entity
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.redaction.redactor import Withheld, redact

POLICY = Policy()


def shown(type, text):
    return f"<{type}>"


def redacted(value, policy=POLICY):
    return redact(value, policy, shown)


def test_what_holds_nothing_is_the_same_object():
    value = {
        "role": "user",
        "content": [{"type": "text", "text": "two words"}],
        "n": 12,
        "f": 1.5,
        "t": (1, None, True),
    }
    assert redacted(value) is value
    assert redact({"content": "ann@example.org"}, Policy(level=Level.OFF), shown) == {"content": "ann@example.org"}


def test_messages_keep_roles_ids_and_names_of_tools():
    message = Message(
        role="assistant",
        content="mail ann@example.org",
        tool_calls=(ToolCall("send_to_415_555_0132", '{"to": "ann@example.org"}', id="call_4111111111111111"),),
        tool_call_id="078-05-1120",
        name="078-05-1121",
    )
    value = redacted(message.to_openai())
    assert value["content"] == "mail <EMAIL_ADDRESS>"
    assert value["tool_call_id"] == "078-05-1120"
    assert value["name"] == "078-05-1121"
    (call,) = value["tool_calls"]
    assert call["id"] == "call_4111111111111111"
    assert call["function"] == {"name": "send_to_415_555_0132", "arguments": '{"to": "<EMAIL_ADDRESS>"}'}


def test_tools_keep_their_schemas():
    spec = ToolSpec(
        "find_user",
        "Finds ann@example.org",
        {
            "type": "object",
            "properties": {"password": {"type": "string"}, "phone": {"type": "integer", "maximum": 9999999}},
        },
    )
    (tool,) = redacted([spec.to_openai()])
    assert tool["function"]["description"] == "Finds <EMAIL_ADDRESS>"
    assert tool["function"]["parameters"] is not spec.parameters
    assert tool["function"]["parameters"] == spec.parameters


def test_fields_tell_by_their_names():
    value = {
        "password": "open sesame",
        "phone": 4155550132,
        "card_number": 4111111111111112,
        "ssn": "536904399",
        "n": 415,
    }
    assert redacted(value) == {
        "password": "<PASSWORD>",
        "phone": "<PHONE_NUMBER>",
        "card_number": "<CREDIT_CARD>",
        "ssn": "<US_SSN>",
        "n": 415,
    }


def test_keys_are_looked_through_too_and_stay_apart():
    value = {"ann@example.org": 1, "bob@example.org": 2, 3: "x"}
    assert redacted(value) == {"<EMAIL_ADDRESS>": 1, "<EMAIL_ADDRESS>'": 2, 3: "x"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{ "to" : "ann@example.org",\n "n": 1.50 }', '{ "to" : "<EMAIL_ADDRESS>",\n "n": 1.50 }'),
        ('{"card": 4111111111111111, "n": -4}', '{"card": "<CREDIT_CARD>", "n": -4}'),
        ('[4111111111111111,"415-555-0132"]', '["<CREDIT_CARD>","<PHONE_NUMBER>"]'),
        (r'{"a": "line\nann@example.org \"x\""}', r'{"a": "line\n<EMAIL_ADDRESS> \"x\""}'),
        (r'{"a": "ann\u0040example.org"}', '{"a": "<EMAIL_ADDRESS>"}'),
        (r'{"a": "{\"password\": \"hunter2\", \"n\": 1}"}', r'{"a": "{\"password\": \"<PASSWORD>\", \"n\": 1}"}'),
        ('{"ann@example.org": {"password": "hunter2"}}', '{"<EMAIL_ADDRESS>": {"password": "<PASSWORD>"}}'),
        ('{"phones": ["99 668472", "99 668473"]}', '{"phones": ["<PHONE_NUMBER>", "<PHONE_NUMBER>"]}'),
        ('{"password": "a,b]c"}', '{"password": "<PASSWORD>"}'),
    ],
)
def test_json_in_a_text_stays_json_as_it_was_written(text, wanted):
    json.loads(wanted)
    assert redacted(text) == wanted


def test_json_in_the_middle_of_a_text_stays_json():
    text = 'Answer:\n```json\n{"phone": 4155550132, "to": "ann@example.org"}\n``` and "{\\"phone\\": 4155550132}"'
    assert redacted(text) == (
        'Answer:\n```json\n{"phone": "<PHONE_NUMBER>", "to": "<EMAIL_ADDRESS>"}\n``` '
        'and "{\\"phone\\": \\"<PHONE_NUMBER>\\"}"'
    )


def test_images_are_passed_by():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "iVBORw0KGgo" * 200 + "=="}}
    assert redacted({"role": "user", "content": [image]})["content"][0] is image
    text = "data:text/plain;base64,QUJD " + "ann@example.org " * 100
    assert "ann@" not in redacted(text)


def test_tokens_are_left_alone():
    token = Entity(b"4" * 16, "PHONE_NUMBER", "x").token
    text = f"call me at {token} or password: {token}"
    assert redacted(text) is text
    assert redacted({"password": token})["password"] is token


def test_what_json_cannot_say_is_looked_through_as_it_will_be_written():
    @dataclass
    class Person:
        mail: str

    assert redacted({"who": Person("ann@example.org"), "at": [{1}]})["who"] == {"mail": "<EMAIL_ADDRESS>"}
    cyclic = []
    cyclic.append(cyclic)
    assert WITHHELD in json.dumps(redacted({"c": cyclic}))


class Failing:
    def find(self, text):
        if "fail" in text:
            raise RuntimeError(f"cannot read {text}")
        yield Finding(0, len(text) + ("long" in text), "WORD")


def test_a_text_that_cannot_be_looked_through_is_withheld(caplog, monkeypatch):
    policy = Policy(recognisers=(Failing(),))
    withheld = Withheld()
    monkeypatch.setattr(redactor, "withheld", withheld)
    with caplog.at_level(logging.ERROR, "slm_instrument"):
        assert redacted({"a": "do fail", "b": "fine", "c": "too long"}, policy) == {
            "a": WITHHELD,
            "b": "<WORD>",
            "c": WITHHELD,
        }
    assert withheld.count == 2
    assert len(caplog.records) == 1
    assert "do fail" not in caplog.text


def test_what_nobody_foresaw_withholds_all_texts_of_a_value(monkeypatch):
    def broken(*_):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(redactor, "_fixed_fields", broken)
    message = {"role": "user", "content": [{"type": "text", "text": "my secret"}], "n": 3, "my secret": 1}
    masked = redact(message, Policy(), lambda type, text: type)
    assert masked == {"role": "user", "content": [{"type": WITHHELD, "text": WITHHELD}], "n": None}


@pytest.mark.parametrize("odd", [[], {}, None, 3, {"a": []}], ids=str)
def test_a_type_that_is_no_text_is_no_trouble(odd):
    value = {"role": "assistant", "content": [{"type": odd, "text": "ann@example.org"}]}
    assert redact(value, Policy(), lambda type, text: type)["content"][0]["text"] == "EMAIL_ADDRESS"


def test_a_table_of_numbers_holds_no_telephone_numbers():
    table = " ".join(f"{n:03}" for n in range(40))
    assert redact(table, Policy(), lambda type, text: type) is table
