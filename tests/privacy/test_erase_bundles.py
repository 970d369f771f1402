"""Students that saw erased calls go out of service: in running processes, and where no store is asked."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slm_instrument import Call, Message, open_store
from slm_instrument.privacy.erase import erase
from slm_instrument.privacy.retain import Rule, run, set_rule
from slm_instrument.runtime import Reason, Substitutor
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle
from slm_instrument.store import BundleRecord, DatasetRecord, Verdict

ASKED = Call(messages=(Message("user", "Greet Ada"),))


@pytest.fixture
def store(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/calls.db")) as store:
        yield store


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


def trained(store, models, origin, dialogue, name="greeting"):
    """A student made from a call of the origin and one of nobody's, as the store knows it."""
    ids = [f"{origin}-{name}", f"nobody-{name}"]
    store.add_calls([dialogue(origin, id=ids[0]), dialogue(None, id=ids[1])])
    now, splits = datetime.now(UTC), {"training": [ids[0]], "test": [ids[1]]}
    store.save_dataset(DatasetRecord(id=f"of {ids[0]}", task_id=name, created_at=now, splits=splits))
    return saved(store, models, f"of {ids[0]}", name)


def saved(store, models, dataset_id, name="greeting"):
    bundle = write_fake_bundle(models, task_name=name, last=Pattern(("Greet ", SLOT)))
    record = BundleRecord(
        id=bundle.id, task_id=name, dataset_id=dataset_id, created_at=datetime.now(UTC), path=str(bundle.path),
        verdict=Verdict.CERTIFIED, manifest_sha256=bundle.manifest_sha256,
    )  # fmt: skip
    store.save_bundle(record)
    return bundle


def greeting(models, store):
    student = ScriptedStudent(lambda text: f"Hello {text}!")
    return Substitutor(models, store=store, modes={"greeting": "on"}, load_student=lambda _: student)


def test_a_running_process_stops_asking_the_student_within_a_second(store, models, dialogue):
    bundle = trained(store, models, "ann", dialogue)
    with greeting(models, store.url) as substitutor:
        assert substitutor.decide(ASKED).substituted
        report = erase(store, ["ann"], by="ann")
        time.sleep(1.0)
        decision = substitutor.decide(ASKED)
    [seen] = report.deleted.bundles
    assert (seen.id, seen.splits, seen.verdict, seen.retired, seen.noted) == (
        bundle.id, {"training": 1}, Verdict.CERTIFIED, True, True,
    )  # fmt: skip
    assert decision.reason is Reason.UNSUPPORTED
    assert decision.bundle_id == bundle.id
    assert f"erasure {report.id}" in decision.detail
    [record] = store.bundles()
    assert record.retired_at is not None


def test_where_no_store_is_asked_the_note_in_the_folder_counts(store, models, dialogue):
    bundle = trained(store, models, "ann", dialogue)
    erase(store, ["ann"], by="ann")
    assert "erasure" in json.loads((bundle.path / "retired.json").read_text())["because"]
    with greeting(models, open_store("memory://")) as substitutor:
        assert substitutor.decide(ASKED).reason is Reason.UNSUPPORTED


def test_an_older_student_in_service_takes_the_place_of_a_retired_one(store, models, dialogue):
    older = write_fake_bundle(
        models, task_name="greeting", last=Pattern(("Greet ", SLOT)), created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    trained(store, models, "ann", dialogue)
    erase(store, ["ann"], by="ann")
    with greeting(models, store) as substitutor:
        assert substitutor.decide(ASKED).bundle_id == older.id


def test_a_note_that_cannot_be_read_keeps_the_student_out(models, store, dialogue):
    bundle = trained(store, models, "ann", dialogue)
    (bundle.path / "retired.json").write_text("{")
    with greeting(models, store) as substitutor:
        assert substitutor.decide(ASKED).reason is Reason.UNSUPPORTED


def test_keep_only_reports(store, models, dialogue):
    bundle = trained(store, models, "ann", dialogue)
    [seen] = erase(store, ["ann"], by="ann", bundles="keep").deleted.bundles
    assert (seen.id, seen.retired) == (bundle.id, False)
    assert not (bundle.path / "retired.json").exists()
    with greeting(models, store) as substitutor:
        assert substitutor.decide(ASKED).substituted


def test_other_peoples_students_stay(store, models, dialogue):
    trained(store, models, "ann", dialogue)
    report = erase(store, ["bob"], by="ann")
    assert report.deleted.bundles == ()
    with greeting(models, store) as substitutor:
        assert substitutor.decide(ASKED).substituted


def test_a_folder_that_is_gone_is_no_obstacle(store, models, dialogue, tmp_path):
    bundle = trained(store, models, "ann", dialogue)
    Path(bundle.path).rename(tmp_path / "elsewhere")
    report = erase(store, ["ann"], by="ann")
    assert report.complete
    assert [(seen.retired, seen.noted) for seen in report.deleted.bundles] == [(True, False)]


def test_students_of_calls_that_expired_are_still_found(store, models, dialogue):
    bundle = trained(store, models, "ann", dialogue)
    store.add_calls([dialogue("bob")])
    set_rule(store, Rule(calls=1), by="ann")
    assert run(store, pause_s=0).calls == 2
    with greeting(models, store) as substitutor:
        assert substitutor.decide(ASKED).substituted
    [seen] = erase(store, ["ann"], by="ann").deleted.bundles
    assert (seen.id, seen.splits) == (bundle.id, {"training": 1})


def test_a_student_that_is_finished_after_the_erasure_never_serves(store, models, dialogue):
    store.add_calls([dialogue("ann", id="anns"), dialogue("bob", id="bobs")])
    erase(store, ["ann"], by="ann")
    now, splits = datetime.now(UTC), {"training": ["anns", "bobs"]}  # read before, written now
    store.save_dataset(DatasetRecord(id="d", task_id="greeting", created_at=now, splits=splits))
    bundle = saved(store, models, "d")
    assert list(store.retired_bundles()) == [bundle.id]
    assert "1 calls" in store.retired_bundles()[bundle.id]
