"""The parts of a generator that need no model: drafts, grammar, evidence, and the loop over a scripted model."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from jsonschema import Draft202012Validator
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from slm_instrument.errors import BundleError
from slm_instrument.runtime.confidence import REFUSED, Confidence
from slm_instrument.runtime.generator.adapter import read_adapter, write_adapter
from slm_instrument.runtime.generator.copying import Place
from slm_instrument.runtime.generator.decode import Spoken, speak
from slm_instrument.runtime.generator.drafts import LONGEST, Drafter, by_context, learn_phrases, read_phrases
from slm_instrument.runtime.generator.evidence import (
    NAMES,
    evidence_of,
    familiar_words,
    refusal,
    strange_words,
    token_pieces,
)
from slm_instrument.runtime.generator.grammar import Grammar

END = 256
WORDS = st.lists(st.integers(0, 5), min_size=1, max_size=30)


class Scripted:
    """Says one text after a prompt, and is the surer of a token the more often its number was asked for."""

    def __init__(self, prompt, answer, size=300):
        self.length = 0
        self._read = []
        self._text = [*prompt, *answer]
        self._size = size

    def feed(self, ids, keep=1):
        del self._read[self.length :]
        self._read += ids
        self.length = len(self._read)
        rows = np.zeros((keep, self._size), np.float32)
        for row, ends in zip(rows, range(self.length - keep + 1, self.length + 1), strict=True):
            # Only for a text that began as scripted: what is said after a wrong draft must never count.
            right = self._read[:ends] == self._text[:ends] and ends < len(self._text)
            row[self._text[ends] if right else 299] = 9
        return rows

    def rewind(self, length):
        self.length = min(self.length, length)


@given(WORDS, WORDS, WORDS)
def test_drafts_change_nothing_but_the_number_of_passes(prompt, answer, other):
    script = [*answer, END]
    plain = speak(Scripted(prompt, script), prompt, ends=(END,), most=40)
    drafter = Drafter({(1,): (2, 0.9), (2, 1): (3, 0.9)}, [prompt, other, answer])
    drafted = speak(Scripted(prompt, script), prompt, ends=(END,), most=40, drafter=drafter)
    assert list(plain.ids) == list(drafted.ids) == answer
    assert plain.ended
    assert drafted.ended
    np.testing.assert_array_equal(plain.certainty, drafted.certainty)
    assert len(plain.certainty) == len(answer) + 1
    assert drafted.passes <= plain.passes == len(answer) + 1


def test_an_answer_that_does_not_end_is_cut():
    said = speak(Scripted([1], [2, 3, 4, 5, END]), [1], ends=(END,), most=3)
    assert (list(said.ids), said.ended) == ([2, 3, 4], False)


def test_phrases_and_copies_save_passes():
    usual = [10, 11, 12, 13, 14, 15, END]
    phrases = by_context(learn_phrases([usual] * 6))
    assert Drafter(phrases, []).draft([10]) == [11, 12, 13, 14, 15, END]
    assert Drafter({}, [[7, 8, 9, 20, 21]]).draft([1, 7, 8])[:2] == [9, 20]
    assert Drafter(phrases, []).draft([99]) == []
    said = speak(Scripted([1], usual), [1], ends=(END,), most=20, drafter=Drafter(phrases, []))
    assert said.passes == 2


@given(st.lists(WORDS, max_size=8), WORDS, WORDS)
def test_a_draft_is_short_and_of_tokens_that_were_seen(answers, source, said):
    drafted = Drafter(by_context(learn_phrases(answers)), [source]).draft(said)
    assert len(drafted) <= LONGEST
    assert set(drafted) <= {token for text in [*answers, source] for token in text}


def test_rare_and_doubtful_phrases_are_none():
    assert len(learn_phrases([[1, 2]] * 4)) == 0
    assert len(learn_phrases([[1, 2], [1, 3], [1, 4]] * 3)) == 0
    assert learn_phrases([[1, 2]] * 5).tolist() == [[-1, -1, 1, 2, 1000]]


@pytest.mark.parametrize("data", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_broken_phrases_and_adapters_are_refused(data):
    with pytest.raises(BundleError):
        read_phrases(data)
    with pytest.raises(BundleError):
        read_adapter(data)


def test_phrases_of_another_form_are_refused(tmp_path):
    np.save(tmp_path / "other.npy", np.zeros((3, 4), np.int32))
    with pytest.raises(BundleError, match="form"):
        read_phrases((tmp_path / "other.npy").read_bytes())


def test_phrases_are_read_as_written(tmp_path):
    phrases = learn_phrases([[1, 2, 3, END]] * 6)
    np.save(tmp_path / "phrases.npy", phrases)
    assert read_phrases((tmp_path / "phrases.npy").read_bytes()) == by_context(phrases)
    assert by_context(phrases)[(1, 2)] == (3, 1.0)


def test_an_adapter_is_read_as_written(tmp_path):
    weights = {"adapter.0.attn.o_proj.A": np.arange(6, dtype=np.float32).reshape(3, 2)}
    write_adapter(tmp_path / "adapter.npz", weights)
    again = read_adapter((tmp_path / "adapter.npz").read_bytes())
    assert again.keys() == weights.keys()
    np.testing.assert_array_equal(again["adapter.0.attn.o_proj.A"], weights["adapter.0.attn.o_proj.A"])


@pytest.fixture(scope="module")
def tokenizer():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({character: at for at, character in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<|end|>"])
    return made


SCHEMA = {
    "type": "object",
    "properties": {"tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 3}, "n": {"type": "integer"}},
    "required": ["tags"],
    "additionalProperties": False,
}


@given(seed=st.integers(0, 10_000))
def test_whatever_a_model_wants_the_answer_is_valid(tokenizer, seed):
    guide = Grammar(SCHEMA, tokenizer.to_str().encode(), (END,)).start()
    draw = np.random.default_rng(seed)
    said = []
    while len(said) < 60:
        logits = draw.normal(size=300).astype(np.float32)
        logits[END] += 2
        token = guide.choose(logits)
        if token == END:
            break
        said.append(token)
    else:
        assume(False)  # a long number
    Draft202012Validator(SCHEMA).validate(json.loads(tokenizer.decode(said)))


def test_a_grammar_leaves_alone_what_is_valid(tokenizer):
    grammar = Grammar(SCHEMA, tokenizer.to_str().encode(), (END,))
    answer = tokenizer.encode('{"tags":["a"],"n":12}').ids
    assert grammar.accepts(answer)
    assert not grammar.accepts(answer[:-1])
    assert not grammar.accepts(tokenizer.encode('{"tags": ["a"]}').ids)  # a space
    said = speak(Scripted([1], [*answer, END]), [1], ends=(END,), most=40, guide=grammar.start())
    assert (list(said.ids), said.overruled) == (answer, 0)


def test_a_schema_without_sense_is_refused(tokenizer):
    with pytest.raises(BundleError, match="grammar"):
        Grammar({"type": "nonsense"}, tokenizer.to_str().encode(), (END,))


def spoken(text, certainty, overruled=0):
    return Spoken(tuple(text.encode()), np.array(certainty, dtype=float), True, overruled, 1)


def evidence(text, prompt, certainty=None, familiar=()):
    certainty = [-0.1] * (len(text) + 1) if certainty is None else certainty
    return evidence_of(spoken(text, certainty), text, prompt, 3, familiar, list(text))


def test_words_that_were_made_up_are_evidence():
    sound = evidence('{"item":"wireless mice"}', "I want wireless mice")
    mangled = evidence('{"item":"wiresters"}', "I want wireless mice")
    assert (sound["copied"], sound["known_words"]) == (1.0, 0.0)
    assert (mangled["copied"], mangled["known_words"]) == (0.0, -np.log(2))
    assert evidence('{"item":"wiresters"}', "x", familiar=["wiresters"])["known_words"] == 0.0


def test_least_value_looks_at_values_only():
    text = '{"key":"ab","n":17}'
    certainty = np.full(len(text) + 1, -0.01)
    certainty[3] = -9.0  # in the key
    certainty[text.index("17")] = -2.0
    found = evidence(text, "", certainty)
    assert (found["least"], found["least_value"]) == (-9.0, -2.0)
    assert found["total"] == pytest.approx(certainty.sum())


def test_prose_is_all_value():
    found = evidence("hello", "", [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0])
    assert found["least_value"] == -5.0


def test_hopeless_tokens_stay_finite():
    assert evidence("a", "", [-np.inf, 0.0])["least"] == -30.0


def test_a_refusal_has_all_evidence_and_scores_nothing():
    assert set(refusal(7)) == {*NAMES, REFUSED}
    assert set(evidence("a", "")) == set(NAMES)
    assert Confidence(bias=5.0).score(refusal()) == 0.0


def test_familiar_words_are_those_the_prompts_have_not():
    examples = [("buy a sofa", '{"act":"purchase","item":"sofa"}')] * 3 + [("sell it", '{"act":"sale"}')]
    assert familiar_words(examples) == ("purchase",)
    assert strange_words('{"act":"purchase","item":"lamp"}', "a sofa", ("purchase",)) == {"lamp"}


@given(st.text(alphabet='aé🦆ﷺ\n"', max_size=12))
def test_pieces_are_the_whole_text(tokenizer, text):
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    pieces = token_pieces(ids, lambda part: tokenizer.decode(list(part), skip_special_tokens=False))
    assert len(pieces) == len(ids)
    assert "".join(pieces) == text


def copied(tokenizer, wanted, prompt, known=()):
    """What a model says that wants to say ``wanted``, held to a prompt."""
    schema = {"type": "object", "properties": {"key": {"type": "array", "items": {"type": "string"}}}}
    grammar = Grammar(schema | {"additionalProperties": False}, tokenizer.to_str().encode(), (END,))
    model = Scripted([1], [*tokenizer.encode(wanted).ids, END])
    said = speak(model, [1], ends=(END,), most=80, guide=grammar.start(prompt, known))
    return tokenizer.decode(list(said.ids)), said


@pytest.mark.parametrize(
    ("strings", "prompt", "known"),
    [
        (["wireless mice", ""], "two wireless mice", ()),
        (['say "hi"\n', "é🦆"], 'they say "hi"\né🦆', ()),
        (["C:\\temp"], "in C:\\temp\\x", ()),
        (["standard"], "send it", ("standard",)),
    ],
)
def test_what_the_prompt_says_is_copied_freely(tokenizer, strings, prompt, known):
    wanted = json.dumps({"key": strings}, separators=(",", ":"), ensure_ascii=False)
    text, said = copied(tokenizer, wanted, prompt, known)
    assert (text, said.overruled) == (wanted, 0)


def test_a_mangled_name_is_held_to_the_prompt(tokenizer):
    text, said = copied(tokenizer, '{"key":["wiresters"]}', "two wireless mice")
    assert text.startswith('{"key":["wire"')
    assert said.overruled > 0


def test_keys_are_not_held_to_the_prompt(tokenizer):
    text, said = copied(tokenizer, '{"key":[]}', "nothing of that")
    assert (text, said.overruled) == ('{"key":[]}', 0)


@given(st.dictionaries(st.text(max_size=6), st.lists(st.text(max_size=6) | st.integers(), max_size=3), max_size=3))
def test_places_in_json_are_told_apart(value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    keys, values, place = [], [], Place()
    for byte in text.encode():
        before, place = place, place.after(byte)
        if before.said is not None and place.said is None:
            (keys if before.key else values).append(json.loads(b'"' + before.said + b'"'))
    assert keys == list(value)
    assert values == [each for items in value.values() for each in items if isinstance(each, str)]
    assert place.open == b""
