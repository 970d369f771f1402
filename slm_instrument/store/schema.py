"""The tables, as SQLAlchemy Core metadata. The migrations create them; a test holds the two against each other.

Texts that people wrote live in one table, ``contents``, and nowhere else: every message, tool list, answer, parameter
set, label and error text is one row there, named by a keyed digest of its bytes, stored once however often it occurs.
A prompt is a chain of ``nodes``: a node is a message and the node before it, so a dialogue stores each of its turns
once and a system prompt is shared by all calls that begin with it. ``calls`` holds names, numbers and references only.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    false,
)

from slm_instrument.store.schema_base import DIGEST, SEQUENCE, WITHOUT_ROWID, UtcDateTime, metadata
from slm_instrument.store.schema_runs import (
    audit,
    bundles,
    dataset_items,
    datasets,
    flags,
    observations,
    tallies,
    transitions,
)

__all__ = [
    "VERSION_TABLE",
    "UtcDateTime",
    "analyses",
    "assignments",
    "audit",
    "bundles",
    "calls",
    "contents",
    "dataset_items",
    "datasets",
    "entities",
    "erasures",
    "flags",
    "grants",
    "mentions",
    "meta",
    "metadata",
    "nodes",
    "observations",
    "outcomes",
    "retention",
    "secrets",
    "tallies",
    "tasks",
    "transitions",
]

VERSION_TABLE = "slm_instrument_version"  # not Alembic's own name: the application may use it in the same database

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
    Column("id", DIGEST, primary_key=True),
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
    Column("id", DIGEST, primary_key=True),
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
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    Column("id", DIGEST, nullable=False, unique=True),  # digest of the two
    Column("scope", String, nullable=False, index=True),  # calls.trace_id, or calls.id where there is none
    Column("entity_id", DIGEST, nullable=False, index=True),
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", DIGEST, primary_key=True),
    Column("parent_id", DIGEST),  # the message before; null for the first
    Column("content_id", DIGEST, nullable=False),
    Column("depth", Integer, nullable=False),  # messages up to and with this one
    **WITHOUT_ROWID,
)

calls = Table(
    "calls",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),  # order of arrival
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
    Column("prompt_id", DIGEST),  # nodes.id of the last message
    Column("tools_id", DIGEST),  # contents.id, as the four below
    Column("response_format_id", DIGEST),
    Column("response_id", DIGEST),
    Column("error_id", DIGEST),
    Column("extra_id", DIGEST),  # params and labels
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
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),  # order of arrival
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
    Column("content_id", DIGEST, nullable=False),
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
    **WITHOUT_ROWID,
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
    **WITHOUT_ROWID,
)
