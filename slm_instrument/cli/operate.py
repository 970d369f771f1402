"""The commands of a running system: flags, status, doctor."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import RenderableType

from slm_instrument.cli.flags import flags
from slm_instrument.cli.options import Moment
from slm_instrument.cli.output import folder, json_option, opened, show, store_option
from slm_instrument.cli.watching import watch
from slm_instrument.config import Settings
from slm_instrument.errors import SlmInstrumentError


@click.command()
@store_option
@click.option("--since", type=Moment(), metavar="WHEN", help="Count from then on: 24h, 7d, or an ISO date and time.")
@click.option("--core-hour", metavar="USD", help="What an hour of a CPU core costs, for students [default: 0.05].")
@click.option("--watch", "again", is_flag=True, help="Show it again every two seconds, until Ctrl-C.")
@json_option
def status(url: str | None, since: datetime | None, core_hour: str | None, again: bool, as_json: bool) -> None:
    """Show every task's mode, students, who answers its calls, how well, and what that saves."""
    from slm_instrument.analyze.cards.savings import prices_from_text
    from slm_instrument.runtime.status import StatusTable, status as state_of_tasks, to_json

    price = prices_from_text(core_hour=core_hour).core_hour_usd
    with opened(url, to_read="status") as store:

        def read() -> RenderableType | dict[str, Any]:
            state = state_of_tasks(store, since=since, core_hour_usd=price)
            return to_json(state) if as_json else StatusTable(state)

        if again:
            watch(read)
        else:
            show(read())


@click.command()
@store_option
@click.option("--models", default="models", show_default=True, type=folder, help="Folder of students.")
@json_option
def doctor(url: str | None, models: Path, as_json: bool) -> None:
    """Check the installation, what a model session really runs on, the store, the students, and what each task gets."""
    from slm_instrument.doctor import Health, examine, render_table

    checks = examine(url or Settings.from_env().store, models)
    rows = [{"name": each.name, "health": each.health, "detail": each.detail} for each in checks]
    show({"checks": rows} if as_json else render_table(checks))
    if any(check.health is Health.FAILED for check in checks):
        raise SlmInstrumentError("not all is well: see the failed checks above")


COMMANDS = (flags, status, doctor)
