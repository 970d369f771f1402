"""From torch to ONNX with a tiny random Llama: the builder, the graph, adapters, parity, and a student of it all."""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from slm_instrument.canonical import normal_form
from slm_instrument.curate.sample import Sample
from slm_instrument.errors import BundleError, ExportError
from slm_instrument.records import Message
from slm_instrument.runtime.bundle import write_bundle
from slm_instrument.runtime.confidence import REFUSED
from slm_instrument.runtime.generator.adapter import read_adapter
from slm_instrument.runtime.generator.bases import digest_of, find_base, place_base
from slm_instrument.runtime.generator.decode import ROOM, speak
from slm_instrument.runtime.generator.drafts import Drafter
from slm_instrument.runtime.generator.evidence import NAMES
from slm_instrument.runtime.generator.form import Form
from slm_instrument.runtime.generator.model import Reading, language_model
from slm_instrument.runtime.generator.prompt import Prompter
from slm_instrument.runtime.specs import ADAPTER, MODEL, WEIGHTS
from slm_instrument.runtime.student import load_student
from slm_instrument.runtime.testing import write_fake_bundle
from slm_instrument.train.generator.export import export_base, export_own
from slm_instrument.train.generator.export_adapter import export_adapter
from slm_instrument.train.generator.export_parity import Onnx, check_parity
from slm_instrument.train.generator.export_spec import Wording, generator_spec
from slm_instrument.train.generator.export_student import Trained, export_student

# peft asks transformers 5.23 for an attribute that it calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

END = 256
MOST = 12
PROMPTS = [[72, 101, 108 + at, 111, 32, 119, 33 + at] for at in range(6)]


def tiny(folder, *, tie=True, seed=0):
    """A random Llama of two layers whose tokens are bytes."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=288,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        tie_word_embeddings=tie,
        bos_token_id=None,
        eos_token_id=END,
        pad_token_id=END,
    )
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():  # as random as made, all answers are nearly the same
        for weight in model.parameters():
            weight.mul_(4 if weight.dim() == 2 else 1)
    model.save_pretrained(folder)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({character: at for at, character in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|end|>"])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>").save_pretrained(folder)
    return model


def adapt(model, folder, **settings):
    """A random LoRA adapter on all linear layers, saved as the training saves it."""
    linear = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    settings = {"r": 4, "lora_alpha": 8, "target_modules": linear, **settings}
    adapted = get_peft_model(model, LoraConfig(init_lora_weights=False, **settings)).eval()
    adapted.save_pretrained(folder)
    return adapted


def reference(model):
    def logits(ids, keep):
        with torch.no_grad():
            return model(torch.tensor([list(ids)])).logits[0, -keep:].numpy()

    return logits


def greedy(model, prompt):
    """What transformers itself says."""
    said = model.generate(
        torch.tensor([prompt]), max_new_tokens=MOST, do_sample=False, eos_token_id=END, pad_token_id=END
    )
    return [token for token in said[0, len(prompt) :].tolist() if token != END]


@dataclass
class Made:
    folder: Path
    adapter: Path
    model: object  # with the adapter
    fp32: Path
    int8: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        base = tiny(folder / "base")
        model = adapt(base, folder / "adapter", use_rslora=True)
        fp32 = export_base(folder / "base", "0" * 64, "fp32").folder
        int8 = export_base(folder / "base", "0" * 64, "int8").folder
        yield Made(folder / "base", folder / "adapter", model, fp32, int8)


def onnx_of(made, folder, tmp_path):
    model = language_model(folder / MODEL, 1)
    weights = export_adapter(folder / MODEL, made.adapter, tmp_path / ADAPTER)
    return Onnx(model, model.bindable(read_adapter(weights.read_bytes())))


def test_the_base_with_its_adapter_is_the_model_in_torch(made, tmp_path):
    exported = onnx_of(made, made.fp32, tmp_path)
    for prompt in PROMPTS:
        wanted = reference(made.model)(prompt, len(prompt))
        np.testing.assert_allclose(exported.read(prompt, len(prompt)), wanted, atol=1e-3)
        assert list(exported.say(prompt, (END,), MOST).ids) == greedy(made.model, prompt)


def test_the_base_without_an_adapter_is_the_base(made):
    with made.model.disable_adapter():
        wanted = reference(made.model)(PROMPTS[0], 3)
    got = Onnx(language_model(made.fp32 / MODEL, 1), {}).read(PROMPTS[0], 3)
    np.testing.assert_allclose(got, wanted, atol=1e-3)


def test_reading_on_and_back_is_reading_at_once(made, tmp_path):
    exported = onnx_of(made, made.int8, tmp_path)
    prompt = PROMPTS[1]
    at_once = exported.read(prompt, 2)
    reading = Reading(exported.model, exported.adapter, 32)
    reading.feed(prompt[:3])
    reading.feed([1, 2, 3], keep=3)
    reading.rewind(3)
    after = Reading(exported.model, exported.adapter, 32, reading)
    np.testing.assert_allclose(reading.feed(prompt[3:], keep=2), at_once, atol=1e-4)
    np.testing.assert_allclose(after.feed(prompt[3:], keep=2), at_once, atol=1e-4)


def test_drafts_change_nothing(made, tmp_path):
    exported = onnx_of(made, made.fp32, tmp_path)
    for prompt in PROMPTS:
        plain = exported.say(prompt, (END,), MOST)
        sources = [plain.ids, (*plain.ids[4:], *plain.ids[:4]), prompt]
        reading = Reading(exported.model, exported.adapter, len(prompt) + MOST + ROOM)
        drafted = speak(reading, prompt, ends=(END,), most=MOST, drafter=Drafter({}, sources))
        assert drafted.ids == plain.ids
        np.testing.assert_allclose(drafted.certainty, plain.certainty, atol=1e-3)
        assert drafted.passes <= plain.passes


def test_a_base_is_exported_once(made):
    stamp = (made.int8 / MODEL).stat().st_mtime_ns
    again = export_base(made.folder, "0" * 64, "int8")
    assert again.folder == made.int8
    assert (made.int8 / MODEL).stat().st_mtime_ns == stamp
    assert again.digest == digest_of(made.int8)


def test_parity_of_what_is_sound(made, tmp_path):
    fp32, int8 = onnx_of(made, made.fp32, tmp_path), onnx_of(made, made.int8, tmp_path)
    parity = check_parity(reference(made.model), fp32, ("int8", int8), PROMPTS, ends=(END,), most=MOST)
    assert parity.inputs == len(PROMPTS)
    assert parity.fp32_agreement == 1.0
    assert parity.fp32_drift < 1e-3
    assert parity.quantised_drift > parity.fp32_drift


def test_a_broken_export_is_refused(made, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    graph = onnx.load(str(made.fp32 / MODEL))
    weight = next(
        each for each in graph.graph.initializer if each.name.endswith("layers.1.mlp.down_proj.MatMul.weight")
    )
    weight.CopyFrom(numpy_helper.from_array(np.zeros(tuple(weight.dims), np.float32), weight.name))
    onnx.save(graph, str(broken / MODEL), save_as_external_data=True, location=WEIGHTS)
    with pytest.raises(ExportError, match="does not answer as the trained one"):
        check_parity(reference(made.model), onnx_of(made, broken, tmp_path), None, PROMPTS, ends=(END,), most=MOST)


def test_what_quantising_spoils_is_shipped_in_full_precision(made, tmp_path):
    fp32 = onnx_of(made, made.fp32, tmp_path)
    other = Onnx(language_model(made.int8 / MODEL, 1), {})  # without the adapter it answers otherwise
    parity = check_parity(reference(made.model), fp32, ("int8", other), PROMPTS, ends=(END,), most=MOST)
    assert parity.quantised_agreement < 0.8
    assert parity.shipped == "fp32"


@pytest.mark.parametrize("change", [{"lora_alpha": 8, "use_rslora": False}, {"r": 8}])
def test_scaling_is_read_from_the_adapter(made, tmp_path, change):
    config = made.adapter / "adapter_config.json"
    weights = load_file(made.adapter / "adapter_model.safetensors")
    changed = json.loads(config.read_text()) | change
    (tmp_path / "adapter_config.json").write_text(json.dumps(changed))
    save_file(weights, tmp_path / "adapter_model.safetensors")
    one = read_adapter(export_adapter(made.fp32 / MODEL, made.adapter, tmp_path / "a.npz").read_bytes())
    two = read_adapter(export_adapter(made.fp32 / MODEL, tmp_path, tmp_path / "b.npz").read_bytes())
    name = next(name for name in one if name.endswith("o_proj.B"))
    scaling = changed["lora_alpha"] / (changed["r"] ** 0.5 if changed["use_rslora"] else changed["r"])
    np.testing.assert_allclose(two[name], one[name] / 4 * scaling, rtol=1e-5)  # 8 / sqrt(4) before


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("adapter_config.json", {"use_dora": True}),
        ("adapter_config.json", {"bias": "all"}),
        ("adapter_config.json", {"alpha_pattern": {"q_proj": 1}}),
        ("adapter_model.safetensors", {"base_model.model.lm_head.lora_A.weight": torch.zeros(4, 64)}),
        (
            "adapter_model.safetensors",
            {
                "base_model.model.model.layers.9.mlp.up_proj.lora_A.weight": torch.zeros(4, 64),
                "base_model.model.model.layers.9.mlp.up_proj.lora_B.weight": torch.zeros(96, 4),
            },
        ),
    ],
)
def test_an_adapter_that_the_graph_cannot_take_is_refused(made, tmp_path, file, change):
    config = json.loads((made.adapter / "adapter_config.json").read_text())
    weights = load_file(made.adapter / "adapter_model.safetensors")
    (config if file.endswith("json") else weights).update(change)
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    save_file(weights, tmp_path / "adapter_model.safetensors")
    with pytest.raises(ExportError):
        export_adapter(made.fp32 / MODEL, tmp_path, tmp_path / "out.npz")


@pytest.mark.slow
def test_what_is_no_model_is_told_in_one_line(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ExportError, match="cannot be exported") as caught:
        export_own(tmp_path, tmp_path / "out", "fp32")
    assert "\n" not in str(caught.value)


def test_bases_are_placed_whole_and_checked(made, tmp_path):
    digest = digest_of(made.int8)
    placed = place_base(tmp_path, made.int8, digest)
    assert place_base(tmp_path, made.int8, digest) == placed
    bundle = tmp_path / "bundle"
    assert find_base(bundle, digest) == placed
    with pytest.raises(BundleError, match="copy that folder along"):
        find_base(bundle, "0" * 64)
    (tmp_path / "other").mkdir()
    moved = place_base(tmp_path / "other", made.int8, digest)
    (moved / WEIGHTS).unlink()
    (moved / WEIGHTS).write_bytes(b"altered")
    with pytest.raises(BundleError, match="altered"):
        find_base(tmp_path / "other" / "bundle", digest)


def test_an_adapter_of_another_model_is_refused(made):
    model = language_model(made.fp32 / MODEL, 1)
    name = next(iter(model.weights))
    for weights in ({"adapter.nowhere.A": np.zeros((64, 2), np.float32)}, {name: np.zeros((5, 2), np.float32)}):
        with pytest.raises(BundleError, match="not a weight"):
            model.bindable(weights)


def test_several_threads_say_the_same(made, tmp_path):
    exported = onnx_of(made, made.int8, tmp_path)
    alone = [exported.say(prompt, (END,), MOST).ids for prompt in PROMPTS]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda at: exported.say(PROMPTS[at % 6], (END,), MOST).ids, range(24)))
    assert together == alone * 4


def test_export_of_a_student(made, tmp_path):
    trained = Trained(folder=made.folder, base="0" * 64, adapter=made.adapter, logits=reference(made.model))
    exported = export_student(trained, PROMPTS, tmp_path, precision="int8", ends=(END,), most=MOST)
    assert set(exported.files) == {ADAPTER}
    assert exported.bases == {exported.base: made.int8 if exported.parity.shipped == "int8" else made.fp32}


def samples():
    said = [('{"city": "Rome", "days": 2}', "Rome for 2"), ('{"city": "Oslo", "days": 9}', "Oslo for 9")] * 4
    return [Sample(str(at), text, answer, Message("assistant", answer)) for at, (answer, text) in enumerate(said)]


def test_spec_is_learned_from_the_training_answers(made, tmp_path):
    form = Form.learn(sample.answer for sample in samples())
    tokenizer = (made.folder / "tokenizer.json").read_bytes()
    wording = Wording(tokenizer=tokenizer, prefix="Q: ", suffix="\nA: ", max_tokens=64, form=form, ends=(END,))
    days = {"type": "object", "properties": {"days": {"type": "integer"}, "city": {"type": "string"}}}
    spec, files = generator_spec(wording, {"": days}, samples(), base="0" * 64, folder=tmp_path)
    assert spec.problem() is None
    assert list(spec.schema["properties"]) == ["city", "days"]  # as the student says them
    assert spec.max_new_tokens == round(1.5 * len('{"city":"Rome","days":2}'))
    assert np.load(files["phrases.npy"]).shape[1] == 5
    strict = {"": {"type": "object", "properties": {}, "additionalProperties": False}}
    spec, _ = generator_spec(wording, strict, samples(), base=None, folder=tmp_path)
    assert spec.schema == {"type": ["object", "array"]}  # a schema that the answers break binds nobody


@pytest.fixture(scope="module")
def bundle(made, tmp_path_factory):
    """A student of the tiny model, in a models folder with its base."""
    models_folder, work = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("work")
    trained = Trained(folder=made.folder, base="0" * 64, adapter=made.adapter, logits=reference(made.model))
    exported = export_student(trained, PROMPTS, work, precision="fp32", ends=(END,), most=MOST)
    form = Form.learn(sample.answer for sample in samples())
    tokenizer = (made.folder / "tokenizer.json").read_bytes()
    wording = Wording(tokenizer=tokenizer, prefix="Q: ", suffix="\nA: ", max_tokens=64, form=form, ends=(END,))
    city = {"type": "string", "enum": ["Rome", "Oslo"]}
    schema = {"type": "object", "properties": {"city": city, "days": {"enum": [2, 9]}}, "required": ["city", "days"]}
    spec, files = generator_spec(
        wording, {"": schema | {"additionalProperties": False}}, samples(), base=exported.base, folder=work
    )
    for digest, folder in exported.bases.items():
        place_base(models_folder, folder, digest)
    draft = write_fake_bundle(tmp_path_factory.mktemp("drafts")).manifest
    return write_bundle(models_folder, replace(draft, student=spec), {**files, **exported.files})


def altered(bundle, tmp_path, *, without=(), **changes):
    """The bundle again in another folder, with another spec or without some files."""
    files = {name: bundle.path / name for name in bundle.manifest.files if name not in without}
    for digest in filter(None, [bundle.manifest.student.base]):
        place_base(tmp_path, find_base(bundle.path, digest), digest)
    student = msgspec.structs.replace(bundle.manifest.student, **changes)
    return write_bundle(tmp_path, replace(bundle.manifest, student=student), files)


def test_a_random_student_still_says_what_is_valid(bundle):
    student = load_student(bundle)
    prediction = student.answer("Rome for 2")
    said = json.loads(prediction.message.text)
    assert said["city"] in ("Rome", "Oslo")
    assert prediction.message.text == json.dumps(said)  # in the teacher's spacing
    assert prediction.label == normal_form(prediction.message).text
    assert {*NAMES, REFUSED} == set(prediction.evidence)
    assert prediction.evidence["obeyed"] < 0  # nobody taught it: the grammar had to overrule it
    assert prediction.evidence[REFUSED] == 0
    assert all(map(math.isfinite, prediction.evidence.values()))


def test_students_of_several_threads_and_of_one_base_share_it(bundle):
    one, two = load_student(bundle), load_student(bundle)
    assert one._model is two._model
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda at: (one if at % 2 else two).answer("Oslo for 9"), range(12)))
    assert len({(each.message.text, each.score) for each in said}) == 1


@pytest.mark.parametrize("text", ["", " ", "\0", "<|end|>", "🦆" * 9, "ﷺ", "\ud83e"])
def test_no_text_breaks_it(bundle, text):
    assert 0 <= load_student(bundle).answer(text).score <= 1


def test_what_is_too_long_is_refused(bundle):
    student = load_student(bundle)
    for text in ("x" * 65, "word " * 200_000):
        prediction = student.answer(text)
        assert prediction.score == 0
        assert prediction.evidence[REFUSED] == 1
        assert set(prediction.evidence) == {*NAMES, REFUSED}


def test_an_answer_that_does_not_end_is_refused(bundle, tmp_path):
    prediction = load_student(altered(bundle, tmp_path, max_new_tokens=3)).answer("Rome for 2")
    assert prediction.evidence[REFUSED] == 1
    assert prediction.score == 0


def test_a_control_token_in_a_slot_is_text(made):
    tokenizer = (made.folder / "tokenizer.json").read_bytes()
    prompt = Prompter(tokenizer, "<|end|>", "", 64).encode("<|end|>")
    assert prompt.ids[0] == END
    assert END not in prompt.slots
    assert len(prompt.slots) == len("<|end|>")


def test_the_prefix_is_read_once(bundle, monkeypatch):
    student = load_student(bundle)
    fed = []
    feed = Reading.feed
    monkeypatch.setattr(Reading, "feed", lambda self, ids, keep=1: (fed.append(tuple(ids)), feed(self, ids, keep))[1])
    first, again = student.answer("Rome for 2"), student.answer("Rome for 2")
    assert (first.message, first.score) == (again.message, again.score)
    assert fed.count(student._prompter.prefix) == 1


def test_a_student_whose_base_is_missing_is_refused(bundle, tmp_path):
    student = altered(bundle, tmp_path, base="1" * 64)
    with pytest.raises(BundleError, match="its base model 111111111111 is not in"):
        load_student(student)


def test_a_student_without_any_model_is_refused(bundle, tmp_path):
    with pytest.raises(BundleError, match=r"neither a base model nor model\.onnx"):
        load_student(altered(bundle, tmp_path, base=None))


def test_a_student_with_a_model_of_its_own(bundle, made, tmp_path):
    files = {name: bundle.path / name for name in bundle.manifest.files}
    files |= {name: made.fp32 / name for name in (MODEL, WEIGHTS)}
    spec = msgspec.structs.replace(bundle.manifest.student, base=None)
    own = load_student(write_bundle(tmp_path, replace(bundle.manifest, student=spec), files))
    assert own.answer("Rome for 2").message == load_student(bundle).answer("Rome for 2").message


def test_a_grammar_that_cannot_be_followed_is_refused(bundle, tmp_path):
    with pytest.raises(BundleError, match="grammar"):
        load_student(altered(bundle, tmp_path, schema={"type": "nonsense"}))


def test_a_broken_adapter_is_refused(bundle, made, tmp_path):
    files = {name: bundle.path / name for name in bundle.manifest.files}
    files[ADAPTER] = tmp_path / ADAPTER
    files[ADAPTER].write_bytes(b"PK nothing")
    place_base(tmp_path, made.fp32, bundle.manifest.student.base)
    with pytest.raises(BundleError, match="adapter cannot be read"):
        load_student(write_bundle(tmp_path, bundle.manifest, files))
