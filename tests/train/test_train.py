"""One real training from calls to a bundle, shared by all of these."""

import json
import sys
from dataclasses import replace

import pytest

from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import ConfigError, MissingExtraError, NotEnoughDataError, NotFoundError
from slm_instrument.records import Message
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.replay import replay
from slm_instrument.store import Verdict, open_store
from slm_instrument.train import train


def test_a_student_that_agrees_is_certified(trained):
    certificate = trained.result.certificate
    assert trained.result.verdict is Verdict.CERTIFIED
    assert certificate.agreement_low >= certificate.target == 0.95
    assert certificate.accepted >= 59
    assert trained.result.parity.fp32_agreement == 1.0
    assert trained.result.parity.shipped == "int8"


def test_the_bundle_replays_on_calls_it_has_never_seen(trained, make_calls):
    report = replay(make_calls(150, seed=1), trained.models)
    assert report.matched == 150
    assert report.agreement >= 0.95
    assert report.coverage >= 0.6


def test_texts_of_another_kind_are_refused(trained, make_calls):
    strange = ["the treaty was signed in 1648", "def main(): return 0", "zzzz qqqq", "sing me a lullaby about the sea"]
    calls = list(make_calls(4, seed=2))
    calls = [
        replace(call, messages=(call.messages[0], Message("user", f"Message: {text}\nLabel:")))
        for call, text in zip(calls, strange, strict=True)
    ]
    assert replay(calls, trained.models).substituted == 0


def test_lineage_names_every_call(trained):
    manifest = Bundle.load(trained.result.path).manifest
    (record,) = trained.store.bundles(task_id="shop-intent")
    assert record.id == manifest.id == trained.result.bundle_id
    assert record.dataset_id == manifest.lineage.dataset_id
    assert manifest.lineage.training + manifest.lineage.calibration <= 460
    assert manifest.lineage.calibration == trained.result.certificate.calls


def test_the_manifest_says_where_the_student_comes_from(trained):
    manifest = Bundle.load(trained.result.path).manifest
    assert manifest.base_model.name == "sentence-transformers/all-MiniLM-L6-v2"
    assert manifest.base_model.licence == "apache-2.0"
    assert len(manifest.base_model.sha256) == 64
    assert {"torch", "numpy", "tokenizers"} <= set(manifest.libraries)
    assert {answer.label for answer in manifest.student.answers} == {"refund", "delivery", "broken", "cancel"}


def test_the_result_as_json_and_as_text(trained):
    data = json.loads(json.dumps(trained.result.to_json()))
    assert data["verdict"] == "CERTIFIED"
    assert data["certificate"]["threshold"] == trained.result.certificate.threshold
    assert data["path"] == str(trained.result.path)
    assert "CERTIFIED" in trained.result.summary()


@pytest.mark.parametrize(
    ("repeated", "told"),
    [
        ((0.93, {"text": 0.98, "number": 0.95}), "itself on 93.0% of the calls that repeat an input; 98.0% by --comp"),
        ((0.93, {"text": 0.935}), "itself on 93.0% of the calls that repeat an input\n"),
        ((1.0, {}), "itself on 100.0% of the calls that repeat an input\n"),
        ((None, {}), None),
    ],
)
def test_the_summary_tells_of_the_teachers_whims(trained, repeated, told):
    ceiling, looser = repeated
    known = trained.result.curation
    curation = replace(known, conflicts=replace(known.conflicts, ceiling=ceiling), ceilings=looser)
    summary = replace(trained.result, curation=curation).summary()
    assert told in summary if told else "teacher " not in summary


def test_progress_ends_every_stage(trained):
    last = {progress.stage: progress for progress in trained.progress}
    assert list(last) == ["dataset", "train", "export", "certify"]
    assert all(progress.done == progress.total for progress in last.values())


class TestWhatCannotBeTrained:
    def test_without_a_runtime_nothing_is_trained(self, make_task, make_calls, put_calls, monkeypatch, tmp_path):
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
        store = put_calls(open_store("memory://"), make_task(), make_calls(5))
        said = []
        with pytest.raises(MissingExtraError, match=r'pip install "slm-instrument\[runtime\]"') as caught:
            train(store, make_task(), out=tmp_path, progress=said.append)
        assert (caught.value.extra, said, list(tmp_path.iterdir())) == ("runtime", [], [])

    def test_no_such_task(self):
        with pytest.raises(NotFoundError):
            train(open_store("memory://"), "nothing")

    def test_no_such_family(self, make_task):
        with pytest.raises(ConfigError, match="no student family 'oracle'"):
            train(open_store("memory://"), make_task(), student="oracle")

    @pytest.mark.parametrize("target", [0.0, 1.0, 95.0])
    def test_a_target_that_is_no_share(self, make_task, target):
        with pytest.raises(ConfigError, match="between 0 and 1"):
            train(open_store("memory://"), make_task(), target=target)

    def test_too_few_calls(self, make_task, make_calls, put_calls):
        store = put_calls(open_store("memory://"), make_task(), make_calls(30))
        with pytest.raises(NotEnoughDataError, match=r"has 30 usable inputs .* 197 are needed"):
            train(store, make_task())

    def test_open_answers(self, make_task, make_calls, put_calls):
        task = replace(make_task(), kind=AnswerKind.FREE_TEXT)
        calls = [
            replace(call, response=Message("assistant", f"answer {number}"))
            for number, call in enumerate(make_calls(300))
        ]
        with pytest.raises(ConfigError, match=r"not for the classifier student: .* closed set .* 0% of the training"):
            train(put_calls(open_store("memory://"), task, calls), task, student="classifier")

    def test_no_such_base_model(self, make_task, monkeypatch, tmp_path):
        with pytest.raises(ConfigError, match=r"has none of model\.safetensors"):
            train(open_store("memory://"), make_task(), student="classifier", base=str(tmp_path))

    def test_a_base_model_without_a_family(self, make_task):
        with pytest.raises(ConfigError, match="belongs to one family"):
            train(open_store("memory://"), make_task(), base="some/model")

    def test_no_such_comparator(self, make_task):
        with pytest.raises(ConfigError, match="oracle"):
            train(open_store("memory://"), make_task(), comparator="oracle")
