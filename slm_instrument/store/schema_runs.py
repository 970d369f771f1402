"""The tables of what becomes of tasks: datasets, students, flags, what is seen of students at work, who did what."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from slm_instrument.store.schema_base import SEQUENCE, WITHOUT_ROWID, UtcDateTime, metadata

datasets = Table(
    "datasets",
    metadata,
    Column("id", String, primary_key=True),
    Column("task_id", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_calls", Integer, nullable=False, server_default="0"),  # of its calls, by request of their origins
    Column("version", Integer, nullable=False, server_default="0"),  # within the task; 0: from before schema 0004
    Column("digest", String, nullable=False, server_default=""),  # of what is in it: the same has the same version
    Column("settings", JSON, nullable=False, server_default="{}"),
)

dataset_items = Table(
    "dataset_items",
    metadata,
    Column("dataset_id", String, ForeignKey("datasets.id"), primary_key=True),
    Column("call_id", String, primary_key=True, index=True),
    Column("split", String, nullable=False),
    Column("origin", String),  # of the call, since the call itself is past its time (retention)
    **WITHOUT_ROWID,
)

bundles = Table(
    "bundles",
    metadata,
    Column("id", String, primary_key=True),
    Column("task_id", String, nullable=False, index=True),
    Column("dataset_id", String, ForeignKey("datasets.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("path", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("manifest_sha256", String, nullable=False),
    Column("retired_at", UtcDateTime),  # since when it may not serve any more
    Column("retired_because", String),
)

flags = Table(
    "flags",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),  # the newest row of a task is its flag
    Column("task_id", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("rate", Float, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("set_by", String, nullable=False),
)
Index("ix_flags_task_id_seq", flags.c.task_id, flags.c.seq)

observations = Table(
    "observations",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("task_id", String, nullable=False),
    Column("bundle_id", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("agreed", Boolean, nullable=False),
    Column("score", Float, nullable=False),
    Column("student_ms", Float, nullable=False),
    Column("teacher_ms", Float),
    Column("call_id", String),
    Column("trace_id", String),
)
Index("ix_observations_task_id_seq", observations.c.task_id, observations.c.seq)
Index("ix_observations_bundle_id_seq", observations.c.bundle_id, observations.c.seq)

transitions = Table(
    "transitions",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("task_id", String, nullable=False),
    Column("bundle_id", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("before", String, nullable=False),
    Column("after", String, nullable=False),
    Column("because", String, nullable=False),
    Column("numbers", JSON, nullable=False),
    UniqueConstraint("bundle_id", "number"),  # of two processes that see the same evidence one moves the student
)

# Decisions of the runtime, counted by the hour.
tallies = Table(
    "tallies",
    metadata,
    Column("hour", UtcDateTime, primary_key=True),
    Column("task_id", String, primary_key=True),
    Column("bundle_id", String, primary_key=True),
    Column("mode", String, primary_key=True),
    Column("reason", String, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("student_ms", Float, nullable=False),
    **WITHOUT_ROWID,
)

audit = Table(
    "audit",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", JSON, nullable=False),
)
