"""What each role may do in a PostgreSQL store, as data and as the statements that make it so.

Writers put calls in and read none of them. Of the tables that hold texts they may read the ``id`` alone, which
``ON CONFLICT (id) DO NOTHING`` needs. Analysts read calls, and save what an analysis found. Trainers save students too
and set flags. Admins erase, redact, exchange keys. What may be read of a content is its ciphertext: to read a text
takes the store's key as well.

Row security goes by application where rows have one, that is for ``calls``, and keeps contents that are held back from
all but admins. A content belongs to no application: equal texts of several are one row, and finding out whose it is
means walking from it to all prompts that it begins. So who may see one application's calls cannot list those of
another, but may read contents of which they cannot tell whose they are. Where that is too much, give the application a
database of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, text

from slm_instrument.store import schema
from slm_instrument.store.contents import State

EVERY_APP = "*"
_LONGEST_NAME = 63  # bytes of an identifier of PostgreSQL


class Role(StrEnum):
    """Who somebody is to a store."""

    WRITER = "writer"
    ANALYST = "analyst"
    TRAINER = "trainer"
    ADMIN = "admin"


# Privilege -> tables. A table with columns behind it is opened to that extent.
_EVERYBODY = {
    "SELECT": (schema.VERSION_TABLE, "meta", "secrets", "grants", "erasures (origins, deleted_at, scrubbed_at)",
               "flags", "bundles", "transitions", "tallies", "audit (seq)"),
    "INSERT": ("audit",),
}  # fmt: skip
_READER = {
    "SELECT": ("calls", "nodes", "contents", "mentions", "entities (id, type)", "analyses", "tasks", "assignments",
               "datasets", "dataset_items", "observations", "outcomes"),
    "INSERT": ("analyses", "tasks", "assignments", "contents", "entities", "mentions"),
    "DELETE": ("tasks", "assignments"),
    # Looking for names, before anybody reads or trains, puts tokens in their place.
    "UPDATE": ("contents (codec, size, key_number, state, data)",),
}  # fmt: skip
_APPENDED = ("audit", "flags", "transitions")  # their history is nobody's to change
_ALL = tuple(name for name in schema.metadata.tables if name != "grants")

_MAY: dict[Role, Sequence[dict[str, tuple[str, ...]]]] = {
    Role.WRITER: (
        _EVERYBODY,
        {
            "SELECT": (
                "calls (id)",
                "contents (id, state)",
                "nodes (id)",
                "entities (id)",
                "mentions (id)",
                "outcomes (id)",
                "observations",  # evidence on students: an agent's process moves those in auto
            ),
            # To hold back what a strict application wrote, to count, and nothing else.
            "UPDATE": ("contents (state)", "tallies (calls, student_ms)"),
            "INSERT": (
                "calls",
                "contents",
                "nodes",
                "entities",
                "mentions",
                "observations",
                "outcomes",
                "transitions",
                "tallies",
            ),
        },
    ),
    Role.ANALYST: (_EVERYBODY, _READER),
    Role.TRAINER: (_EVERYBODY, _READER, {"INSERT": ("datasets", "dataset_items", "bundles", "flags")}),
    Role.ADMIN: (
        _EVERYBODY,
        {"SELECT, INSERT": _ALL},
        {"UPDATE, DELETE": tuple(name for name in _ALL if name not in _APPENDED)},
    ),
}


@dataclass(frozen=True, slots=True)
class _Policy:
    """Row security: rows that a role may touch with a command."""

    table: str
    command: str
    role: str  # of Role, several with commas between
    rows: str
    check: str = ""  # what a changed row must be; as ``rows`` where nothing is said

    @property
    def name(self) -> str:
        return f"slm_{self.role.replace(',', '_')}_{self.command}".lower()

    def statement(self, database: str) -> str:
        roles = ", ".join(quoted(group(Role(role), database)) for role in self.role.split(","))
        sides = {"SELECT": "USING ({})", "DELETE": "USING ({})", "INSERT": "WITH CHECK ({})"}
        rows = sides.get(self.command, "USING ({0}) WITH CHECK ({1})").format(self.rows, self.check or self.rows)
        return f"CREATE POLICY {self.name} ON {self.table} FOR {self.command} TO {roles} {rows}"


def _apps(*roles: Role) -> str:
    """The applications that the user was granted, itself or through a group; looked up once a statement."""
    named = ", ".join(f"'{role}'" for role in roles)
    return (
        "ARRAY(SELECT g.app::text FROM grants g JOIN pg_catalog.pg_roles r ON r.rolname = g.grantee "
        f"WHERE g.role IN ({named}) AND pg_has_role(r.oid, 'USAGE'))"
    )


def _policies() -> Iterator[_Policy]:
    readers = f"{Role.ANALYST},{Role.TRAINER}"
    theirs, written = _apps(Role.ANALYST, Role.TRAINER), _apps(Role.WRITER)
    of_app = f"ARRAY['{EVERY_APP}', app::text] && "
    yield _Policy("calls", "SELECT", readers, of_app + theirs)
    yield _Policy("calls", "SELECT", Role.WRITER, of_app + written)
    yield _Policy("calls", "INSERT", Role.WRITER, of_app + written)
    not_held = f"state <> {int(State.HELD)}"
    for command in ("SELECT", "INSERT", "UPDATE"):
        yield _Policy("contents", command, readers, not_held)
    for command in ("SELECT", "INSERT"):
        yield _Policy("contents", command, Role.WRITER, "true")
    # A writer holds texts back, and lets none go.
    yield _Policy("contents", "UPDATE", Role.WRITER, f"state = {int(State.OPEN)}", check=f"state = {int(State.HELD)}")
    # An analysis replaces the tasks of all applications, so it takes somebody who sees all calls.
    for table in ("analyses", "tasks", "assignments"):
        yield _Policy(table, "SELECT", readers, "true")
        for command in ("INSERT", "DELETE"):
            yield _Policy(table, command, readers, f"'{EVERY_APP}' = ANY ({theirs})")
    for table in _SECURED:
        yield _Policy(table, "ALL", Role.ADMIN, "true")


_SECURED = ("calls", "contents", "analyses", "tasks", "assignments")


def group(role: Role, store: str) -> str:
    """The group role behind a role. Roles are of the whole server, so its name says of which store."""
    name = f"slm_{role}_of_{store}"
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"slm_{role}_of_{sha256(store.encode()).hexdigest()[:16]}"


def quoted(name: str) -> str:
    """An identifier for a statement; psycopg takes a single % for a parameter."""
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def set_up(connection: Connection, store: str) -> None:
    """Make the group roles, their privileges and row security what this module says; in the caller's transaction."""
    for role in Role:
        name = group(role, store)
        if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}) is None:
            connection.exec_driver_sql(f"CREATE ROLE {quoted(name)} NOLOGIN")
        for statement in _privileges(role, quoted(name)):
            connection.exec_driver_sql(statement)
    _secure_rows(connection, store)


def _privileges(role: Role, grantee: str) -> Iterator[str]:
    for table in (*schema.metadata.tables, schema.VERSION_TABLE):
        yield f"REVOKE ALL ON {table} FROM {grantee}"
    inserted: set[str] = set()
    for part in _MAY[role]:
        for privilege, tables in part.items():
            for table in tables:
                name, _, columns = table.partition(" ")
                yield f"GRANT {', '.join(p + columns for p in privilege.split(', '))} ON {name} TO {grantee}"
            inserted.update(tables if "INSERT" in privilege else ())
    for table in schema.metadata.tables.values():
        if "seq" in table.c and table.name in inserted:
            yield f"GRANT USAGE ON SEQUENCE {table.name}_seq_seq TO {grantee}"
            if role is not Role.ADMIN:
                yield f"GRANT SELECT (seq) ON {table.name} TO {grantee}"


def _secure_rows(connection: Connection, store: str) -> None:
    """Policies take a lock that waits for every reader, so they are made only where they are others than ours."""
    statements = [policy.statement(store) for policy in _policies()]
    mark = sha256("\n".join(statements).encode()).hexdigest()[:16]
    if connection.scalar(_MARK) == mark:
        return
    for table, name in connection.execute(_OURS).all():
        connection.exec_driver_sql(f"DROP POLICY {quoted(name)} ON {table}")
    for table in _SECURED:
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for statement in statements:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"COMMENT ON POLICY slm_admin_all ON calls IS '{mark}'")


_OURS = text(
    r"SELECT tablename, policyname FROM pg_policies WHERE schemaname = current_schema() AND policyname LIKE 'slm\_%'"
)
_MARK = text(
    "SELECT obj_description(oid, 'pg_policy') FROM pg_policy "
    "WHERE polrelid = 'calls'::regclass AND polname = 'slm_admin_all'"
)
