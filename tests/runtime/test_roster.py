import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from slm_instrument.records import Call, Message
from slm_instrument.redaction.policy import Policies
from slm_instrument.runtime.decision import Decision
from slm_instrument.runtime.roster import Roster, signature
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle

INTENT = {"task_id": "t1", "task_name": "intent", "last": Pattern(("Intent of: ", SLOT))}


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


def roster_of(models):
    return Roster(models, load_student=lambda _: ScriptedStudent(str.upper), policies=Policies(), max_memory_mb=None)


def found(roster, text):
    return roster.fleet.find(Call(messages=(Message("user", text),)))


def test_students_come_and_go(models):
    roster = roster_of(models)
    assert isinstance(found(roster, "Intent of: x"), Decision)
    bundle = write_fake_bundle(models, **INTENT)
    roster.reread()
    assert found(roster, "Intent of: x").lineup.first.bundle_id == bundle.id
    shutil.rmtree(bundle.path)
    roster.reread()
    assert isinstance(found(roster, "Intent of: x"), Decision)
    roster.close()


def test_a_student_that_is_still_the_same_stays_in_memory(models):
    write_fake_bundle(models, **INTENT)
    roster = roster_of(models)
    [servable] = roster.fleet.servables
    servable.student()
    later = datetime.now(UTC) + timedelta(hours=1)
    newer = write_fake_bundle(models, **INTENT, created_at=later)
    roster.reread()
    [lineup] = roster.fleet.lineups
    assert [each.bundle_id for each in lineup.servables] == [newer.id, servable.bundle_id]
    assert lineup.servables[1] is servable
    assert servable.loaded
    assert (lineup.servables[0].was_there(None), servable.was_there(None)) == (False, True)
    roster.close()


def test_a_student_was_there_from_when_it_came_not_from_when_it_was_made(models, tmp_path):
    write_fake_bundle(models, **INTENT)
    before = datetime.now(UTC)
    made = before - timedelta(hours=1)
    roster = roster_of(models)
    roster.reread()
    looked_at = datetime.now(UTC)  # whoever sets a flag right after copying has not to wait for the next look
    write_fake_bundle(models, **INTENT, created_at=made)
    roster.reread()
    [came] = [each for each in roster.fleet.every_servable if each.created_at == made]
    assert [came.was_there(at) for at in (made, before, looked_at, None)] == [False, False, True, False]
    roster.close()


def test_nothing_is_read_while_nothing_changes(models, monkeypatch):
    write_fake_bundle(models, **INTENT)
    roster = roster_of(models)
    before = roster.fleet
    roster.reread()
    assert roster.fleet is before
    roster.close()


def test_one_that_is_altered_or_half_copied_does_not_serve_and_is_taken_in_when_it_is_whole(models, tmp_path):
    roster = roster_of(models)
    bundle = write_fake_bundle(tmp_path / "elsewhere", **INTENT)
    half = models / bundle.path.name
    half.mkdir(parents=True)
    shutil.copy(bundle.path / "manifest.json", half)
    roster.reread()
    assert found(roster, "Intent of: x").lineup.first.unusable is not None
    for file in bundle.path.iterdir():
        shutil.copy(file, half)
    roster.reread()
    assert found(roster, "Intent of: x").lineup.first.unusable is None
    roster.close()


def test_a_call_under_way_keeps_its_student(models):
    bundle = write_fake_bundle(models, **INTENT)
    roster = roster_of(models)
    route = found(roster, "Intent of: x")
    servable = route.lineup.first
    shutil.rmtree(bundle.path)
    roster.reread()
    assert servable.submit(route.to(servable)).result(5).message.text == "X"
    roster.close()


def test_students_of_one_task_read_the_slots_of_their_own_templates(models):
    old = write_fake_bundle(models, **INTENT)
    later = datetime.now(UTC) + timedelta(hours=1)
    reworded = {**INTENT, "last": Pattern(("What is the intent of ", SLOT, "?"))}
    write_fake_bundle(models, **reworded, created_at=later)
    roster = roster_of(models)
    route = found(roster, "Intent of: x")
    new, first = route.lineup.servables
    assert first.bundle_id == old.id
    assert route.to(first)().text == "x"
    assert route.to(new) is None
    assert route.to(replace_templates(new, first))().text == "x"
    roster.close()


def replace_templates(servable, other):
    servable.templates = other.templates
    return servable


def test_the_signature_reads_no_file(models, monkeypatch):
    write_fake_bundle(models, **INTENT)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("a file was read"))
    assert signature(models) == signature(models)
    assert signature(models / "missing") == ()
