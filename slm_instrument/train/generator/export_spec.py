"""What a generator's bundle says beside its weights, learned from the training answers: grammar, phrases, lengths."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from slm_instrument.curate.sample import Sample
from slm_instrument.errors import BundleError
from slm_instrument.runtime.confidence import Confidence
from slm_instrument.runtime.generator.drafts import learn_phrases
from slm_instrument.runtime.generator.evidence import FAMILIAR_TIMES, MOST_FAMILIAR, familiar_words, strings_of
from slm_instrument.runtime.generator.form import CALLS, Form, container
from slm_instrument.runtime.generator.grammar import Grammar
from slm_instrument.runtime.generator.prompt import Prompter
from slm_instrument.runtime.specs import PHRASES, TOKENIZER, GeneratorSpec

Schema = Mapping[str, Any]

JSON = ""  # under which a task's schemas have that of answers which are JSON themselves
VALID_SHARE = 0.99  # of the training answers, for a schema to bind the student: else it would forbid what is right
COPIED_SHARE = 0.9  # of the training answers, for string values to be held to the prompt
_CHECKED = 1000  # training answers at most
_ROOM = 1.5  # times the tokens that all but a hundredth of the training answers need


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a generator is spoken to and answers: tokenizer, what stands around the slots, the form of the answers."""

    tokenizer: bytes
    prefix: str
    suffix: str
    max_tokens: int
    form: Form
    ends: tuple[int, ...]

    @property
    def prompter(self) -> Prompter:
        """What turns slots into prompts."""
        return Prompter(self.tokenizer, self.prefix, self.suffix, self.max_tokens)


def generator_spec(
    wording: Wording, schemas: Mapping[str, Schema], training: Sequence[Sample], *, base: str | None, folder: Path
) -> tuple[GeneratorSpec, dict[str, Path]]:
    """The spec of a student, whose confidence is still to be fitted, and the files that go with it.

    Args:
        wording: What it was trained with.
        schemas: The task's (:attr:`slm_instrument.store.base.Task.schemas`).
        training: The calls that it learned from.
        base: The digest of its shared base, None where it has a model of its own.
        folder: Where to write the files.
    """
    prompter = wording.prompter
    targets = [wording.form.target(sample.answer) for sample in training]
    answers = [prompter.plain(target) for target in targets]
    files = {TOKENIZER: folder / TOKENIZER, PHRASES: folder / PHRASES}
    files[TOKENIZER].write_bytes(wording.tokenizer)
    np.save(files[PHRASES], learn_phrases((*answer, wording.ends[0]) for answer in answers), allow_pickle=False)
    examples = list(zip((sample.text for sample in training), targets, strict=True))
    schema = _binding_schema(wording, schemas, answers)
    spec = GeneratorSpec(
        max_tokens=wording.max_tokens,
        confidence=Confidence(),
        base=base,
        prefix=wording.prefix,
        suffix=wording.suffix,
        form=wording.form,
        schema=schema,
        ends=wording.ends,
        familiar=familiar_words(examples),
        known_values=None if schema is None else known_values(examples),
        max_new_tokens=most_tokens(answers),
    )
    return spec, files


def most_tokens(answers: Sequence[Sequence[int]]) -> int:
    """How many tokens an answer may have: half as many again as all but a hundredth of the training answers."""
    return math.ceil(_ROOM * float(np.quantile([len(answer) for answer in answers], 0.99))) if answers else 1


def known_values(examples: Sequence[tuple[str, str]]) -> tuple[str, ...] | None:
    """The string values that the teacher uses by itself, where nearly all others are copied; None where they are not.

    Args:
        examples: Slots and target texts of training calls.
    """
    own: Counter[str] = Counter()
    strange: list[set[str]] = []
    for prompt, target in examples:
        strange.append({value for value in strings_of(container(target)) if value not in prompt})
        own.update(strange[-1])
    known = {value for value, times in own.most_common(MOST_FAMILIAR) if times >= FAMILIAR_TIMES}
    copied = sum(values <= known for values in strange)
    return tuple(sorted(known)) if copied >= COPIED_SHARE * len(strange) else None


def target_schemas(form: Form, schemas: Mapping[str, Schema]) -> list[Schema]:
    """Schemas that answers of this form may be held to, the strictest first; none where some answers are prose."""
    if form.kinds == ("json",):
        known = schemas.get(JSON)
        return [*([_ordered(known, "", form)] if known else []), {"type": ["object", "array"]}]
    if form.kinds == ("calls",):
        tools = {name: schema for name, schema in schemas.items() if name != JSON}
        exact = [_call(name, _ordered(schema, f"{CALLS}/{name}", form)) for name, schema in tools.items()]
        named = [_call(name, {"type": "object"}) for name in tools]
        return [{"type": "array", "minItems": 1, "items": {"anyOf": each}} for each in (exact, named) if each]
    return []


def _binding_schema(wording: Wording, schemas: Mapping[str, Schema], answers: Sequence[Sequence[int]]) -> Schema | None:
    """The strictest schema under which nearly all training answers are valid."""
    checked = answers[:_CHECKED]
    for schema in target_schemas(wording.form, schemas):
        try:
            grammar = Grammar(schema, wording.tokenizer, wording.ends)
        except BundleError:  # llguidance knows most of JSON Schema, not all
            continue
        if sum(map(grammar.accepts, checked)) >= VALID_SHARE * len(checked):
            return schema
    return None


def _call(name: str, arguments: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": arguments},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _ordered(schema: Schema, path: str, form: Form) -> Schema:
    """The schema with properties in the order in which the student learned to say them, which its grammar demands."""
    ordered = dict(schema)
    if isinstance(schema.get("anyOf"), list):
        ordered["anyOf"] = [_ordered(each, path, form) for each in cast("list[Schema]", schema["anyOf"])]
    if isinstance(schema.get("items"), dict):
        ordered["items"] = _ordered(schema["items"], f"{path}/*", form)
    if isinstance(schema.get("properties"), dict):
        properties = cast("dict[str, Schema]", schema["properties"])
        place = {key: at for at, key in enumerate(form.order.get(path, ()))}
        names = sorted(properties, key=lambda name: place.get(name, len(place)))
        ordered["properties"] = {name: _ordered(properties[name], f"{path}/{name}", form) for name in names}
    return ordered
