import json
import random

import pytest
from hypothesis import given, settings, strategies as st
from jsonschema import Draft202012Validator

from slm_instrument.analyze.cards import schemas as module
from slm_instrument.analyze.cards.schemas import MAX_BYTES, schemas_of
from slm_instrument.analyze.cards.shape import MAX_DEPTH, MAX_PROPERTIES, MAX_VALUES
from slm_instrument.canonical import canonical_json
from slm_instrument.records import Call, Message, ToolCall, ToolSpec


def told(value, trace="t", id="c"):
    return Call(id=id, trace_id=trace, response=Message("assistant", json.dumps(value)))


def used(arguments, trace="t", declared=None, name="book"):
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    answer = Message("assistant", None, (ToolCall(name, text),))
    return Call(trace_id=trace, tools=(ToolSpec(name, None, declared),), response=answer)


def many(values, traces=10):
    return [told(value, f"t{at % traces}", f"c{at}") for at, value in enumerate(values)]


def schema_of(values, traces=10):
    return schemas_of(many(values, traces))[""]


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
keys = st.sampled_from(["a", "b", "c", "<PERSON_1>"]) | st.text(max_size=3)
values = st.recursive(
    scalars | st.sampled_from(["yes", "no"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
declarations = st.recursive(
    st.sampled_from(
        [
            {"type": "string", "enum": ["yes", "no", "maybe"]},
            {"type": "number"},
            {"$ref": "#/$defs/x"},
            {"$ref": "#"},
            {"description": "what it is"},
            {"const": "yes"},
            True,
            None,
        ]
    ),
    lambda inner: (
        st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.fixed_dictionaries({"anyOf": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries(
            {
                "properties": st.dictionaries(keys, inner, max_size=3),
                "additionalProperties": inner,
                "$defs": st.just({}),
            }
        )
    ),
    max_leaves=8,
).filter(lambda declared: isinstance(declared, dict))


@settings(max_examples=60, deadline=None)
@given(
    answers=st.lists(st.tuples(st.dictionaries(keys, values, max_size=5), st.sampled_from("xyzw")), min_size=1),
    declared=declarations,
    seed=st.randoms(use_true_random=False),
)
def test_every_answer_is_valid_and_the_order_does_not_matter(answers, declared, seed):
    calls = [each for answer, trace in answers for each in (told(answer, trace), used(answer, trace, declared))]
    schemas = schemas_of(calls)
    shuffled = list(calls)
    seed.shuffle(shuffled)
    assert json.dumps(schemas_of(shuffled)) == json.dumps(schemas)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
        for answer, _ in answers:
            Draft202012Validator(schema).validate(answer)


def test_always_present_properties_are_required_and_others_are_not():
    schema = schema_of([{"id": at, "note": "n"} if at % 2 else {"id": at + 0.5} for at in range(20)])
    assert schema["required"] == ["id"]
    assert schema["properties"]["id"] == {"type": "number"}
    assert schema["additionalProperties"] is False


def test_strings_that_few_and_recurring_are_an_enum():
    schema = schema_of([{"queue": "ab"[at % 2], "text": f"text {at}"} for at in range(40)])
    assert schema["properties"]["queue"] == {"type": "string", "enum": ["a", "b"]}
    assert schema["properties"]["text"] == {"type": "string"}


@pytest.mark.parametrize(
    "names",
    [
        ["Ada"] * 40 + ["Grace"] * 5,  # of one trace only, below
        ["<PERSON_1>"] * 40,
        ["x" * 200] * 40,
        [f"name {at}" for at in range(MAX_VALUES + 1)] * 5,
        ["a", "b", "c"],
    ],
)
def test_no_value_is_told_that_does_not_recur_over_traces(names):
    traces = ["only one" if name == "Grace" else f"t{at % 10}" for at, name in enumerate(names)]
    calls = [told({"who": name}, trace) for name, trace in zip(names, traces, strict=True)]
    assert schemas_of(calls)[""]["properties"]["who"] == {"type": "string"}


def test_names_that_are_data_are_not_told():
    tables = [{"open": {f"customer {at}": at, "<EMAIL_ADDRESS_1>": at}} for at in range(30)]
    assert schema_of(tables)["properties"]["open"] == {"type": "object", "additionalProperties": {"type": "integer"}}
    wide = [{f"key {at}": at for at in range(MAX_PROPERTIES + 1)}] * 20
    assert schema_of(wide) == {"type": "object", "additionalProperties": {"type": "integer"}}


def test_a_property_of_one_answer_in_many_is_not_named():
    schema = schema_of([*({"ok": True} for _ in range(30)), {"ok": True, "Ada": 1}])
    assert set(schema["properties"]) == {"ok"}
    assert schema["additionalProperties"] == {"type": "integer"}


def test_types_that_mix():
    schema = schema_of([{"v": value} for value in (None, 1, "x", [1], {"a": 1}, None, 2, "y", [], {"a": 2})] * 2)
    assert schema["properties"]["v"]["anyOf"][0] == {"type": ["integer", "null", "string"]}
    assert schema_of([[], [1.5, 2]]) == {"type": "array", "items": {"type": "number"}}
    assert schema_of([[]]) == {"type": "array"}


def test_json_in_a_fence_counts_and_json_that_is_the_exception_does_not():
    fenced = Call(response=Message("assistant", '```json\n{"a": 1}\n```'))
    prose = Call(response=Message("assistant", "I cannot."))
    assert schemas_of([fenced, prose])[""]["type"] == "object"
    assert schemas_of([fenced, prose, prose]) == {}
    assert schemas_of([Call(), Call(response=Message("assistant", ""))]) == {}


def test_a_declaration_names_describes_and_is_narrowed_by_what_was_seen():
    declared = {
        "type": "object",
        "properties": {
            "cabin": {"type": "string", "enum": ["first", "business", "economy"], "description": "Where to sit."},
            "bags": {"anyOf": [{"$ref": "#/$defs/Bags"}, {"type": "null"}]},
            "price": {"type": "number"},
            "never": {"type": "string"},
            "once": {"type": "string", "enum": ["x", "y"]},
        },
        "required": ["cabin"],
        "$defs": {"Bags": {"type": "object", "properties": {"count": {"type": "integer", "description": "How many."}}}},
    }
    calls = [used({"cabin": "economy", "price": 3, "bags": {"count": at}}, f"t{at}", declared) for at in range(10)]
    calls.append(used({"cabin": "economy", "price": 3, "once": "x"}, "t", declared))
    schema = schemas_of(calls)["book"]
    assert schema["properties"]["cabin"] == {"type": "string", "enum": ["economy"], "description": "Where to sit."}
    assert schema["properties"]["price"] == {"type": "number"}
    assert schema["properties"]["bags"]["properties"]["count"] == {"type": "integer", "description": "How many."}
    assert schema["properties"]["once"]["enum"] == ["x", "y"]  # seen too rarely to rule anything out
    assert "never" not in schema["properties"]
    assert schema["required"] == ["cabin", "price"]


def test_what_a_model_made_up_beside_the_declaration_is_valid_too():
    declared = {"type": "object", "properties": {"n": {"type": "integer"}, "e": {"enum": ["a"]}}}
    schema = schemas_of([used({"n": "five", "e": "b", "made_up": 1}, "t", declared)])["book"]
    Draft202012Validator(schema).validate({"n": "five", "e": "b", "made_up": 1})


def test_arguments_that_are_no_json_are_passed_over():
    assert schemas_of([used("{broken"), used(""), used("[" * 100_000), used('"\ud800"')]) == {}
    assert list(schemas_of([used("{broken"), used({})])) == ["book"]
    assert schemas_of([Call(response=Message("assistant", "[" * 100_000 + "]" * 100_000))]) == {}


def test_a_schema_is_bounded_in_depth_size_and_number(monkeypatch):
    nested = {}
    for _ in range(3 * MAX_DEPTH):
        nested = {"deeper": nested}
    text = json.dumps(schema_of([nested] * 5))
    assert text.count('"deeper": {') <= MAX_DEPTH
    draw = random.Random(0)
    broad = [{f"k{a}": {f"k{b}": draw.random() for b in range(60)} for a in range(60)} for _ in range(5)]
    assert len(canonical_json(schema_of(broad))) <= MAX_BYTES
    monkeypatch.setattr(module, "MAX_TOOLS", 2)
    calls = [used({}, name=name) for name in "abbccc"]
    assert list(schemas_of(calls)) == ["b", "c"]
