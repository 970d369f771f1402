"""Roles on a real PostgreSQL server: what each login can do with a store, and what it cannot."""

import base64
import logging

import psycopg
import pytest
from sqlalchemy import make_url

from slm_instrument import Call, Message, Recorder, open_store
from slm_instrument.cli import run
from slm_instrument.errors import ConfigError, NotFoundError, StoreError
from slm_instrument.privacy import access
from slm_instrument.privacy.access import Grant, Role
from slm_instrument.privacy.roles import group
from slm_instrument.records import Outcome
from slm_instrument.store import AuditRecord, BundleRecord, DatasetRecord, Flag, Mode, Observation, Verdict
from slm_instrument.testing.samples import NOW, asked, save_analysis, task, texts

CONTENT_TABLES = ("calls", "contents", "nodes", "entities", "mentions")


@pytest.fixture(autouse=True)
def _settings(monkeypatch, tmp_path):
    monkeypatch.setenv("SLM_INSTRUMENT_KEY", base64.b64encode(bytes(32)).decode())
    monkeypatch.setenv("SLM_INSTRUMENT_REDACTION", "standard,clinic=strict")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def logins(postgresql):
    names = ("wendy", "ann", "tom", "adam", "nobody", 'o"dd %s:x')
    postgresql.run(*(f"CREATE ROLE {psycopg.sql.Identifier(name).as_string(None)} LOGIN" for name in names))
    return names


@pytest.fixture
def database(postgresql, logins):
    """A store with calls of two applications, one of them held back, and a login for each role."""
    database = make_url(postgresql.new()).database
    store = open_store(postgresql.address(database))
    store.add_calls([asked("Where is ann@example.org?", id="s", app="shop"), asked("Ill", id="c", app="clinic")])
    store.add_calls([asked("What is it?", id="n", trace_id="t")])
    for role, name in (("writer", "wendy"), ("analyst", "ann"), ("trainer", "tom"), ("admin", "adam")):
        access.grant(store, Role(role), name)
    store.close()
    return Database(postgresql, database)


class Database:
    def __init__(self, postgresql, name):
        self._postgresql = postgresql
        self.name = name

    def url(self, user=None):
        return self._postgresql.address(self.name, user)

    def open(self, user=None):
        return open_store(self.url(user))

    def sql(self, user, statement):
        with psycopg.connect(self.url(user).replace("+psycopg", ""), autocommit=True) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else found.rowcount

    def refuses(self, user, statement, says="permission denied"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=says):
            self.sql(user, statement)
        return True


def test_a_writer_records_and_can_read_no_prompt(database):
    with Recorder(database.url("wendy")) as recorder:
        recorder.record(Call(id="new", app="shop", messages=(Message("user", "I am bob@example.org"),), origin="bob"))
        recorder.record(asked("I have a cough", id="held", app="clinic"))
        assert recorder.flush(20)
        assert recorder.stats().errors == recorder.stats().spooled == 0
    store = database.open("wendy")
    assert store.add_calls([asked("again", id="new", app="shop")]) == 0
    store.add_observations([observation()])
    store.add_outcomes([Outcome(call_id="new", good=True)])
    assert store.flags() == {}
    with pytest.raises(StoreError, match="permission denied for table"):
        list(store.iter_calls())
    store.close()
    assert database.sql("wendy", "SELECT count(id) FROM contents")[0][0] > 0
    for table in CONTENT_TABLES:
        assert database.refuses("wendy", f"SELECT * FROM {table}")
        assert database.refuses("wendy", f"DELETE FROM {table}")
        assert database.refuses("wendy", f"UPDATE {table} SET id = id")
    assert database.sql("wendy", "UPDATE contents SET state = 0 WHERE state = 1 RETURNING id") == [], "held is held"
    for column in ("data", "size"):
        assert database.refuses("wendy", f"SELECT {column} FROM contents")
    for statement in (
        "SELECT * FROM tasks",
        "SELECT who FROM audit",
        "INSERT INTO grants VALUES ('wendy', '*', 'admin')",
    ):
        assert database.refuses("wendy", statement)
    reader = database.open()
    assert "new" in {call.id for call in reader.iter_calls()}
    reader.close()


def observation():
    return Observation(
        at=NOW, task_id="t1", bundle_id="b", mode=Mode.SHADOW, accepted=True, agreed=True, score=1.0, student_ms=1.0
    )


def test_an_analyst_reads_all_but_what_is_held_back_and_saves_an_analysis(database):
    store = database.open("ann")
    assert texts(store) == ["Where is <EMAIL_ADDRESS_1>?", "What is it?"]
    assert store.count_calls() == 3
    save_analysis(store, [task("t1")], [("s", "t1"), ("n", None)])
    save_analysis(store, [task("t2")], [("s", "t2"), ("n", None)])
    assert [t.id for t in store.tasks()] == ["t2"]
    store.add_audit(AuditRecord(at=NOW, who="ann", action="export"))
    for forbidden in (lambda: store.add_calls([asked("x")]), lambda: store.set_flag(flag()), store.audit):
        with pytest.raises(StoreError, match="permission denied"):
            forbidden()
    store.close()
    assert database.sql("ann", "SELECT count(*) FROM contents WHERE state = 1") == [(0,)]
    assert database.sql("ann", "UPDATE contents SET state = 2 WHERE state = 1") == 0
    for statement in ("SELECT data FROM entities", "DELETE FROM calls", "DELETE FROM contents", "DELETE FROM audit"):
        assert database.refuses("ann", statement)
    assert database.refuses("ann", "UPDATE contents SET state = 1", "row-level security")


def flag():
    return Flag(task_id="t1", mode=Mode.SHADOW, set_at=NOW, set_by="tom")


def test_a_trainer_also_saves_students_and_flags_and_changes_no_history(database):
    store = database.open("tom")
    assert len(texts(store)) == 2
    store.save_dataset(DatasetRecord(id="d", task_id="t1", created_at=NOW, splits={"train": ["s"]}))
    store.save_bundle(
        BundleRecord(
            id="b",
            task_id="t1",
            dataset_id="d",
            created_at=NOW,
            path="p",
            verdict=Verdict.CERTIFIED,
            manifest_sha256="0",
        )
    )
    store.set_flag(flag())
    assert store.flags() == {"t1": flag()}
    store.close()
    for table in ("flags", "audit", "bundles", "calls"):
        assert database.refuses("tom", f"DELETE FROM {table}")
    assert database.refuses("tom", "UPDATE flags SET mode = 'on'")


def test_an_admin_sees_what_is_held_and_may_erase_but_not_grant_or_rewrite_history(database):
    store = database.open("adam")
    assert len(store.audit()) == 4
    assert database.sql("adam", "SELECT count(*) FROM contents WHERE state = 1")[0][0] > 0
    assert database.sql("adam", "DELETE FROM mentions") > 0
    with pytest.raises(StoreError, match=r"adam may not grant roles: .* are postgres's"):
        access.grant(store, Role.WRITER, "nobody")
    store.close()
    for statement in ("DELETE FROM audit", "UPDATE flags SET rate = 1", "DELETE FROM grants", "DROP TABLE calls"):
        assert database.refuses("adam", statement, "permission denied|must be owner")


def test_somebody_without_a_role_sees_nothing(database):
    with pytest.raises(StoreError, match="permission denied"):
        database.open("nobody")


def test_an_application_is_all_that_its_analyst_and_its_writer_have(database, caplog):
    owner = database.open()
    for role, name in ((Role.ANALYST, "ann"), (Role.WRITER, "wendy")):
        access.revoke(owner, role, name)
        access.grant(owner, role, name, ["shop", "lab"])
    store = database.open("ann")
    assert [call.id for call in store.iter_calls()] == ["s"]
    assert store.count_calls() == 1
    with pytest.raises(StoreError, match="row-level security"):  # it would replace the tasks of all applications
        save_analysis(store, [task("t1")], [])
    store.close()
    caplog.set_level(logging.WARNING, logger="slm_instrument")
    with Recorder(database.url("wendy")) as recorder:
        for app in ("lab", "clinic", None, "shop"):
            recorder.record(asked("hello", id=f"by {app}", app=app))
        assert not recorder.flush(20)  # two are lost, which it says; they hold up no others
        assert (recorder.stats().written, recorder.stats().errors, recorder.stats().spooled) == (2, 2, 0)
    assert {call.id for call in owner.iter_calls()} >= {"by lab", "by shop"}
    owner.close()


def test_granting_twice_changes_nothing_and_revoking_takes_it_all_back(database):
    store = database.open()
    before = access.grants(store)
    access.grant(store, Role.WRITER, "wendy")
    assert access.grants(store) == before == [
        Grant("adam", Role.ADMIN, "*"), Grant("ann", Role.ANALYST, "*"), Grant("tom", Role.TRAINER, "*"),
        Grant("wendy", Role.WRITER, "*"),
    ]  # fmt: skip
    access.revoke(store, Role.WRITER, "wendy")
    with pytest.raises(StoreError, match="permission denied"):
        database.open("wendy")
    with pytest.raises(NotFoundError, match="wendy is no writer"):
        access.revoke(store, Role.WRITER, "wendy")
    assert [(r.action, r.subject) for r in store.audit()][-2:] == [("grant", "wendy"), ("revoke", "wendy")]
    store.close()


def test_names_that_need_quotes_are_granted(database, logins):
    store = database.open()
    access.grant(store, Role.WRITER, logins[-1], ["an 'app'"])
    assert Grant(logins[-1], Role.WRITER, "an 'app'") in access.grants(store)
    access.revoke(store, Role.WRITER, logins[-1])
    store.close()


@pytest.mark.parametrize(
    ("role", "name", "apps", "error", "says"),
    [
        (Role.ANALYST, "wendy", (), ConfigError, "wendy is writer already"),
        (Role.WRITER, "wendy", ("shop",), ConfigError, "of all applications already"),
        (Role.ADMIN, "nobody", ("shop",), ConfigError, "an admin is one of all applications"),
        (Role.WRITER, "missing", (), NotFoundError, "CREATE ROLE"),
        (Role.WRITER, "postgres", (), ConfigError, "superuser"),
    ],
)
def test_a_grant_that_means_nothing_is_one_clear_line(database, role, name, apps, error, says):
    store = database.open()
    before = access.grants(store)
    with pytest.raises(error, match=says) as raised:
        access.grant(store, role, name, apps)
    assert "\n" not in str(raised.value)
    assert access.grants(store) == before
    store.close()


def test_the_commands_say_what_they_did(database, capsys):
    url = database.url()
    assert run(["db", "grant", "writer", "--to", "nobody", "--app", "shop", "--store", url]) == 0
    assert run(["db", "grants", "--store", url]) == 0
    assert run(["db", "revoke", "writer", "--from", "nobody", "--store", url]) == 0
    assert run(["db", "grant", "king", "--to", "nobody", "--store", url]) == 2
    out = capsys.readouterr().out
    assert "nobody is writer of shop" in out
    assert "wendy" in out
    assert "nobody is no longer writer" in out


def test_sqlite_has_no_roles_and_says_what_to_do(tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/calls.db"
    open_store(url).close()
    assert run(["db", "grant", "analyst", "--to", "ann", "--store", url]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "chmod" in said
    assert "its key" in said


def test_a_group_is_of_one_store_and_its_name_fits():
    assert group(Role.WRITER, "calls") == "slm_writer_of_calls"
    assert group(Role.WRITER, "x" * 60) != group(Role.WRITER, "x" * 61)
    assert len(group(Role.ANALYST, "é" * 63).encode()) <= 63
