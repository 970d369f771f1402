"""The commands of a running system: flags, status, doctor."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from slm_instrument.cli.output import folder, json_option, opened, say, show, store_option
from slm_instrument.config import Settings, current_user
from slm_instrument.errors import SlmInstrumentError, StoreKeyError

if TYPE_CHECKING:
    from slm_instrument.store import Flag, Mode


@click.group(invoke_without_command=True)
@store_option
@json_option
@click.pass_context
def flags(context: click.Context, url: str | None, as_json: bool) -> None:
    """Show the tasks' modes; `flags set` changes one, `flags kill` stops all substitution everywhere."""
    if context.invoked_subcommand:
        return
    with opened(url) as store:
        current = store.flags()
        try:
            names = {task.id: task.name for task in store.tasks()}
        except StoreKeyError as e:  # modes are no secret, names of tasks are
            names = {}
            say(f"note: without names: {e}")
    show(_flags_json(names, current) if as_json else _flags_table(names, current))


@flags.command("set")
@click.argument("task")
@click.option("--mode", required=True, help="off, shadow, canary or on.")
@click.option("--rate", type=click.FloatRange(0, 1), help="Share of the traces, in canary [default: all].")
@store_option
@json_option
def flags_set(task: str, mode: str, rate: float | None, url: str | None, as_json: bool) -> None:
    """Set the mode of TASK (id or name)."""
    from slm_instrument.runtime.flags import parse_setting
    from slm_instrument.store import Mode, Verdict

    wanted = parse_setting(mode if rate is None else f"{mode}:{rate}", source="option --mode")
    with opened(url) as store:
        found = store.find_task(task)
        flag = _flag(found.id, wanted.mode, wanted.rate)
        store.set_flag(flag)
        serving = [each for each in store.bundles(task_id=found.id) if each.retired_at is None]
        certified = any(each.verdict is Verdict.CERTIFIED for each in serving)
    if as_json:
        show(_flags_json({found.id: found.name}, {found.id: flag}))
    else:
        click.echo(f"{found.name}: {wanted.mode}")
    if wanted.mode is not Mode.OFF and not certified:
        say(f"note: {found.name} has no certified student in this store; the LLM goes on answering")


@flags.command("kill")
@store_option
def flags_kill(url: str | None) -> None:
    """Stop all substitution, in every process on this store, within a second."""
    from slm_instrument.store import KILL_SWITCH, Mode

    with opened(url) as store:
        store.set_flag(_flag(KILL_SWITCH, Mode.OFF))
    click.echo("substitution is stopped; `slm-instrument flags revive` takes this back")


@flags.command("revive")
@store_option
def flags_revive(url: str | None) -> None:
    """Take `flags kill` back: the tasks' own modes count again."""
    from slm_instrument.store import KILL_SWITCH, Mode

    with opened(url) as store:
        store.set_flag(_flag(KILL_SWITCH, Mode.ON))
    click.echo("the tasks' own modes count again")


@click.command()
@store_option
@json_option
def status(url: str | None, as_json: bool) -> None:
    """Show every task's mode, student, who answers its calls and what that saves."""
    from slm_instrument.runtime.status import render_table, status as task_status, to_json

    with opened(url, to_read="status") as store:
        states = task_status(store)
    show(to_json(states) if as_json else render_table(states))


@click.command()
@store_option
@click.option("--models", default="models", show_default=True, type=folder, help="Folder of students.")
@json_option
def doctor(url: str | None, models: Path, as_json: bool) -> None:
    """Check the installation, what a model session really runs on, the store and the students."""
    from slm_instrument.doctor import Health, examine, render_table

    checks = examine(url or Settings.from_env().store, models)
    rows = [{"name": each.name, "health": each.health, "detail": each.detail} for each in checks]
    show({"checks": rows} if as_json else render_table(checks))
    if any(check.health is Health.FAILED for check in checks):
        raise SlmInstrumentError("not all is well: see the failed checks above")


COMMANDS = (flags, status, doctor)


def _flag(task_id: str, mode: "Mode", rate: float = 1.0) -> "Flag":
    from slm_instrument.store import Flag

    return Flag(task_id=task_id, mode=mode, rate=rate, set_at=datetime.now(UTC), set_by=current_user())


def _flags_json(names: dict[str, str], current: "dict[str, Flag]") -> dict[str, Any]:
    from slm_instrument.store import KILL_SWITCH, Mode

    shown = {task_id: flag for task_id, flag in current.items() if task_id != KILL_SWITCH}
    killed = KILL_SWITCH in current and current[KILL_SWITCH].mode is Mode.OFF
    rows = [
        {
            "task_id": task_id,
            "name": names.get(task_id),
            "mode": flag.mode,
            "rate": flag.rate,
            "set_at": flag.set_at.isoformat(),
            "set_by": flag.set_by,
        }
        for task_id, flag in shown.items()
    ]
    unset = [
        {"task_id": task_id, "name": name, "mode": Mode.OFF} for task_id, name in names.items() if task_id not in shown
    ]
    return {"killed": killed, "flags": rows + unset}


def _flags_table(names: dict[str, str], current: "dict[str, Flag]") -> Table:
    listed = _flags_json(names, current)
    killed = "killed: substitution is stopped for all tasks (`flags revive` takes it back)"
    table = Table("task", "mode", "share", "set", "by", box=None, pad_edge=False, header_style="bold")
    table.title = killed if listed["killed"] else None
    for row in listed["flags"]:
        share = f"{row['rate']:.0%}" if row["mode"] == "canary" else ""
        table.add_row(
            row["name"] or row["task_id"], row["mode"], share, row.get("set_at", "")[:19], row.get("set_by", "")
        )
    return table
