"""Replay says how many of its calls the students have seen before."""

import functools

import pytest

from slm_instrument.cli import run
from slm_instrument.records import Call, Message
from slm_instrument.runtime import replay as replaying
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle
from slm_instrument.store import DatasetRecord, open_store


@pytest.fixture
def replay(tmp_path, monkeypatch, capsys):
    """Runs the command over three calls in a store, with a student; returns its remarks."""
    scripted = functools.partial(replaying.replay, load_student=lambda _: ScriptedStudent(str.upper))
    monkeypatch.setattr(replaying, "replay", scripted)
    url, models = f"sqlite:///{tmp_path}/calls.db", tmp_path / "models"
    bundle = write_fake_bundle(models, task_id="t1", last=Pattern(("Intent of: ", SLOT)))
    texts = [Message("user", f"Intent of: {name}") for name in "abc"]
    calls = [Call(id=text.content[-1], messages=(text,), response=Message("assistant", "A")) for text in texts]

    def replay(**splits):
        store = open_store(url)
        store.add_calls(calls)
        if splits:
            lineage = bundle.manifest.lineage
            store.save_dataset(
                DatasetRecord(id=lineage.dataset_id, task_id="t1", created_at=bundle.manifest.created_at, splits=splits)
            )
        store.close()
        assert run(["replay", "--store", url, "--models", str(models)]) == 0
        return capsys.readouterr().err

    return replay


def test_calls_that_the_student_was_made_from_are_counted(replay):
    told = replay(training=["a"], validation=["long gone"], test=["b"])
    assert "1 of the 3 calls are among those that a student was trained on, 1 among those that certified" in told


def test_new_calls_need_no_remark(replay):
    assert replay(training=["others"]) == ""


def test_where_it_cannot_be_told_that_is_said(replay):
    assert "their datasets are not in this store: " in replay()
