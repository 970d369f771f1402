"""The commands that say what students may do: modes of tasks, their history, the kill switch."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from slm_instrument.cli.output import json_option, opened, say, show, store_option
from slm_instrument.config import current_user
from slm_instrument.errors import ConfigError, StoreKeyError

if TYPE_CHECKING:
    from slm_instrument.runtime.flags import Setting
    from slm_instrument.store import Flag, Mode, Store, Transition


@click.group(invoke_without_command=True)
@store_option
@json_option
@click.pass_context
def flags(context: click.Context, url: str | None, as_json: bool) -> None:
    """Show the tasks' modes; `flags set` changes one, `flags kill` stops all substitution everywhere."""
    if context.invoked_subcommand:
        return
    with opened(url) as store:
        names = _names(store)
        current = store.flags()
        listed = _flags_json(names, current, _stages(store, current))
    show(listed if as_json else _flags_table(listed))


@flags.command("set")
@click.argument("task")
@click.option("--mode", required=True, help="off, shadow, canary, on or auto.")
@click.option(
    "--rate",
    type=click.FloatRange(0, 1),
    help="Share of the traces that students may answer; the LLM answers the others, and students are compared with it. "
    "[default: 0.1 in canary, 0.95 in on and auto]",
)
@store_option
@json_option
def flags_set(task: str, mode: str, rate: float | None, url: str | None, as_json: bool) -> None:
    """Set the mode of TASK (id or name).

    off: the LLM answers. shadow: so it does, and the student is compared with it. canary: the student answers a share
    of the traces. on: it answers all but those that are audited. auto: evidence moves it from shadow to canary to on,
    and back.
    """
    from slm_instrument.store import Mode, Verdict

    wanted = _wanted(mode, rate)
    with opened(url) as store:
        found = store.find_task(task)
        flag = _flag(found.id, wanted.mode, wanted.rate)
        store.set_flag(flag)
        serving = [each for each in store.bundles(task_id=found.id) if each.retired_at is None]
        certified = any(each.verdict is Verdict.CERTIFIED for each in serving)
        stages = _stages(store, {found.id: flag})
    if as_json:
        show(_flags_json({found.id: found.name}, {found.id: flag}, stages))
    else:
        click.echo(f"{found.name}: {_told(wanted, stages.get(found.id))}")
    if wanted.mode is not Mode.OFF and not certified:
        say(f"note: {found.name} has no certified student in this store; the LLM goes on answering")


@flags.command("history")
@click.argument("task", required=False)
@store_option
@json_option
def flags_history(task: str | None, url: str | None, as_json: bool) -> None:
    """Show who set which mode when, and where evidence has moved students; of one TASK (id or name), or of all."""
    from slm_instrument.store import KILL_SWITCH

    with opened(url) as store:
        task_id = None if task is None else store.find_task(task).id
        names = _names(store)
        settings = [each for each in store.flag_history() if task_id is None or each.task_id in (task_id, KILL_SWITCH)]
        moves = store.transitions(task_id=task_id)
    names[KILL_SWITCH] = "all tasks"
    rows = [_setting_row(each) for each in settings] + [_move_row(each) for each in moves]
    rows.sort(key=lambda row: row["at"])
    history = [{**row, "at": row["at"].isoformat(), "name": names.get(row["task_id"])} for row in rows]
    show({"history": history} if as_json else _history_table(history))


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


def _wanted(mode: str, rate: float | None) -> "Setting":
    """The setting that `flags set` was asked for.

    Raises:
        ConfigError: no such mode, or a rate for one that takes none.
    """
    from slm_instrument.runtime.flags import AUDITED_RATE, parse_setting
    from slm_instrument.store import Mode

    wanted = parse_setting(mode, source="option --mode")
    if rate is not None and wanted.mode not in (Mode.CANARY, Mode.ON, Mode.AUTO):
        raise ConfigError(f"--rate {rate:g}: {wanted.mode} takes no rate; canary, on and auto do")
    if rate is not None and ":" in mode:
        raise ConfigError(f"--rate {rate:g}: --mode {mode} says a rate already")
    if rate is None and wanted.mode is Mode.ON and ":" not in mode:
        rate = AUDITED_RATE
    return wanted if rate is None else replace(wanted, rate=rate)


def _flag(task_id: str, mode: "Mode", rate: float = 1.0) -> "Flag":
    from slm_instrument.store import Flag

    return Flag(task_id=task_id, mode=mode, rate=rate, set_at=datetime.now(UTC), set_by=current_user())


def _names(store: "Store") -> dict[str, str]:
    """The tasks' names by id; without the store's key modes are shown all the same, in an emergency above all."""
    try:
        return {task.id: task.name for task in store.tasks()}
    except StoreKeyError as e:  # modes are no secret, names of tasks are
        say(f"note: without names: {e}")
        return {}


def _stages(store: "Store", current: "Mapping[str, Flag]") -> "dict[str, Mode]":
    """What the tasks' modes come to, where a student may serve at all."""
    from slm_instrument.runtime.incumbents import incumbents
    from slm_instrument.runtime.status import Deployed, seen_by_agents, setting_of, students_in_use

    stages, bundles, known = store.stages(), store.bundles(), incumbents(store, current)
    deployed = Deployed(seen_by_agents(store, bundles, store.transitions(), store.decided()))
    of_task = {task_id: [each for each in bundles if each.task_id == task_id] for task_id in current}
    in_use = {
        task_id: students_in_use(of_task[task_id], setting_of(flag, known=known), stages, deployed).serving
        for task_id, flag in current.items()
    }
    return {task_id: standing.mode for task_id, standing in in_use.items() if standing is not None}


def _flags_json(names: dict[str, str], current: "dict[str, Flag]", stages: "dict[str, Mode]") -> dict[str, Any]:
    from slm_instrument.store import KILL_SWITCH, Mode

    shown = {task_id: flag for task_id, flag in current.items() if task_id != KILL_SWITCH}
    killed = KILL_SWITCH in current and current[KILL_SWITCH].mode is Mode.OFF
    rows = [
        {
            "task_id": task_id,
            "name": names.get(task_id),
            "mode": flag.mode,
            "stage": stages.get(task_id, Mode.OFF),
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


def _flags_table(listed: dict[str, Any]) -> Table:
    killed = "killed: substitution is stopped for all tasks (`flags revive` takes it back)"
    table = Table("task", "mode", "stage", "share", "set", "by", box=None, pad_edge=False, header_style="bold")
    table.title = killed if listed["killed"] else None
    for row in listed["flags"]:
        share = _share(row["mode"], row.get("stage", row["mode"]), row.get("rate", 1.0))
        stage = row["stage"] if row.get("stage", row["mode"]) != row["mode"] else ""
        cells = (row["name"] or row["task_id"], row["mode"], stage, share, row.get("set_at", "")[:19])
        table.add_row(*map(Text, (*cells, row.get("set_by", ""))))
    return table


def _setting_row(flag: "Flag") -> dict[str, Any]:
    return {
        "at": flag.set_at,
        "task_id": flag.task_id,
        "kind": "setting",
        "mode": flag.mode,
        "rate": flag.rate,
        "by": flag.set_by,
    }


def _move_row(move: "Transition") -> dict[str, Any]:
    return {
        "at": move.at,
        "task_id": move.task_id,
        "kind": "transition",
        "bundle": move.bundle_id,
        "before": move.before,
        "after": move.after,
        "by": "evidence",
        "because": move.because,
        "numbers": dict(move.numbers),
    }


def _history_table(history: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("at (UTC)", "task", "what", "by", "why"):
        table.add_column(heading, overflow="fold")  # an id that is cut off is none
    for row in history:
        cells = (row["at"][:19].replace("T", " "), row["name"] or row["task_id"], _what(row), row["by"])
        table.add_row(*map(Text, (*cells, row.get("because", ""))))
    return table


def _what(row: dict[str, Any]) -> str:
    """What was done, in a few words."""
    from slm_instrument.runtime.flags import Setting
    from slm_instrument.store import KILL_SWITCH, Mode

    if row["kind"] == "transition":
        return f"{row['bundle']}: {row['before']} -> {row['after']}"
    if row["task_id"] == KILL_SWITCH:
        return "killed" if row["mode"] == Mode.OFF else "revived"
    return _told(Setting(row["mode"], row["rate"]))


def _share(mode: str, stage: str, rate: float) -> str:
    """The share of the traces that students may answer now; nothing where none are meant for them."""
    from slm_instrument.runtime.flags import CANARY_RATE

    if mode not in ("canary", "on", "auto"):
        return ""
    if stage not in ("canary", "on"):  # begun in shadow, or taken back
        return _percent(0.0)
    return _percent(CANARY_RATE if mode == "auto" and stage == "canary" else rate)


def _told(setting: "Setting", stage: "Mode | None" = None) -> str:
    """A mode with what its rate means; in auto also what holds in the stage that it is in now, where that is known."""
    from slm_instrument.runtime.flags import CANARY_RATE
    from slm_instrument.store import Mode

    if setting.mode is Mode.AUTO and stage in (Mode.SHADOW, Mode.CANARY):
        now = (
            "the LLM answers all traces, and students are compared"
            if stage is Mode.SHADOW
            else f"students may answer {_percent(CANARY_RATE)} of the traces"
        )
        return f"auto, now in {stage}: {now}; once it is on, {_percent(1 - setting.rate)} of the traces are audited"
    if setting.mode is Mode.CANARY:
        return f"canary, students may answer {_percent(setting.rate)} of the traces"
    if setting.mode in (Mode.ON, Mode.AUTO):
        return f"{setting.mode}, {_percent(1 - setting.rate)} of the traces audited"
    return setting.mode


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
