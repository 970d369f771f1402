"""An erasure on a PostgreSQL server, by its owner and by one who may not vacuum."""

from contextlib import closing

from sqlalchemy import make_url

from slm_instrument import open_store
from slm_instrument.privacy.access import Role, grant
from slm_instrument.privacy.erase import erase, pending, resume


def test_an_admin_may_erase_and_the_owner_completes_what_it_may_not(postgresql, dialogue, monkeypatch):
    monkeypatch.setenv("SLM_INSTRUMENT_KEY", "A" * 43 + "=")
    url = postgresql.new()
    postgresql.run("CREATE ROLE eraser LOGIN")
    with closing(open_store(url)) as owner:
        owner.add_calls([dialogue("ann"), dialogue("bob")])
        grant(owner, Role.ADMIN, "eraser")
        with closing(open_store(postgresql.address(make_url(url).database, "eraser"))) as admin:
            report = erase(admin, ["ann"], by="eraser")
            assert report.deleted.rows["calls"] == 1
            assert "permission denied to vacuum" in "".join(report.scrubbed.left)
            assert pending(admin) == 1
        [completed] = resume(owner)
        assert completed.complete
        assert "VACUUM" in completed.scrubbed.note
        assert pending(owner) == 0


def test_the_tables_may_be_written_anew(postgresql, dialogue):
    with closing(open_store(postgresql.new())) as store:
        store.add_calls([dialogue("ann"), dialogue("bob")])
        report = erase(store, ["ann"], by="ann", vacuum=True)
        assert report.complete
        assert report.scrubbed.rebuilt
