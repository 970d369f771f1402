"""On PostgreSQL, a login of the role `trainer` has all that a refinement needs."""

import base64

from sqlalchemy import make_url

from slm_instrument.privacy import access
from slm_instrument.privacy.access import Role
from slm_instrument.refine import refine
from slm_instrument.refine.due import Why
from slm_instrument.refine.training import Training
from slm_instrument.store import open_store


def test_a_trainer_refines(postgresql, monkeypatch, tmp_path, title_calls, words, base):
    monkeypatch.setenv("SLM_INSTRUMENT_KEY", base64.b64encode(bytes(32)).decode())
    database = make_url(postgresql.new()).database
    postgresql.run("CREATE ROLE tessa LOGIN")
    owner = open_store(postgresql.address(database))
    owner.add_calls(list(title_calls(240)))
    access.grant(owner, Role.TRAINER, "tessa")
    store = open_store(postgresql.address(database, "tessa"))
    training = Training(student="nearest", base=base)
    (found,) = refine(store, tmp_path, every=True, training=training, embedder=words).tasks
    assert found.due.why is Why.NEVER_TRAINED
    assert "is not for the nearest student" in found.made.error  # of the answers, and not of what it may do
    (again,) = refine(store, tmp_path, every=True, training=training, embedder=words).tasks
    assert again.due.why is None
    assert [each.detail["error"] for each in owner.audit() if each.action == "refine"] == [found.made.error]
    store.close()
    owner.close()
