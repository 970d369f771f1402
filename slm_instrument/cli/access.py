"""The commands that say who may do what with a store."""

import click
from rich.table import Table

from slm_instrument.cli.output import json_option, opened, show, store_option

_ROLES = ("writer", "analyst", "trainer", "admin")

role_argument = click.argument("role", type=click.Choice(_ROLES))
apps_option = click.option(
    "--app", "apps", metavar="APP", multiple=True, help="Of this application's calls only; may be given several times."
)


@click.command()
@role_argument
@click.option("--to", "grantee", metavar="NAME", required=True, help="A role of the PostgreSQL server.")
@apps_option
@store_option
def grant(role: str, grantee: str, apps: tuple[str, ...], url: str | None) -> None:
    r"""Give a login of a PostgreSQL server a role in the store.

    \b
    writer   records calls, and reads none of them
    analyst  reads calls, and saves what an analysis found
    trainer  also saves students and sets flags
    admin    also erases, redacts, exchanges keys, reads the audit log

    Whoever is to read or write texts needs the store's key too. SQLite has no roles: there file permissions and the key
    decide.
    """
    from slm_instrument.privacy import access

    with opened(url) as store:
        access.grant(store, access.Role(role), grantee, apps)
    click.echo(f"{grantee} is {role} of {', '.join(apps) or 'all applications'}")


@click.command()
@role_argument
@click.option("--from", "grantee", metavar="NAME", required=True, help="Who has it.")
@apps_option
@store_option
def revoke(role: str, grantee: str, apps: tuple[str, ...], url: str | None) -> None:
    """Take a role from a login, for some applications or altogether."""
    from slm_instrument.privacy import access

    with opened(url) as store:
        access.revoke(store, access.Role(role), grantee, apps)
    click.echo(f"{grantee} is no longer {role}" + (f" of {', '.join(apps)}" if apps else ""))


@click.command()
@store_option
@json_option
def grants(url: str | None, as_json: bool) -> None:
    """Show who has which role."""
    from slm_instrument.privacy import access

    with opened(url) as store:
        found = access.grants(store)
    if as_json:
        show({"grants": [{"grantee": each.grantee, "role": each.role.value, "app": each.app} for each in found]})
        return
    table = Table("grantee", "role", "app", box=None, pad_edge=False, header_style="bold")
    for each in found:
        table.add_row(each.grantee, each.role, each.app)
    show(table)


COMMANDS = (grant, revoke, grants)
