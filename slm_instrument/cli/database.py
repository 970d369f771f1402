"""The commands that look after the store's database: schema, keys, and who read what."""

import time
from typing import TYPE_CHECKING

import click
from rich.table import Table

from slm_instrument.cli import access
from slm_instrument.cli.output import audited, json_option, opened, progress_bar, say, show, store_option
from slm_instrument.config import Settings
from slm_instrument.errors import StoreError
from slm_instrument.progress import Stage

if TYPE_CHECKING:
    from slm_instrument.store.sql import SqlStore


_PATIENCE_S = 30.0  # with others that read the database


@click.group()
def db() -> None:
    """Look after the store's database."""


@db.command()
@store_option
def upgrade(url: str | None) -> None:
    """Bring the database to this version's schema, in one transaction, and encrypt what an older one left open."""
    from slm_instrument.store.engine import FIRST_WITH_KEYS, SCHEMA_VERSION, upgrade_url
    from slm_instrument.store.sqlite_file import clean_up

    before = upgrade_url(url or Settings.from_env().store)
    click.echo(f"schema {before or 'none'} -> {SCHEMA_VERSION}")
    with opened(url) as store:
        _reseal(store)
        if before is not None and before < FIRST_WITH_KEYS and store.engine.dialect.name == "sqlite":
            problem = clean_up(store.engine, time.monotonic() + _PATIENCE_S, rebuild=True)
            if problem:
                raise StoreError(
                    f"all contents are encrypted, but open ones may be left in the file's free pages: {problem}; "
                    "run VACUUM on it when nothing else has it open"
                )


@db.command()
def key() -> None:
    """Print a new master key, for $SLM_INSTRUMENT_KEY or a key file."""
    from slm_instrument.vault import new_master_key

    click.echo(new_master_key().text)


@db.command()
@store_option
@click.option("--data", is_flag=True, help="Also a new data key: what is written from now on is encrypted with it.")
def rotate(url: str | None, data: bool) -> None:
    """Exchange the master key, without rewriting what it protects.

    Where the key is in a key file, a new one is put there. Where $SLM_INSTRUMENT_KEY or a key service has it, give the
    new one first and the old one behind it ("NEW,OLD"), run this, and take the old one away.
    """
    from slm_instrument.store import rekey

    settings = Settings.from_env()
    with opened(url) as store:
        provider, wrapped = rekey.exchange_master(store, url or settings.store, settings)
        audited(store, "rotate", master=provider.name, keys=wrapped)
        click.echo(f"{wrapped} data keys are wrapped by {provider.name} now")
        say("copies of the former key no longer open this store: keep a copy of the new one")
        if data:
            number = rekey.new_data_key(store, provider)
            click.echo(f"data key {number} encrypts what is written from now on; `slm-instrument db reseal` the rest")


@db.command()
@store_option
def reseal(url: str | None) -> None:
    """Encrypt all contents anew with the newest data key; may be broken off and run again, also while calls come in."""
    with opened(url) as store:
        _reseal(store)


@db.command()
@store_option
@json_option
def audit(url: str | None, as_json: bool) -> None:
    """Show who read contents through the command line, erased calls, changed keys, roles and rules."""
    with opened(url) as store:
        records = store.audit()
    if as_json:
        rows = [
            {"at": r.at.isoformat(), "who": r.who, "action": r.action, "subject": r.subject, "detail": dict(r.detail)}
            for r in records
        ]
        show({"audit": rows})
        return
    table = Table("at", "who", "action", "of", "detail", box=None, pad_edge=False, header_style="bold")
    for r in records:
        table.add_row(
            f"{r.at:%Y-%m-%d %H:%M:%S}", r.who, r.action, r.subject, ", ".join(f"{k}={v}" for k, v in r.detail.items())
        )
    show(table)


for command in access.COMMANDS:
    db.add_command(command)

COMMANDS = (db,)


def _reseal(store: "SqlStore") -> None:
    from slm_instrument.store import rekey

    total = rekey.count_to_reseal(store)
    if not total:
        say("all contents are encrypted with the newest key")
        return
    with progress_bar() as progress:
        stage = Stage("encrypt", total, progress)
        done = rekey.reseal(store, stage.reach)
        stage.finish()
    audited(store, "reseal", contents=done)
    click.echo(f"{done:,} contents encrypted anew")
