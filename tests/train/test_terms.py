"""A training stops at its teachers' terms before it starts, or the bundle says what was decided."""

import json
from dataclasses import replace

import pytest

from slm_instrument.cli import run
from slm_instrument.curate.dataset import build_dataset
from slm_instrument.curate.terms import TeacherTerms
from slm_instrument.errors import BundleError, ConfigError, TermsError
from slm_instrument.runtime.bundle import Bundle, TaughtBy, TermsRecord
from slm_instrument.runtime.manifest import MANIFEST, decode_manifest, encode_manifest
from slm_instrument.runtime.testing import write_fake_bundle
from slm_instrument.store import open_store
from slm_instrument.train import train


@pytest.fixture
def taught(make_calls, make_task, put_calls, tmp_path):
    """A store with enough calls to train on, all by one teacher."""

    def store(provider, model):
        calls = [replace(call, provider=provider, model=model) for call in make_calls(300)]
        return put_calls(open_store(f"sqlite:///{tmp_path}/calls.db"), make_task(), calls)

    return store


def never_embed(texts):
    raise AssertionError("the long work has begun")


never_embed.name = "none"  # as every embedder has one


def test_what_is_refused_is_refused_before_the_long_work_and_leaves_no_dataset(taught, make_task, monkeypatch):
    store = taught("xai", "grok-4")
    monkeypatch.setattr(type(store), "save_dataset", never_embed)
    with pytest.raises(TermsError, match=r"xai grok-4 \(300 calls\) is forbidden"):
        build_dataset(store, make_task(), embedder=never_embed)
    with pytest.raises(TermsError, match="policy warn"):
        train(store, make_task())
    store.close()


def test_what_is_allowed_goes_on(taught, make_task):
    with pytest.raises(AssertionError, match="long work"):
        build_dataset(taught("xai", "grok-4"), make_task(), terms=TeacherTerms.of("allow"), embedder=never_embed)


def test_the_setting_counts_where_no_argument_is_given(taught, make_task, monkeypatch):
    store = taught("openai", "gpt-4o")
    monkeypatch.setenv("SLM_INSTRUMENT_TEACHER_TERMS", "refuse")
    with pytest.raises(TermsError, match="policy refuse"):
        train(store, make_task())
    monkeypatch.setenv("SLM_INSTRUMENT_TEACHER_TERMS", "maybe")
    with pytest.raises(ConfigError, match="'maybe' is no policy"):
        train(store, make_task())


def test_own_rows_by_setting(taught, make_task, monkeypatch, tmp_path):
    file = tmp_path / "terms.toml"
    file.write_text(
        '[[terms]]\nname = "ours"\nproviders = ["openai"]\n'
        'verdict = "forbidden"\nlimits = "house rule"\ndocument = "memo 4"\n'
    )
    monkeypatch.setenv("SLM_INSTRUMENT_TEACHER_TERMS_FILE", str(file))
    with pytest.raises(TermsError, match="house rule"):
        train(taught("openai", "gpt-4o"), make_task())


class TestCommandLine:
    def test_refused_is_one_line_and_status_1(self, taught, capsys):
        url = taught("openai", "gpt-4o-mini").url
        assert run(["train", "shop intent", "--store", url, "--teacher-terms", "refuse"]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        *stages, line = err.splitlines()
        assert not any("error" in stage for stage in stages)
        assert line.startswith(
            "error: teachers' terms stand against this training, by the policy refuse: openai gpt-4o"
        )
        assert "--teacher-terms allow" in line

    @pytest.mark.parametrize("wrong", [["--teacher-terms", "maybe"], ["--teacher-terms-file", "no/such.toml"]])
    def test_wrong_use(self, wrong, capsys):
        assert run(["train", "shop intent", "--store", "memory://", *wrong]) == 2
        assert "Traceback" not in capsys.readouterr().err

    def test_a_broken_file_of_rows(self, taught, tmp_path, capsys):
        (tmp_path / "terms.toml").write_text("[[terms]")
        url = taught("openai", "gpt-4o").url
        arguments = ["train", "shop intent", "--store", url, "--teacher-terms-file", str(tmp_path / "terms.toml")]
        assert run(arguments) == 2
        assert "terms.toml" in capsys.readouterr().err


class TestManifest:
    def test_a_trained_bundle_names_its_teachers(self, trained):
        terms = Bundle.load(trained.result.path).manifest.terms
        assert (terms.policy, terms.acknowledged_by) == ("warn", None)
        (teacher,) = terms.teachers
        assert (teacher.provider, teacher.model, teacher.calls, teacher.verdict) == (None, None, 460, "unknown")
        assert json.loads(json.dumps(trained.result.to_json()))["terms"]["teachers"][0]["verdict"] == "unknown"

    def test_what_was_decided_survives_the_round_trip(self, tmp_path):
        manifest = write_fake_bundle(tmp_path).manifest
        assert manifest.terms is None
        teacher = TaughtBy(
            provider="xai",
            model="grok-4",
            calls=3,
            verdict="forbidden",
            limits="no training",
            source="https://x.ai/legal",
        )
        decided = replace(manifest, terms=TermsRecord(policy="allow", acknowledged_by="ada", teachers=(teacher,)))
        assert decode_manifest(encode_manifest(decided)) == decided

    def test_a_verdict_that_means_nothing(self, tmp_path):
        bundle = write_fake_bundle(tmp_path)
        data = json.loads((bundle.path / MANIFEST).read_bytes())
        data["terms"] = {"policy": "shrug", "acknowledged_by": None, "teachers": []}
        (bundle.path / MANIFEST).write_text(json.dumps(data))
        with pytest.raises(BundleError, match=r"terms\.policy"):
            Bundle.load(bundle.path)
