"""Who may do what with a store: roles for the logins of a PostgreSQL server.

A grant makes a login a member of the role's group (:mod:`slm_instrument.privacy.roles`) and notes for which
applications. All of it is done in one transaction, and doing it again changes nothing. An SQLite file knows no logins:
who can open it is a matter of file permissions, and who can read its texts a matter of who has the key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, delete, select, text

from slm_instrument.addresses import sqlite_file
from slm_instrument.config import current_user
from slm_instrument.errors import ConfigError, NotFoundError, StoreError
from slm_instrument.privacy.roles import EVERY_APP, Role, group, quoted, set_up
from slm_instrument.store import AuditRecord, schema
from slm_instrument.store.sql import SqlStore
from slm_instrument.store.sql_runs import add_audit

_table = schema.grants


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A login of the server, its role, and for which application (``*``: all, and calls of none)."""

    grantee: str
    role: Role
    app: str


def grant(store: SqlStore, role: Role, grantee: str, apps: Sequence[str] = ()) -> None:
    """Give a login a role, for some applications or for all.

    Args:
        store: Opened by the owner of its tables.
        role: The role. A login has one, so that rights do not add up to more than somebody meant to give.
        grantee: A role of the server that exists.
        apps: Names of applications; none: all.

    Raises:
        ConfigError: the grant means nothing, or contradicts one that was made.
        NotFoundError: the server knows nobody of that name.
        StoreError: the user of the connection may not grant roles.
    """
    if apps and role is Role.ADMIN:
        raise ConfigError("an admin is one of all applications: leave --app away")
    _need_postgresql(store)
    with store.writing() as connection:
        _need_owner(connection)
        _need_plain_login(connection, grantee)
        held = _held(connection, grantee)
        _check(Grant(grantee, role, apps[0] if apps else EVERY_APP), held)
        name = _store_name(connection)
        set_up(connection, name)
        connection.exec_driver_sql(f"GRANT {quoted(group(role, name))} TO {quoted(grantee)}")
        if not apps:
            connection.execute(delete(_table).where(_table.c.grantee == grantee))
        for app in apps or (EVERY_APP,):
            connection.execute(delete(_table).where(_table.c.grantee == grantee, _table.c.app == app))
            connection.execute(_table.insert(), {"grantee": grantee, "role": role.value, "app": app})
        _note(connection, "grant", grantee, role, apps)


def revoke(store: SqlStore, role: Role, grantee: str, apps: Sequence[str] = ()) -> None:
    """Take a role from a login, for some applications or altogether.

    Args:
        store: Opened by the owner of its tables.
        role: The role.
        grantee: Who has it; it need not exist any more.
        apps: Names of applications; none: all.

    Raises:
        NotFoundError: there is no such grant.
        StoreError: the user of the connection may not revoke roles.
    """
    _need_postgresql(store)
    with store.writing() as connection:
        _need_owner(connection)
        which = (_table.c.grantee == grantee, _table.c.role == role.value)
        chosen = (_table.c.app.in_(apps),) if apps else ()
        if not connection.execute(delete(_table).where(*which, *chosen)).rowcount:
            raise NotFoundError(f"{grantee} is no {role}" + (f" of {', '.join(apps)}" if apps else ""))
        left = connection.scalar(select(_table.c.app).where(*which).limit(1))
        if left is None and _login(connection, grantee) is not None:
            name = group(role, _store_name(connection))
            connection.exec_driver_sql(f"REVOKE {quoted(name)} FROM {quoted(grantee)}")
        _note(connection, "revoke", grantee, role, apps)


def grants(store: SqlStore) -> list[Grant]:
    """Who has which role, by name."""
    _need_postgresql(store)
    with store.reading() as connection:
        return sorted(Grant(row.grantee, Role(row.role), row.app) for row in connection.execute(select(_table)))


def _need_postgresql(store: SqlStore) -> None:
    if store.engine.dialect.name == "postgresql":
        return
    file = sqlite_file(store.engine.url)
    raise ConfigError(
        f"an SQLite store has no roles: whoever may open {file or 'it'} (chmod, chgrp) can change it, and whoever also "
        "has its key can read and write texts; for roles use PostgreSQL"
    )


def _need_owner(connection: Connection) -> None:
    found = connection.execute(_RIGHTS).one()
    if not found.owns:
        raise StoreError(
            f"{found.me} may not grant roles: the store's tables are {found.owner}'s; connect as {found.owner}"
        )
    if not found.creates and _groups_missing(connection):
        raise StoreError(
            f"{found.me} may not make the roles of the store: give it CREATEROLE, or run this once as a superuser"
        )


def _groups_missing(connection: Connection) -> bool:
    name = _store_name(connection)
    return any(_login(connection, group(role, name)) is None for role in Role)


def _need_plain_login(connection: Connection, grantee: str) -> None:
    login = _login(connection, grantee)
    if login is None:
        raise NotFoundError(
            f"the server has no role {grantee!r}; first: CREATE ROLE {quoted(grantee)} LOGIN PASSWORD ..."
        )
    if login.above:
        raise ConfigError(f"{grantee} is a superuser, or owns the store's tables: no role can bound what it may do")


def _check(wanted: Grant, held: Sequence[Grant]) -> None:
    for each in held:
        if each.role is not wanted.role:
            raise ConfigError(f"{each.grantee} is {each.role} already, and a login has one role: revoke that first")
        if each.app == EVERY_APP and wanted.app != EVERY_APP:
            raise ConfigError(f"{each.grantee} is {each.role} of all applications already: revoke that first")


def _held(connection: Connection, grantee: str) -> list[Grant]:
    rows = connection.execute(select(_table).where(_table.c.grantee == grantee))
    return [Grant(row.grantee, Role(row.role), row.app) for row in rows]


def _login(connection: Connection, name: str) -> "Row[tuple[bool]] | None":
    return connection.execute(_LOGIN, {"name": name}).first()


def _store_name(connection: Connection) -> str:
    """Database and schema, for the names of group roles."""
    database, in_schema = connection.execute(text("SELECT current_database(), current_schema()")).one()
    return database if in_schema == "public" else f"{database}.{in_schema}"


def _note(connection: Connection, action: str, grantee: str, role: Role, apps: Sequence[str]) -> None:
    detail = {"role": role.value, "apps": list(apps) or [EVERY_APP]}
    now = datetime.now(UTC)
    add_audit(connection, AuditRecord(at=now, who=current_user(), action=action, subject=grantee, detail=detail))


_RIGHTS = text(
    "SELECT current_user AS me, o.rolname AS owner, pg_has_role(o.oid, 'USAGE') AS owns, "
    "m.rolsuper OR m.rolcreaterole AS creates "
    "FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner JOIN pg_roles m ON m.rolname = current_user "
    "WHERE c.oid = 'calls'::regclass"
)
_LOGIN = text(
    "SELECT r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'USAGE') AS above "
    "FROM pg_roles r, pg_class c WHERE r.rolname = :name AND c.oid = 'calls'::regclass"
)
