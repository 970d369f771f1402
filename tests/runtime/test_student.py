"""A trained student at work, without torch."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from slm_instrument.errors import BundleError, MissingExtraError
from slm_instrument.records import Message, ToolCall
from slm_instrument.runtime.bundle import Bundle, write_bundle
from slm_instrument.runtime.specs import ClassifierSpec, KnownAnswer
from slm_instrument.runtime.student import load_student

REFUND = "hello, please refund my headphones thanks"


@pytest.fixture(scope="module")
def bundle(trained):
    return Bundle.load(trained.result.path)


@pytest.fixture(scope="module")
def student(bundle):
    return load_student(bundle)


@pytest.fixture
def rewrite(bundle, tmp_path):
    """The bundle again, with another manifest or other files: hashes are right, contents are not."""

    def rewrite(files=None, answers=None, **changes):
        if answers is not None:
            changes["student"] = msgspec.structs.replace(bundle.manifest.student, answers=answers)
        sources = {name: bundle.path / name for name in ClassifierSpec.FILES}
        for name, data in (files or {}).items():
            sources[name] = tmp_path / name
            sources[name].write_bytes(data)
        return write_bundle(tmp_path / "models", replace(bundle.manifest, **changes), sources)

    return rewrite


class TestAnswer:
    def test_it_gives_the_teachers_answer(self, student, bundle):
        prediction = student.answer(REFUND)
        assert (prediction.message, prediction.label) == (Message("assistant", "refund"), "refund")
        assert prediction.accepted
        assert prediction.score == bundle.manifest.student.confidence.score(prediction.evidence) > 0.5

    def test_it_does_not_accept_what_is_strange(self, student):
        prediction = student.answer("SELECT * FROM treaties WHERE year = 1648")
        assert not prediction.accepted

    @pytest.mark.parametrize("text", ["", " ", "\0", "🦆" * 50, "ﷺ", "half a pair \ud83e", "word " * 20_000])
    def test_no_text_breaks_it(self, student, text):
        assert 0 <= student.answer(text).score <= 1

    def test_what_is_too_long_is_cut(self, student):
        assert student.answer(REFUND + " word" * 300).label == student.answer(REFUND + " word" * 3000).label

    def test_the_same_text_gets_the_same_score_from_all_threads(self, student):
        with ThreadPoolExecutor(8) as pool:
            scores = list(pool.map(lambda _: student.answer(REFUND).score, range(64)))
        assert len(set(scores)) == 1

    def test_tool_calls_get_ids_of_their_own(self, bundle, rewrite):
        call = Message("assistant", None, (ToolCall("route", '{"to": "billing"}'),))
        answers = tuple(KnownAnswer(answer.label, call) for answer in bundle.manifest.student.answers)
        student = load_student(rewrite(answers=answers))
        once, again = student.answer(REFUND).message, student.answer(REFUND).message
        assert once.tool_calls[0].name == "route"
        assert once.tool_calls[0].id.startswith("call_")
        assert once.tool_calls[0].id != again.tool_calls[0].id

    def test_without_a_certificate_nothing_is_accepted(self, bundle, rewrite):
        certificate = replace(bundle.manifest.certificate, verdict="INSUFFICIENT", threshold=None)
        assert not load_student(rewrite(certificate=certificate)).answer(REFUND).accepted

    def test_it_runs_on_the_cpu_where_there_is_nothing_else(self, student):
        assert student.provider in ("CPUExecutionProvider", "CUDAExecutionProvider")


class TestBrokenContents:
    @pytest.mark.parametrize(
        ("name", "data", "complaint"),
        [
            ("model.onnx", b"no model", "cannot be loaded"),
            ("model.onnx", b"", "cannot be loaded"),
            ("tokenizer.json", b"{}", "cannot be loaded"),
            ("tokenizer.json", b"\xff", "cannot be loaded"),
            ("gate_examples.npy", b"no array", "arrays cannot be read"),
            ("gate_labels.npy", b"", "arrays cannot be read"),
        ],
    )
    def test_one_clear_line(self, rewrite, name, data, complaint, capfd):
        broken = rewrite({name: data})
        with pytest.raises(BundleError, match=complaint) as caught:
            load_student(broken)
        assert "\n" not in str(caught.value)
        assert capfd.readouterr() == ("", "")

    def test_pickles_are_not_opened(self, rewrite, tmp_path):
        np.save(tmp_path / "evil.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
        broken = rewrite({"gate_examples.npy": (tmp_path / "evil.npy").read_bytes()})
        with pytest.raises(BundleError, match="arrays cannot be read"):
            load_student(broken)

    def test_more_answers_than_labels(self, bundle, rewrite):
        extra = KnownAnswer("praise", Message("assistant", "praise"))
        with pytest.raises(BundleError, match="has 4 labels for 5 answers"):
            load_student(rewrite(answers=(*bundle.manifest.student.answers, extra)))

    def test_a_file_altered_since_the_bundle_was_loaded(self, rewrite):
        altered = rewrite()
        (altered.path / "model.onnx").write_bytes(b"another")
        with pytest.raises(BundleError, match="not what was written"):
            load_student(altered)


def test_a_missing_library_is_named_with_its_remedy(bundle, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r'pip install "slm-instrument\[runtime\]"'):
        load_student(bundle)


def test_a_fresh_process_answers_in_silence_without_torch_and_leaves_no_telemetry(bundle, tmp_path):
    code = """
import sys
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.student import load_student
print(load_student(Bundle.load(sys.argv[1])).answer(sys.argv[2]).label)
assert not {"torch", "transformers", "scipy"} & set(sys.modules)
"""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(bundle.path), REFUND],
        env={**environment, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("refund\n", "")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
