"""The tables, as SQLAlchemy Core metadata. The migrations create them; a test holds the two against each other.

Texts that people wrote live in one table, ``contents``, and nowhere else: every message, tool list, answer, parameter
set, label and error text is one row there, named by a keyed digest of its bytes, stored once however often it occurs.
A prompt is a chain of ``nodes``: a node is a message and the node before it, so a dialogue stores each of its turns
once and a system prompt is shared by all calls that begin with it. ``calls`` holds names, numbers and references only.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    false,
)

from slm_instrument.canonical import DIGEST_BYTES

VERSION_TABLE = "slm_instrument_version"  # not Alembic's own name: the application may use it in the same database

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware UTC in Python, a native timestamp in the database (SQLite has no zones, so naive UTC)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a naive time is taken as UTC."""
        if value is None:
            return None
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts rows by an INTEGER primary key only.
_Sequence = BigInteger().with_variant(Integer, "sqlite")
_Digest = LargeBinary(DIGEST_BYTES)
_WITHOUT_ROWID: dict[str, Any] = {"sqlite_with_rowid": False}

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    comment="facts about this database: the epoch of its contents",
)

secrets = Table(
    "secrets",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("purpose", String, nullable=False),  # vault.keyring: data or digest
    Column("wrapped", LargeBinary, nullable=False),
    Column("wrapped_by", String, nullable=False),  # the master key's name
    Column("made_at", UtcDateTime, nullable=False),
)

contents = Table(
    "contents",
    metadata,
    Column("id", _Digest, primary_key=True),
    Column("codec", Integer, nullable=False),  # contents.Codec
    Column("size", Integer, nullable=False),  # bytes before encoding
    Column("key_number", Integer, nullable=False, server_default="0"),  # secrets.number; 0: not encrypted
    Column("state", Integer, nullable=False, server_default="0"),  # contents.State
    Column("data", LargeBinary, nullable=False),
    # With row ids: digests come in no order, and rows of some hundred bytes kept in theirs would have every insert
    # rewrite a page of its own; so only a small index is hit at random, and the rows are appended.
)

# What was taken out of contents, for those who may put it back.
entities = Table(
    "entities",
    metadata,
    Column("id", _Digest, primary_key=True),
    Column("type", String, nullable=False),
    Column("codec", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("key_number", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# In which traces an entity occurs; their order is that of the numbers that readers see.
mentions = Table(
    "mentions",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("id", _Digest, nullable=False, unique=True),  # digest of the two
    Column("scope", String, nullable=False, index=True),  # calls.trace_id, or calls.id where there is none
    Column("entity_id", _Digest, nullable=False, index=True),
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", _Digest, primary_key=True),
    Column("parent_id", _Digest),  # the message before; null for the first
    Column("content_id", _Digest, nullable=False),
    Column("depth", Integer, nullable=False),  # messages up to and with this one
    **_WITHOUT_ROWID,
)

calls = Table(
    "calls",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),  # order of arrival
    Column("id", String, nullable=False, unique=True),
    Column("trace_id", String),
    Column("parent_id", String),
    Column("call_index", Integer),
    Column("app", String),
    Column("agent", String),
    Column("provider", String),
    Column("model", String),
    Column("operation", String, nullable=False),
    Column("framework", String),
    Column("started_at", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("duration_ms", Float),
    Column("time_to_first_token_ms", Float),
    Column("prompt_id", _Digest),  # nodes.id of the last message
    Column("tools_id", _Digest),  # contents.id, as the four below
    Column("response_format_id", _Digest),
    Column("response_id", _Digest),
    Column("error_id", _Digest),
    Column("extra_id", _Digest),  # params and labels
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cached_tokens", Integer),
    Column("reasoning_tokens", Integer),
    Column("cost_usd", Float),
    Column("audience", String, nullable=False),
    Column("origin", String, index=True),  # keyed pseudonym
    Column("served_by", String, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),  # order of arrival
    Column("id", String, nullable=False, unique=True),
    Column("call_id", String, index=True),  # it may be here before the call is, and the call may never be
    Column("trace_id", String),
    Column("name", String, nullable=False),
    Column("good", Boolean, nullable=False),
    Column("score", Float),
    Column("at", UtcDateTime),
)

analyses = Table(
    "analyses",
    metadata,
    Column("id", String, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("settings", JSON, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", String, primary_key=True),
    Column("analysis_id", String, ForeignKey("analyses.id"), nullable=False),
    Column("calls", Integer, nullable=False),
    # The templates hold prompt text, and the name is made of it: the whole task is a content, as every text is.
    Column("content_id", _Digest, nullable=False),
)

assignments = Table(
    "assignments",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("task_id", String, index=True),  # null: analysed, and of no task
    Column("variant", Integer),  # and the rest as selecting.Note has it
    Column("prompt", BigInteger),
    Column("answer", BigInteger),
    Column("kind", String),
    Column("input_tokens", Integer, nullable=False, server_default="0"),
    Column("output_tokens", Integer, nullable=False, server_default="0"),
    Column("tokens_estimated", Boolean, nullable=False, server_default=false()),
    Column("cost_usd", Float),
    **_WITHOUT_ROWID,
)

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
    **_WITHOUT_ROWID,
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
    Column("seq", _Sequence, primary_key=True, autoincrement=True),  # the newest row of a task is its flag
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
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
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
)
Index("ix_observations_task_id_seq", observations.c.task_id, observations.c.seq)

audit = Table(
    "audit",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", JSON, nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", String, primary_key=True),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("requested_by", String, nullable=False),
    Column("origins", JSON, nullable=False),  # pseudonyms
    Column("proof", JSON, nullable=False),
    Column("deleted_at", UtcDateTime),  # rows
    Column("scrubbed_at", UtcDateTime),  # free pages and journals
)

retention = Table(
    "retention",
    metadata,
    Column("app", String, primary_key=True),  # "*": every application that has no rule of its own
    Column("days", Float),
    Column("calls", Integer),
    Column("bytes", BigInteger),
    Column("set_at", UtcDateTime, nullable=False),
    Column("set_by", String, nullable=False),
)

# Which applications' rows a PostgreSQL role may see, by row security; "*": all.
grants = Table(
    "grants",
    metadata,
    Column("grantee", String, primary_key=True),
    Column("app", String, primary_key=True),
    Column("role", String, primary_key=True),
    **_WITHOUT_ROWID,
)
