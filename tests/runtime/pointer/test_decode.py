"""Building answers under a grammar, whatever a model says."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, strategies as st

from slm_instrument.runtime.pointer.decode import Decoder, History, Step
from slm_instrument.runtime.pointer.grammar import END, REFUSE, Answer, Grammar, Spans, Symbol, Wording
from slm_instrument.runtime.pointer.spans import Prompt

TEXT = "alpha beta alpha 7"
PROMPT = Prompt.of(TEXT, [(0, 0), (0, 5), (6, 10), (11, 16), (17, 18), (0, 0)])
SYMBOLS = (
    Symbol("form", "json"),
    Symbol("object", '["names","count"]'),
    Symbol("array"),
    Symbol("copy"),
    END,
    Symbol("copy", "number"),
    Symbol("literal", "null"),
    REFUSE,
    Symbol("compose"),
    Symbol("glue", "<"),
)
GRAMMAR = Grammar(
    symbols=SYMBOLS,
    paths={
        "": (0,),
        "json": (1,),
        "json.names": (2,),
        "json.names[]": (3, 4, 7, 8),
        "json.names[]<>": (3, 4, 9),
        "json.count": (5, 6),
    },
    wording=Wording(),
)


class Scripted:
    """Says what it was told to say: a symbol, and for a copy the first and last token, at every step."""

    affinity = np.zeros((1, 6, 6), np.float32)

    def __init__(self, *said):
        self.said = list(said)

    def step(self, history):
        symbol, first, last = self.said[len(history.symbols)]
        return Step(*_told(symbol, first, last))


class Chance:
    """Says anything."""

    def __init__(self, seed):
        self.draw = np.random.default_rng(seed)
        self.affinity = self.draw.normal(size=(2, 6, 6)).astype(np.float32) * 5

    def step(self, history):
        return Step(*(self.draw.normal(size=(2, n)).astype(np.float32) * 5 for n in (len(SYMBOLS), 6, 6)))


def _told(symbol, first, last):
    return _peak(len(SYMBOLS), symbol), _peak(6, first), _peak(6, last)


def _peak(size, at):
    return np.where(np.arange(size) == at, 9.0, 0.0).astype(np.float32)[None]


def test_what_is_said_is_built():
    built = Decoder(GRAMMAR, 20).answer(PROMPT, Scripted((3, 1, 2), (3, 2, 2), (4, 0, 0), (5, 4, 4)))
    assert built.answer == Answer("json", {"names": ["alpha beta", "beta"], "count": 7})
    assert (len(built.choices), len(built.spans)) == (4, 3)
    assert max(*built.choices, *built.spans) <= 0.0


def test_pieces_are_joined():
    said = [(8, 0, 0), (9, 0, 0), (3, 2, 2), (9, 0, 0), (4, 0, 0), (4, 0, 0), (6, 0, 0)]
    built = Decoder(GRAMMAR, 20).answer(PROMPT, Scripted(*said))
    assert built.answer.value == {"names": ["<beta<"], "count": None}


def test_equal_texts_add_up():
    """Each "alpha" alone is less likely than "beta"."""
    reader = Scripted((3, 2, 2), (4, 0, 0), (6, 0, 0))
    first = np.log(np.array([0, 0.3, 0.4, 0.3, 1e-9, 0], np.float32) + 1e-12)[None]
    steps = iter([Step(_peak(len(SYMBOLS), 3), first, np.array([[0, 9, 9, 9, 0, 0]], np.float32))])
    said = reader.step
    reader.affinity = np.eye(6, dtype=np.float32)[None] * 30
    reader.step = lambda history: next(steps, None) or said(history)
    built = Decoder(GRAMMAR, 20).answer(PROMPT, reader)
    assert built.answer.value["names"] == ["alpha"]
    assert built.spans[0] == pytest.approx(np.log(0.6), abs=1e-2)


def test_the_members_of_a_model_are_averaged():
    """Two are fairly sure of one text each; the third member's word decides."""
    said = [(3, 1, 1), (3, 1, 1), (3, 2, 2)]
    steps = [Step(*map(np.concatenate, zip(*(_told(*one) for one in said), strict=True)))]
    end = Scripted((4, 0, 0), (4, 0, 0), (6, 0, 0)).step
    reader = Scripted()
    reader.affinity = np.zeros((3, 6, 6), np.float32)
    reader.step = lambda history: steps.pop() if steps else end(history)
    built = Decoder(GRAMMAR, 20).answer(PROMPT, reader)
    assert built.answer.value["names"] == ["alpha"]
    assert built.spans[0] == pytest.approx(np.log(2 / 3), abs=0.02)
    assert len(built.members) == 3
    assert built.members[0] == built.members[1] > -1 > -8 > built.members[2]


RULED = msgspec.structs.replace(GRAMMAR, spans={"json.names[]": Spans(never=" ")})


def test_a_span_keeps_to_what_spans_have_in_common():
    """ "alpha beta" is the likeliest, but no name has a space; the doubt stays in the probability."""
    reader = Scripted((3, 1, 2), (4, 0, 0), (6, 0, 0))
    built = Decoder(RULED, 20).answer(PROMPT, reader)
    assert built.answer.value["names"] == ["alpha"]
    assert built.spans[0] < -5
    reader = Scripted((3, 1, 2), (4, 0, 0), (6, 0, 0))
    always = msgspec.structs.replace(GRAMMAR, spans={"json.names[]": Spans(always="7")})
    assert "7" in Decoder(always, 20).answer(PROMPT, reader).answer.value["names"][0]


def test_where_no_span_keeps_to_it_nothing_is_copied():
    nowhere = msgspec.structs.replace(GRAMMAR, spans={"json.names[]": Spans(always="#")})
    assert Decoder(nowhere, 20).answer(PROMPT, Scripted((3, 1, 2))).answer is None


@given(st.integers(0, 10_000))
def test_whatever_is_said_rules_are_kept(seed):
    copied = msgspec.structs.replace(RULED, paths=RULED.paths | {"json.names[]": (3, 4)})
    built = Decoder(copied, 30).answer(PROMPT, Chance(seed))
    if built.answer is not None:
        assert set(built.answer.value["names"]) <= {"alpha", "beta", "7"}


def test_a_refusal_is_no_answer():
    assert Decoder(GRAMMAR, 20).answer(PROMPT, Scripted((7, 0, 0))).answer is None


def test_an_answer_without_end_is_given_up():
    built = Decoder(GRAMMAR, 5).answer(PROMPT, Scripted(*[(3, 1, 1)] * 9))
    assert built.answer is None
    assert len(built.choices) == 5


def test_nothing_is_copied_from_an_empty_prompt():
    empty = Prompt.of("", [(0, 0), (0, 0)])
    reader = Scripted((3, 0, 0))
    reader.step = lambda history: Step(
        _peak(len(SYMBOLS), 3), np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32)
    )
    assert Decoder(GRAMMAR, 20).answer(empty, reader).answer is None


@given(st.integers(0, 10_000))
def test_whatever_is_said_the_answer_is_valid(seed):
    built = Decoder(GRAMMAR, 30).answer(PROMPT, Chance(seed))
    assert all(np.isfinite((*built.choices, *built.spans, *built.margins)))
    if built.answer is not None:
        value = built.answer.value
        assert list(value) == ["names", "count"]
        assert value["count"] in (7, None)
        assert all(isinstance(name, str) for name in value["names"])


def test_the_history_tells_where_the_answer_has_got_to():
    history = History(symbols=[3, 4], paths=[3, 3, 5], copied=[[(1, 1), (3, 3)], []])
    symbols, paths, first, last, marks = history.arrays(6, nothing=10)
    assert symbols.tolist() == [[10, 3, 4]]
    assert paths.tolist() == [[3, 3, 5]]
    assert first.tolist() == last.tolist() == [[-1, 1, -1]]
    assert marks[0, :, :, 0].tolist() == [[0] * 6, [0, 1, 0, 1, 0, 0], [0, 1, 0, 1, 0, 0]]
    assert marks[0, :, :, 1].tolist() == [[0, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1]]
