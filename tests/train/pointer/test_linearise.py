"""Answers as walks: what is built again from the actions is what was taken apart."""

import json

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from slm_instrument.canonical import normal_form
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.pointer.grammar import REFUSE, Grammar, Refused, Symbol, Wording, replay
from slm_instrument.runtime.pointer.spans import CHANGES
from slm_instrument.runtime.pointer.wording import read, usual, write
from slm_instrument.train.pointer.linearise import learn_grammar, learn_policy, linearise

words = st.sampled_from(["Ada", "oak desk", "path/to.py", "tea_box", "Zoë", 'a "quoted" word', "x-9"])
leaves = st.one_of(
    words, st.booleans(), st.none(), st.just(""), st.integers(-50, 1_000_000), st.sampled_from([0.5, 2.75])
)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "c.d"]), inner, max_size=3),
    max_leaves=10,
)


def prompt_text(value):
    """A prompt that holds every leaf that can be copied."""
    if isinstance(value, dict):
        return " ; ".join(map(prompt_text, value.values()))
    if isinstance(value, list):
        return " ; ".join(map(prompt_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def rebuilt(actions):
    return replay([(a.symbol, None if a.span is None else CHANGES[a.symbol.payload](a.span)) for a in actions])


def learned(pairs):
    policy = learn_policy(pairs)
    return learn_grammar([linearise(pair, policy) for pair in pairs], Wording())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.lists(trees, max_size=4), st.dictionaries(st.sampled_from("abc"), trees, max_size=3)))
def test_any_json_whose_leaves_are_in_the_prompt_is_built_again(prompt_of, value):
    message = Message("assistant", json.dumps(value))
    pair = prompt_of(prompt_text(value)), read(message)
    grammar, sequences = learned([pair] * 3)
    for actions in sequences:
        assert all(grammar.symbols.index(action.symbol) in grammar.paths[action.path] for action in actions)
        assert normal_form(write(rebuilt(actions), grammar.wording)) == normal_form(message)


def test_tool_calls_are_built_again(prompt_of):
    message = Message(
        "assistant", tool_calls=(ToolCall("book", '{"flight": "HAT-136", "bags": 2}'), ToolCall("note", "{}"))
    )
    pair = prompt_of("flight HAT-136 with 2 bags"), read(message)
    _, (actions, *_) = learned([pair] * 3)
    assert normal_form(write(rebuilt(actions), Wording())) == normal_form(message)
    assert Symbol("copy", "number") in [action.symbol for action in actions]


def test_tool_calls_without_json_have_no_tree():
    assert read(Message("assistant", tool_calls=(ToolCall("book", "flight=HAT-136"),))) is None


def test_a_text_is_a_tree_with_one_leaf(prompt_of):
    pairs = [
        (prompt_of(f"my name is {name}"), read(Message("assistant", f" {name}\n"))) for name in ("Ada", "Zoe", "Lin")
    ]
    _, sequences = learned(pairs)
    assert [action.span for actions in sequences for action in actions if action.span] == ["Ada", "Zoe", "Lin"]


def test_case_and_spelling_are_the_prompts(prompt_of):
    pairs = [
        (prompt_of(f"see {name} here"), read(Message("assistant", name.lower()))) for name in ("AbC", "XyZ", "PqR")
    ]
    _, sequences = learned(pairs)
    assert [(a.symbol.payload, a.span) for actions in sequences for a in actions if a.span] == [
        ("lower", "AbC"),
        ("lower", "XyZ"),
        ("lower", "PqR"),
    ]


def test_what_recurs_without_being_in_the_prompt_is_a_literal(prompt_of):
    pairs = [(prompt_of(f"number {n}"), read(Message("assistant", "refund"))) for n in range(4)]
    pairs.append((prompt_of("i want a refund"), read(Message("assistant", "refund"))))
    _, sequences = learned(pairs)
    assert {actions[-1].symbol for actions in sequences} == {Symbol("literal", '"refund"')}


def test_calls_in_words_are_composed(prompt_of):
    names = ["Ada", "Zoe", "Lin", "Omar", "Freja", "Kim", "Ove"]
    pairs = [(prompt_of(f"find {name} please"), read(Message("assistant", f'search("{name}")'))) for name in names]
    _, sequences = learned(pairs)
    assert [(a.symbol.kind, a.span or a.symbol.payload) for a in sequences[0][2:]] == [
        ("glue", 'search("'),
        ("copy", "Ada"),
        ("glue", '")'),
        ("end", ""),
    ]
    assert rebuilt(sequences[0]).value == 'search("Ada")'


def test_what_cannot_be_built_is_refused_where_it_breaks(prompt_of):
    good = [
        (prompt_of(f"i am {name}"), read(Message("assistant", f'{{"name": "{name}"}}')))
        for name in ("Ada", "Zoe", "Lin")
    ]
    bad = prompt_of("i am nobody"), read(Message("assistant", '{"name": "somebody else"}'))
    _, sequences = learned([*good, bad])
    assert sequences[-1][-1].symbol == REFUSE
    with pytest.raises(Refused):
        rebuilt(sequences[-1])


def test_keys_keep_their_usual_order(prompt_of):
    texts = ['{"b": "", "a": ""}', '{"b": "", "a": ""}', '{"a": "", "b": ""}']
    _, sequences = learned([(prompt_of("x"), read(Message("assistant", text))) for text in texts])
    assert {actions[1].symbol.payload for actions in sequences} == {'["b","a"]'}


def test_what_copied_spans_have_in_common_is_learned(prompt_of):
    pairs = [(prompt_of(f"see a_{n}.py, please"), read(Message("assistant", f"a_{n}.py"))) for n in range(60)]
    policy = learn_policy(pairs)
    grammar, _ = learn_grammar([linearise(pair, policy) for pair in pairs], Wording())
    rules = grammar.spans["text"]
    assert set(rules.always) == {"_", "."}
    assert {",", " ", "\n", "`"} <= set(rules.never)
    assert Grammar.decode(grammar.encode()) == grammar
    few, _ = learn_grammar([linearise(pair, policy) for pair in pairs[:40]], Wording())
    assert few.spans == {}


@pytest.mark.parametrize(
    "text", ['{"a":1}', '{\n  "a": 1\n}', '```json\n{\n    "a": [\n        1\n    ]\n}\n```', '```\n{"a": 1}\n```']
)
def test_json_is_written_as_the_teacher_does(text):
    written = write(read(Message("assistant", text)), usual([text])).text
    assert written.replace(" ", "") == text.replace(" ", "")
    assert written.count("\n") == text.count("\n")
