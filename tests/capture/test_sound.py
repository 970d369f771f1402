"""One odd call costs itself only: it is neither taken for a store that is down nor lost, and it can be read back."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import make_url

from slm_instrument import Call, Failure, Message, Recorder, ToolCall, ToolSpec, Usage, open_store
from slm_instrument.capture.sound import cleaned, sound
from slm_instrument.capture.spool import Spool
from slm_instrument.records import new_id
from slm_instrument.testing import FlakyStore, make_call


class Hostile:
    """Raises at everything one might ask of it, but its name in a test's report."""

    def _no(self, *_):
        raise RuntimeError("no")

    __str__ = __float__ = __len__ = __iter__ = __bool__ = _no


SCALARS = [
    None,
    True,
    5,
    2**70,
    -1.5,
    float("nan"),
    float("inf"),
    "text",
    "half \ud83d",
    "nul \0",
    b"bytes",
    Decimal("1"),
]
OTHERS = [[], ["a"], {}, {"a": object()}, {1: 2}, {1, 2}, object(), Hostile(), int, datetime(2026, 1, 2, tzinfo=UTC)]
ANYTHING = st.sampled_from([*SCALARS, *OTHERS])
FIELDS = Call.__dataclass_fields__


@pytest.fixture(scope="module")
def store():
    opened = open_store("memory://")
    yield opened
    opened.close()


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), ANYTHING, max_size=4))
def test_any_call_is_stored_and_read_back_and_survives_the_spool(store, fields):
    call = replace(sound(make_call(**fields)), id=new_id())
    before = store.count_calls()
    with Recorder(store) as recorder:
        recorder.record(call)
        assert recorder.flush(10)
    assert store.count_calls() == before + 1
    spool = Spool(make_url("sqlite://"))
    spool.append([call])
    assert [waited.id for waited in spool.oldest(2)] == [call.id]
    spool.settle()
    spool.close()


def test_all_of_them_can_be_read_again(store):
    assert len(list(store.iter_calls())) == store.count_calls()


def test_a_sound_call_is_left_as_it_is():
    call = make_call(
        usage=Usage(1, 2), tools=(ToolSpec("look", None, {}),), error=Failure("E"), started_at=datetime.now(UTC)
    )
    assert sound(call) is call
    assert cleaned(call) == call


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"agent": 5}, {"agent": "5"}),
        ({"cost_usd": Decimal("0.1")}, {"cost_usd": 0.1}),
        ({"audience": "humans"}, {"audience": "human"}),  # not one to train on, to be safe
        ({"audience": None}, {"audience": "agent"}),
        ({"labels": ["gold"]}, {"labels": {}}),
        ({"usage": Usage(2**40, 3)}, {"usage": Usage(None, 3)}),
        ({"messages": (Message(None, "hello"),)}, {"messages": (Message("unknown", "hello"),)}),
        ({"messages": ("hello",)}, {"messages": (Message("unknown", "hello"),)}),
        ({"messages": [Message("user", "hello")]}, {"messages": (Message("user", "hello"),)}),
        ({"response": Message("assistant", 7)}, {"response": Message("assistant", [])}),
        ({"tools": ("look",)}, {"tools": (ToolSpec("look", None, {}),)}),
        ({"duration_ms": float("nan")}, {"duration_ms": None}),
    ],
)
def test_what_is_of_the_wrong_type_is_made_right_or_left_out(fields, kept):
    made = sound(make_call(**fields))
    assert {name: getattr(made, name) for name in kept} == kept


def test_a_call_without_arguments_keeps_its_name():
    call = make_call(response=Message("assistant", None, (ToolCall("look", None),)))
    assert sound(call).response.tool_calls == (ToolCall("look", ""),)


def test_an_odd_call_does_not_block_those_behind_it(tmp_path):
    """The store would not take it, the spool could not hold it: everything behind it waited for ever."""
    url = f"sqlite:///{tmp_path}/calls.db"
    with Recorder(url) as recorder:
        recorder.record(make_call(id="before"))
        recorder.record(make_call(id="odd", audience=object(), model={"a": Hostile()}))
        recorder.record(make_call(id="after"))
        assert recorder.flush(10)
    assert [call.id for call in open_store(url).iter_calls()] == ["before", "odd", "after"]


def test_what_the_store_takes_the_spool_takes_too():
    store = FlakyStore(open_store("memory://"))
    store.down = True
    with Recorder(store) as recorder:
        recorder.record(make_call(id="odd", cost_usd=Decimal("0.1"), agent=os.urandom))
        assert not recorder.flush(0.3)
        assert recorder.stats().spooled == 1
        store.down = False
        assert recorder.flush(10)
        assert recorder.stats().errors == 0
    store.close()
