"""A bundle is complete and unaltered, or it is refused with one clear line."""

import json
import subprocess
import sys
from dataclasses import replace

import msgspec
import pytest

from slm_instrument.errors import BundleError
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.bundle import Bundle, find_bundles, write_bundle
from slm_instrument.runtime.generator.form import Form
from slm_instrument.runtime.manifest import MANIFEST, decode_manifest, encode_manifest
from slm_instrument.runtime.specs import ClassifierSpec, GeneratorSpec, KnownAnswer
from slm_instrument.runtime.testing import write_fake_bundle
from slm_instrument.store import Verdict


@pytest.fixture
def bundle(tmp_path):
    return write_fake_bundle(tmp_path / "models", task_id="t1", task_name="intent")


@pytest.fixture
def files(bundle):
    return {name: bundle.path / name for name in ClassifierSpec.FILES}


def edit(bundle, change):
    """Change the manifest on disk, as somebody with an editor would."""
    data = json.loads((bundle.path / MANIFEST).read_bytes())
    change(data)
    (bundle.path / MANIFEST).write_text(json.dumps(data))


class TestLoad:
    def test_what_was_written_is_read(self, bundle):
        loaded = Bundle.load(bundle.path)
        assert loaded == bundle
        assert loaded.read("tokenizer.json") == (bundle.path / "tokenizer.json").read_bytes()

    def test_no_such_folder(self, tmp_path):
        with pytest.raises(BundleError, match="there is no such bundle"):
            Bundle.load(tmp_path / "nothing")

    @pytest.mark.parametrize("name", [*ClassifierSpec.FILES, MANIFEST])
    def test_a_missing_file(self, bundle, name):
        (bundle.path / name).unlink()
        with pytest.raises(BundleError, match=f"{name} is missing"):
            Bundle.load(bundle.path)

    @pytest.mark.parametrize("name", ClassifierSpec.FILES)
    def test_an_altered_file(self, bundle, name):
        data = bytearray((bundle.path / name).read_bytes() or b"?")
        data[-1] ^= 1
        (bundle.path / name).write_bytes(data)
        with pytest.raises(BundleError, match=f"{name} is not what was written"):
            Bundle.load(bundle.path)

    def test_a_file_altered_after_loading(self, bundle):
        loaded = Bundle.load(bundle.path)
        (bundle.path / "model.onnx").write_bytes(b"another")
        with pytest.raises(BundleError, match=r"model\.onnx is not what was written"):
            loaded.read("model.onnx")

    def test_a_file_that_the_bundle_does_not_list(self, bundle):
        (bundle.path / "extra.bin").write_bytes(b"extra")
        with pytest.raises(BundleError, match="not part of the bundle"):
            Bundle.load(bundle.path).read("extra.bin")

    def test_a_folder_in_place_of_a_file(self, bundle):
        (bundle.path / "model.onnx").unlink()
        (bundle.path / "model.onnx").mkdir()
        with pytest.raises(BundleError, match=r"model\.onnx cannot be read"):
            Bundle.load(bundle.path)


class TestManifest:
    @pytest.mark.parametrize("text", ["", "{", "[]", "null", "\xff", '{"format": 1}', '{"format": "one"}'])
    def test_no_manifest_at_all(self, bundle, text):
        (bundle.path / MANIFEST).write_text(text, encoding="latin-1")
        with pytest.raises(BundleError) as caught:
            Bundle.load(bundle.path)
        assert str(bundle.path) in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_another_format_version(self, bundle):
        edit(bundle, lambda data: data.update(format=99, student="from the future"))
        with pytest.raises(BundleError, match="its format is 99, this version of slm_instrument reads 2"):
            Bundle.load(bundle.path)

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            (lambda data: data["student"].update(family="oracle"), "oracle"),
            (lambda data: data["certificate"].update(threshold="high"), r"certificate\.threshold"),
            (lambda data: data["certificate"].update(verdict="SPLENDID"), r"certificate\.verdict"),
            (lambda data: data["certificate"].update(threshold=None), "certified without a threshold"),
            (lambda data: data["student"].update(answers=[]), "answers are empty"),
            (lambda data: data["student"]["answers"].extend(data["student"]["answers"]), "empty or not distinct"),
            (lambda data: data["student"]["answers"][0]["message"].update(role="user"), "not an assistant message"),
            (lambda data: data["student"]["confidence"].update(names=["one"]), "not as many weights as names"),
            (lambda data: data["files"].pop("model.onnx"), r"lists no model\.onnx"),
            (lambda data: data["files"].update({"../secret": data["files"]["model.onnx"]}), "leads out of the bundle"),
            (lambda data: data["files"].update({"..\\secret": data["files"]["model.onnx"]}), "leads out of the bundle"),
            (lambda data: data.update(templates=[{"system": 1}]), "templates"),
        ],
    )
    def test_a_rule_is_broken(self, bundle, change, complaint):
        edit(bundle, change)
        with pytest.raises(BundleError, match=complaint):
            Bundle.load(bundle.path)

    def test_it_survives_the_round_trip(self, bundle):
        message = Message("assistant", None, (ToolCall("route", '{"to":"billing"}'),))
        answers = (KnownAnswer("x", message), KnownAnswer("ü", Message("assistant", "ü")))
        manifest = replace(bundle.manifest, student=msgspec.structs.replace(bundle.manifest.student, answers=answers))
        assert decode_manifest(encode_manifest(manifest)) == manifest

    def test_keys_keep_the_order_in_which_a_generator_says_them(self, tmp_path, bundle):
        schema = {"type": "object", "properties": {"file": {"type": "string"}, "class": {"type": "string"}}}
        spec = GeneratorSpec(
            max_tokens=64,
            confidence=bundle.manifest.student.confidence,
            base=None,
            prefix="",
            suffix="",
            form=Form(kinds=("json",), order={"": ("file", "class")}),
            schema=schema,
            ends=(0,),
            familiar=(),
            known_values=None,
            max_new_tokens=8,
        )
        manifest = replace(bundle.manifest, student=spec)
        files = {name: bundle.path / MANIFEST for name in GeneratorSpec.FILES}
        written = write_bundle(tmp_path / "others", manifest, files)
        loaded = Bundle.load(written.path)
        assert written == loaded
        assert list(loaded.manifest.student.schema["properties"]) == ["file", "class"]

    @pytest.mark.parametrize("verdict", [Verdict.INSUFFICIENT, Verdict.FAILED])
    def test_only_the_certified_may_answer(self, tmp_path, bundle, verdict):
        assert bundle.manifest.may_answer
        assert not write_fake_bundle(tmp_path / "other", verdict=verdict).manifest.may_answer


class TestWrite:
    def test_an_existing_bundle_is_not_overwritten(self, bundle, files):
        with pytest.raises(BundleError, match="already there"):
            write_bundle(bundle.path.parent, bundle.manifest, files)

    def test_a_file_that_the_family_needs(self, tmp_path, bundle, files):
        del files["tokenizer.json"]
        with pytest.raises(BundleError, match=r"no tokenizer\.json to write"):
            write_bundle(tmp_path / "new", bundle.manifest, files)

    def test_a_failed_write_leaves_nothing(self, tmp_path, bundle, files):
        files["tokenizer.json"] = tmp_path / "nothing"
        with pytest.raises(BundleError, match="cannot be written"):
            write_bundle(tmp_path / "new", bundle.manifest, files)
        assert list((tmp_path / "new").iterdir()) == []

    def test_a_models_folder_that_is_a_file(self, tmp_path, bundle, files):
        (tmp_path / "file").write_text("")
        with pytest.raises(BundleError, match="cannot be written"):
            write_bundle(tmp_path / "file", bundle.manifest, files)


class TestFind:
    def test_a_broken_bundle_does_not_hide_the_others(self, tmp_path):
        models = tmp_path / "models"
        good = [write_fake_bundle(models, task_name=name) for name in ("one", "two", "three")]
        (good[1].path / "model.onnx").unlink()
        (models / ".unfinished").mkdir()
        (models / "notes.txt").write_text("mine")
        found = dict(find_bundles(models))
        assert {path for path in found} == {bundle.path for bundle in good}
        assert found[good[0].path] == good[0]
        assert isinstance(found[good[1].path], BundleError)

    def test_a_bundle_itself(self, bundle):
        assert find_bundles(bundle.path) == [(bundle.path, bundle)]

    def test_nothing_there(self, tmp_path):
        assert find_bundles(tmp_path / "nothing") == []
        assert find_bundles(tmp_path) == []


def test_loading_needs_no_numpy_and_no_onnxruntime(bundle):
    code = """
import sys
from slm_instrument.runtime.bundle import Bundle
Bundle.load(sys.argv[1])
import slm_instrument.runtime.student
print(sorted({"numpy", "onnxruntime", "tokenizers", "torch"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code, str(bundle.path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
