"""The second stage of redaction over a store: each content once, the same person the same within a trace."""

import re
from contextlib import closing

import pytest

from slm_instrument import Call, Message, ToolCall, open_store
from slm_instrument.errors import NotFoundError
from slm_instrument.privacy.reveal import reveal
from slm_instrument.privacy.scan import scan
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.placeholders import restored

PEOPLE = re.compile(r"\b(?:Ann|Bob|Cyd)\b")


class People:
    """Knows three people, and counts what it is asked."""

    def __init__(self):
        self.asked = []

    def find_many(self, texts):
        self.asked += texts
        return [[Finding(m.start(), m.end(), "PERSON") for m in PEOPLE.finditer(text)] for text in texts]


def call(text, answer="ok", **fields):
    messages = (Message("system", "You help."), Message("user", text))
    return Call(messages=messages, response=Message("assistant", answer), **fields)


def said(store):
    return [(call.messages[-1].text, call.response.text) for call in store.iter_calls()]


@pytest.fixture
def store():
    with closing(open_store("memory://")) as opened:
        yield opened


def test_a_person_stays_the_same_within_a_trace_and_not_across(store):
    store.add_calls(
        [
            call("Ann met Bob", "Bob it is", trace_id="t1"),
            call("Bob and Cyd, ann@example.org", trace_id="t1"),
            call("Bob", trace_id="t2"),
            call("Cyd"),
        ]
    )
    report = scan(store, People())
    assert (report.calls, report.masked, report.entities) == (4, 5, 3)
    assert said(store) == [
        ("<PERSON_1> met <PERSON_2>", "<PERSON_2> it is"),
        ("<PERSON_2> and <PERSON_3>, <EMAIL_ADDRESS_1>", "ok"),
        ("<PERSON_1>", "ok"),
        ("<PERSON_1>", "ok"),
    ]
    assert reveal(store, "t1") == {
        "<EMAIL_ADDRESS_1>": "ann@example.org",
        "<PERSON_1>": "Ann",
        "<PERSON_2>": "Bob",
        "<PERSON_3>": "Cyd",
    }
    assert (
        restored("<PERSON_3> to <EMAIL_ADDRESS_1> <PERSON_9>", reveal(store, "t1"))
        == "Cyd to ann@example.org <PERSON_9>"
    )
    with pytest.raises(NotFoundError, match="nothing was taken out"):
        reveal(store, "t3")


def test_each_content_is_looked_through_once(store):
    people = People()
    store.add_calls([call("Ann", trace_id="t1"), call("Ann", trace_id="t2"), call("Bob", trace_id="t1")])
    scan(store, people)
    assert sorted(people.asked) == ["Ann", "Bob", "You help.", "ok"]
    store.add_calls([call("Ann", trace_id="t3"), call("Cyd and Ann", trace_id="t3")])  # the writer may not know them
    scan(store, people)
    assert sorted(people.asked) == ["Ann", "Bob", "Cyd and Ann", "You help.", "ok"]
    assert said(store)[3:] == [("<PERSON_1>", "ok"), ("<PERSON_2> and <PERSON_1>", "ok")]
    assert scan(store, people).contents == 0


def test_a_writer_that_knows_a_content_does_not_bring_the_name_back(tmp_path):
    url = f"sqlite:///{tmp_path}/calls.db"
    with closing(open_store(url)) as writer, closing(open_store(url)) as other:
        writer.add_calls([call("Ann", id="1")])
        scan(other, People())
        writer.add_calls([call("Ann", id="2")])
        fresh = open_store(url)
        fresh.add_calls([call("Ann", id="3")])
        fresh.close()
        assert said(other) == [("<PERSON_1>", "ok")] * 3


def test_tool_arguments_stay_json(store):
    asks = Message("assistant", None, (ToolCall("mail", '{"to": "Ann", "n": 3, "cc": ["Bob"]}', "id1"),))
    store.add_calls([Call(messages=(Message("user", "go"),), response=asks)])
    scan(store, People())
    (back,) = store.iter_calls()
    assert back.response.tool_calls[0].arguments == '{"to": "<PERSON_1>", "n": 3, "cc": ["<PERSON_2>"]}'
    assert back.response.tool_calls[0].id == "id1"


def test_strict_calls_come_out_when_they_have_passed():
    with closing(open_store("memory://", redaction="standard,shop=strict,free=off")) as store:
        store.add_calls([call("Ann", app="shop"), call("Bob", app="free"), call("Cyd", app="else")])
        assert list(store.iter_calls()) == [], "'ok' is the shop's text, and held back for the others too"
        scan(store, People())
        assert said(store) == [("<PERSON_1>", "ok"), ("Bob", "ok"), ("<PERSON_1>", "ok")]


def test_a_scan_that_breaks_off_goes_on(store, monkeypatch):
    class Tired(People):
        def find_many(self, texts):
            if self.asked:
                raise RuntimeError("tired")
            return super().find_many(texts)

    monkeypatch.setattr("slm_instrument.privacy.scan._STRETCH", 2)
    store.add_calls([call(f"Ann {n}") for n in range(6)])
    with pytest.raises(RuntimeError, match="tired"):
        scan(store, Tired())
    assert [text for text, _ in said(store)][:3] == ["<PERSON_1> 0", "<PERSON_1> 1", "Ann 2"]
    assert scan(store, People()).masked == 4
    assert all("Ann" not in text for text, _ in said(store))
